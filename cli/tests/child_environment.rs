//! The environment of commands: whatever the user has set, they use the credentials that they are handed, and
//! with a sandbox they reach nothing else.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use support::{Home, READER, end, keys, sandbox, sts3};

/// Nobody listens there.
const ELSEWHERE: &str = "http://127.0.0.1:9";

/// Variables by which SDKs get an identity: "AWS SDKs and Tools Reference Guide, environment variables list";
/// `botocore/credentials.py`; SDK for Java 1 (AWS_ACCESS_KEY, AWS_SECRET_KEY); aws-vault (AWS_SESSION_EXPIRATION); Rust's
/// object_store 0.14, `aws/builder.rs` (AWS_TOKEN, AWS_SKIP_SIGNATURE); SDK for Ruby 3, `credential_provider_chain.rb`
/// (AMAZON_…); s3fs-fuse's man page (AWSACCESSKEYID); GDAL, "/vsis3/" (AWS_NO_SIGN_REQUEST).
const IDENTITY: [(&str, &str); 28] = [
    ("AWS_ACCESS_KEY_ID", "AKIDFOREIGN"),
    ("AWS_SECRET_ACCESS_KEY", "foreign"),
    ("AWS_SESSION_TOKEN", "foreign"),
    ("AWS_SECURITY_TOKEN", "foreign"),
    ("AWS_ACCESS_KEY", "AKIDFOREIGN"),
    ("AWS_SECRET_KEY", "foreign"),
    ("AWS_CREDENTIAL_EXPIRATION", "2099-01-01T00:00:00Z"),
    ("AWS_SESSION_EXPIRATION", "2020-01-01T00:00:00Z"),
    ("AWS_ACCOUNT_ID", "999999999999"),
    ("AWS_CREDENTIAL_FILE", "/foreign"),
    ("AWS_PROFILE", "foreign"),
    ("AWS_DEFAULT_PROFILE", "foreign"),
    ("AWS_ROLE_ARN", "arn:aws:iam::999999999999:role/foreign"),
    ("AWS_ROLE_SESSION_NAME", "foreign"),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "/foreign"),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/foreign"),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/foreign"),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "foreign"),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/foreign"),
    ("AWS_BEARER_TOKEN_BEDROCK", "foreign"),
    ("AWS_TOKEN", "foreign"),
    ("AMAZON_ACCESS_KEY_ID", "AKIDFOREIGN"),
    ("AMAZON_SECRET_ACCESS_KEY", "foreign"),
    ("AMAZON_SESSION_TOKEN", "foreign"),
    ("AWSACCESSKEYID", "AKIDFOREIGN"),
    ("AWSSECRETACCESSKEY", "foreign"),
    ("AWS_SKIP_SIGNATURE", "true"),
    ("AWS_NO_SIGN_REQUEST", "YES"),
];

/// And by which they find other services or sign in other ways; `botocore/configprovider.py`, `botocore/utils.py`
/// (proxies); Terraform's AWS provider, "custom service endpoints" (AWS_STS_ENDPOINT); `fsspec/config.py`.
const DETOURS: [(&str, &str); 24] = [
    ("AWS_ENDPOINT_URL", ELSEWHERE),
    ("AWS_ENDPOINT_URL_S3", ELSEWHERE),
    ("AWS_ENDPOINT_URL_STS", ELSEWHERE),
    ("AWS_ENDPOINT_URL_OF_SOME_SERVICE_TO_COME", ELSEWHERE),
    ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
    ("AWS_USE_FIPS_ENDPOINT", "true"),
    ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
    ("AWS_STS_REGIONAL_ENDPOINTS", "legacy"),
    ("AWS_CONFIG_FILE", "/foreign"),
    ("AWS_SHARED_CREDENTIALS_FILE", "/foreign"),
    ("AWS_AUTH_SCHEME_PREFERENCE", "sigv4a"),
    ("AWS_SIGV4A_SIGNING_REGION_SET", "eu-west-1"),
    ("AWS_ACCOUNT_ID_ENDPOINT_MODE", "required"),
    ("AWS_STS_ENDPOINT", ELSEWHERE),
    ("AWS_IAM_ENDPOINT", ELSEWHERE),
    ("FSSPEC_S3_ENDPOINT_URL", ELSEWHERE),
    ("FSSPEC_S3_KEY", "AKIDFOREIGN"),
    ("http_proxy", ELSEWHERE),
    ("HTTP_PROXY", ELSEWHERE),
    ("https_proxy", ELSEWHERE),
    ("HTTPS_PROXY", ELSEWHERE),
    ("all_proxy", ELSEWHERE),
    ("ALL_PROXY", ELSEWHERE),
    ("NO_PROXY", "example.com"),
];

/// What is nobody's identity and leads nowhere.
const KEPT: [(&str, &str); 3] =
    [("AWS_MAX_ATTEMPTS", "7"), ("AWS_SDK_UA_APP_ID", "kept"), ("EDITOR", "kept")];

fn variables(text: &str) -> BTreeMap<String, String> {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn foreign(command: &mut Command) {
    command.envs(IDENTITY).envs(DETOURS).envs(KEPT).env("PATH", std::env::var_os("PATH").unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_of_exec_has_no_other_identity_than_the_one_it_is_handed() {
    let sandbox = sandbox().await;
    let home = Home::new("exec-environment", "", &keys());
    let common = ["--profile", "user", "--endpoint-url", &sandbox.url(), "--region", "us-east-1"];
    for (options, role) in [
        (&["exec"][..], &[][..]),
        (&["exec"], &["--role-arn", READER]),
        (&["exec", "--serve"], &["--role-arn", READER]),
    ] {
        let mut command = home.sts3(&sandbox, &[options, &common, role, &["--", "env"]].concat());
        command.envs(IDENTITY).envs(KEPT);
        let ended = end(command).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let given = variables(&ended.stdout);
        for (name, value) in IDENTITY {
            assert_ne!(given.get(name).map(String::as_str), Some(value), "{options:?} {role:?}");
        }
        for (name, value) in KEPT {
            assert_eq!(given.get(name).map(String::as_str), Some(value), "{options:?} {role:?}");
        }
        // What is left of them is what this program has set.
        let mut names: Vec<&str> =
            IDENTITY.map(|(name, _)| name).into_iter().filter(|name| given.contains_key(*name)).collect();
        names.sort_unstable();
        let expected: &[&str] = match (options.len(), role.len()) {
            (2, _) => &["AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_CREDENTIALS_FULL_URI"],
            (_, 0) => &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
            _ => &[
                "AWS_ACCESS_KEY_ID",
                // The role's own, from its ARN.
                "AWS_ACCOUNT_ID",
                "AWS_CREDENTIAL_EXPIRATION",
                "AWS_SECRET_ACCESS_KEY",
                "AWS_SESSION_TOKEN",
            ],
        };
        assert_eq!(names, expected);
    }
}

/// Files that send SDKs elsewhere, whatever the environment says.
fn hostile_home(name: &str) -> Home {
    let services = format!("s3 =\n  endpoint_url = {ELSEWHERE}\nsts =\n  endpoint_url = {ELSEWHERE}\n");
    let config = format!(
        "[default]\nregion = eu-west-3\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n\
         ignore_configured_endpoint_urls = true\nservices = real\nendpoint_url = {ELSEWHERE}\n[services real]\n{services}"
    );
    Home::new(
        name,
        &config,
        &keys().replace("[user]", "[default]").replace(sts3_sandbox::ACCESS_KEY_ID, "AKIDFOREIGN"),
    )
}

/// What all variables of a sandbox's command are, but for those of other programs.
fn assert_confined(given: &BTreeMap<String, String>) {
    let value = |name: &str| given.get(name).map(String::as_str);
    assert_eq!(value("AWS_ACCESS_KEY_ID"), Some(sts3_sandbox::ACCESS_KEY_ID));
    assert_eq!(value("AWS_SECRET_ACCESS_KEY"), Some(sts3_sandbox::SECRET_ACCESS_KEY));
    assert_eq!(value("AWS_EC2_METADATA_DISABLED"), Some("true"));
    assert!(
        value("AWS_ENDPOINT_URL").is_some_and(|url| url.starts_with("http://127.0.0.1:") && url != ELSEWHERE)
    );
    for file in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
        assert_eq!(std::fs::read_to_string(value(file).unwrap()).unwrap(), "", "{file}");
    }
    for name in ["NO_PROXY", "no_proxy"] {
        assert!(value(name).unwrap().split(',').any(|host| host == "127.0.0.1"), "{name}");
    }
    let set = [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_ENDPOINT_URL",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "NO_PROXY",
    ];
    for (name, _) in IDENTITY.iter().chain(&DETOURS).filter(|(name, _)| !set.contains(name)) {
        assert_eq!(value(name), None, "{name}");
    }
    for (name, expected) in KEPT {
        assert_eq!(value(name), Some(expected));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_setting_of_the_user_leads_a_sandbox_s_command_elsewhere() {
    let home = hostile_home("sandbox-environment");
    let with = |child: &[&str]| {
        let mut command = sts3(&[&["sandbox", "--bucket", "demo", "--"], child].concat());
        foreign(&mut command);
        command.env("HOME", home.path());
        for name in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
            command.env_remove(name);
        }
        end(command)
    };
    let given = with(&["env"]).await;
    assert_confined(&variables(&given.stdout));
    let who = with(&["sts3", "whoami", "--role-arn", READER]).await;
    assert!(who.stdout.contains("assumed-role/reader/"), "{who:?}");
    let listed = with(&["sts3", "ls", "-r", "s3://demo"]).await;
    assert_eq!(listed.stdout.lines().count(), 24, "{listed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_that_a_sandbox_prints_do_the_same_to_a_shell() {
    let mut running = sts3(&["sandbox", "--bucket", "demo"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(running.stdout.take().unwrap()).lines();
    let mut printed = String::new();
    // Programs read the exports, which come first.
    while !printed.contains("unset ") {
        printed += &(lines.next().unwrap().unwrap() + "\n");
    }
    assert!(printed.starts_with("export AWS_ENDPOINT_URL='http://127.0.0.1:"), "{printed}");
    let home = hostile_home("sandbox-lines");
    for shell in ["sh", "bash", "zsh"] {
        for variables_present in [true, false] {
            let mut command = Command::new(shell);
            command.args(["-c", "set -e; eval \"$LINES_OF_SANDBOX\"; env; exec \"$0\" ls -r s3://demo"]);
            command
                .arg(env!("CARGO_BIN_EXE_sts3"))
                .env_clear()
                .env("HOME", "nowhere")
                .env("LINES_OF_SANDBOX", &printed)
                .env("HOME", home.path());
            // The sandbox was started elsewhere, without any of these.
            if variables_present {
                foreign(&mut command);
            } else {
                command.envs(KEPT).env("PATH", std::env::var_os("PATH").unwrap());
            }
            if shell == "zsh" && Command::new("zsh").arg("--version").output().is_err() {
                println!("skipped: there is no zsh here");
                continue;
            }
            let ended = end(command).await;
            assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{shell}");
            assert_confined(&variables(&ended.stdout));
            assert!(ended.stdout.contains("logs/2026/"), "{shell}: {}", ended.stdout);
        }
    }
    running.kill().unwrap();
    running.wait().unwrap();
}
