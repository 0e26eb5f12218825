//! Credentials as profiles describe them, through the program: roles, MFA, processes; and handed on to other
//! programs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{
    io::{Read, Write},
    process::Command,
};

use sts3_sandbox::Sandbox;
use support::{Home, READER, end, keys, sandbox, sts3};

/// Keys that are nowhere on the disk in the clear: the shell hands over a pipe.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn keys_that_a_shell_s_process_substitution_decrypts_are_used() {
    let sandbox = sandbox().await;
    let home = Home::new("decrypted", "", "");
    let hidden = home.path().join("hidden");
    std::fs::write(&hidden, keys().replace("[user]", "[default]")).unwrap();
    let script = format!(
        "AWS_SHARED_CREDENTIALS_FILE=<(sleep 0.1; cat {}) {} whoami",
        hidden.display(),
        env!("CARGO_BIN_EXE_sts3")
    );
    let plain = home.sts3(&sandbox, &[]);
    let mut bash = std::process::Command::new("bash");
    bash.args(["-c", &script]).env_clear().env("HOME", "nowhere");
    for (name, value) in plain.get_envs() {
        if let Some(value) = value {
            bash.env(name, value);
        }
    }
    let ended = end(bash).await;
    assert!(ended.stdout.contains("user/sandbox"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_s_role_lists_and_a_given_role_comes_after_it() {
    let sandbox = sandbox().await;
    let config = format!(
        "[profile work]\nrole_arn = {READER}\nsource_profile = user\nrole_session_name = from-profile\n\
         [profile code]\nrole_arn = {READER}\nsource_profile = user\nmfa_serial = {}\n",
        sts3_sandbox::MFA_SERIAL
    );
    let home = Home::new("roles", &config, &keys());
    let listed = home.run(&sandbox, &["ls", "-r", "s3://demo", "--profile", "work"]).await;
    assert_eq!((listed.code, listed.stdout.lines().count()), (Some(0), 24), "{}", listed.stderr);
    let who = home.run(&sandbox, &["whoami", "--profile", "work"]).await.stdout;
    assert!(who.contains("assumed-role/reader/from-profile"), "{who}");
    assert!(
        who.contains("role arn:aws:iam::123456789012:role/reader of profile `work`, assumed with key AKIA"),
        "{who}"
    );
    let said =
        home.run(&sandbox, &["credentials", "-v", "--profile", "user", "--role-arn", READER]).await.stderr;
    assert_eq!(said, format!("sts3: role {READER}, assumed with keys of profile `user`\n"));
    let mut named =
        home.sts3(&sandbox, &["whoami", "--role-arn", support::LIMITED, "--role-session-name", "two"]);
    named.env("AWS_PROFILE", "work");
    let who = end(named).await;
    assert!(who.stdout.contains("assumed-role/limited/two"), "{who:?}");

    let without = home.run(&sandbox, &["whoami", "--profile", "code"]).await;
    assert_eq!(without.code, Some(4));
    assert!(
        without.stderr.contains("--mfa-code") && without.stderr.contains(sts3_sandbox::MFA_SERIAL),
        "{}",
        without.stderr
    );
    let with = home.run(&sandbox, &["whoami", "--profile", "code", "--mfa-code", "424242"]).await;
    assert!(with.stdout.contains("assumed-role/reader/"), "{with:?}");
    let unused = home.run(&sandbox, &["whoami", "--profile", "work", "--mfa-code", "424242"]).await;
    assert_eq!(unused.code, Some(4));
    assert!(unused.stderr.contains("mfa_serial"), "{}", unused.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn options_for_a_role_s_session_count_for_the_profile_s_role_and_are_refused_without_one() {
    let sandbox = sandbox().await;
    let config = format!(
        "[profile work]\nrole_arn = {READER}\nsource_profile = user\nrole_session_name = from-profile\nduration_seconds = 900\n\
         [profile partner]\nrole_arn = arn:aws:iam::123456789012:role/partner\nsource_profile = user\nexternal_id = wrong\n"
    );
    let home = Home::new("role-options", &config, &keys());
    let who = home.run(&sandbox, &["whoami", "--profile", "work", "--role-session-name", "me"]).await;
    assert!(who.stdout.contains("assumed-role/reader/me"), "{who:?}");
    let refused = home.run(&sandbox, &["whoami", "--profile", "partner"]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let partner = ["whoami", "--profile", "partner", "--external-id", sts3_sandbox::EXTERNAL_ID];
    let who = home.run(&sandbox, &partner).await;
    assert!(who.stdout.contains("assumed-role/partner/"), "{who:?}");
    // The role's own maximum in the sandbox is an hour: that the service refuses two shows that it was asked for them.
    let long = home.run(&sandbox, &[&partner[..], &["--duration", "2h"]].concat()).await;
    assert!(long.code == Some(1) && long.stderr.contains("DurationSeconds"), "{long:?}");
    let wrong = home.run(&sandbox, &["whoami", "--profile", "work", "--duration", "13h"]).await;
    assert!(wrong.code == Some(2) && wrong.stderr.contains("--duration"), "{wrong:?}");

    let sent = sandbox.count("AssumeRole");
    for option in [["--role-session-name", "me"], ["--external-id", "x:1"], ["--duration", "1h"]] {
        let refused = home.run(&sandbox, &["whoami", "--profile", "user", option[0], option[1]]).await;
        assert_eq!(refused.code, Some(2), "{refused:?}");
        for part in [option[0], "keys of profile `user`", "--role-arn"] {
            assert!(refused.stderr.contains(part), "{part}: {}", refused.stderr);
        }
    }
    assert_eq!(sandbox.count("AssumeRole"), sent);
}

/// The sandbox's account is 123456789012, which only a role's ARN can say here; the other one is what the profile says of its keys.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_account_is_handed_on_in_every_form_wherever_it_was_read() {
    let sandbox = sandbox().await;
    let config = format!("[profile work]\nrole_arn = {READER}\nsource_profile = user\n");
    let home = Home::new("account", &config, &(keys() + "aws_account_id = 210987654321\n"));
    for (profile, account) in [("work", "123456789012"), ("user", "210987654321")] {
        // The second time the role's session comes from the cache.
        for _ in 0..2 {
            let child = "echo $AWS_ACCOUNT_ID";
            let exec = home.run(&sandbox, &["exec", "--profile", profile, "--", "sh", "-c", child]).await;
            assert_eq!(exec.stdout.trim(), account, "{exec:?}");
        }
        for (format, expected) in [
            ("json", format!("\"AccountId\": \"{account}\"")),
            ("process", format!("\"AccountId\": \"{account}\"")),
            ("env", format!("export AWS_ACCOUNT_ID='{account}'\n")),
            ("fish", format!("set -gx AWS_ACCOUNT_ID '{account}'\n")),
            ("powershell", format!("$Env:AWS_ACCOUNT_ID = '{account}'\n")),
            ("cmd", format!("set \"AWS_ACCOUNT_ID={account}\"\n")),
            ("ini", format!("aws_account_id = {account}\n")),
        ] {
            let printed =
                home.run(&sandbox, &["credentials", "--profile", profile, "--format", format]).await;
            assert!(printed.stdout.contains(&expected), "{format}: {printed:?}");
        }
    }
    assert_eq!(sandbox.count("AssumeRole"), 1, "the rest came from the cache");
    // A child of `--serve` asks as in a container.
    let child = r#"host=${AWS_CONTAINER_CREDENTIALS_FULL_URI#http://}; host=${host%%/*}
        exec 3<>"/dev/tcp/${host%:*}/${host##*:}"
        printf 'GET /credentials HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nConnection: close\r\n\r\n' \
            "$host" "$AWS_CONTAINER_AUTHORIZATION_TOKEN" >&3
        cat <&3"#;
    let served =
        home.run(&sandbox, &["exec", "--serve", "--profile", "work", "--", "bash", "-c", child]).await;
    assert!(served.stdout.contains(r#""AccountId":"123456789012""#), "{served:?}");
    // Keys whose account nobody says get none, whatever this program's own environment says.
    let mut foreign =
        home.sts3(&sandbox, &["exec", "--profile", "user", "--", "sh", "-c", "echo =$AWS_ACCOUNT_ID="]);
    std::fs::write(home.path().join(".aws/credentials"), keys()).unwrap();
    foreign.env("AWS_ACCOUNT_ID", "999999999999");
    assert_eq!(end(foreign).await.stdout.trim(), "==");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_s_region_is_where_its_role_is_assumed() {
    let sandbox = Sandbox::builder().region("eu-west-1").start().await.unwrap();
    let config = format!("[profile work]\nregion = eu-west-1\nrole_arn = {READER}\nsource_profile = user\n");
    let home = Home::new("region", &config, &keys());
    let mut command = home.sts3(&sandbox, &["credentials", "--profile", "work"]);
    command.env_remove("AWS_REGION").env_remove("AWS_DEFAULT_REGION");
    let ended = end(command).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_tried_is_named_when_nothing_is_found() {
    let sandbox = sandbox().await;
    let home = Home::new("nothing", "", "");
    let nothing = home.run(&sandbox, &["credentials", "--format", "process"]).await;
    assert_eq!((nothing.code, nothing.stdout.as_str()), (Some(4), ""));
    for part in
        ["AWS_ACCESS_KEY_ID is not set", "AWS_WEB_IDENTITY_TOKEN_FILE is not set", "profile `default`"]
    {
        assert!(nothing.stderr.contains(part), "{}", nothing.stderr);
    }
}

/// What a profile says wrongly is a matter of credentials, not of this command's arguments.
#[tokio::test(flavor = "multi_thread")]
async fn settings_out_of_their_limits_leave_no_credentials() {
    let sandbox = sandbox().await;
    let sso = "sso_start_url = https://x\nsso_role_name = r\n";
    let config = format!(
        "[profile arn]\nrole_arn = reader\nsource_profile = user\n\
         [profile long]\nrole_arn = {READER}\nsource_profile = user\nduration_seconds = 50000\n\
         [profile region]\n{sso}sso_region = a/b\nsso_account_id = 123456789012\n"
    );
    let home = Home::new("limits", &config, &keys());
    for (profile, part) in
        [("arn", "`reader` is not an ARN"), ("long", "900 to 43200"), ("region", "`a/b` is not a region")]
    {
        let ended = home.run(&sandbox, &["credentials", "--profile", profile, "--format", "process"]).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(4), ""), "{profile}: {}", ended.stderr);
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
    }
    assert_eq!(sandbox.count("AssumeRole"), 0, "nothing was sent");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_command_runs_with_these_credentials_and_no_others() {
    let sandbox = sandbox().await;
    let config =
        format!("[profile work]\nrole_arn = {READER}\nsource_profile = user\nrole_session_name = job\n");
    let home = Home::new("exec", &config, &keys());
    let who = home.run(&sandbox, &["exec", "--profile", "work", "--", "sts3", "whoami"]).await;
    assert!(who.stdout.contains("assumed-role/reader/job"), "{who:?}");

    let mut shell = home.sts3(
        &sandbox,
        &["exec", "--", "sh", "-c", "echo \"${AWS_PROFILE-none} ${AWS_SESSION_TOKEN:+token}\"; exit 7"],
    );
    shell.env("AWS_PROFILE", "work");
    let shell = end(shell).await;
    assert_eq!((shell.code, shell.stdout.as_str()), (Some(7), "none token\n"), "{}", shell.stderr);
    let missing = home.run(&sandbox, &["exec", "--profile", "work", "--", "/nowhere/at-all"]).await;
    assert_eq!(missing.code, Some(127));
    assert!(missing.stderr.contains("/nowhere/at-all"), "{}", missing.stderr);
}

/// Metadata services are on this machine or beside it: no proxy can reach them.
#[tokio::test(flavor = "multi_thread")]
async fn a_container_s_credentials_come_past_the_proxy() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/credentials", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let length = stream.read(&mut request).unwrap();
        let body = r#"{"AccessKeyId":"ASIAPOD","SecretAccessKey":"s","Token":"t","Expiration":"2099-01-01T00:00:00Z"}"#;
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    let mut command = sts3(&["credentials", "--format", "process"]);
    command
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Bearer x")
        .env("AWS_SDK_UA_APP_ID", "my app");
    for proxy in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        command.env(proxy, "http://127.0.0.1:9");
    }
    let ended = end(command).await;
    assert!(ended.stdout.contains("ASIAPOD"), "{ended:?}");
    let request = served.join().unwrap().to_ascii_lowercase();
    assert!(request.starts_with("get /v1/credentials http/1.1"), "{request}");
    assert!(request.contains("authorization: bearer x"), "{request}");
    assert!(request.contains(" app/my-app\r\n"), "{request}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_metadata_service_that_never_answers_is_given_up_and_named() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = sts3(&["credentials"]);
    command.env("AWS_EC2_METADATA_DISABLED", "false");
    command.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", format!("http://{}", listener.local_addr().unwrap()));
    let ended = end(command).await;
    assert_eq!(ended.code, Some(4));
    for part in ["environment", "profile `default`", "container", "no answer within 1 s", "hop limit"] {
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
    }
}

/// The shells themselves read what is written for them: every printable character arrives as it was.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn shells_read_back_every_character() {
    let sandbox = sandbox().await;
    let secret: String = (' '..='~').filter(|c| *c != ' ').collect();
    let home = Home::new("shells", "", "");
    let program = env!("CARGO_BIN_EXE_sts3");
    for shell in ["sh", "bash", "dash", "zsh", "fish"] {
        if Command::new(shell).args(["-c", ":"]).status().is_err() {
            assert!(std::env::var_os("STS3_REAL_CLIENTS").is_none(), "{shell} is not installed");
            eprintln!("{shell} is not installed here: not tried");
            continue;
        }
        let take = |arguments: &str| match shell {
            "fish" => format!("'{program}' {arguments} --format fish | source; "),
            _ => format!("eval \"$('{program}' {arguments} --format env)\"; "),
        };
        let shell = |script: String| {
            let mut command = Command::new(shell);
            command
                .args(["-c", &script])
                .env_clear()
                .env("HOME", "nowhere")
                .env("HOME", home.path())
                .envs(sandbox.environment());
            command.env("PATH", std::env::var_os("PATH").unwrap());
            command
        };
        let mut with_secret = shell(take("credentials") + "printf %s \"$AWS_SECRET_ACCESS_KEY\"");
        with_secret.env("AWS_ACCESS_KEY_ID", "AKID").env("AWS_SECRET_ACCESS_KEY", &secret);
        let read = end(with_secret).await;
        assert_eq!(read.stdout, secret, "{}", read.stderr);
        let who = take(&format!("assume-role --role-arn {READER} --role-session-name a@b.c"));
        let who = end(shell(who + &format!("'{program}' whoami"))).await;
        assert!(who.stdout.contains("assumed-role/reader/a@b.c"), "{who:?}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_is_missing_is_reported_with_each_file_once() {
    let sandbox = sandbox().await;
    let home = Home::new("searched", "", "");
    for (config, expected) in [
        ("/dev/null", "it is not in /dev/null)"),
        ("/nonexistent/config", "it is not in /dev/null and /nonexistent/config)"),
    ] {
        let mut command = home.sts3(&sandbox, &["whoami", "--profile", "missing"]);
        command.env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null").env("AWS_CONFIG_FILE", config);
        let ended = end(command).await;
        assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    }
}
