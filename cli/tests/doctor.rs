//! `sts3 doctor` on set-ups that are broken in one place each (some in a second one behind it): it names the first fault, and how
//! it is repaired.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{
    io::{Read, Write},
    net::TcpListener,
    process::Command,
};

use serde_json::Value;
use sts3_sandbox::{BucketSpec, Sandbox};
use support::{Ended, Home, LIMITED, READER, end, keys, sandbox, sts3};

/// A server that gives every connection these bytes. They come from no HTTP library: some are no HTTP.
fn saying(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer);
        }
    });
    address.to_string()
}

/// A server that takes connections and says nothing.
fn silent() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || listener.incoming().collect::<Vec<_>>());
    address
}

/// A set-up: what is in the files, what is set, and what is asked.
#[derive(Default)]
struct Case {
    config: String,
    credentials: Option<String>,
    set: Vec<(&'static str, String)>,
    unset: Vec<&'static str>,
    arguments: Vec<String>,
}

impl Case {
    fn config(mut self, text: &str) -> Self {
        self.config = text.to_owned();
        self
    }

    fn credentials(mut self, text: &str) -> Self {
        self.credentials = Some(text.to_owned());
        self
    }

    fn set(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.set.push((name, value.into()));
        self
    }

    fn unset(mut self, names: &[&'static str]) -> Self {
        self.unset.extend(names);
        self
    }

    fn asks(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    fn command(&self, home: &Home, sandbox: &Sandbox) -> Command {
        std::fs::write(home.path().join(".aws/config"), &self.config).unwrap();
        let credentials = self.credentials.clone().unwrap_or_else(keys);
        std::fs::write(home.path().join(".aws/credentials"), credentials).unwrap();
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let mut command = home.sts3(sandbox, &[&["doctor", "--no-cache"], &arguments[..]].concat());
        for name in &self.unset {
            command.env_remove(name);
        }
        command.envs(self.set.iter().map(|(name, value)| (name, value)));
        command
    }
}

fn case() -> Case {
    Case::default()
}

/// With the user's profile.
fn user() -> Case {
    case().asks(&["--profile", "user"])
}

/// A role of the profile `work`, with more settings.
fn role(more: &str) -> Case {
    let config = format!("[profile work]\nrole_arn = {READER}\nsource_profile = user\n{more}");
    case().config(&config).asks(&["--profile", "work"])
}

/// Nothing of the sandbox: AWS's own endpoints, behind a proxy where nobody listens. Nothing leaves this machine.
fn aws() -> Case {
    user()
        .unset(&["AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"])
        .set("HTTPS_PROXY", "http://127.0.0.1:9")
}

fn environment_keys(id: &str, secret: &str) -> Case {
    case().set("AWS_ACCESS_KEY_ID", id).set("AWS_SECRET_ACCESS_KEY", secret)
}

/// Each set-up with its first fault, a part of what is seen there, and a part of the repair.
fn cases(tls: &Sandbox, late: &Sandbox) -> Vec<(Case, &'static str, &'static str, &'static str)> {
    let (id, secret) = (sts3_sandbox::ACCESS_KEY_ID, sts3_sandbox::SECRET_ACCESS_KEY);
    let portal =
        saying(b"HTTP/1.1 302 Found\r\nlocation: https://portal.example\r\ncontent-length: 0\r\n\r\n");
    let page = saying(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>");
    let no_http = saying(b"220 mail.example ESMTP\r\n");
    let sso = "[profile corp]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = dev\n\
               [sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = eu-west-1\n";
    let process = |line: &str| {
        case().config(&format!("[profile work]\ncredential_process = {line}\n")).asks(&["--profile", "work"])
    };
    let url = |url: String| user().set("AWS_ENDPOINT_URL", url).asks(&["--max-attempts", "1"]);
    vec![
        // Profile.
        (case().asks(&["--profile", "usr"]), "profile", "named by --profile", "user"),
        (case().set("AWS_PROFILE", "usr"), "profile", "named by AWS_PROFILE", "user"),
        (user().credentials("").config("[profile other]\n"), "profile", "`user`", "other"),
        (
            user().config("[profile user]\nregion = eu-west-1\n= nothing\n"),
            "profile",
            "line 3",
            "the line that is named",
        ),
        // Source.
        (user().credentials("[user]\naws_access_key_id = AKID\n"), "source", "aws_secret_access_key", "~/.aws"),
        (
            case().config("[profile a]\nrole_arn = x\nsource_profile = b\n[profile b]\nrole_arn = y\nsource_profile = a\n").asks(&["--profile", "a"]),
            "source",
            "in a circle",
            "sts3 profiles",
        ),
        (role("").credentials("[other]\n"), "source", "there is no such profile", "sts3 profiles"),
        (
            case().config(&format!("[profile work]\nrole_arn = {READER}\n")).asks(&["--profile", "work"]),
            "source",
            "neither source_profile nor credential_source",
            "sts3 profiles",
        ),
        (process("sh -c 'exit 3'"), "source", "credential_process", "do what"),
        (process("echo nothing"), "source", "JSON", "do what"),
        (process("/nonexistent/helper"), "source", "/.aws/config line 2)", "do what"),
        (case().config(sso).asks(&["--profile", "corp"]), "source", "sso login", "do what"),
        (
            case().config(&format!("[profile ci]\nrole_arn = {READER}\nweb_identity_token_file = /nonexistent\n")).asks(&["--profile", "ci"]),
            "source",
            "/nonexistent",
            "do what",
        ),
        (case().credentials("").set("AWS_ACCESS_KEY_ID", "AKID"), "source", "AWS_SECRET_ACCESS_KEY is not", "do what"),
        (case().credentials(""), "source", "no credentials found", "AWS_ACCESS_KEY_ID"),
        (
            environment_keys("ASIAEXAMPLE", "s")
                .set("AWS_SESSION_TOKEN", "t")
                .set("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z"),
            "source",
            "expired",
            "get new credentials",
        ),
        (user().asks(&["--role-arn", "arn:aws:iam::123456789012:role/none"]), "source", "AccessDenied", "trust policy"),
        (
            user().asks(&["--role-arn", "arn:aws:iam::123456789012:role/partner"]),
            "source",
            "AccessDenied",
            "external ID",
        ),
        (role("mfa_serial = arn:aws:iam::123456789012:mfa/none\n").asks(&["--mfa-code", "000000"]), "source", "MultiFactorAuthentication", "next one"),
        // Identity.
        (environment_keys("AKIANOBODY", secret), "identity", "InvalidClientTokenId", "the key is unknown"),
        (environment_keys(id, "wrong"), "identity", "SignatureDoesNotMatch", "wrong secret"),
        (
            user().credentials(&keys().replace(secret, "wrong")).asks(&["--role-arn", READER]),
            "identity",
            "SignatureDoesNotMatch",
            "wrong secret",
        ),
        (environment_keys("ASIANOBODY", "s").set("AWS_SESSION_TOKEN", "t"), "identity", "InvalidClientTokenId", "AWS_SESSION_TOKEN"),
        // Region.
        (user().set("AWS_REGION", "eu west 1"), "region", "not a region's name", "eu-west-1"),
        (aws().set("AWS_REGION", "eu-wset-1"), "region", "could not connect", "did you mean eu-west-1"),
        (user().set("AWS_REGION", "us-west-2"), "region", "scoped to a valid region", "this endpoint serves another region"),
        (
            role("region = us-east-5\n").unset(&["AWS_REGION", "AWS_DEFAULT_REGION"]),
            "region",
            "scoped to a valid region",
            "the profile's region",
        ),
        // Clock.
        (user().set("AWS_ENDPOINT_URL", late.url()), "clock", "s slow", "set this machine's clock"),
        // Proxy and TLS.
        (aws(), "proxy/TLS", "127.0.0.1:9", "proxy settings"),
        (aws().set("AWS_REGION", "eu-west-1"), "proxy/TLS", "sts.eu-west-1.amazonaws.com", "proxy settings"),
        (aws().set("AWS_REGION", "eu-west-1").set("HTTPS_PROXY", "nonsense://x"), "proxy/TLS", "HTTPS_PROXY", "proxy"),
        (url("http://127.0.0.1:9".into()), "proxy/TLS", "could not connect to 127.0.0.1:9", "endpoint URL"),
        (url(tls.url()), "proxy/TLS", "TLS", "--ca-bundle"),
        (url(tls.url().replace("https", "http")), "proxy/TLS", "write https://", "AWS_ENDPOINT_URL"),
        (url(format!("https://{no_http}")), "proxy/TLS", "127.0.0.1", "write http://"),
        (url(format!("http://{no_http}")), "proxy/TLS", "127.0.0.1", "endpoint URL"),
        (url(format!("http://{portal}")), "proxy/TLS", "HTTP 302", "endpoint URL"),
        (url(format!("http://{page}")), "proxy/TLS", "GetCallerIdentity", "endpoint URL"),
        (url(format!("http://{}", silent())).asks(&["--attempt-timeout", "1s"]), "proxy/TLS", "no answer in time", "more time"),
        (url("localhost:9000".into()), "proxy/TLS", "http:// or https://", "AWS_ENDPOINT_URL"),
        (url("http://192.0.2.1".into()), "proxy/TLS", "plain HTTP to another machine", "AWS_ENDPOINT_URL"),
        (user().set("AWS_CA_BUNDLE", "/nonexistent/ca.pem"), "proxy/TLS", "/nonexistent/ca.pem", "AWS_CA_BUNDLE"),
        // Bucket.
        (user().asks(&["--bucket", "none-such"]), "bucket", "NoSuchBucket", "sts3 ls"),
        (user().asks(&["--bucket", "s3://big/", "--role-arn", LIMITED]), "bucket", "AccessDenied", "s3:ListBucket"),
        (user().asks(&["--bucket", "x"]), "bucket", "3 to 63", "name"),
    ]
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}

const ORDER: [&str; 7] = ["profile", "source", "identity", "region", "clock", "proxy/TLS", "bucket"];

#[tokio::test(flavor = "multi_thread")]
async fn the_first_fault_of_each_broken_set_up_is_named_and_its_repair() {
    let sandbox = sandbox().await;
    let tls = Sandbox::builder().tls().start().await.unwrap();
    let late = Sandbox::builder().clock_skew(20 * 60).start().await.unwrap();
    let home = Home::new("doctor", "", "");
    let cases = cases(&tls, &late);
    assert!(cases.len() >= 25, "{}", cases.len());
    let mut wrong = Vec::new();
    for (case, step, saw, repair) in cases {
        let mut command = case.command(&home, &sandbox);
        command.args(["--output", "json"]);
        let ended = end(command).await;
        let shown = format!("{:?} {:?} {ended:?}", case.arguments, case.set);
        assert_eq!(ended.code, Some(1), "{shown}");
        let told = json(&ended);
        let fault = &told["fault"];
        let text = |name: &str| fault[name].as_str().unwrap_or_default();
        if text("step") != step || !text("problem").contains(saw) || !text("repair").contains(repair) {
            wrong.push(format!("{step}, {saw}, {repair}: {shown}"));
        }
        assert_eq!(told["healthy"], false, "{shown}");
        // One line for each step up to the fault, in order, and none is called a fault before it.
        let steps = told["steps"].as_array().unwrap();
        let names: Vec<&str> = steps.iter().map(|line| line["step"].as_str().unwrap()).collect();
        assert_eq!(names, ORDER[..names.len()], "{shown}");
        for line in &steps[..steps.len() - 1] {
            assert_ne!(line["state"], "FAULT", "{shown}");
        }
        assert_eq!(steps.last().unwrap()["state"], "FAULT", "{shown}");
        for secret in [sts3_sandbox::SECRET_ACCESS_KEY, "SecretAccessKey"] {
            assert!(!ended.stdout.contains(secret) && !ended.stderr.contains(secret), "{shown}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_up_that_works_has_one_line_for_each_step() {
    let sandbox = sandbox().await;
    let home = Home::new("doctor-well", "", "");
    let whole = ["--bucket", "demo", "--role-arn", READER, "--region", "us-east-1"];
    let ended = end(user().asks(&whole).command(&home, &sandbox)).await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    let lines: Vec<&str> = ended.stdout.lines().collect();
    for (line, (step, saw)) in lines.iter().zip([
        ("profile", "`user`, named by --profile"),
        ("source", "assumed with keys of profile `user` (key ASIA"),
        ("identity", "arn:aws:sts::123456789012:assumed-role/reader/"),
        ("region", "us-east-1 (--region)"),
        ("clock", "right"),
        ("proxy/TLS", "answers, directly, without TLS"),
        ("bucket", "`demo` can be listed"),
    ]) {
        assert!(line.starts_with(&format!("{step:9} ok ")) && line.contains(saw), "{step}: {line}");
    }
    assert_eq!(lines.len(), 7, "{}", ended.stdout);
    // Without a bucket there is nothing to ask; keys of the environment need no profile.
    let keys = environment_keys(sts3_sandbox::ACCESS_KEY_ID, sts3_sandbox::SECRET_ACCESS_KEY);
    let ended = end(keys.credentials("").asks(&["--output", "json"]).command(&home, &sandbox)).await;
    assert_eq!((ended.code, &json(&ended)["fault"]), (Some(0), &Value::Null), "{ended:?}");
    assert!(
        ended.stdout.contains("keys of the environment") && ended.stdout.contains("--bucket"),
        "{ended:?}"
    );
}

/// Variable, option or profile: the authorities that were trusted are those that are named.
#[tokio::test(flavor = "multi_thread")]
async fn whose_certificates_were_trusted_is_told_wherever_the_bundle_is_named() {
    let tls = Sandbox::builder().tls().start().await.unwrap();
    let home = Home::new("doctor-bundle", "", "");
    let file = home.path().join("ca.pem");
    std::fs::write(&file, tls.ca_certificate().unwrap()).unwrap();
    let file = file.to_str().unwrap();
    let in_profile = format!("[profile user]\nca_bundle = {file}\n");
    for case in
        [user().config(&in_profile), user().set("AWS_CA_BUNDLE", file), user().asks(&["--ca-bundle", file])]
    {
        let case = case.set("AWS_ENDPOINT_URL", tls.url());
        let ended = end(case.command(&home, &tls)).await;
        let told = ended.stdout.contains("TLS by the certificates of a CA bundle of your own");
        assert!(ended.code == Some(0) && told, "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn for_people_the_fault_is_the_last_line_but_its_repair() {
    let sandbox = sandbox().await;
    let home = Home::new("doctor-text", "", "");
    let ended = end(user().asks(&["--bucket", "none-such"]).command(&home, &sandbox)).await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""), "{ended:?}");
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(lines.len(), 8);
    assert!(lines[6].starts_with("bucket    FAULT ListObjectsV2 was refused: NoSuchBucket"), "{}", lines[6]);
    assert!(lines[7].trim_start().starts_with("repair: no such bucket"), "{}", lines[7]);
    let csv = end(user().asks(&["--output", "csv"]).command(&home, &sandbox)).await.stdout;
    assert!(csv.starts_with("step,state,saw,repair\nprofile,ok,"), "{csv}");
}

/// What another server's bucket says of its region is followed and said.
#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_s_own_example_is_well() {
    let sandbox = Sandbox::builder().bucket(BucketSpec::demo("demo")).start().await.unwrap();
    let mut command = sts3(&["doctor", "--bucket", "demo", "--no-cache"]);
    command.envs(sandbox.environment());
    let ended = end(command).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
}
