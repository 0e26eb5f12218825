//! Signing in through IAM Identity Center against the sandbox's: by code, by device, and what the sign-in then gives.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "support/sign_in.rs"]
mod signing;
mod support;

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use signing::{CONFIG, SigningIn, TOKEN, get, sign_in};
use sts3_sandbox::Sandbox;
use support::{Ended, Home, sandbox};

const LOGIN: [&str; 5] = ["sso", "login", "--sso-session", "corp", "--no-browser"];

fn file(home: &Home, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(home.path().join(name)).unwrap()).unwrap()
}

fn names(file: &Value) -> Vec<&str> {
    file.as_object().unwrap().keys().map(String::as_str).collect()
}

async fn signed_in(name: &str) -> (Sandbox, Home) {
    let (sandbox, home) = (sandbox().await, Home::new(name, CONFIG, ""));
    let ended = sign_in(home.sts3(&sandbox, &LOGIN));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    (sandbox, home)
}

/// The members are those of awscli 2.36 (`AuthCodeFetcher`), the registration's name is botocore's for this session.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_by_code_leaves_what_awscli_leaves() {
    let (sandbox, home) = signed_in("sso-code").await;
    let token = file(&home, TOKEN);
    let expected = [
        "accessToken",
        "clientId",
        "clientSecret",
        "expiresAt",
        "refreshToken",
        "region",
        "registrationExpiresAt",
        "startUrl",
    ];
    assert_eq!(names(&token), expected);
    assert_eq!(
        (token["startUrl"].as_str(), token["region"].as_str()),
        (Some("https://corp.example/start"), Some("us-east-1"))
    );
    // printf '{"region": "us-east-1", "scopes": ["sso:account:access"], "session_name": "corp", "startUrl":
    // "https://corp.example/start", "tool": "botocore"}' | sha1sum
    let registration = ".aws/sso/cache/4ce95dc0e5825d857bf2ce9c32742a15e859ac09.json";
    assert_eq!(
        names(&file(&home, registration)),
        ["clientId", "clientSecret", "expiresAt", "grantTypes", "scopes"]
    );
    for name in [TOKEN, registration] {
        let mode = std::fs::metadata(home.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    // The second sign-in uses the registration of the first.
    assert_eq!(sign_in(home.sts3(&sandbox, &LOGIN)).code, Some(0));
    assert_eq!(sandbox.count("RegisterClient"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_gives_roles_their_keys_and_buckets_until_it_is_ended() {
    let (sandbox, home) = signed_in("sso-roles").await;
    let roles = home.run(&sandbox, &["sso", "roles", "--profile", "dev", "--output", "csv"]).await;
    assert_eq!(
        roles.stdout,
        "account_id,account_name,email,role_name\n\
         123456789012,sandbox,sandbox@example.com,limited\n\
         123456789012,sandbox,sandbox@example.com,partner\n\
         123456789012,sandbox,sandbox@example.com,reader\n",
        "{roles:?}"
    );
    let who = home.run(&sandbox, &["whoami", "--profile", "dev"]).await;
    assert!(who.stdout.contains("assumed-role/reader/"), "{who:?}");
    let listed = home.run(&sandbox, &["ls", "s3://demo", "--profile", "dev"]).await;
    assert_eq!(listed.code, Some(0), "{listed:?}");
    let out = home.run(&sandbox, &["sso", "logout", "--profile", "dev"]).await;
    assert!(out.code == Some(0) && out.stderr.contains("Signed out of corp"), "{out:?}");
    assert!(!home.path().join(TOKEN).exists());
    let none = home.run(&sandbox, &["sso", "roles", "--sso-session", "corp"]).await;
    assert!(none.code != Some(0) && none.stderr.contains("sts3 sso login"), "{none:?}");
    let again = home.run(&sandbox, &["sso", "logout", "--profile", "dev"]).await;
    assert!(again.code == Some(0) && again.stderr.contains("Nobody was signed in"), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_confirmed_on_the_page_that_is_shown() {
    let (sandbox, home) = (sandbox().await, Home::new("sso-device", CONFIG, ""));
    let mut signing_in = SigningIn::start(home.sts3(
        &sandbox,
        &["sso", "login", "--profile", "old", "--device", "--no-browser", "--output", "json"],
    ));
    assert_eq!(get(&signing_in.page()).0, 200);
    let ended = signing_in.end();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("must show this code"), "{ended:?}");
    let record: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        (&record["session"], record["start_url"].as_str()),
        (&Value::Null, Some("https://old.example/start"))
    );
    // `printf https://old.example/start | sha1sum`; without scopes there is no refresh token (SSO OIDC's 8 hours).
    let token = file(&home, ".aws/sso/cache/103c764598c7bfb84492cce4b625216b27775ddd.json");
    assert!(!names(&token).contains(&"refreshToken"));
    let who = home.run(&sandbox, &["whoami", "--profile", "old"]).await;
    assert!(who.stdout.contains("assumed-role/limited/"), "{who:?}");
}

/// It is the command that opens one, never a source of credentials.
#[tokio::test(flavor = "multi_thread")]
async fn the_browser_is_the_user_s_and_no_browser_opens_for_credentials() {
    let (sandbox, home) = (sandbox().await, Home::new("sso-browser", CONFIG, ""));
    let browser = home.path().join("browser");
    std::fs::write(
        &browser,
        "#!/bin/sh\nprintf '%s' \"$2\" > \"$HOME/opening\" && mv \"$HOME/opening\" \"$HOME/opened\"\n",
    )
    .unwrap();
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o700)).unwrap();
    let line = format!("/missing/browser:{} --new %s", browser.display());
    let opened = home.path().join("opened");
    let credentials = {
        let mut command = home.sts3(&sandbox, &["credentials", "--profile", "dev"]);
        command.env("BROWSER", &line);
        support::end(command).await
    };
    assert!(credentials.code != Some(0) && !opened.exists(), "{credentials:?}");
    let mut command = home.sts3(&sandbox, &["sso", "login", "--profile", "dev"]);
    command.env("BROWSER", &line);
    let mut signing_in = SigningIn::start(command);
    let page = signing_in.page();
    while !opened.exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(std::fs::read_to_string(&opened).unwrap(), page);
    get(&get(&page).1.unwrap());
    assert_eq!(signing_in.end().code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_redirect_of_this_sign_in_is_passed_over() {
    let (sandbox, home) = (sandbox().await, Home::new("sso-stray", CONFIG, ""));
    let mut signing_in = SigningIn::start(home.sts3(&sandbox, &LOGIN));
    let back = get(&signing_in.page()).1.unwrap();
    let (address, query) = back.split_once("/oauth/callback?").unwrap();
    // A connection on which nothing comes, as browsers open them.
    let _silent = std::net::TcpStream::connect(address.strip_prefix("http://").unwrap()).unwrap();
    for stray in [
        format!("{address}/favicon.ico"),
        format!("{address}/oauth/callback?code=theirs&state=theirs"),
        format!("{address}/oauth/callback?error=access_denied&state=theirs"),
        format!("{address}/elsewhere?{query}"),
    ] {
        assert_eq!(get(&stray).0, 404, "{stray}");
    }
    assert_eq!(get(&back).0, 200);
    assert_eq!(signing_in.end().code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_refuses_in_the_browser_is_understood() {
    let sandbox = Sandbox::builder().refuse_sign_ins(true).start().await.unwrap();
    let home = Home::new("sso-refused", CONFIG, "");
    let by_code = sign_in(home.sts3(&sandbox, &LOGIN));
    assert!(
        by_code.code != Some(0) && by_code.stderr.contains("access_denied: refused by the sandbox"),
        "{by_code:?}"
    );
    let device: Ended = home.run(&sandbox, &[&LOGIN[..], &["--device"]].concat()).await;
    assert!(device.code != Some(0) && device.stderr.contains("refused in the browser"), "{device:?}");
    assert!(!home.path().join(TOKEN).exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn which_sign_in_is_meant_is_asked_where_there_are_several() {
    let (sandbox, home) = (sandbox().await, Home::new("sso-which", CONFIG, ""));
    for (arguments, expected) in [
        (&["sso", "login"][..], "corp, https://old.example/start"),
        (&["sso", "roles", "--sso-session", "none"], "no section [sso-session none]"),
        (&["sso", "roles", "--profile", "none"], "no profile `none`"),
        (&["sso", "login", "--device", "--port", "5"], "--port"),
    ] {
        let ended = home.run(&sandbox, arguments).await;
        assert!(ended.code != Some(0) && ended.stderr.contains(expected), "{arguments:?}: {ended:?}");
    }
}
