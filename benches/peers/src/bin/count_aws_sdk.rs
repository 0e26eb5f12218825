//! Counts the keys of a bucket with the AWS SDK for Rust: the bare count.

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let bucket = std::env::args().nth(1).expect("a bucket");
    let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
    let config = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
    let client = aws_sdk_s3::Client::from_conf(config);
    let mut pages = client.list_objects_v2().bucket(bucket).into_paginator().send();
    let mut count = 0;
    while let Some(page) = pages.try_next().await.expect("a page") {
        count += page.contents().len();
    }
    println!("{count}");
}
