//! A profile's keys → AssumeRole → session credentials → the number of objects in a bucket, without async, with the
//! service's errors and the client's own told apart. (The S3 guide's Java sample, in a program without a runtime.)
//!
//! ```sh
//! cargo run --example blocking --no-default-features --features blocking,rustls-ring -- arn:aws:iam::123456789012:role/reader demo
//! ```

use std::process::ExitCode;

use sts3::{
    Error,
    blocking::Client,
    providers::{AssumeRoleProvider, ChainProvider, Environment},
};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(role), Some(bucket)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: blocking ROLE_ARN BUCKET");
        return 2.into();
    };
    match count(&role, &bucket) {
        Ok((objects, bytes)) => {
            println!("{bucket} holds {objects} objects of {bytes} bytes");
            0.into()
        }
        Err(Error::Service(error)) => {
            // The request arrived, and the service refused it.
            eprintln!("refused by the service: {error}");
            1.into()
        }
        Err(error) => {
            // No credentials, no connection, or an answer that makes no sense.
            eprintln!("failed on our side: {error}");
            3.into()
        }
    }
}

fn count(role: &str, bucket: &str) -> Result<(usize, u64), Error> {
    let role =
        AssumeRoleProvider::new(role, "blocking").source(ChainProvider::new(Environment::from_process()));
    let client = Client::from_environment()?.credentials(role).build()?;
    let (mut objects, mut bytes) = (0, 0);
    client.list_objects_v2(bucket).for_each_page(|page| {
        objects += page.objects().len();
        bytes += page.objects().map(|object| object.size).sum::<u64>();
    })?;
    Ok((objects, bytes))
}
