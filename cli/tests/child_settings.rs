//! What a command of `exec` knows beside its credentials: region, endpoints and settings of the profile that is no longer
//! named to it, and of the options.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{collections::BTreeMap, process::Command};

use support::{Home, READER, end, keys, sandbox, sts3};

fn variables(text: &str) -> BTreeMap<String, String> {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// `exec` with these arguments in this home, which calls nobody: keys of a file, and `env` as the command.
fn exec(home: &Home, arguments: &[&str], more: &[(&str, &str)]) -> Command {
    let mut command = sts3(&[&["exec"], arguments, &["--", "env"]].concat());
    command
        .env("HOME", home.path())
        .env("PATH", std::env::var_os("PATH").unwrap())
        .envs(more.iter().copied());
    command
}

async fn given(home: &Home, arguments: &[&str], more: &[(&str, &str)]) -> BTreeMap<String, String> {
    let ended = end(exec(home, arguments, more)).await;
    assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.stderr);
    variables(&ended.stdout)
}

const CONFIG: &str = "\
[default]
region = us-west-2
use_fips_endpoint = true
endpoint_url = http://127.0.0.1:9/default
retry_mode = adaptive
request_checksum_calculation = when_required
[profile user]
region = eu-west-1
endpoint_url = http://127.0.0.1:9/own
services = local
ca_bundle = /etc/ssl/certs/ca-certificates.crt
max_attempts = 7
retry_mode = adaptive
sdk_ua_app_id = nightly
output = yaml
[services local]
s3 =
  endpoint_url = http://127.0.0.1:9/s3
elastic_beanstalk =
  endpoint_url = http://127.0.0.1:9/eb
[profile bare]
region = eu-north-1
[profile fips]
use_dualstack_endpoint = true
";

fn home(name: &str) -> Home {
    let section = |name: &str| keys().replace("[user]", &format!("[{name}]"));
    Home::new(name, CONFIG, &(keys() + &section("bare") + &section("fips") + &section("default")))
}

/// The names of the variables: SDK reference guide, settings reference; of services' endpoints: "Service-specific
/// endpoints", which has ELASTIC_BEANSTALK for `elastic_beanstalk`. boto3 reads AWS_DEFAULT_REGION, the other SDKs AWS_REGION.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_has_the_region_and_the_settings_of_the_profile_that_is_not_named_to_it() {
    let home = home("child-settings");
    let expected = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_DEFAULT_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9/own"),
        ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9/s3"),
        ("AWS_ENDPOINT_URL_ELASTIC_BEANSTALK", "http://127.0.0.1:9/eb"),
        ("AWS_CA_BUNDLE", "/etc/ssl/certs/ca-certificates.crt"),
        ("AWS_MAX_ATTEMPTS", "7"),
        ("AWS_RETRY_MODE", "adaptive"),
        ("AWS_SDK_UA_APP_ID", "nightly"),
        ("AWS_DEFAULT_OUTPUT", "yaml"),
        // The default profile's, which the command reads: the named one does not say so.
        ("AWS_USE_FIPS_ENDPOINT", "false"),
    ];
    for (arguments, more) in [(&["--profile", "user"][..], &[][..]), (&[], &[("AWS_PROFILE", "user")])] {
        let given = given(&home, arguments, more).await;
        for (name, value) in expected {
            assert_eq!(given.get(name).map(String::as_str), Some(value), "{arguments:?} {name}");
        }
        assert_eq!(given.get("AWS_PROFILE"), None);
        assert_eq!(given.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn options_come_before_variables_and_variables_before_the_profile() {
    let home = home("child-precedence");
    let own = [
        ("AWS_REGION", "ap-south-1"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9/mine"),
        ("AWS_MAX_ATTEMPTS", "2"),
        ("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:9/sqs"),
    ];
    let by_variable = given(&home, &["--profile", "user"], &own).await;
    for (name, value) in own.into_iter().chain([("AWS_DEFAULT_REGION", "ap-south-1")]) {
        assert_eq!(by_variable.get(name).map(String::as_str), Some(value), "{name}");
    }
    // The general variable comes before the services of the profile.
    assert_eq!(by_variable.get("AWS_ENDPOINT_URL_S3"), None);
    let both = [("AWS_REGION", "ap-south-1"), ("AWS_DEFAULT_REGION", "eu-south-1")];
    let by_both = given(&home, &["--profile", "user"], &both).await;
    assert_eq!(
        by_both.get("AWS_DEFAULT_REGION").map(String::as_str),
        Some("eu-south-1"),
        "each has its reader"
    );
    let options = ["--profile", "user", "--region", "sa-east-1", "--endpoint-url", "http://127.0.0.1:9/all"];
    let by_option = given(&home, &options, &own).await;
    for (name, value) in [
        ("AWS_REGION", Some("sa-east-1")),
        ("AWS_DEFAULT_REGION", Some("sa-east-1")),
        ("AWS_ENDPOINT_URL", Some("http://127.0.0.1:9/all")),
        ("AWS_ENDPOINT_URL_SQS", None),
        ("AWS_ENDPOINT_URL_S3", None),
        ("AWS_MAX_ATTEMPTS", Some("2")),
    ] {
        assert_eq!(by_option.get(name).map(String::as_str), value, "{name}");
    }
}

/// botocore of a session with the profile `bare` has no endpoint and no FIPS; one without a profile has the default
/// profile's.
#[tokio::test(flavor = "multi_thread")]
async fn the_default_profile_s_endpoint_does_not_come_in_the_place_of_none() {
    let home = home("child-default");
    let bare = given(&home, &["--profile", "bare"], &[]).await;
    for (name, value) in [
        ("AWS_REGION", Some("eu-north-1")),
        ("AWS_ENDPOINT_URL", None),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", Some("true")),
        ("AWS_USE_FIPS_ENDPOINT", Some("false")),
        ("AWS_RETRY_MODE", Some("standard")),
        ("AWS_REQUEST_CHECKSUM_CALCULATION", Some("when_supported")),
    ] {
        assert_eq!(bare.get(name).map(String::as_str), value, "{name}");
    }
    let own = [("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9/s3")];
    let ended = end(exec(&home, &["--profile", "fips"], &own)).await;
    assert!(ended.stderr.contains("the default profile's endpoint_url stays in force"), "{}", ended.stderr);
    let with_own = variables(&ended.stdout);
    assert_eq!(with_own.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), None, "the user's own counts");
    assert_eq!(with_own.get("AWS_USE_DUALSTACK_ENDPOINT").map(String::as_str), Some("true"));
    assert_eq!(with_own.get("AWS_REGION"), None, "nothing says one");
    // The default profile itself is read by the command.
    let default = given(&home, &[], &[]).await;
    assert_eq!(default.get("AWS_DEFAULT_REGION").map(String::as_str), Some("us-west-2"));
    assert_eq!(default.get("AWS_ENDPOINT_URL"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_served_command_whose_default_profile_is_hidden_has_its_settings() {
    let sandbox = sandbox().await;
    let home = Home::new("child-served", "", "");
    let config = "[default]\nregion = us-west-2\nmax_attempts = 4\n";
    std::fs::write(home.path().join(".aws/config"), config).unwrap();
    std::fs::write(home.path().join(".aws/credentials"), keys().replace("[user]", "[default]")).unwrap();
    let ended = end(home.sts3(&sandbox, &["exec", "--serve", "--role-arn", READER, "--", "env"])).await;
    let given = variables(&ended.stdout);
    assert_eq!(given.get("AWS_CONFIG_FILE").map(String::as_str), Some("/dev/null"), "{ended:?}");
    assert_eq!(given.get("AWS_MAX_ATTEMPTS").map(String::as_str), Some("4"));
    assert_eq!(given.get("AWS_REGION").map(String::as_str), Some("us-east-1"), "the sandbox's variable");
}

/// As aws-vault: without a command, the user's shell.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_command_the_user_s_shell_opens_and_its_end_is_the_program_s() {
    let home = home("child-shell");
    let shell = home.path().join("my shell");
    let text = "#!/bin/sh\necho \"$0 $AWS_ACCESS_KEY_ID $#\"\nexit 7\n";
    std::fs::write(&shell, text).unwrap();
    std::fs::set_permissions(&shell, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for arguments in [
        &["exec", "--profile", "user"][..],
        &["exec", "--profile", "user", "--"],
        &["exec", "--profile", "user", "--serve"],
    ] {
        let mut command = sts3(arguments);
        command.env("HOME", home.path()).env("SHELL", &shell).env("PATH", std::env::var_os("PATH").unwrap());
        let ended = end(command).await;
        assert_eq!(ended.code, Some(7), "{arguments:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, format!("{} {} 0\n", shell.display(), sts3_sandbox::ACCESS_KEY_ID));
        assert!(ended.stderr.contains("my shell") && ended.stderr.contains("`exit`"), "{}", ended.stderr);
    }
    // Nothing in SHELL: the system's.
    let mut command = sts3(&["exec", "--profile", "user"]);
    command.env("HOME", home.path()).stdin(std::process::Stdio::null());
    let ended = end(command).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("/bin/sh"), "{}", ended.stderr);
}

/// POSIX, "Shell Command Language", 2.8.2: 127 if there is no such command, 126 if it cannot be run.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_not_there_is_127_and_one_that_cannot_be_run_126() {
    let home = home("child-codes");
    let plain = home.path().join("plain");
    std::fs::write(&plain, "no program").unwrap();
    let plain = plain.to_str().unwrap();
    for (command, code) in [("no-such-program", 127), ("/nonexistent/x", 127), (plain, 126), ("/tmp", 126)] {
        for form in [
            &["exec", "--profile", "user", "--"][..],
            &["exec", "--serve", "--profile", "user", "--"],
            &["sandbox", "--"],
        ] {
            let mut started = sts3(&[form, &[command]].concat());
            started.env("HOME", home.path()).env("PATH", std::env::var_os("PATH").unwrap());
            let ended = end(started).await;
            assert_eq!(
                (ended.code, ended.stdout.as_str()),
                (Some(code), ""),
                "{form:?} {command}: {}",
                ended.stderr
            );
        }
    }
    let mut shell = sts3(&["exec", "--profile", "user"]);
    shell.env("HOME", home.path()).env("SHELL", "/nonexistent/shell");
    assert_eq!(end(shell).await.code, Some(127));
}
