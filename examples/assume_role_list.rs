//! A profile's keys → AssumeRole → session credentials → the number of objects in a bucket, with the
//! service's errors and the client's own told apart. (The S3 guide's Java sample.)
//!
//! ```sh
//! cargo run --example assume_role_list -- arn:aws:iam::123456789012:role/reader demo
//! ```

use sts3::{Client, Error, providers};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(role), Some(bucket)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: assume_role_list ROLE_ARN BUCKET");
        return 2.into();
    };
    match count(&role, &bucket).await {
        Ok(objects) => {
            println!("{bucket} holds {objects} objects");
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

async fn count(role: &str, bucket: &str) -> Result<usize, Error> {
    let base = providers::default_chain().await?;
    let role = providers::AssumeRoleProvider::new(role, "assume-role-list").source(base);
    let client = Client::from_environment()?.credentials(role).build()?;
    let mut pages = client.list_objects_v2(bucket).pages();
    let mut objects = 0;
    while let Some(page) = pages.next().await? {
        objects += page.objects().len();
    }
    Ok(objects)
}
