//! DeleteObject: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html>.

use super::{
    access::{self, allow},
    address::Address,
    conditions,
};
use crate::{
    state::{State, caller::Caller},
    wire::{Answer, Refusal, Request},
};

pub(crate) fn delete_object(
    state: &State,
    request: &Request,
    address: &Address,
    caller: &Caller,
) -> Result<Answer, Refusal> {
    allow(caller, "s3:DeleteObject", &address.arn(), &[])?;
    if conditions::compares_tags(request) {
        allow(caller, "s3:GetObject", &address.arn(), &[])?;
    }
    let key = address.key.as_deref().unwrap_or_default();
    let mut buckets = state.buckets_mut();
    let bucket = access::bucket_mut(&mut buckets, address)?;
    conditions::check_delete(request, || bucket.get(key))?;
    bucket.delete(key);
    Ok(Answer::empty(204))
}
