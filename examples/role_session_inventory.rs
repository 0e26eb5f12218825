//! Does the user exist (create it if not)? The role? The bucket? Then assume the role for a quarter of an
//! hour and print the first fifty keys with their ETags. (The S3 guide's Ruby sample.)
//!
//! IAM is asked with the original keys: a GetSessionToken session without MFA may not call it.
//!
//! ```sh
//! cargo run --example role_session_inventory -- alice reader demo
//! ```

use std::time::Duration;

use sts3::{Client, iam, providers, s3::ListObjectsV2};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [user, role, bucket] = arguments.as_slice() else {
        return Err("usage: role_session_inventory USER ROLE BUCKET".into());
    };
    let base = providers::default_chain().await?;
    let own = Client::from_environment()?.credentials(base.clone()).build()?;
    match own.get_user(user).await? {
        Some(found) => println!("user {} exists", found.user_name),
        None => println!("user {} created", own.send(&iam::CreateUser::new(user)).await?.user_name),
    }
    let Some(role) = own.get_role(role).await? else {
        return Err(format!("role {role} does not exist").into());
    };
    println!("role {} exists", role.role_name);

    let session = providers::AssumeRoleProvider::new(role.arn, "role-session-inventory")
        .duration(Duration::from_secs(900))
        .source(base);
    let client = Client::from_environment()?.credentials(session).build()?;
    if client.head_bucket(bucket).await?.is_none() {
        return Err(format!("bucket {bucket} does not exist").into());
    }
    println!("bucket {bucket} exists");
    let page = client.send(&ListObjectsV2::new(bucket).max_keys(50)).await?;
    for object in page.objects() {
        println!("{} => {}", object.key.escape_debug(), object.etag.unwrap_or("-"));
    }
    Ok(())
}
