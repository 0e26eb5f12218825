//! DeleteBucket: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html>.

use super::{
    access::{self, allow},
    address::Address,
};
use crate::{
    state::{State, caller::Caller},
    wire::{Answer, Refusal},
};

pub(crate) fn delete_bucket(state: &State, address: &Address, caller: &Caller) -> Result<Answer, Refusal> {
    allow(caller, "s3:DeleteBucket", &address.arn(), &[])?;
    let mut buckets = state.buckets_mut();
    if !access::bucket(&buckets, address)?.is_empty() {
        return Err(Refusal::new("BucketNotEmpty", 409, "The bucket you tried to delete is not empty"));
    }
    buckets.remove(address.bucket.as_deref().unwrap_or_default());
    Ok(Answer::empty(204))
}
