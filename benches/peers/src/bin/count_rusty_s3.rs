//! Counts the keys of a bucket with rusty-s3 and reqwest: the bare count, nothing printed but the number.

use std::time::Duration;

use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle, actions::ListObjectsV2};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let variable = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let name = std::env::args().nth(1).expect("a bucket");
    let endpoint = variable("AWS_ENDPOINT_URL").parse().expect("a URL");
    let bucket = Bucket::new(endpoint, UrlStyle::Path, name, variable("AWS_REGION")).expect("a bucket");
    let credentials = Credentials::new(variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"));
    let client = reqwest::Client::new();
    let (mut count, mut token) = (0, None::<String>);
    loop {
        let mut action = ListObjectsV2::new(&bucket, Some(&credentials));
        if let Some(token) = &token {
            action.with_continuation_token(token.clone());
        }
        let url = action.sign(Duration::from_secs(60));
        let body = client.get(url).send().await.expect("an answer").text().await.expect("its body");
        let page = ListObjectsV2::parse_response(&body).expect("a page");
        count += page.contents.len();
        token = page.next_continuation_token;
        if token.is_none() {
            break;
        }
    }
    println!("{count}");
}
