//! boto3 and awscli get their credentials from this program: as their `credential_process`, from its server,
//! and from the environment that it sets.
//!
//! Runs only with `STS3_REAL_CLIENTS=1`: it installs packages from PyPI.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use sts3_sandbox::{BucketSpec, Sandbox};
use support::{Ended, Home, READER, end, keys};

/// Lists as long as it takes for the session to end, and says who it was and how many keys there were.
const BOTO3: &str = "
import boto3, sys, time
for _ in range(int(sys.argv[1])):
    session = boto3.Session()
    pages = session.client('s3').get_paginator('list_objects_v2').paginate(Bucket='demo')
    print(session.client('sts').get_caller_identity()['Arn'], sum(len(page['Contents']) for page in pages))
    time.sleep(1)
";

fn is_wanted() -> bool {
    let wanted = std::env::var_os("STS3_REAL_CLIENTS").is_some_and(|value| value == "1");
    if !wanted {
        println!("skipped: set STS3_REAL_CLIENTS=1 to install boto3 and awscli and hand them credentials");
    }
    wanted
}

/// The folder with the programs of a Python environment that holds boto3 and awscli.
fn python_bin() -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/servers/venv");
    let output = Command::new(script).args(["boto3>=1.44,<2", "awscli>=1.46,<2"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim()).join("bin")
}

/// Another program with the home's files and the sandbox's endpoint, without keys.
async fn foreign(home: &Home, sandbox: &Sandbox, program: &Path, arguments: &[&str], profile: &str) -> Ended {
    let like = home.sts3(sandbox, &[]);
    let mut command = Command::new(program);
    command.args(arguments).env_clear().env("HOME", "nowhere").env("AWS_PROFILE", profile);
    for (name, value) in like.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    end(command).await
}

#[tokio::test(flavor = "multi_thread")]
async fn as_their_credential_process() {
    if !is_wanted() {
        return;
    }
    let sandbox = Sandbox::builder().bucket(BucketSpec::demo("demo")).start().await.unwrap();
    let process = |what: &str| {
        format!("credential_process = \"{}\" {what} --format process\n", env!("CARGO_BIN_EXE_sts3"))
    };
    let config = format!(
        "[profile role]\n{}[profile session]\n{}",
        process(&format!("assume-role --profile user --role-arn {READER} --role-session-name sdk")),
        process("session-token --profile user"),
    );
    let home = Home::new("sdk-process", &config, &keys());
    let bin = python_bin();
    for (profile, arn) in [
        ("role", "arn:aws:sts::123456789012:assumed-role/reader/sdk"),
        ("session", "arn:aws:iam::123456789012:user/"),
    ] {
        let boto3 = foreign(&home, &sandbox, &bin.join("python"), &["-c", BOTO3, "1"], profile).await;
        assert!(boto3.stdout.starts_with(arn) && boto3.stdout.ends_with(" 24\n"), "{boto3:?}");
        let who = ["sts", "get-caller-identity", "--query", "Arn", "--output", "text"];
        let awscli = foreign(&home, &sandbox, &bin.join("aws"), &who, profile).await;
        assert!(awscli.stdout.starts_with(arn), "{awscli:?}");
        let listed =
            foreign(&home, &sandbox, &bin.join("aws"), &["s3", "ls", "--recursive", "s3://demo"], profile)
                .await;
        // One of the keys has a line break in it.
        let keys = listed.stdout.lines().filter(|line| line.starts_with("20")).count();
        assert_eq!(keys, 24, "{listed:?}");
    }
    // Two SDKs and six runs, but two sessions: the others came from the cache.
    assert_eq!((sandbox.count("AssumeRole"), sandbox.count("GetSessionToken")), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_server_and_from_the_environment() {
    if !is_wanted() {
        return;
    }
    let lifetime = Duration::from_secs(3);
    let sandbox =
        Sandbox::builder().bucket(BucketSpec::demo("demo")).session_lifetime(lifetime).start().await.unwrap();
    let home = Home::new("sdk-exec", "", &keys());
    let python = python_bin().join("python");
    let child = ["--", python.to_str().unwrap(), "-c", BOTO3];
    let role = ["--profile", "user", "--role-arn", READER];
    let served = home.run(&sandbox, &[&["exec", "--serve"], &role[..], &child, &["6"]].concat()).await;
    assert_eq!(served.stdout.matches("assumed-role/reader/").count(), 6, "{served:?}");
    assert!(sandbox.count("AssumeRole") >= 2, "the session was renewed: {:?}", sandbox.counts());
    let set = home.run(&sandbox, &[&["exec"], &role[..], &child, &["1"]].concat()).await;
    assert!(set.stdout.ends_with(" 24\n"), "{set:?}");
}

/// The user's own settings all lead elsewhere: variables, and a default profile for which `botocore` ignores the
/// endpoint of the environment.
#[tokio::test(flavor = "multi_thread")]
async fn in_a_sandbox_whatever_the_user_has_set() {
    if !is_wanted() {
        return;
    }
    let elsewhere = "http://127.0.0.1:9";
    let config = format!(
        "[default]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\nignore_configured_endpoint_urls = true\n\
         services = real\n[services real]\ns3 =\n  endpoint_url = {elsewhere}\nsts =\n  endpoint_url = {elsewhere}\n"
    );
    let home = Home::new("sdk-confined", &config, &keys().replace("[user]", "[default]"));
    let python = python_bin().join("python");
    let mut command =
        support::sts3(&["sandbox", "--bucket", "demo", "--", python.to_str().unwrap(), "-c", BOTO3, "1"]);
    command.env("HOME", home.path());
    for name in [
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
        "AWS_ENDPOINT_URL_STS",
        "http_proxy",
        "HTTP_PROXY",
        "all_proxy",
    ] {
        command.env(name, elsewhere);
    }
    for name in ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"]
    {
        command.env(name, "true");
    }
    command.env("AWS_SESSION_TOKEN", "foreign").env("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z");
    command.env("AWS_PROFILE", "foreign").env("NO_PROXY", "example.com");
    let boto3 = end(command).await;
    assert_eq!(boto3.stdout, "arn:aws:iam::123456789012:user/sandbox 24\n", "{boto3:?}");
}
