//! ListObjectsV2, ListObjects, ListObjectVersions and ListBuckets.

use std::{borrow::Cow, sync::PoisonError};

use time::OffsetDateTime;

use crate::s3_api::{Address, NAMESPACE, OWNER_ID, allow, invalid_argument, no_such_bucket};
use crate::{
    server::State,
    state::bucket::{Entry, Summary, Walk, Walked},
    state::config::USER,
    state::identities::Caller,
    wire::Answer,
    wire::Refusal,
    wire::Request,
    wire::xml::{Document, url_encode},
};

const MAX_KEYS: usize = 1000;
/// The version of what was written without versioning.
const NULL_VERSION: &str = "null";
/// About what an object takes in XML.
const OBJECT_BYTES: usize = 360;

/// Parameters that both listings share.
struct Options {
    walk: Walk,
    /// As asked for, before the service's own limit.
    max_keys: usize,
    encode: bool,
    fetch_owner: bool,
}

impl Options {
    /// Read them, and refuse a caller who may not do this action with them.
    fn read(request: &Request, address: &Address, caller: &Caller, action: &str) -> Result<Self, Refusal> {
        let text = |name: &str| request.parameter(name).unwrap_or_default();
        let max_keys = match request.parameter("max-keys") {
            None => MAX_KEYS,
            Some(text) => text
                .parse::<u32>()
                .ok()
                .filter(|keys| i32::try_from(*keys).is_ok())
                .and_then(|keys| usize::try_from(keys).ok())
                .ok_or_else(|| {
                    invalid_argument(
                        "max-keys",
                        &text,
                        "Argument max-keys must be an integer between 0 and 2147483647",
                    )
                })?,
        };
        let encode = match request.parameter("encoding-type").as_deref() {
            None => false,
            Some("url") => true,
            Some(other) => {
                return Err(invalid_argument(
                    "encoding-type",
                    other,
                    "Invalid Encoding Method specified in Request",
                ));
            }
        };
        let (prefix, delimiter) = (text("prefix"), text("delimiter"));
        let conditions = [
            ("s3:prefix", prefix.clone()),
            ("s3:delimiter", delimiter.clone()),
            ("s3:max-keys", max_keys.to_string()),
        ];
        allow(caller, action, &address.arn(), &conditions)?;
        let walk = Walk { prefix, delimiter, after: String::new(), limit: max_keys.min(MAX_KEYS) };
        Ok(Self { walk, max_keys, encode, fetch_owner: text("fetch-owner") == "true" })
    }

    fn name<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.encode { url_encode(text) } else { Cow::Borrowed(text) }
    }
}

pub(crate) fn objects_v2(
    state: &State,
    request: &Request,
    address: &Address,
    caller: &Caller,
) -> Result<Answer, Refusal> {
    let mut options = Options::read(request, address, caller, "s3:ListBucket")?;
    let start_after = request.parameter("start-after").filter(|text| !text.is_empty());
    let token = request.parameter("continuation-token");
    options.walk.after = match &token {
        Some(token) => read_token(token)?,
        None => start_after.clone().unwrap_or_default(),
    };
    let walked = walk(state, address, &options.walk)?;
    let mut xml = Document::with_capacity(walked.entries.len() * OBJECT_BYTES);
    xml.open_in("ListBucketResult", NAMESPACE);
    write_head(&mut xml, address, &options, walked.truncated);
    xml.plain("KeyCount", walked.entries.len());
    xml.optional("ContinuationToken", token.as_deref());
    xml.optional("StartAfter", start_after.as_deref().map(|key| options.name(key)).as_deref());
    if walked.truncated {
        xml.optional("NextContinuationToken", last(&walked).map(write_token).as_deref());
    }
    write_entries(&mut xml, &options, &walked, contents(&options, options.fetch_owner));
    xml.close("ListBucketResult");
    Ok(charged(request, Answer::xml(200, xml)))
}

pub(crate) fn objects_v1(
    state: &State,
    request: &Request,
    address: &Address,
    caller: &Caller,
) -> Result<Answer, Refusal> {
    let mut options = Options::read(request, address, caller, "s3:ListBucket")?;
    options.walk.after = request.parameter("marker").unwrap_or_default();
    let walked = walk(state, address, &options.walk)?;
    let mut xml = Document::with_capacity(walked.entries.len() * OBJECT_BYTES);
    xml.open_in("ListBucketResult", NAMESPACE);
    write_head(&mut xml, address, &options, walked.truncated);
    xml.text("Marker", &options.name(&options.walk.after));
    // Only with a delimiter; without one the last key says as much.
    if walked.truncated && !options.walk.delimiter.is_empty() {
        xml.optional("NextMarker", last(&walked).map(|key| options.name(key)).as_deref());
    }
    write_entries(&mut xml, &options, &walked, contents(&options, true));
    xml.close("ListBucketResult");
    Ok(charged(request, Answer::xml(200, xml)))
}

/// Buckets here have no versioning: every object has one version, named `null`, as AWS answers then.
pub(crate) fn versions(
    state: &State,
    request: &Request,
    address: &Address,
    caller: &Caller,
) -> Result<Answer, Refusal> {
    let mut options = Options::read(request, address, caller, "s3:ListBucketVersions")?;
    options.walk.after = request.parameter("key-marker").unwrap_or_default();
    let walked = walk(state, address, &options.walk)?;
    let mut xml = Document::with_capacity(walked.entries.len() * OBJECT_BYTES);
    xml.open_in("ListVersionsResult", NAMESPACE);
    write_head(&mut xml, address, &options, walked.truncated);
    xml.text("KeyMarker", &options.name(&options.walk.after));
    xml.text("VersionIdMarker", &request.parameter("version-id-marker").unwrap_or_default());
    if walked.truncated {
        xml.optional("NextKeyMarker", last(&walked).map(|key| options.name(key)).as_deref());
        if let Some(Entry::Object(_)) = walked.entries.last() {
            xml.text("NextVersionIdMarker", NULL_VERSION);
        }
    }
    write_entries(&mut xml, &options, &walked, |xml, summary| {
        xml.open("Version");
        write_object(xml, &options, summary, true);
        xml.text("VersionId", NULL_VERSION);
        xml.plain("IsLatest", true);
        xml.close("Version");
    });
    xml.close("ListVersionsResult");
    Ok(charged(request, Answer::xml(200, xml)))
}

pub(crate) fn buckets(state: &State, request: &Request, caller: &Caller) -> Result<Answer, Refusal> {
    allow(caller, "s3:ListAllMyBuckets", "arn:aws:s3:::*", &[])?;
    let prefix = request.parameter("prefix").unwrap_or_default();
    let region = request.parameter("bucket-region");
    let limit = match request.parameter("max-buckets") {
        None => usize::MAX,
        Some(text) => match text.parse::<usize>() {
            Ok(limit) if (1..=10_000).contains(&limit) => limit,
            _ => {
                return Err(invalid_argument(
                    "max-buckets",
                    &text,
                    "Argument max-buckets must be an integer between 1 and 10000",
                ));
            }
        },
    };
    let after = request.parameter("continuation-token").map(|token| read_token(&token)).transpose()?;
    let buckets = state.buckets.read().unwrap_or_else(PoisonError::into_inner);
    let mut wanted = buckets.iter().filter(|(name, bucket)| {
        name.starts_with(&prefix)
            && region.as_ref().is_none_or(|region| *region == bucket.region)
            && after.as_ref().is_none_or(|after| name.as_str() > after.as_str())
    });
    let mut xml = Document::new();
    xml.open_in("ListAllMyBucketsResult", NAMESPACE);
    xml.open("Buckets");
    let mut last = None;
    for (name, bucket) in wanted.by_ref().take(limit) {
        xml.open("Bucket");
        xml.text("Name", name);
        xml.text("CreationDate", &timestamp(bucket.created));
        xml.text("BucketRegion", &bucket.region);
        xml.text("BucketArn", &format!("arn:aws:s3:::{name}"));
        xml.close("Bucket");
        last = Some(name.clone());
    }
    xml.close("Buckets");
    write_owner(&mut xml);
    if wanted.next().is_some() {
        xml.optional("ContinuationToken", last.as_deref().map(write_token).as_deref());
    }
    if !prefix.is_empty() {
        xml.text("Prefix", &prefix);
    }
    xml.close("ListAllMyBucketsResult");
    Ok(Answer::xml(200, xml))
}

fn walk(state: &State, address: &Address, walk: &Walk) -> Result<Walked, Refusal> {
    let buckets = state.buckets.read().unwrap_or_else(PoisonError::into_inner);
    let bucket =
        address.bucket.as_ref().and_then(|name| buckets.get(name)).ok_or_else(|| no_such_bucket(address))?;
    Ok(bucket.walk(walk))
}

fn write_head(xml: &mut Document, address: &Address, options: &Options, truncated: bool) {
    xml.text("Name", address.bucket.as_deref().unwrap_or_default());
    xml.text("Prefix", &options.name(&options.walk.prefix));
    if !options.walk.delimiter.is_empty() {
        xml.text("Delimiter", &options.name(&options.walk.delimiter));
    }
    xml.plain("MaxKeys", options.max_keys.min(MAX_KEYS));
    xml.plain("IsTruncated", truncated);
    if options.encode {
        xml.text("EncodingType", "url");
    }
}

/// Writes an object of a listing without versions.
fn contents(options: &Options, owner: bool) -> impl Fn(&mut Document, &Summary) {
    move |xml, summary| {
        xml.open("Contents");
        write_object(xml, options, summary, owner);
        xml.close("Contents");
    }
}

fn write_entries(
    xml: &mut Document,
    options: &Options,
    walked: &Walked,
    write: impl Fn(&mut Document, &Summary),
) {
    for entry in &walked.entries {
        if let Entry::Object(summary) = entry {
            write(xml, summary);
        }
    }
    for entry in &walked.entries {
        if let Entry::CommonPrefix(prefix) = entry {
            xml.open("CommonPrefixes");
            xml.text("Prefix", &options.name(prefix));
            xml.close("CommonPrefixes");
        }
    }
}

fn write_object(xml: &mut Document, options: &Options, summary: &Summary, owner: bool) {
    xml.text("Key", &options.name(&summary.key));
    xml.text("LastModified", &timestamp(summary.last_modified));
    xml.open("ETag");
    xml.content("\"");
    xml.content(&summary.etag);
    xml.content("\"");
    xml.close("ETag");
    xml.text("ChecksumAlgorithm", "CRC64NVME");
    xml.text("ChecksumType", "FULL_OBJECT");
    xml.plain("Size", summary.size);
    if owner {
        write_owner(xml);
    }
    xml.text("StorageClass", summary.storage_class);
}

fn write_owner(xml: &mut Document) {
    xml.open("Owner");
    xml.text("ID", OWNER_ID);
    xml.text("DisplayName", USER);
    xml.close("Owner");
}

fn charged(request: &Request, answer: Answer) -> Answer {
    answer.header_if("x-amz-request-charged", request.header("x-amz-request-payer"))
}

fn last(walked: &Walked) -> Option<&str> {
    walked.entries.last().map(|entry| match entry {
        Entry::Object(summary) => summary.key.as_str(),
        Entry::CommonPrefix(prefix) => prefix.as_str(),
    })
}

/// Opaque to clients: the last name of the page in hex behind a mark.
fn write_token(name: &str) -> String {
    format!("1{}=", hex::encode(name))
}

fn read_token(token: &str) -> Result<String, Refusal> {
    token
        .strip_prefix('1')
        .and_then(|rest| rest.strip_suffix('='))
        .and_then(|digits| hex::decode(digits).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| {
            invalid_argument("continuation-token", token, "The continuation token provided is incorrect")
        })
}

/// Milliseconds, as S3 writes them.
fn timestamp(time: OffsetDateTime) -> String {
    let (year, month, day) = time.to_calendar_date();
    let (hour, minute, second, millisecond) = time.to_hms_milli();
    let parts = [
        (year.unsigned_abs(), 1000, '-'),
        (u8::from(month).into(), 10, '-'),
        (day.into(), 10, 'T'),
        (hour.into(), 10, ':'),
        (minute.into(), 10, ':'),
        (second.into(), 10, '.'),
        (millisecond.into(), 100, 'Z'),
    ];
    let mut text = String::with_capacity(24);
    for (number, mut place, separator) in parts {
        // By hand: the formatter takes ten times as long, and a page has a thousand of these.
        while place > 0 {
            text.push(char::from(b'0' + (number / place % 10) as u8));
            place /= 10;
        }
        text.push(separator);
    }
    text
}
