//! S3: who asks, which bucket, which operation.
//!
//! `operation` reads what a request asks for, `list` answers the listings, `object` (with `range`) and
//! `bucket` the rest.

use sigv4::{Timestamp, Verifier};

use crate::{
    s3::{create_bucket as bucket, get_object as object, listing as list, operation::Operation},
    server::{Outcome, State},
    state::config::ACCOUNT,
    state::identities::{Caller, Identities},
    wire::Answer,
    wire::Request,
    wire::{self, Refusal},
};

pub(crate) const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";
/// The canonical user id of the account.
pub(crate) const OWNER_ID: &str = "5a17db0c5a17db0c5a17db0c5a17db0c5a17db0c5a17db0c5a17db0c5a17db0c";

/// Keys of a `demo` bucket: a small directory tree, and the names that listers get wrong.
pub(crate) const DEMO_KEYS: &[&str] = &[
    "readme.md",
    "logs/2026/01/01/app.log",
    "logs/2026/01/02/app.log",
    "logs/2026/01/03/app.log",
    "logs/2026/02/01/app.log",
    "a b/space key.txt",
    "plus+sign/a+b.txt",
    "amp&lt<gt>/quote\"apos'.txt",
    "percent/100%25 done%.txt",
    "unicode/한국어/파일.txt",
    "unicode/ünïcödé.txt",
    "unicode/emoji-🦀.txt",
    "double//slash.txt",
    "/leading-slash.txt",
    "tilde~/~.txt",
    "equals=and?query/x=1&y=2.txt",
    "hash#tag.txt",
    "semi;colon,comma.txt",
    "trailing-space .txt",
    "UPPER/lower/Mixed.txt",
    "paren(1)[2]{3}.txt",
    "control/escape-\u{1b}[31m-and-tab-\t.txt",
    "control/line\nbreak\r.txt",
    "very/deep/path/that/goes/on/and/on/until/the/end.txt",
];

/// What a request is about: bucket and key, decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
}

impl Address {
    /// From the path (`/bucket/key`), or from the host (`bucket.localhost`) and the path (`/key`).
    fn read(request: &Request) -> Result<Self, Refusal> {
        let decode = |text: &str| {
            let decoded = sigv4::percent_decode(text).into_owned();
            let text = String::from_utf8(decoded)
                .map_err(|_| Refusal::new("InvalidURI", 400, "Couldn't parse the specified URI."))?;
            Ok(Some(text).filter(|text| !text.is_empty()))
        };
        let path = request.path.strip_prefix('/').unwrap_or(&request.path);
        let host = request.header("host").unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default();
        if let Some(bucket) = host.strip_suffix(".localhost") {
            return Ok(Self { bucket: Some(bucket.to_owned()), key: decode(path)? });
        }
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        Ok(Self { bucket: decode(bucket)?, key: decode(key)? })
    }

    pub(crate) fn arn(&self) -> String {
        match (&self.bucket, &self.key) {
            (Some(bucket), Some(key)) => format!("arn:aws:s3:::{bucket}/{key}"),
            (Some(bucket), None) => format!("arn:aws:s3:::{bucket}"),
            (None, _) => "arn:aws:s3:::*".into(),
        }
    }
}

pub(crate) fn answer(state: &State, request: &Request, request_id: &str, fault: Option<Refusal>) -> Outcome {
    let address = Address::read(request);
    let asked = match &address {
        Ok(address) => Operation::read(request, address),
        Err(refusal) => Err(refusal.clone()),
    };
    let operation = asked.as_ref().map_or("unknown", |operation| operation.name());
    let result = match (fault, address) {
        (Some(fault), _) => Err(fault),
        (None, Err(refusal)) => Err(refusal),
        (None, Ok(address)) => perform(state, request, &address, asked),
    };
    match result {
        Ok(answer) => Outcome { operation, answer, refusal: None },
        Err(refusal) => {
            let mut answer = refusal.to_s3(&request.path, request_id);
            if request.method == "HEAD" {
                // The status is all that HEAD may say.
                answer.body.clear();
            }
            Outcome { operation, answer, refusal: Some(refusal) }
        }
    }
}

fn perform(
    state: &State,
    request: &Request,
    address: &Address,
    asked: Result<Operation, Refusal>,
) -> Result<Answer, Refusal> {
    // What is not implemented is told to those only whose signature holds, as by AWS.
    let caller = authenticate(state, request, address)?;
    check_owner(request)?;
    match asked? {
        Operation::ListBuckets => list::buckets(state, request, &caller),
        Operation::ListObjectsV2 => list::objects_v2(state, request, address, &caller),
        Operation::ListObjectVersions => list::versions(state, request, address, &caller),
        Operation::ListObjects => list::objects_v1(state, request, address, &caller),
        Operation::HeadBucket => bucket::head(state, address, &caller),
        Operation::GetBucketLocation => bucket::location(state, address, &caller),
        Operation::CreateBucket => bucket::create(state, request, address, &caller),
        Operation::DeleteBucket => bucket::delete(state, address, &caller),
        Operation::GetObject | Operation::HeadObject => object::get(state, request, address, &caller),
        Operation::PutObject => object::put(state, request, address, &caller),
        Operation::DeleteObject => object::delete(state, address, &caller),
    }
}

/// Check signature, token and expiry.
fn authenticate(state: &State, request: &Request, address: &Address) -> Result<Caller, Refusal> {
    let region = region_of(state, address);
    let now = state.now();
    let lookup = |id: &str| state.identities.secret(id);
    let verifier = Verifier::new(lookup).service("s3").region(region);
    let verified = request
        .received(|received| verifier.verify(received, Timestamp::from(now)))
        .map_err(|mismatch| wire::s3_mismatch(&mismatch))?;
    check_token(&state.identities, &verified, now)
}

fn check_token(
    identities: &Identities,
    verified: &sigv4::Verified,
    now: time::OffsetDateTime,
) -> Result<Caller, Refusal> {
    let invalid = |reason: &str| {
        Refusal::new("InvalidToken", 400, "The provided token is malformed or otherwise invalid.")
            .because(reason)
    };
    match (identities.session(&verified.access_key_id), &verified.session_token) {
        (None, None) => Ok(identities.user()),
        (None, Some(_)) => Err(invalid("a long-lived key came with a session token")),
        (Some(_), None) => Err(Refusal::new(
            "InvalidAccessKeyId",
            403,
            "The AWS Access Key Id you provided does not exist in our records.",
        )
        .detail("AWSAccessKeyId", &verified.access_key_id)
        .because("a temporary key came without its session token")),
        (Some(session), Some(token)) if session.token != *token => {
            Err(invalid("the session token is not the one of this key"))
        }
        (Some(session), Some(_)) if session.expiration <= now => {
            let reason = format!("the session ended at {}", session.expiration);
            Err(Refusal::new("ExpiredToken", 400, "The provided token has expired.").because(reason))
        }
        (Some(session), Some(_)) => Ok(session.caller),
    }
}

fn region_of(state: &State, address: &Address) -> String {
    let buckets = state.buckets.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    let bucket = address.bucket.as_ref().and_then(|name| buckets.get(name));
    bucket.map_or_else(|| state.config.region.clone(), |bucket| bucket.region.clone())
}

/// `x-amz-expected-bucket-owner` must be the account.
fn check_owner(request: &Request) -> Result<(), Refusal> {
    match request.header("x-amz-expected-bucket-owner") {
        Some(owner) if owner != ACCOUNT => {
            Err(Refusal::new("AccessDenied", 403, "Access Denied").because(format!("the owner is {ACCOUNT}")))
        }
        _ => Ok(()),
    }
}

pub(crate) fn allow(
    caller: &Caller,
    action: &str,
    resource: &str,
    conditions: &[(&str, String)],
) -> Result<(), Refusal> {
    if caller.may(action, resource, conditions) {
        return Ok(());
    }
    let message =
        format!("User: {} is not authorized to perform: {action} on resource: \"{resource}\"", caller.arn);
    Err(Refusal::new("AccessDenied", 403, message).because("no policy allows it, or one denies it"))
}

pub(crate) fn no_such_bucket(address: &Address) -> Refusal {
    Refusal::new("NoSuchBucket", 404, "The specified bucket does not exist")
        .detail("BucketName", address.bucket.as_deref().unwrap_or_default())
}

pub(crate) fn invalid_argument(name: &str, value: &str, message: &str) -> Refusal {
    Refusal::new("InvalidArgument", 400, message).detail("ArgumentName", name).detail("ArgumentValue", value)
}
