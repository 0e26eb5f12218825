//! ListObjectsV2: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>.

use super::{
    address::Address,
    continuation,
    listing::{self, OBJECT_BYTES, Options, contents, last, with_request_charged, write_entries, write_head},
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
    options.selection.after = match &token {
        Some(token) => continuation::read(token)?,
        None => start_after.clone().unwrap_or_default(),
    };
    let page = listing::page(state, address, &options.selection)?;
    let mut xml = Document::with_capacity(page.entries.len() * OBJECT_BYTES);
    xml.open_in("ListBucketResult", S3_NAMESPACE);
    write_head(&mut xml, address, &options, page.truncated);
    xml.plain("KeyCount", page.entries.len());
    xml.optional("ContinuationToken", token.as_deref());
    xml.optional("StartAfter", start_after.as_deref().map(|key| options.name(key)).as_deref());
    if page.truncated {
        xml.optional("NextContinuationToken", last(&page).map(continuation::write).as_deref());
    }
    write_entries(&mut xml, &options, &page, contents(&options, options.fetch_owner));
    xml.close("ListBucketResult");
    Ok(with_request_charged(request, Answer::xml(200, xml)))
}
