//! A role's credentials and a listing with ureq, which blocks and has no runtime: the library's operations
//! need no other HTTP client than the program has. (With the log level `trace` ureq writes down all that it sends and
//! receives, keys and tokens among it; `sts3::blocking` does not use it.)
//!
//! ```sh
//! cargo run --example blocking_ureq -- arn:aws:iam::123456789012:role/reader demo
//! ```

use std::{
    env,
    error::Error,
    hash::{BuildHasher, Hasher, RandomState},
    thread,
};

use sts3::{
    Call, Credentials, Endpoint, Operation, Region, RetryPolicy, Step, TransportError, TransportErrorKind,
    s3::{ListObjectsV2, Paged},
    sts::AssumeRole,
};
use time::OffsetDateTime;

struct Client {
    http: ureq::Agent,
    endpoint: Endpoint,
}

impl Client {
    fn call<O: Operation>(&self, operation: &O, credentials: &Credentials) -> Result<O::Output, sts3::Error> {
        let mut call =
            Call::new(operation, &self.endpoint, Some(credentials), RetryPolicy::default(), seed());
        loop {
            match call.step(OffsetDateTime::now_utc()) {
                Step::Send(request) => {
                    let host = request.uri().host().unwrap_or_default().to_owned();
                    match self.send(request) {
                        Ok(response) => call.receive(response),
                        Err(error) => {
                            let kind = TransportErrorKind::Interrupted;
                            call.fail(TransportError::new(kind, host, error.to_string()));
                        }
                    }
                }
                Step::Wait(delay) => thread::sleep(delay),
                Step::Done(result) => return result,
            }
        }
    }

    fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, ureq::Error> {
        let (head, mut body) = self.http.run(request)?.into_parts();
        Ok(http::Response::from_parts(head, body.read_to_vec()?))
    }
}

/// A number that no other call has, from the keys of the standard library's hash tables.
fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

fn main() -> Result<(), Box<dyn Error>> {
    let usage = "usage: blocking_ureq ROLE_ARN BUCKET";
    let (role, bucket) = (env::args().nth(1).ok_or(usage)?, env::args().nth(2).ok_or(usage)?);
    let mut endpoint = Endpoint::new(Region::new(env::var("AWS_REGION")?)?);
    if let Ok(url) = env::var("AWS_ENDPOINT_URL") {
        endpoint = endpoint.with_url(url.parse()?);
    }
    // A refusal is an answer, and a redirect is not to be followed.
    let http = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    let client = Client { http, endpoint };
    let user = Credentials::new(env::var("AWS_ACCESS_KEY_ID")?, env::var("AWS_SECRET_ACCESS_KEY")?.as_str());

    let role = client.call(&AssumeRole::new(role, "blocking-ureq"), &user)?;
    let (mut next, mut keys) = (Some(ListObjectsV2::new(&bucket)), 0);
    while let Some(operation) = next {
        let page = client.call(&operation, &role.credentials)?;
        keys += page.objects().len();
        next = operation.next(&page)?;
    }
    println!("{bucket} holds {keys} objects, says {}", role.arn.unwrap_or_default());
    Ok(())
}
