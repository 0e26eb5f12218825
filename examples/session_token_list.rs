//! GetSessionToken for two hours → the number of objects in a bucket. (The S3 guide's .NET sample.)
//!
//! Needs an IAM user's long-lived keys: credentials that are temporary already are refused.
//!
//! ```sh
//! cargo run --example session_token_list -- demo
//! ```

use std::time::Duration;

use sts3::{Client, providers};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bucket = std::env::args().nth(1).ok_or("usage: session_token_list BUCKET")?;
    let session = providers::SessionTokenProvider::new()
        .duration(Duration::from_secs(7200))
        .source(providers::default_chain().await?);
    let client = Client::from_environment()?.credentials(session).build()?;
    let mut pages = client.list_objects_v2(&bucket).pages();
    let mut objects = 0;
    while let Some(page) = pages.next().await? {
        objects += page.objects().len();
    }
    println!("{bucket} holds {objects} objects");
    Ok(())
}
