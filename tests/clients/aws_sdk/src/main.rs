//! The AWS SDK for Rust against the server that the environment names: one line `…: ok` for each check.

use std::time::Duration;

use aws_config::{BehaviorVersion, sts::AssumeRoleProvider};
use aws_sdk_s3::{Client, config::Credentials, error::ProvideErrorMetadata};

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let role = std::env::var("STS3_ROLE_ARN")?;
    let lifetime = Duration::from_secs(std::env::var("STS3_SESSION_LIFETIME")?.parse()?);

    let sts = aws_sdk_sts::Client::new(&config);
    let identity = sts.get_caller_identity().send().await?;
    assert!(
        identity.arn().is_some_and(|arn| arn.starts_with("arn:aws:iam::123456789012:user/")),
        "{identity:?}"
    );
    println!("GetCallerIdentity: ok");

    let session = sts.get_session_token().duration_seconds(7200).send().await?;
    let session = session.credentials().ok_or("no credentials")?;
    let session = keys(session.access_key_id(), session.secret_access_key(), Some(session.session_token()));
    assert_eq!(count(&s3(&config, session), "big").await?, 2_500);
    println!("GetSessionToken, then 2,500 keys in 3 pages: ok");

    let assumed = sts.assume_role().role_arn(&role).role_session_name("aws-sdk").send().await?;
    let assumed = assumed.credentials().ok_or("no credentials")?;
    let (id, secret, token) = (assumed.access_key_id(), assumed.secret_access_key(), assumed.session_token());
    let reader = s3(&config, keys(id, secret, Some(token)));
    assert_eq!(count(&reader, "big").await?, 2_500);
    println!("AssumeRole, then 2,500 keys: ok");

    let provider =
        AssumeRoleProvider::builder(&role).session_name("aws-sdk-provider").configure(&config).build().await;
    let refreshing =
        aws_sdk_s3::config::Builder::from(&config).credentials_provider(provider).force_path_style(true);
    let level =
        Client::from_conf(refreshing.build()).list_objects_v2().bucket("demo").delimiter("/").send().await?;
    let prefixes: Vec<_> = level.common_prefixes().iter().filter_map(|prefix| prefix.prefix()).collect();
    assert!(
        prefixes.contains(&"logs/") && prefixes.contains(&"plus+sign/") && prefixes.is_sorted(),
        "{prefixes:?}"
    );
    println!("the SDK's own AssumeRole provider, delimiter: ok");

    let keys_of_demo = reader.list_objects_v2().bucket("demo").encoding_type("url".into()).send().await?;
    assert!(keys_of_demo.contents().len() >= 24, "{keys_of_demo:?}");
    println!("encoding-type=url: ok");

    for (check, credentials, expected) in [
        ("wrong secret", keys(id, &"z".repeat(40), Some(token)), "SignatureDoesNotMatch"),
        ("token left out", keys(id, secret, None), "InvalidAccessKeyId"),
        ("token altered", keys(id, secret, Some(&format!("{}x", &token[..token.len() - 1]))), "InvalidToken"),
    ] {
        let refused = s3(&config, credentials).list_objects_v2().bucket("demo").send().await.unwrap_err();
        assert_eq!(refused.code(), Some(expected), "{check}");
        println!("{check} refused: ok");
    }

    let limited = sts
        .assume_role()
        .role_arn(std::env::var("STS3_LIMITED_ROLE_ARN")?)
        .role_session_name("limited")
        .send()
        .await?;
    let limited = limited.credentials().ok_or("no credentials")?;
    let limited = keys(limited.access_key_id(), limited.secret_access_key(), Some(limited.session_token()));
    let refused = s3(&config, limited).list_objects_v2().bucket("big").send().await.unwrap_err();
    assert_eq!(refused.code(), Some("AccessDenied"));
    println!("a role without the permission refused: ok");

    let missing = reader.list_objects_v2().bucket("no-such-bucket").send().await.unwrap_err();
    assert_eq!(missing.code(), Some("NoSuchBucket"));
    println!("a missing bucket: ok");

    let presigned = aws_sdk_s3::presigning::PresigningConfig::expires_in(Duration::from_secs(60))?;
    let url = reader.get_object().bucket("demo").key("plus+sign/a+b.txt").presigned(presigned).await?;
    assert!(url.uri().contains("X-Amz-Security-Token="), "{}", url.uri());
    println!("presigning: ok");

    tokio::time::sleep(lifetime).await;
    let expired = reader.list_objects_v2().bucket("demo").send().await.unwrap_err();
    assert_eq!(expired.code(), Some("ExpiredToken"));
    println!("an expired session refused: ok");
    Ok(())
}

fn keys(id: &str, secret: &str, token: Option<&str>) -> Credentials {
    Credentials::new(id, secret, token.map(str::to_owned), None, "test")
}

fn s3(config: &aws_config::SdkConfig, credentials: Credentials) -> Client {
    let config = aws_sdk_s3::config::Builder::from(config);
    Client::from_conf(config.credentials_provider(credentials).force_path_style(true).build())
}

async fn count(client: &Client, bucket: &str) -> Result<usize, Box<dyn std::error::Error>> {
    let mut pages = client.list_objects_v2().bucket(bucket).into_paginator().send();
    let mut keys = 0;
    while let Some(page) = pages.try_next().await? {
        keys += page.contents().len();
    }
    Ok(keys)
}
