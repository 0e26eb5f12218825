//! ListObjects: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html>.

use super::{
    address::Address,
    listing::{self, OBJECT_BYTES, Options, contents, last, with_request_charged, write_entries, write_head},
};
use crate::{
    state::{State, caller::Caller},
    wire::{
        Answer, Refusal, Request,
        xml::{Document, S3_NAMESPACE},
    },
};

pub(crate) fn list_objects(
    state: &State,
    request: &Request,
    address: &Address,
    caller: &Caller,
) -> Result<Answer, Refusal> {
    let mut options = Options::read(request, address, caller, "s3:ListBucket")?;
    options.selection.after = request.parameter("marker").unwrap_or_default();
    let page = listing::page(state, address, &options.selection)?;
    let mut xml = Document::with_capacity(page.entries.len() * OBJECT_BYTES);
    xml.open_in("ListBucketResult", S3_NAMESPACE);
    write_head(&mut xml, address, &options, page.truncated);
    xml.text("Marker", &options.name(&options.selection.after));
    // Only with a delimiter; without one the last key says as much.
    if page.truncated && !options.selection.delimiter.is_empty() {
        xml.optional("NextMarker", last(&page).map(|key| options.name(key)).as_deref());
    }
    write_entries(&mut xml, &options, &page, contents(&options, true));
    xml.close("ListBucketResult");
    Ok(with_request_charged(request, Answer::xml(200, xml)))
}
