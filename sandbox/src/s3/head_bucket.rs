//! HeadBucket: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>.

use super::{
    access::{self, allow},
    address::Address,
};
use crate::{
    state::{State, caller::Caller},
    wire::{Answer, Refusal},
};

pub(crate) fn head_bucket(state: &State, address: &Address, caller: &Caller) -> Result<Answer, Refusal> {
    let region = access::bucket(&state.buckets(), address)?.region.clone();
    allow(caller, "s3:ListBucket", &address.arn(), &[])?;
    Ok(Answer::empty(200).header("x-amz-bucket-region", region).header("x-amz-access-point-alias", "false"))
}
