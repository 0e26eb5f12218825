//! ListObjectVersions: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html>.

use super::{
    address::Address,
    listing::{
        self, OBJECT_BYTES, Options, last, with_request_charged, write_entries, write_head, write_object,
    },
};
use crate::{
    state::{State, caller::Caller, page::Entry},
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
    options.selection.after = request.parameter("key-marker").unwrap_or_default();
    let page = listing::page(state, address, &options.selection)?;
    let mut xml = Document::with_capacity(page.entries.len() * OBJECT_BYTES);
    xml.open_in("ListVersionsResult", S3_NAMESPACE);
    write_head(&mut xml, address, &options, page.truncated);
    xml.text("KeyMarker", &options.name(&options.selection.after));
    xml.text("VersionIdMarker", &request.parameter("version-id-marker").unwrap_or_default());
    if page.truncated {
        xml.optional("NextKeyMarker", last(&page).map(|key| options.name(key)).as_deref());
        if let Some(Entry::Object(_)) = page.entries.last() {
            xml.text("NextVersionIdMarker", NULL_VERSION);
        }
    }
    write_entries(&mut xml, &options, &page, |xml, summary| {
        xml.open("Version");
        write_object(xml, &options, summary, true);
        xml.text("VersionId", NULL_VERSION);
        xml.plain("IsLatest", true);
        xml.close("Version");
    });
    xml.close("ListVersionsResult");
    Ok(with_request_charged(request, Answer::xml(200, xml)))
}
