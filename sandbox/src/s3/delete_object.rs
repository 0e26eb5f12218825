//! DeleteObject: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html>.

use super::{
    access::{self, allow},
    address::Address,
};
use crate::{
    state::{State, caller::Caller},
    wire::{Answer, Refusal},
};

pub(crate) fn delete_object(state: &State, address: &Address, caller: &Caller) -> Result<Answer, Refusal> {
    allow(caller, "s3:DeleteObject", &address.arn(), &[])?;
    let key = address.key.as_deref().unwrap_or_default();
    access::bucket_mut(&mut state.buckets_mut(), address)?.delete(key);
    Ok(Answer::empty(204))
}
