//! ListObjectVersions: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html>.

use super::{
    address::Address,
    listing::{OBJECT_BYTES, Options, charged, last, walk, write_entries, write_head, write_object},
};
use crate::{
    state::{State, caller::Caller, walk::Entry},
    wire::{
        Answer, Refusal, Request,
        xml::{Document, S3_NAMESPACE},
    },
};

/// The version of what was written without versioning.
const NULL_VERSION: &str = "null";
/// Buckets here have no versioning: every object has one version, named `null`, as AWS answers then.
pub(crate) fn list_object_versions(
    state: &State,
    request: &Request,
    address: &Address,
    caller: &Caller,
) -> Result<Answer, Refusal> {
    let mut options = Options::read(request, address, caller, "s3:ListBucketVersions")?;
    options.walk.after = request.parameter("key-marker").unwrap_or_default();
    let walked = walk(state, address, &options.walk)?;
    let mut xml = Document::with_capacity(walked.entries.len() * OBJECT_BYTES);
    xml.open_in("ListVersionsResult", S3_NAMESPACE);
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
