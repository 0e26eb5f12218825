//! S3: reads which operation a request is for, verifies its sender, and runs the operation.

use crate::{
    s3::{self, Address, Operation},
    state::{State, account::ACCOUNT},
    verify,
    wire::{Answer, Outcome, Refusal, Request},
};

pub(crate) fn answer(state: &State, request: &Request, request_id: &str, fault: Option<Refusal>) -> Outcome {
    let address = Address::read(request);
    let asked = match &address {
        Ok(address) => Operation::read(request, address),
        Err(refusal) => Err(refusal.clone()),
    };
    let operation = asked.as_ref().map_or("unknown", |operation| operation.name());
    let result = match (fault, address) {
        (Some(fault), _) => Err(fault),
        (None, Err(refusal)) => Err(refusal),
        (None, Ok(address)) => perform(state, request, &address, asked),
    };
    match result {
        Ok(answer) => Outcome { operation, answer, refusal: None },
        Err(refusal) => {
            let mut answer = refusal.to_s3(&request.path, request_id);
            if request.method == "HEAD" {
                // The status is all that HEAD may say.
                answer.body.clear();
            }
            Outcome { operation, answer, refusal: Some(refusal) }
        }
    }
}

fn perform(
    state: &State,
    request: &Request,
    address: &Address,
    asked: Result<Operation, Refusal>,
) -> Result<Answer, Refusal> {
    // Only callers with a valid signature learn what is not implemented, as on AWS.
    let caller = verify::s3::authenticate(state, request, &region_of(state, address))?;
    check_owner(request)?;
    match asked? {
        Operation::ListBuckets => s3::list_buckets(state, request, &caller),
        Operation::ListObjectsV2 => s3::list_objects_v2(state, request, address, &caller),
        Operation::ListObjectVersions => s3::list_object_versions(state, request, address, &caller),
        Operation::ListObjects => s3::list_objects(state, request, address, &caller),
        Operation::HeadBucket => s3::head_bucket(state, address, &caller),
        Operation::GetBucketLocation => s3::get_bucket_location(state, address, &caller),
        Operation::CreateBucket => s3::create_bucket(state, request, address, &caller),
        Operation::DeleteBucket => s3::delete_bucket(state, address, &caller),
        Operation::GetObject | Operation::HeadObject => s3::get_object(state, request, address, &caller),
        Operation::PutObject => s3::put_object(state, request, address, &caller),
        Operation::DeleteObject => s3::delete_object(state, request, address, &caller),
    }
}

/// The region that a request must be signed for: its bucket's.
fn region_of(state: &State, address: &Address) -> String {
    let buckets = state.buckets();
    let bucket = address.bucket.as_ref().and_then(|name| buckets.get(name));
    bucket.map_or_else(|| state.config.region.clone(), |bucket| bucket.region.clone())
}

/// `x-amz-expected-bucket-owner` must be the account.
fn check_owner(request: &Request) -> Result<(), Refusal> {
    match request.header("x-amz-expected-bucket-owner") {
        Some(owner) if owner != ACCOUNT => {
            Err(Refusal::new("AccessDenied", 403, "Access Denied").because(format!("the owner is {ACCOUNT}")))
        }
        _ => Ok(()),
    }
}
