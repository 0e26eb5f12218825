//! GetSessionToken → the account's buckets → every key of one bucket, page by page. (The S3 guide's PHP
//! sample.)
//!
//! ```sh
//! cargo run --example session_token_paginate -- demo
//! ```

use sts3::{Client, providers};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bucket = std::env::args().nth(1).ok_or("usage: session_token_paginate BUCKET")?;
    let session = providers::SessionTokenProvider::new().source(providers::default_chain().await?);
    let client = Client::from_environment()?.credentials(session).build()?;
    for bucket in client.list_buckets().await? {
        println!("bucket {}", bucket.name);
    }
    let mut pages = client.list_objects_v2(&bucket).pages();
    while let Some(page) = pages.next().await? {
        for object in page.objects() {
            // Keys may hold any character: escape those that a terminal would obey.
            println!("{}", object.key.escape_debug());
        }
    }
    Ok(())
}
