//! ListObjectsV2: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>.

use super::{
    address::Address,
    continuation,
    listing::{OBJECT_BYTES, Options, charged, contents, last, walk, write_entries, write_head},
};
use crate::{
    state::{State, caller::Caller},
    wire::{
        Answer, Refusal, Request,
        xml::{Document, S3_NAMESPACE},
    },
};

pub(crate) fn list_objects_v2(
    state: &State,
    request: &Request,
    address: &Address,
    caller: &Caller,
) -> Result<Answer, Refusal> {
    let mut options = Options::read(request, address, caller, "s3:ListBucket")?;
    let start_after = request.parameter("start-after").filter(|text| !text.is_empty());
    let token = request.parameter("continuation-token");
    options.walk.after = match &token {
        Some(token) => continuation::read(token)?,
        None => start_after.clone().unwrap_or_default(),
    };
    let walked = walk(state, address, &options.walk)?;
    let mut xml = Document::with_capacity(walked.entries.len() * OBJECT_BYTES);
    xml.open_in("ListBucketResult", S3_NAMESPACE);
    write_head(&mut xml, address, &options, walked.truncated);
    xml.plain("KeyCount", walked.entries.len());
    xml.optional("ContinuationToken", token.as_deref());
    xml.optional("StartAfter", start_after.as_deref().map(|key| options.name(key)).as_deref());
    if walked.truncated {
        xml.optional("NextContinuationToken", last(&walked).map(continuation::write).as_deref());
    }
    write_entries(&mut xml, &options, &walked, contents(&options, options.fetch_owner));
    xml.close("ListBucketResult");
    Ok(charged(request, Answer::xml(200, xml)))
}
