//! Keys and tokens that would mean something to whoever reads what is printed: from every source they end with an
//! error that names the field, and nothing is printed.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::Command,
    sync::Arc,
};

use support::{Ended, Home, READER, end, keys, sandbox, sts3};

/// What is hidden in a value, and in which form it would do harm.
const HARM: [(&str, &str); 8] = [
    // A settings file: a section of its own, whose process the next SDK runs.
    ("qqq\n[default]\ncredential_process=pwned", "ini"),
    ("qqq\r\nexport PATH=/pwned", "env"),
    ("qqq\nset -gx PATH /pwned", "fish"),
    // PowerShell ends a string at these, too.
    ("qqq\u{2019}; pwned; \u{2019}", "powershell"),
    ("qqq\u{201b}; pwned #", "powershell"),
    ("qqq\r\npwned.exe", "cmd"),
    // A terminal and whatever ends at a NUL.
    ("qqq\u{1b}]0;pwned\u{7}", "json"),
    ("qqq\0pwned", "process"),
];

/// A server that gives each path its answer, and those below it.
fn server(answers: BTreeMap<&'static str, String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut line, mut length) = (String::new(), 0);
            reader.read_line(&mut line).unwrap();
            let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
            loop {
                let mut header = String::new();
                if reader.read_line(&mut header).unwrap() <= 2 {
                    break;
                }
                if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            reader.read_exact(&mut vec![0; length]).unwrap();
            // The longest that fits.
            let answer = answers.iter().rev().find(|(start, _)| path.starts_with(**start));
            let (status, body) = answer.map_or((404, ""), |(_, body)| (200, body.as_str()));
            write!(
                stream,
                "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            )
            .unwrap();
        }
    });
    url
}

/// JSON with the harm in one member: what is harmless stands in the others.
fn document(names: [&str; 3], field: usize, harm: &str, more: &[(&str, serde_json::Value)]) -> String {
    let mut value = serde_json::Map::new();
    for (at, name) in names.into_iter().enumerate() {
        value.insert(name.to_owned(), if at == field { harm.into() } else { "HARMLESS".into() });
    }
    for (name, more) in more {
        value.insert((*name).to_owned(), more.clone());
    }
    serde_json::Value::Object(value).to_string()
}

fn xml_text(text: &str) -> String {
    // XML has no NUL, escaped or not.
    text.chars().filter(|c| *c != '\0').map(|c| format!("&#{};", u32::from(c))).collect()
}

/// What `sts3 credentials` says to the harm from one source.
type Source = fn(&Home, usize, &str) -> (Command, [&'static str; 3]);

const NAMES: [&str; 3] = ["AccessKeyId", "SecretAccessKey", "SessionToken"];

fn credentials(home: &Home, profile: Option<&str>) -> Command {
    let mut command = sts3(&["credentials", "--no-cache", "--region", "us-east-1"]);
    command.env("HOME", home.path()).env("PATH", std::env::var_os("PATH").unwrap());
    if let Some(profile) = profile {
        command.args(["--profile", profile]);
    }
    command
}

fn process(home: &Home, field: usize, harm: &str) -> (Command, [&'static str; 3]) {
    std::fs::write(home.path().join("printed"), document(NAMES, field, harm, &[("Version", 1.into())]))
        .unwrap();
    let config = format!("[profile p]\ncredential_process = cat {}\n", home.path().join("printed").display());
    std::fs::write(home.path().join(".aws/config"), config).unwrap();
    (credentials(home, Some("p")), NAMES)
}

fn sts(home: &Home, field: usize, harm: &str) -> (Command, [&'static str; 3]) {
    // A character reference to a control character is no XML, and is refused as such: quoted as text it is.
    let value = |at: usize| if at == field { xml_text(harm) } else { "HARMLESS".to_owned() };
    let body = format!(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>{}\
         </SecretAccessKey><SessionToken>{}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
         </AssumeRoleResult></AssumeRoleResponse>",
        value(0),
        value(1),
        value(2)
    );
    let mut command = credentials(home, Some("user"));
    std::fs::write(home.path().join(".aws/credentials"), keys()).unwrap();
    command.args([
        "--role-arn",
        READER,
        "--max-attempts",
        "1",
        "--endpoint-url",
        &server([("/", body)].into()),
    ]);
    (command, NAMES)
}

const SERVICE_NAMES: [&str; 3] = ["AccessKeyId", "SecretAccessKey", "Token"];

fn container(home: &Home, field: usize, harm: &str) -> (Command, [&'static str; 3]) {
    let end = [("Expiration", "2099-01-01T00:00:00Z".into())];
    let url = server([("/", document(SERVICE_NAMES, field, harm, &end))].into());
    let mut command = credentials(home, None);
    command.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
    (command, SERVICE_NAMES)
}

fn instance(home: &Home, field: usize, harm: &str) -> (Command, [&'static str; 3]) {
    let end = [("Expiration", "2099-01-01T00:00:00Z".into()), ("Code", "Success".into())];
    let answers = [
        ("/latest/api/token", "session".to_owned()),
        ("/latest/meta-data/iam/security-credentials/", "role".to_owned()),
        ("/latest/meta-data/iam/security-credentials/role", document(SERVICE_NAMES, field, harm, &end)),
    ];
    let mut command = credentials(home, None);
    command
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", server(answers.into()))
        .env_remove("AWS_EC2_METADATA_DISABLED");
    (command, SERVICE_NAMES)
}

fn sso(home: &Home, field: usize, harm: &str) -> (Command, [&'static str; 3]) {
    let names = ["accessKeyId", "secretAccessKey", "sessionToken"];
    let keys = document(names, field, harm, &[("expiration", 4_070_908_800_000_i64.into())]);
    let config = "[profile corp]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = dev\n\
                  [sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = eu-west-1\n";
    std::fs::write(home.path().join(".aws/config"), config).unwrap();
    let folder = home.path().join(".aws/sso/cache");
    std::fs::create_dir_all(&folder).unwrap();
    // SHA-1 of `corp`, as `aws sso login` names the file.
    let token = r#"{"accessToken":"TOKEN","expiresAt":"2099-01-01T00:00:00Z"}"#;
    std::fs::write(folder.join("ee0bfd2552fbd840c02cc48b6e823320543c450f.json"), token).unwrap();
    let mut command = credentials(home, Some("corp"));
    let url = server([("/", format!(r#"{{"roleCredentials":{keys}}}"#))].into());
    command.args(["--max-attempts", "1"]).env("AWS_ENDPOINT_URL_SSO", url);
    (command, names)
}

fn environment(home: &Home, field: usize, harm: &str) -> (Command, [&'static str; 3]) {
    let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
    let mut command = credentials(home, None);
    for (at, name) in names.into_iter().enumerate() {
        // A variable cannot hold a NUL.
        let harm = harm.replace('\0', "\u{1}");
        command.env(name, if at == field { &harm } else { "HARMLESS" });
    }
    (command, names)
}

fn settings_file(home: &Home, field: usize, harm: &str) -> (Command, [&'static str; 3]) {
    let names = ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"];
    // Indented lines go on with the value.
    let harm = harm.replace('\n', "\n  ");
    let value = |at: usize| if at == field { harm.as_str() } else { "HARMLESS" };
    let lines: String =
        names.iter().enumerate().map(|(at, name)| format!("{name} = {}\n", value(at))).collect();
    std::fs::write(home.path().join(".aws/credentials"), format!("[p]\n{lines}")).unwrap();
    (credentials(home, Some("p")), names)
}

fn must_be_refused(ended: &Ended, name: &str, context: &str) {
    assert!(matches!(ended.code, Some(3 | 4)), "{context}: {ended:?}");
    assert_eq!(ended.stdout, "", "{context}");
    assert!(ended.stderr.contains(&format!("`{name}`")), "{context}: {}", ended.stderr);
    assert!(!ended.stderr.contains("pwned") && !ended.stderr.contains("qqq"), "{context}: {}", ended.stderr);
}

/// Every harm in every field of a source.
async fn try_all(name: &'static str, source: Source) {
    let home = Arc::new(Home::new(&format!("injections-{name}"), "", ""));
    for (harm, format) in HARM {
        for field in 0..3 {
            let (mut command, names) = source(&home, field, harm);
            command.args(["--format", format]);
            let context = format!("{name}, {}, {harm:?}", names[field]);
            let ended = end(command).await;
            if name == "sts" && harm.contains(['\u{1b}', '\0']) {
                // No XML: whatever is said of it, nothing of it is printed.
                assert!(
                    !ended.stdout.contains('\u{1b}') && !ended.stderr.contains("pwned"),
                    "{context}: {ended:?}"
                );
                continue;
            }
            must_be_refused(&ended, names[field], &context);
        }
    }
}

macro_rules! sources {
    ($($test:ident: $source:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $test() {
            try_all(stringify!($source), $source).await;
        }
    )*};
}

sources! {
    what_a_process_hides_in_a_key_is_refused_and_not_printed: process;
    what_sts_hides_in_a_key_is_refused_and_not_printed: sts;
    what_a_container_hides_in_a_key_is_refused_and_not_printed: container;
    what_an_instance_hides_in_a_key_is_refused_and_not_printed: instance;
    what_the_sso_portal_hides_in_a_key_is_refused_and_not_printed: sso;
    what_a_variable_hides_in_a_key_is_refused_and_not_printed: environment;
    what_a_settings_file_hides_in_a_key_is_refused_and_not_printed: settings_file;
}

/// Whoever can write there could also have written credentials of his own: but not more than that.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_cache_file_hides_in_a_key_is_said_and_new_ones_are_asked_for() {
    let sandbox = sandbox().await;
    let home = Home::new("injections-cache", "", &keys());
    let arguments = ["credentials", "--profile", "user", "--role-arn", READER, "--format", "ini"];
    assert_eq!(home.run(&sandbox, &arguments).await.code, Some(0));
    let folder = home.path().join(".cache/sts3");
    let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let good: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    for name in NAMES {
        let mut bad = good.clone();
        bad[name] = HARM[0].0.into();
        std::fs::write(&file, bad.to_string()).unwrap();
        let ended = home.run(&sandbox, &arguments).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.stderr.contains("warning") && ended.stderr.contains(&format!("`{name}`")), "{ended:?}");
        assert!(!ended.stdout.contains("pwned") && !ended.stderr.contains("pwned"), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_cannot_quote_a_value_prints_nothing() {
    let home = Home::new("injections-forms", "", "");
    for (token, format, code) in
        [("x y", "ini", 2), ("a\"&calc&\"", "powershell", 0), ("a\"&calc&\"", "cmd", 0)]
    {
        let mut command = credentials(&home, None);
        command.args(["--format", format]);
        command
            .env("AWS_ACCESS_KEY_ID", "A")
            .env("AWS_SECRET_ACCESS_KEY", "s")
            .env("AWS_SESSION_TOKEN", token);
        let ended = end(command).await;
        assert_eq!(
            (ended.code, ended.stdout.is_empty()),
            (Some(code), code != 0),
            "{token} {format}: {ended:?}"
        );
        assert!(!ended.stderr.contains(token), "{}", ended.stderr);
    }
}
