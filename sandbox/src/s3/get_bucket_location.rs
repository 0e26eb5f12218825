//! GetBucketLocation: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html>.

use super::{
    access::{self, allow},
    address::Address,
};
use crate::{
    state::{State, caller::Caller},
    wire::{
        Answer, Refusal,
        xml::{Document, S3_NAMESPACE},
    },
};

pub(crate) fn get_bucket_location(
    state: &State,
    address: &Address,
    caller: &Caller,
) -> Result<Answer, Refusal> {
    let region = access::bucket(&state.buckets(), address)?.region.clone();
    allow(caller, "s3:GetBucketLocation", &address.arn(), &[])?;
    let mut xml = Document::new();
    xml.open_in("LocationConstraint", S3_NAMESPACE);
    if region != "us-east-1" {
        // The oldest region has no name here.
        xml.content(&region);
    }
    xml.close("LocationConstraint");
    Ok(Answer::xml(200, xml))
}
