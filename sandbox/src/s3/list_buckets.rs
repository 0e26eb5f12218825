//! ListBuckets: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>.

use super::{
    access::{allow, invalid_argument},
    continuation,
    listing::write_owner,
};
use crate::{
    state::{State, caller::Caller},
    wire::{
        Answer, Refusal, Request, date,
        xml::{Document, S3_NAMESPACE},
    },
};

pub(crate) fn list_buckets(state: &State, request: &Request, caller: &Caller) -> Result<Answer, Refusal> {
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
    let after =
        request.parameter("continuation-token").map(|token| continuation::read(&token)).transpose()?;
    let buckets = state.buckets();
    let mut wanted = buckets.iter().filter(|(name, bucket)| {
        name.starts_with(&prefix)
            && region.as_ref().is_none_or(|region| *region == bucket.region)
            && after.as_ref().is_none_or(|after| name.as_str() > after.as_str())
    });
    let mut xml = Document::new();
    xml.open_in("ListAllMyBucketsResult", S3_NAMESPACE);
    xml.open("Buckets");
    let mut last = None;
    for (name, bucket) in wanted.by_ref().take(limit) {
        xml.open("Bucket");
        xml.text("Name", name);
        xml.text("CreationDate", &date::iso_milliseconds(bucket.created));
        xml.text("BucketRegion", &bucket.region);
        xml.text("BucketArn", &format!("arn:aws:s3:::{name}"));
        xml.close("Bucket");
        last = Some(name.clone());
    }
    xml.close("Buckets");
    write_owner(&mut xml);
    if wanted.next().is_some() {
        xml.optional("ContinuationToken", last.as_deref().map(continuation::write).as_deref());
    }
    if !prefix.is_empty() {
        xml.text("Prefix", &prefix);
    }
    xml.close("ListAllMyBucketsResult");
    Ok(Answer::xml(200, xml))
}
