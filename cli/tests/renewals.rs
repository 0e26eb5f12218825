//! Sign-ins that several programs renew at once: refresh tokens are good once, and nobody has to sign in again.

#![cfg(all(unix, feature = "login"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "support/sign_in.rs"]
mod signing;
mod support;

use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use signing::{CONFIG, TOKEN, get, sign_in};
use sts3::signin::DpopKey;
use sts3_sandbox::Sandbox;
use support::{Ended, Home, end, sandbox};

const KEY: &str = include_str!("../../fixtures/login/sec1.pem");
const CLIENT: &str = "arn:aws:signin:::devtools/same-device";
const USER: &str = "arn:aws:iam::123456789012:user/sandbox";
/// `printf arn:aws:iam::123456789012:user/sandbox | sha256sum`, as `aws login` names the file.
const LOGIN: &str = ".aws/login/cache/a225fb75460d448a77cab2a1ded75c4f53012daac27f6bbd751c194c844d8794.json";

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Several runs at once.
async fn at_once(sandbox: &Sandbox, home: &Home, count: usize, arguments: &[&str]) -> Vec<Ended> {
    let runs: Vec<_> = (0..count).map(|_| tokio::spawn(end(home.sts3(sandbox, arguments)))).collect();
    let mut ended = Vec::new();
    for run in runs {
        ended.push(run.await.unwrap());
    }
    ended
}

/// What `aws login` does, with a key of the fixtures and a proof of ours, which the sandbox verifies by another library.
fn aws_login(sandbox: &Sandbox, home: &Home) -> PathBuf {
    let url = sandbox.url();
    let verifier = "A".repeat(64);
    // The SHA-256 of 64 times `A` in base64 for URLs, by Python.
    let challenge = "1T7aemN8mcx_tWbZbp-hCb8VxHhBCj9etNTE4mzQgfY";
    let redirect = "http://127.0.0.1:5/oauth/callback";
    let page = format!(
        "{url}/v1/authorize?response_type=code&client_id={CLIENT}&state=x&code_challenge_method=SHA-256&scope=openid\
         &redirect_uri={redirect}&code_challenge={challenge}"
    );
    let back = get(&page).1.unwrap();
    let code = back.split_once("code=").unwrap().1.split('&').next().unwrap().to_owned();
    let body = json!({
        "clientId": CLIENT, "grantType": "authorization_code", "code": code, "codeVerifier": verifier,
        "redirectUri": redirect,
    });
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let proof = DpopKey::from_pem(KEY).unwrap().proof("POST", &format!("{url}/v1/token"), now, "first");
    let token = post(&url, "/v1/token", proof.expose(), &body.to_string());
    let mut keys = token["accessToken"].clone();
    keys["accountId"] = "123456789012".into();
    keys["expiresAt"] = "2026-01-01T00:00:00Z".into();
    let file = json!({
        "accessToken": keys, "tokenType": "aws_sigv4", "clientId": CLIENT, "refreshToken": token["refreshToken"],
        "idToken": token["idToken"], "dpopKey": KEY, "ofTomorrow": 1,
    });
    let path = home.path().join(LOGIN);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, file.to_string()).unwrap();
    path
}

fn post(url: &str, path: &str, proof: &str, body: &str) -> Value {
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ndpop: {proof}\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// `sts3` that finds the sandbox's sign-in endpoint, which the endpoint of everything else does not stand for.
fn with_login(sandbox: &Sandbox, home: &Home, arguments: &[&str]) -> std::process::Command {
    let mut command = home.sts3(sandbox, arguments);
    command.env("AWS_ENDPOINT_URL_SIGNIN", sandbox.url());
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_sign_in_is_renewed_by_one_of_many_and_used_by_all() {
    let config = format!("[profile console]\nlogin_session = {USER}\nregion = us-east-1\n");
    let (sandbox, home) = (sandbox().await, Home::new("renewals-login", &config, ""));
    let path = aws_login(&sandbox, &home);
    let runs: Vec<_> = (0..4)
        .map(|_| tokio::spawn(end(with_login(&sandbox, &home, &["whoami", "--profile", "console"]))))
        .collect();
    for run in runs {
        let ended = run.await.unwrap();
        assert!(ended.stdout.contains(USER), "{ended:?}");
    }
    assert_eq!(sandbox.count("CreateOAuth2Token"), 2, "{:?}", sandbox.counts());
    let mut file = read(&path);
    assert_eq!((&file["ofTomorrow"], &file["accessToken"]["accountId"]), (&json!(1), &json!("123456789012")));
    // And once more, by the refresh token that the first left.
    file["accessToken"]["expiresAt"] = "2026-01-01T00:00:00Z".into();
    std::fs::write(&path, file.to_string()).unwrap();
    let again = end(with_login(&sandbox, &home, &["whoami", "--profile", "console"])).await;
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_ne!(read(&path)["refreshToken"], file["refreshToken"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_of_any_time_is_answered_by_the_sandbox() {
    let sandbox = sandbox().await;
    let url = sandbox.url();
    let key = DpopKey::from_pem(KEY).unwrap();
    for time in [i64::MIN, -1, 0, i64::MAX] {
        let proof = key.proof("POST", &format!("{url}/v1/token"), time, "any");
        let answer = post(&url, "/v1/token", proof.expose(), "{}");
        assert_eq!(answer["error"], "INVALID_REQUEST", "{time}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_of_another_key_or_a_second_time_is_explained() {
    let config = format!("[profile console]\nlogin_session = {USER}\nregion = us-east-1\n");
    let (sandbox, home) = (sandbox().await, Home::new("renewals-used", &config, ""));
    let path = aws_login(&sandbox, &home);
    let before = std::fs::read(&path).unwrap();
    assert_eq!(end(with_login(&sandbox, &home, &["whoami", "--profile", "console"])).await.code, Some(0));
    std::fs::write(&path, before).unwrap();
    let ended = end(with_login(&sandbox, &home, &["whoami", "--profile", "console"])).await;
    assert!(ended.code != Some(0) && ended.stderr.contains("sign in again, with `aws login`"), "{ended:?}");
}

/// C10 of the field's table: the losers said "sign in first".
#[tokio::test(flavor = "multi_thread")]
async fn three_programs_that_find_an_ended_sso_token_all_get_keys_for_one_refresh_token() {
    let (sandbox, home) = (sandbox().await, Home::new("renewals-sso", CONFIG, ""));
    let login = ["sso", "login", "--sso-session", "corp", "--no-browser"];
    assert_eq!(sign_in(home.sts3(&sandbox, &login)).code, Some(0));
    let path = home.path().join(TOKEN);
    let mut token = read(&path);
    token["expiresAt"] = "2026-01-01T00:00:00UTC".into();
    token["ofTomorrow"] = json!({ "kept": true });
    std::fs::write(&path, token.to_string()).unwrap();
    for ended in at_once(&sandbox, &home, 3, &["whoami", "--profile", "dev", "--no-cache"]).await {
        assert!(ended.stdout.contains("assumed-role/reader/"), "{ended:?}");
    }
    assert_eq!(sandbox.count("CreateToken"), 2, "{:?}", sandbox.counts());
    let after = read(&path);
    assert_ne!(after["refreshToken"], token["refreshToken"]);
    assert_eq!(after["ofTomorrow"], token["ofTomorrow"]);
}

/// A clock that is wrong, or an administrator: the portal says that a token has ended before its time.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_refused_before_its_end_is_renewed_once() {
    let (sandbox, home) = (sandbox().await, Home::new("renewals-early", CONFIG, ""));
    let login = ["sso", "login", "--sso-session", "corp", "--no-browser"];
    assert_eq!(sign_in(home.sts3(&sandbox, &login)).code, Some(0));
    let path = home.path().join(TOKEN);
    let mut token = read(&path);
    token["accessToken"] = "revoked".into();
    std::fs::write(&path, token.to_string()).unwrap();
    let who = home.run(&sandbox, &["whoami", "--profile", "dev", "--no-cache"]).await;
    assert!(who.stdout.contains("assumed-role/reader/"), "{who:?}");
    // Nothing is left to renew it with.
    token.as_object_mut().unwrap().remove("refreshToken");
    std::fs::write(&path, token.to_string()).unwrap();
    let ended = home.run(&sandbox, &["whoami", "--profile", "dev", "--no-cache"]).await;
    assert!(ended.code != Some(0) && ended.stderr.contains("was refused as ended"), "{ended:?}");
}
