//! Settings of files, variables and options: what cannot be read harms only who uses it, and a message names the place
//! where a setting stands.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{
    io::{Read, Write},
    process::Command,
};

use support::{Ended, Home, READER, end, keys, sandbox, sts3};

const BROKEN: &str = "[profile broken]\nregion = eu-west-1\nnonsense\n[profile good]\nregion = us-east-1\n";

/// The sandbox's key in the environment.
fn with_user(mut command: Command) -> Command {
    command.env("AWS_ACCESS_KEY_ID", sts3_sandbox::ACCESS_KEY_ID);
    command.env("AWS_SECRET_ACCESS_KEY", sts3_sandbox::SECRET_ACCESS_KEY);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_cannot_be_read_is_warned_of_and_refused_where_its_profile_is_used() {
    let sandbox = sandbox().await;
    let home = Home::new("broken-line", BROKEN, &keys());
    let place = format!("{}/.aws/config line 3: ", home.path().display());
    let warning = format!("sts3: warning: {place}");

    for command in [
        home.sts3(&sandbox, &["whoami", "--profile", "user"]),
        with_user(home.sts3(&sandbox, &["whoami"])),
        with_user(home.sts3(&sandbox, &["whoami", "--no-cache", "--role-arn", READER])),
    ] {
        let ended = end(command).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(ended.stderr.matches(&warning).count(), 1, "{}", ended.stderr);
        assert!(ended.stderr.contains("section [profile broken] cannot be used"), "{}", ended.stderr);
    }
    let used = home.run(&sandbox, &["whoami", "--profile", "broken"]).await;
    assert_eq!((used.code, used.stdout.as_str()), (Some(4), ""), "{}", used.stderr);
    let error = used.stderr.lines().find(|line| !line.contains("warning")).unwrap();
    assert!(error.contains(&place) && error.contains("`name = value` is expected"), "{error}");
    assert!(!used.stderr.contains("nonsense"), "what stands in the line may be a secret");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_the_environment_are_used_beside_files_that_cannot_be_read() {
    let sandbox = sandbox().await;
    let home = Home::new("unreadable", "", "");
    let folder = home.path().display().to_string();
    let utf_16: Vec<u8> = "\u{feff}[default]\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(home.path().join("utf-16"), utf_16).unwrap();
    for (config, problem) in [(folder.clone(), "directory"), (format!("{folder}/utf-16"), "save it as UTF-8")]
    {
        let mut command = with_user(home.sts3(&sandbox, &["whoami"]));
        command.env("AWS_CONFIG_FILE", &config);
        let ended = end(command).await;
        assert!(ended.stdout.contains("user/sandbox"), "{ended:?}");
        let warning = ended.stderr.lines().next().unwrap();
        assert!(warning.starts_with(&format!("sts3: warning: {config} cannot be read: ")), "{warning}");
        assert!(warning.to_lowercase().contains(&problem.to_lowercase()), "{warning}");
        // Whoever means a profile of that file is told why it is not there.
        let mut command = home.sts3(&sandbox, &["whoami", "--profile", "work"]);
        command.env("AWS_CONFIG_FILE", &config);
        let ended = end(command).await;
        assert_eq!(ended.code, Some(4));
        let error = ended.stderr.lines().find(|line| line.contains("no credentials")).unwrap();
        assert!(
            error.contains("profile `work`") && error.contains(&format!("{config} cannot be read")),
            "{error}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_does_not_exist_is_named_with_its_origin_and_the_nearest_one() {
    let sandbox = sandbox().await;
    let home = Home::new(
        "misspelt",
        "[profile staging]\nregion = us-east-1\n[plain]\nregion = us-east-1\n\
         [profile my team]\nregion = us-east-1\n",
        &keys(),
    );
    let of_variable = |name: &str| {
        let mut command = with_user(home.sts3(&sandbox, &["ls"]));
        command.env("AWS_PROFILE", name);
        command
    };
    for (command, parts) in [
        (home.sts3(&sandbox, &["ls", "--profile", "uesr"]), vec!["profile `uesr` (", "did you mean `user`?"]),
        (home.sts3(&sandbox, &["ls", "--profile", "stagin"]), vec!["did you mean `staging`?"]),
        (
            home.sts3(&sandbox, &["ls", "--no-sign-request", "--profile", "stagin"]),
            vec!["did you mean `staging`?"],
        ),
        (of_variable("stagin"), vec!["profile `stagin` of AWS_PROFILE (", "did you mean `staging`?"]),
        (
            of_variable("plain"),
            vec!["of AWS_PROFILE", "the section [plain] of ", "config line 3 has to be [profile plain]"],
        ),
        (of_variable("my team"), vec!["config line 5 has to be [profile \"my team\"]"]),
        (of_variable("nothing-like-it"), vec!["of AWS_PROFILE", "it is not in "]),
    ] {
        let ended = end(command).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(4), ""), "{}", ended.stderr);
        assert!(parts.iter().all(|part| ended.stderr.contains(part)), "{parts:?}: {}", ended.stderr);
    }
}

/// One setting, wrong by each of its ways, and what is blamed.
#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_cannot_be_used_is_blamed_on_the_place_where_it_stands() {
    let config = "[profile region]\nregion = a/b\n[profile url]\nendpoint_url = nope\nregion = eu-west-1\n\
                  [profile services]\nservices = s\nregion = eu-west-1\n[services s]\ns3 =\n  endpoint_url = ftp://x\n\
                  [profile plain]\nregion = eu-west-1\nendpoint_url = http://10.0.0.1\n[profile mode]\nretry_mode = never\n\
                  [profile role]\nrole_arn = reader\nsource_profile = user\nregion = eu-west-1\n";
    let home = Home::new("origins", config, &keys());
    let file = format!("{}/.aws/config line", home.path().display());
    let run = async |variables: &[(&str, &str)], arguments: &[&str]| -> Ended {
        let mut command = with_user(sts3(arguments));
        command.env("HOME", home.path()).envs(variables.iter().copied());
        end(command).await
    };
    for (variables, arguments, starts, holds) in [
        (vec![], vec!["--region", "a/b"], "--region: region `a/b`", String::new()),
        (vec![("AWS_REGION", "a/b")], vec![], "AWS_REGION `a/b`", String::new()),
        (vec![("AWS_DEFAULT_REGION", "a/b")], vec![], "AWS_DEFAULT_REGION `a/b`", String::new()),
        (vec![], vec!["--profile", "region"], "region `a/b`", format!("({file} 2)")),
        (
            vec![],
            vec!["--region", "eu-west-1", "--endpoint-url", "nope"],
            "--endpoint-url: endpoint URL `nope`",
            String::new(),
        ),
        (vec![("AWS_ENDPOINT_URL", "nope")], vec![], "AWS_ENDPOINT_URL `nope`", String::new()),
        (vec![], vec!["--profile", "url"], "endpoint_url `nope`", format!("({file} 4)")),
        (vec![], vec!["--profile", "services"], "endpoint_url `ftp://x`", format!("({file} 11)")),
        (vec![], vec!["--profile", "mode"], "retry_mode is `never`", format!("({file} 16)")),
        (
            vec![],
            vec!["--endpoint-url", "http://10.0.0.1"],
            "--endpoint-url: endpoint URL http://10.0.0.1 is plain HTTP",
            "--allow-http".to_owned(),
        ),
        (
            vec![("AWS_ENDPOINT_URL", "http://10.0.0.1")],
            vec![],
            "endpoint URL http://10.0.0.1 is plain HTTP",
            "(AWS_ENDPOINT_URL)".to_owned(),
        ),
        (
            vec![("AWS_ENDPOINT_URL_S3", "http://10.0.0.1"), ("AWS_REGION", "eu-west-1")],
            vec![],
            "endpoint URL http://10.0.0.1 is plain HTTP",
            "(AWS_ENDPOINT_URL_S3)".to_owned(),
        ),
        (
            vec![("AWS_PROFILE", "plain")],
            vec![],
            "endpoint URL http://10.0.0.1 is plain HTTP",
            format!("({file} 14)"),
        ),
    ] {
        let ended = run(&variables, &[vec!["ls", "s3://logs"], arguments.clone()].concat()).await;
        let said = ended.stderr.lines().next().unwrap().strip_prefix("sts3: ").unwrap();
        assert_eq!(ended.code, Some(2), "{said}");
        assert!(said.starts_with(starts) && said.contains(&holds), "{variables:?} {arguments:?}: {said}");
        let is_option = arguments.iter().any(|word| word.starts_with("--") && said.starts_with(word));
        assert_eq!(said.starts_with("--"), is_option, "an option is blamed that was not given: {said}");
    }
    // Of roles: a matter of credentials.
    let profile = run(&[], &["ls", "s3://logs", "--profile", "role"]).await;
    assert_eq!(profile.code, Some(4));
    assert!(profile.stderr.contains("RoleArn `reader` is not an ARN"), "{}", profile.stderr);
    assert!(profile.stderr.contains(&format!("({file} 18)")), "{}", profile.stderr);
    let identity = [
        ("AWS_ROLE_ARN", "reader"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/dev/null"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", ""),
    ];
    let identity = run(&identity, &["ls", "s3://logs"]).await;
    assert_eq!(identity.code, Some(4));
    assert!(identity.stderr.starts_with("sts3: web identity: RoleArn `reader`"), "{}", identity.stderr);
    assert!(identity.stderr.contains("(AWS_ROLE_ARN)"), "{}", identity.stderr);
}

/// A proxy that refuses: the names of the hosts that it was asked for.
fn refusing_proxy() -> (String, std::sync::mpsc::Receiver<String>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, asked) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) > 0 {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            // Nobody may listen any more.
            let _ = sender.send(head.split(' ').nth(1).unwrap_or_default().to_owned());
            let _ =
                stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    (url, asked)
}

/// botocore's endpoints where no region is set (`fixtures/credentials/endpoints.json`, `no-region`).
#[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
#[tokio::test(flavor = "multi_thread")]
async fn without_a_region_the_global_endpoints_are_asked() {
    let (url, asked) = refusing_proxy();
    for (arguments, host) in [
        (&["whoami"][..], "sts.amazonaws.com:443"),
        (&["ls"], "s3.amazonaws.com:443"),
        (&["credentials", "--no-cache", "--role-arn", READER], "sts.amazonaws.com:443"),
        (&["whoami", "--region", "eu-west-1"], "sts.eu-west-1.amazonaws.com:443"),
    ] {
        let mut command = with_user(sts3(arguments));
        command.args(["--max-attempts", "1", "-v"]).env("HTTPS_PROXY", &url);
        let ended = end(command).await;
        assert_eq!(ended.code, Some(3), "{}", ended.stderr);
        assert_eq!(asked.recv().unwrap(), host, "{arguments:?}");
        assert_eq!(
            ended.stderr.contains("no region is set"),
            !arguments.contains(&"--region"),
            "{}",
            ended.stderr
        );
    }
}

#[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_an_account_of_twelve_digits_is_refused_for_aws_and_sent_elsewhere() {
    let (proxy, asked) = refusing_proxy();
    let ceph = "arn:aws:iam:::role/reader";
    for arn in ["arn:aws:iam::123:role/reader", ceph] {
        let mut command = with_user(sts3(&["ls", "s3://logs", "--region", "eu-west-1", "--role-arn", arn]));
        command.env("HTTPS_PROXY", &proxy);
        let ended = end(command).await;
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        let said = ended.stderr.lines().next().unwrap();
        assert!(said.starts_with("sts3: --role-arn: RoleArn") && said.contains("12 digits"), "{said}");
    }
    assert!(asked.try_recv().is_err(), "something was sent");
    let sandbox = sandbox().await;
    let config = format!("[profile p]\nrole_arn = {ceph}\nsource_profile = user\n");
    let home = Home::new("accounts", &config, &keys());
    for arguments in
        [&["credentials", "--profile", "user", "--role-arn", ceph][..], &["credentials", "--profile", "p"]]
    {
        let before = sandbox.count("AssumeRole");
        let ended = home.run(&sandbox, arguments).await;
        assert!(ended.stderr.contains("AssumeRole was refused"), "{}", ended.stderr);
        assert_eq!(sandbox.count("AssumeRole"), before + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misspelt_region_is_told_when_its_hosts_are_not_found() {
    // Names below `.invalid` are nobody's; this one is AWS's and is not asked for: nothing but loopback is reached here.
    let mut command = with_user(sts3(&["whoami", "--region", "eu-wets-1", "--max-attempts", "1"]));
    command.env("HTTPS_PROXY", "http://127.0.0.1:9");
    let ended = end(command).await;
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(ended.stderr.contains("did you mean eu-west-1?"), "{}", ended.stderr);
    let mut command = with_user(sts3(&["whoami", "--region", "eu-west-1", "--max-attempts", "1"]));
    command.env("HTTPS_PROXY", "http://127.0.0.1:9");
    let ended = end(command).await;
    assert!(!ended.stderr.contains("did you mean"), "{}", ended.stderr);
    let ended = end(with_user(sts3(&["whoami", "--region", "eu_west_1"]))).await;
    assert!(ended.stderr.contains("did you mean `eu-west-1`?"), "{}", ended.stderr);
}

/// As awscli takes it, and as editors of Windows save it.
#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_a_file_a_url_of_one_or_the_document_itself() {
    let sandbox = sandbox().await;
    let home = Home::new("policy", "", &keys());
    let document = r#"{"Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}"#;
    let file = |name: &str, content: &[u8]| {
        let path = home.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let (plain, marked) =
        (file("plain", document.as_bytes()), file("marked", format!("\u{feff}{document}").as_bytes()));
    let assume =
        ["assume-role", "--profile", "user", "--role-arn", READER, "--format", "process", "--policy"];
    for policy in [&plain, &format!("file://{plain}"), &marked, document, &format!("\n {document}")] {
        let ended = home.run(&sandbox, &[&assume[..], &[policy]].concat()).await;
        assert_eq!(ended.code, Some(0), "{policy}: {}", ended.stderr);
        let session: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        let mut listing = home.sts3(&sandbox, &["ls", "s3://demo"]);
        for (variable, member) in [
            ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
            ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
            ("AWS_SESSION_TOKEN", "SessionToken"),
        ] {
            listing.env(variable, session[member].as_str().unwrap());
        }
        let ended = end(listing).await;
        assert!(ended.stderr.contains("AccessDenied"), "{policy} does not narrow: {ended:?}");
    }
    let utf_16: Vec<u8> = format!("\u{feff}{document}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf_16 = file("utf-16", &utf_16);
    let ended = home.run(&sandbox, &[&assume[..], &[&utf_16]].concat()).await;
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("UTF-16") && ended.stderr.contains("save it as UTF-8"), "{}", ended.stderr);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn without_home_the_user_s_folder_is_the_system_s() {
    // `getent` is not everywhere; the shell asks the same database.
    let home = Command::new("sh").args(["-c", "eval echo ~\"$(id -un)\""]).output().unwrap();
    let home = String::from_utf8(home.stdout).unwrap();
    let mut command = sts3(&["whoami", "--profile", "no-profile-of-anybody"]);
    command.env_remove("HOME");
    let ended = end(command).await;
    assert!(ended.stderr.contains(&format!("{}/.aws/credentials", home.trim_end())), "{}", ended.stderr);
}
