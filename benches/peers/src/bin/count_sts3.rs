//! Counts the keys of a bucket with sts3: the bare count, nothing printed but the number.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), sts3::Error> {
    let name = std::env::args().nth(1).expect("a bucket");
    let credentials = sts3::providers::default_chain().await?;
    let client = sts3::Client::from_environment()?.credentials(credentials).build()?;
    let mut pages = client.list_objects_v2(&name).pages();
    let mut count = 0;
    while let Some(page) = pages.next().await? {
        count += page.objects().len();
    }
    println!("{count}");
    Ok(())
}
