//! A program that runs for long: the client renews a role's credentials before they end, one refresh at a
//! time for all that use it. It lists a bucket every second, with two listings at once, and says when the key
//! has changed.
//!
//! ```sh
//! cargo run --example refresh -- arn:aws:iam::123456789012:role/reader demo 10
//! ```

use std::{env, error::Error, time::Duration};

use sts3::{Client, providers};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let usage = "usage: refresh ROLE_ARN BUCKET SECONDS";
    let argument = |index| env::args().nth(index).ok_or(usage);
    let (role, bucket, seconds) = (argument(1)?, argument(2)?, argument(3)?.parse::<u64>()?);
    let role = providers::AssumeRoleProvider::new(role, "refresh").source(providers::default_chain().await?);
    // Clones share the credentials, the connections and what was learned of servers.
    let client = Client::from_environment()?.credentials(role).build()?;
    let (mut last, mut renewals) = (String::new(), 0);
    for _ in 0..seconds {
        let (one, other) = tokio::join!(count(client.clone(), &bucket), count(client.clone(), &bucket));
        let (one, other) = (one?, other?);
        let current =
            client.credentials().await?.map(|keys| keys.access_key_id().to_owned()).unwrap_or_default();
        if current != last {
            println!("{one} and {other} keys with {current}");
            renewals += 1;
            last = current;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    println!("{renewals} sessions in {seconds} seconds, and not one listing that failed");
    Ok(())
}

async fn count(client: Client, bucket: &str) -> Result<usize, sts3::Error> {
    let mut pages = client.list_objects_v2(bucket).pages();
    let mut keys = 0;
    while let Some(page) = pages.next().await? {
        keys += page.objects().len();
    }
    Ok(keys)
}
