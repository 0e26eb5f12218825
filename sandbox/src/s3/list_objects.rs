//! ListObjects: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html>.

use super::{
    address::Address,
    listing::{OBJECT_BYTES, Options, charged, contents, last, walk, write_entries, write_head},
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
    options.walk.after = request.parameter("marker").unwrap_or_default();
    let walked = walk(state, address, &options.walk)?;
    let mut xml = Document::with_capacity(walked.entries.len() * OBJECT_BYTES);
    xml.open_in("ListBucketResult", S3_NAMESPACE);
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
