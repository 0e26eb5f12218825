//! Credentials for other programs: a server for a long-running child, a link to the console.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use sts3_sandbox::Sandbox;
use support::{Home, READER, end, keys, sandbox, sts3};

/// What a server answers to a request, status line and all.
fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_long_running_child_gets_new_credentials_as_the_old_ones_end() {
    let sandbox = Sandbox::builder().session_lifetime(Duration::from_secs(2)).start().await.unwrap();
    let home = Home::new("serve", "", &keys());
    // The default profile's keys would come before a container's in every SDK.
    let default = keys().replace("[user]", "[default]").replace(sts3_sandbox::ACCESS_KEY_ID, "AKIADEFAULT");
    std::fs::write(home.path().join(".aws/credentials"), keys() + &default).unwrap();
    let child = "for i in 1 2 3; do sts3 whoami --output json || exit 9; sleep 1.2; done; env | grep -c AWS_ACCESS_KEY_ID";
    let child = child.replace("sts3", env!("CARGO_BIN_EXE_sts3"));
    let arguments = ["exec", "--serve", "--profile", "user", "--role-arn", READER, "--", "sh", "-c", &child];
    let ended = end(home.sts3(&sandbox, &arguments)).await;
    assert_eq!(ended.stdout.matches("assumed-role/reader/").count(), 3, "{ended:?}");
    assert!(ended.stdout.ends_with("0\n"), "no keys in the environment: {ended:?}");
    assert!(sandbox.count("AssumeRole") >= 2, "{:?}", sandbox.counts());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_credential_server_answers_only_its_child() {
    let sandbox = sandbox().await;
    let home = Home::new("serve-alone", "", &keys());
    let child = "echo \"$AWS_CONTAINER_CREDENTIALS_FULL_URI $AWS_CONTAINER_AUTHORIZATION_TOKEN\"; sleep 60";
    let arguments = ["exec", "--serve", "--profile", "user", "--role-arn", READER, "--", "sh", "-c", child];
    let mut command = home.sts3(&sandbox, &arguments);
    let mut running = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(running.stdout.take().unwrap()), &mut line)
        .unwrap();
    let (url, token) = line.trim().split_once(' ').unwrap();
    let address = url.strip_prefix("http://").unwrap().strip_suffix("/credentials").unwrap();
    assert!(address.starts_with("127.0.0.1:") && token.len() == 64, "{line}");
    let request = |path: &str, host: &str, token: &str| {
        let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        ask(address, &format!("{head}{token}\r\n"))
    };
    let right = format!("Authorization: {token}\r\n");
    let given = request("/credentials", address, &right);
    assert!(given.starts_with("HTTP/1.1 200") && given.contains("\"Token\""), "{given}");
    let wrong = format!("Authorization: {}\r\n", "0".repeat(64));
    for (path, host, token, status) in [
        ("/credentials", address, "", "401"),
        ("/credentials", address, wrong.as_str(), "401"),
        ("/credentials", "rebound.example", right.as_str(), "403"),
        ("/", address, right.as_str(), "404"),
    ] {
        let refused = request(path, host, token);
        assert!(refused.starts_with(&format!("HTTP/1.1 {status}")), "{path} {host} {token}: {refused}");
        assert!(!refused.contains("SecretAccessKey"), "{refused}");
    }
    // RFC 9112, 3.2: one Host header, and in absolute form (3.2.2) the target is another name of the host.
    let foreign = "http://rebound.example/credentials";
    let own = format!("{url} HTTP/1.1\r\nHost: {address}\r\n");
    for (rest, status) in [
        (format!("/credentials HTTP/1.1\r\nHost: {address}\r\nHost: {address}\r\n"), "400"),
        (format!("/credentials HTTP/1.1\r\nHost: {address}\r\nHost: rebound.example\r\n"), "400"),
        ("/credentials HTTP/1.1\r\n".to_owned(), "400"),
        ("/credentials HTTP/1.0\r\n".to_owned(), "400"),
        (format!("{foreign} HTTP/1.1\r\nHost: {address}\r\n"), "403"),
        (own, "200"),
    ] {
        let answer = ask(address, &format!("GET {rest}{right}\r\n"));
        assert!(
            answer.starts_with("HTTP/1.") && answer.split(' ').nth(1) == Some(status),
            "{rest}: {answer}"
        );
        assert_eq!(answer.contains("SecretAccessKey"), status == "200", "{answer}");
    }
    running.kill().unwrap();
    running.wait().unwrap();
}

/// Connections that are left open use up what the server may have: the child is answered all the same.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_credential_server_answers_among_idle_connections_and_with_too_few_file_descriptors() {
    let sandbox = sandbox().await;
    let home = Home::new("serve-exhausted", "", &keys());
    // Fewer than the server takes at once, and more.
    for descriptors in [24, 256] {
        let child =
            "echo \"$AWS_CONTAINER_CREDENTIALS_FULL_URI $AWS_CONTAINER_AUTHORIZATION_TOKEN\"; sleep 60";
        let like = home.sts3(
            &sandbox,
            &["exec", "--serve", "--profile", "user", "--role-arn", READER, "--", "sh", "-c", child],
        );
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &format!("ulimit -n {descriptors}; exec \"$0\" \"$@\"")]);
        command.arg(like.get_program()).args(like.get_args()).env_clear().env("HOME", "nowhere");
        command.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let mut running = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(running.stdout.take().unwrap()), &mut line)
            .unwrap();
        let (url, token) = line.trim().split_once(' ').unwrap();
        let address = url.strip_prefix("http://").unwrap().strip_suffix("/credentials").unwrap();
        let idle: Vec<TcpStream> = (0..100).map(|_| TcpStream::connect(address).unwrap()).collect();
        let request =
            format!("GET /credentials HTTP/1.1\r\nHost: {address}\r\nAuthorization: {token}\r\n\r\n");
        for _ in 0..3 {
            assert!(ask(address, &request).starts_with("HTTP/1.1 200"));
        }
        drop(idle);
        assert!(ask(address, &request).starts_with("HTTP/1.1 200"));
        running.kill().unwrap();
        running.wait().unwrap();
    }
}

/// A sign-in endpoint that gives one answer, and what it was asked.
fn federation(status: &'static str, body: &'static str) -> (String, std::thread::JoinHandle<String>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = String::new();
        // A form may come after its head.
        while !request.contains("\r\n\r\n") || (request.starts_with("POST") && !request.contains("Session")) {
            let mut piece = [0; 8192];
            let length = stream.read(&mut piece).unwrap();
            request.push_str(&String::from_utf8_lossy(&piece[..length]));
        }
        write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        request
    });
    (url, served)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_the_console_with_the_role_s_credentials() {
    let sandbox = sandbox().await;
    let home = Home::new("login-url", "", &keys());
    let (url, served) = federation("200 OK", r#"{"SigninToken":"VCQgs5/+x"}"#);
    let common = ["login-url", "--profile", "user", "--region", "us-east-1", "--federation-url", &url];
    let destination = ["--destination", "https://console.aws.amazon.com/s3/?a=b", "--session-duration", "1h"];
    let role = ["--role-arn", READER];
    let ended = home.run(&sandbox, &[&common[..], &destination, &role].concat()).await;
    let expected = format!(
        "{url}/federation?Action=login&Destination=https%3A%2F%2Fconsole.aws.amazon.com%2Fs3%2F%3Fa%3Db\
         &SigninToken=VCQgs5%2F%2Bx\n"
    );
    assert_eq!(ended.stdout, expected, "{}", ended.stderr);
    let request = served.join().unwrap();
    // As the AWS Toolkit for JetBrains does it: nothing secret where servers and proxies keep logs.
    assert_eq!(request.lines().next().unwrap(), "POST /federation HTTP/1.1");
    let (_, form) = request.split_once("\r\n\r\n").unwrap();
    assert!(form.starts_with("Action=getSigninToken&Session=%7B%22sessionId%22%3A%22ASIA"), "{form}");
    assert!(form.ends_with("&SessionDuration=3600"), "{form}");
    assert!(!request.to_ascii_lowercase().contains("authorization:"), "{request}");

    let long_lived = home.run(&sandbox, &common).await;
    assert_eq!(long_lived.code, Some(2), "{long_lived:?}");
    assert!(
        long_lived.stderr.contains("long-lived") && long_lived.stderr.contains("--role-arn"),
        "{long_lived:?}"
    );

    let (url, _) = federation("400 Bad Request", "<html>");
    let refused = home
        .run(&sandbox, &["login-url", "--profile", "user", "--role-arn", READER, "--federation-url", &url])
        .await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("hint:") && !refused.stderr.contains("sessionKey"), "{refused:?}");
}

/// What else is sent somewhere (MinIO, a sandbox) does not get a session's keys by the way.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_goes_to_its_own_endpoint_and_never_to_the_general_one_or_in_the_clear() {
    let sandbox = sandbox().await;
    let home = Home::new("sign-in", "", &keys());
    let (url, served) = federation("200 OK", r#"{"SigninToken":"TOKEN"}"#);
    let login = ["login-url", "--profile", "user", "--role-arn", READER];
    // The sandbox is the endpoint of everything, by variable and by option.
    let general = ["--endpoint-url", &sandbox.url()];
    let mut command = home.sts3(&sandbox, &[&login[..], &general].concat());
    let ended = end({
        command.env("AWS_ENDPOINT_URL_SIGNIN", &url);
        command
    })
    .await;
    assert!(ended.stdout.starts_with(&format!("{url}/federation?Action=login")), "{ended:?}");
    assert!(served.join().unwrap().starts_with("POST /federation "));
    assert_eq!(sandbox.counts().len(), 1, "AssumeRole alone: {:?}", sandbox.counts());

    for more in [&[][..], &["--allow-http"]] {
        let elsewhere = [&login[..], &["--federation-url", "http://192.0.2.1"], more].concat();
        let refused = home.run(&sandbox, &elsewhere).await;
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{refused:?}");
        for part in ["GetSigninToken", "http://192.0.2.1", "--federation-url", "use https"] {
            assert!(refused.stderr.contains(part), "{part}: {}", refused.stderr);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_signs_in_is_served_with_its_cached_token() {
    let (url, served) = federation(
        "200 OK",
        r#"{"roleCredentials":{"accessKeyId":"ASIASSO","secretAccessKey":"s","sessionToken":"t","expiration":4070908800000}}"#,
    );
    let config = "[profile corp]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = dev\n\
                  [sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = eu-west-1\n";
    let home = Home::new("sso", config, "");
    let credentials = || {
        let mut command = sts3(&["credentials", "--profile", "corp", "--format", "process"]);
        command.env("HOME", home.path()).env("AWS_ENDPOINT_URL_SSO", &url);
        command
    };
    let without = end(credentials()).await;
    assert_eq!((without.code, without.stdout.as_str()), (Some(4), ""));
    assert!(without.stderr.contains("aws sso login --sso-session corp"), "{}", without.stderr);
    let folder = home.path().join(".aws/sso/cache");
    std::fs::create_dir_all(&folder).unwrap();
    // SHA-1 of `corp`, as `aws sso login` names the file.
    let token = r#"{"accessToken":"TOKEN","expiresAt":"2099-01-01T00:00:00Z"}"#;
    std::fs::write(folder.join("ee0bfd2552fbd840c02cc48b6e823320543c450f.json"), token).unwrap();
    let with = end(credentials()).await;
    assert!(with.stdout.contains("ASIASSO"), "{with:?}");
    let request = served.join().unwrap().to_ascii_lowercase();
    assert!(request.contains("x-amz-sso_bearer_token: token"), "{request}");
    // The portal is gone by now: this comes from the cache.
    assert!(end(credentials()).await.stdout.contains("ASIASSO"));
}
