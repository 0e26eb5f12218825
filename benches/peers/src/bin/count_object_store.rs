//! Counts the keys of a bucket with object_store: the bare count.

use futures_util::TryStreamExt;
use object_store::{ObjectStore, aws::AmazonS3Builder};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let bucket = std::env::args().nth(1).expect("a bucket");
    let store = AmazonS3Builder::from_env().with_bucket_name(bucket).with_allow_http(true).build().expect("a store");
    let mut objects = store.list(None);
    let mut count = 0;
    while objects.try_next().await.expect("a page").is_some() {
        count += 1;
    }
    println!("{count}");
}
