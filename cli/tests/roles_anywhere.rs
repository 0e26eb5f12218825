//! `sts3 roles-anywhere` against a sandbox, which verifies the signature by the certificate's key and the path to its trust
//! anchor. Keys and certificates are made here by rcgen; RSA's are those of `fixtures/x509`.

#![cfg(feature = "x509")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use sts3_sandbox::Sandbox;
use support::{Ended, Folder, LIMITED, READER, end, sts3};

const ANCHOR: &str =
    "arn:aws:rolesanywhere:us-east-1:123456789012:trust-anchor/0d7f8f0e-4c1a-4f7b-8c1c-7c7a0b0d1a2b";
const PROFILE: &str =
    "arn:aws:rolesanywhere:us-east-1:123456789012:profile/5b1c9d3e-2f4a-4c8b-9e7d-6a5b4c3d2e1f";

fn named(name: &str, is_ca: bool) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, name);
    if is_ca {
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    } else {
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    }
    parameters
}

/// An authority, one below it, and a laptop's certificate of that one, in files.
struct Pki {
    folder: Folder,
    root: String,
}

impl Pki {
    fn new(name: &str) -> Self {
        let folder = Folder::new(&format!("roles-anywhere-{name}"));
        let root = CertifiedIssuer::self_signed(named("root", true), KeyPair::generate().unwrap()).unwrap();
        let middle =
            CertifiedIssuer::signed_by(named("middle", true), KeyPair::generate().unwrap(), &root).unwrap();
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
        let leaf = named("laptop", false).signed_by(&key, &middle).unwrap();
        folder.write("laptop.pem", &leaf.pem());
        folder.write("laptop.key", &key.serialize_pem());
        folder.write("middle.pem", &middle.pem());
        Self { folder, root: root.pem() }
    }

    async fn sandbox(&self) -> Sandbox {
        Sandbox::builder().trust_anchor(&self.root).unwrap().start().await.unwrap()
    }

    async fn run(&self, sandbox: &Sandbox, more: &[&str]) -> Ended {
        let (certificate, key) = (self.folder.file("laptop.pem"), self.folder.file("laptop.key"));
        let arguments = [
            "roles-anywhere",
            "--certificate",
            &certificate,
            "--private-key",
            &key,
            "--trust-anchor-arn",
            ANCHOR,
            "--profile-arn",
            PROFILE,
        ];
        let mut command = sts3(&[&arguments[..], more].concat());
        command.env("AWS_ENDPOINT_URL", sandbox.url()).env("HOME", &self.folder.0);
        end(command).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_gives_an_sdk_the_credentials_of_a_role() {
    let pki = Pki::new("process");
    let sandbox = pki.sandbox().await;
    let middle = pki.folder.file("middle.pem");
    let ended = pki.run(&sandbox, &["--intermediates", &middle, "--role-arn", READER, "--no-cache"]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let printed: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(printed["Version"], 1);
    // As `credential_process`, and with a chain of roles.
    let line = |more: &str| {
        let (certificate, key) = (pki.folder.file("laptop.pem"), pki.folder.file("laptop.key"));
        format!(
            "credential_process = {} roles-anywhere --certificate {certificate} --private-key {key} --intermediates {middle} \
             --trust-anchor-arn {ANCHOR} --profile-arn {PROFILE} --role-arn {READER} {more}\n",
            env!("CARGO_BIN_EXE_sts3")
        )
    };
    let config = format!(
        "[profile laptop]\n{}[profile hub]\n{}",
        line("--role-session-name desk-1"),
        line(&format!("--role-arn {LIMITED} --role-session-name desk-2"))
    );
    let file = pki.folder.write("config", &config);
    for (profile, expected) in
        [("laptop", "assumed-role/reader/desk-1"), ("hub", "assumed-role/limited/desk-2")]
    {
        let mut command = sts3(&["whoami", "--profile", profile, "--region", "us-east-1"]);
        command.env("AWS_ENDPOINT_URL", sandbox.url()).env("AWS_CONFIG_FILE", &file);
        let ended = end(command).await;
        assert!(ended.code == Some(0) && ended.stdout.contains(expected), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_kept_for_the_next_run_unless_told_otherwise() {
    let pki = Pki::new("cache");
    let sandbox = pki.sandbox().await;
    let middle = pki.folder.file("middle.pem");
    let arguments = ["--intermediates", &middle, "--role-arn", READER];
    let first = pki.run(&sandbox, &arguments).await;
    let second = pki.run(&sandbox, &arguments).await;
    assert_eq!((first.code, &first.stdout), (Some(0), &second.stdout), "{first:?} {second:?}");
    assert_eq!(sandbox.count("CreateSession"), 1);
    pki.run(&sandbox, &[&arguments[..], &["--no-cache"]].concat()).await;
    assert_eq!(sandbox.count("CreateSession"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_service_refuses_is_told_with_what_helps() {
    let pki = Pki::new("refused");
    let sandbox = pki.sandbox().await;
    let middle = pki.folder.file("middle.pem");
    let missing = "arn:aws:iam::123456789012:role/missing";
    for (arguments, words) in [
        (&["--role-arn", READER][..], &["Untrusted Signing Certificate", "intermediate certificates"][..]),
        (
            &["--intermediates", &middle, "--role-arn", missing],
            &["Unable to assume role", "rolesanywhere.amazonaws.com"],
        ),
    ] {
        let ended = pki.run(&sandbox, arguments).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        for word in words {
            assert!(ended.stderr.contains(word), "{word}: {}", ended.stderr);
        }
    }
    let other = Pki::new("other");
    let stranger = other.sandbox().await;
    let ended = pki.run(&stranger, &["--intermediates", &middle, "--role-arn", READER]).await;
    assert!(ended.stderr.contains("Untrusted Signing Certificate"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_cannot_be_used_or_is_another_s_is_told_before_anything_is_sent() {
    let pki = Pki::new("keys");
    let sandbox = pki.sandbox().await;
    let fixture: serde_json::Value =
        serde_json::from_str(include_str!("../../fixtures/x509/expected.json")).unwrap();
    for (key, words) in [
        (fixture["unusable"]["encrypted-pkcs8"].as_str().unwrap(), "openssl pkey"),
        (fixture["identities"][0]["key"].as_str().unwrap(), "public keys differ"),
    ] {
        pki.folder.write("laptop.key", key);
        let ended = pki.run(&sandbox, &["--role-arn", READER]).await;
        assert!(ended.code == Some(4) && ended.stderr.contains(words), "{ended:?}");
        assert!(ended.stderr.contains(&pki.folder.file("laptop.key")), "{}", ended.stderr);
    }
    // DER, whose first bytes are those of a SEQUENCE of 1,213 bytes (X.690, 8.1.3.5).
    std::fs::write(pki.folder.file("laptop.key"), [0x30, 0x82, 0x04, 0xbd]).unwrap();
    let ended = pki.run(&sandbox, &["--role-arn", READER]).await;
    assert!(ended.code == Some(4) && ended.stderr.contains("openssl pkey -inform der"), "{ended:?}");
    std::fs::remove_file(Path::new(&pki.folder.file("laptop.key"))).unwrap();
    let ended = pki.run(&sandbox, &["--role-arn", READER]).await;
    assert!(ended.code == Some(4) && ended.stderr.contains("cannot be read"), "{ended:?}");
    assert_eq!(sandbox.count("CreateSession"), 0);
}

/// What a sandbox answers to bytes that are sent as they are: the status line, and the body's message.
async fn answered(sandbox: &Sandbox, headers: &[(String, String)], body: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let host = sandbox.url().strip_prefix("http://").unwrap().to_owned();
    let mut request =
        format!("POST /sessions HTTP/1.1\r\nhost: {host}\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("connection: close\r\n\r\n{body}"));
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    format!("{} {}", head.lines().next().unwrap(), body["message"].as_str().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_takes_no_request_that_was_changed_after_it_was_signed() {
    use sts3::{
        Endpoint, Operation, Region,
        rolesanywhere::{CreateSession, X509Identity},
    };

    let pki = Pki::new("changed");
    let sandbox = pki.sandbox().await;
    let read = |name: &str| std::fs::read_to_string(pki.folder.file(name)).unwrap();
    let identity = X509Identity::from_pem(
        &read("laptop.pem"),
        &read("laptop.key").as_str().into(),
        Some(&read("middle.pem")),
    )
    .unwrap();
    let endpoint = Endpoint::new(Region::us_east_1()).with_url(sandbox.url().parse().unwrap());
    let signed = |seconds: i64| {
        let now = time::OffsetDateTime::from(std::time::SystemTime::now()) + time::Duration::seconds(seconds);
        let session = CreateSession::new(ANCHOR, PROFILE, READER);
        let request = session.signed(&identity, &endpoint, now).unwrap().request().unwrap();
        let headers = request.headers.iter();
        let headers: Vec<(String, String)> = headers
            .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().to_owned()))
            .collect();
        (headers, String::from_utf8(request.body).unwrap())
    };
    let change = |headers: &[(String, String)], name: &str, change: &dyn Fn(&str) -> String| {
        let changed = headers
            .iter()
            .map(|(other, value)| (other.clone(), if other == name { change(value) } else { value.clone() }));
        changed.collect::<Vec<_>>()
    };
    let (headers, body) = signed(0);
    assert!(answered(&sandbox, &headers, &body).await.contains("201 Created"));
    let invalid = "403 Forbidden Invalid signature";
    let longer = body.replace('}', ",\"durationSeconds\":43200}");
    assert!(answered(&sandbox, &headers, &longer).await.contains(invalid));
    let unsigned = [&headers[..], &[("x-amz-note".to_owned(), "x".to_owned())]].concat();
    assert!(answered(&sandbox, &unsigned, &body).await.contains(invalid));
    let other_serial =
        change(&headers, "authorization", &|value| value.replace("Credential=", "Credential=1"));
    assert!(answered(&sandbox, &other_serial, &body).await.contains(invalid));
    let other_algorithm = change(&headers, "authorization", &|value| value.replace("ECDSA", "RSA"));
    assert!(answered(&sandbox, &other_algorithm, &body).await.contains(invalid));
    let bent = change(&headers, "authorization", &|value| format!("{}00", &value[..value.len() - 2]));
    assert!(answered(&sandbox, &bent, &body).await.contains(invalid));
    for seconds in [-400, 400] {
        let (headers, body) = signed(seconds);
        assert!(answered(&sandbox, &headers, &body).await.contains(invalid), "{seconds}");
    }
    let (headers, _) = signed(0);
    let no_chain: Vec<_> = headers.into_iter().filter(|(name, _)| name != "x-amz-x509-chain").collect();
    assert!(answered(&sandbox, &no_chain, &body).await.contains(invalid));
}

/// RSA, which rcgen does not make with ring: the fixture's.
#[tokio::test(flavor = "multi_thread")]
async fn rsa_keys_and_those_of_older_forms_sign_as_well() {
    let fixture: serde_json::Value =
        serde_json::from_str(include_str!("../../fixtures/x509/expected.json")).unwrap();
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let root = text(&fixture["root"]).unwrap();
    let sandbox = Sandbox::builder().trust_anchor(&root).unwrap().start().await.unwrap();
    let pki = Pki::new("fixture");
    for identity in fixture["identities"].as_array().unwrap() {
        pki.folder.write("laptop.pem", &text(&identity["certificate"]).unwrap());
        pki.folder.write("laptop.key", &text(&identity["key"]).unwrap());
        let intermediates = text(&identity["intermediates"]).map(|pem| pki.folder.write("middle.pem", &pem));
        let intermediates = intermediates.iter().flat_map(|file| ["--intermediates", file]);
        let arguments: Vec<&str> = ["--role-arn", READER].into_iter().chain(intermediates).collect();
        let ended = pki.run(&sandbox, &arguments).await;
        assert_eq!(ended.code, Some(0), "{}: {}", identity["name"], ended.stderr);
    }
    assert_eq!(sandbox.counts().get(&("CreateSession", "OK".to_owned())), Some(&7));
}

/// The sandbox is honest: AWS's own signer in Python is accepted by it, as ours is.
#[cfg(feature = "sandbox-tls")]
#[tokio::test(flavor = "multi_thread")]
async fn aws_s_own_session_in_python_gets_credentials_from_the_sandbox() {
    use std::{
        io::Write,
        process::{Command, Stdio},
    };

    if std::env::var_os("STS3_REAL_CLIENTS").is_none_or(|value| value != "1") {
        println!(
            "skipped: set STS3_REAL_CLIENTS=1 to install iam-rolesanywhere-session from PyPI and run it"
        );
        return;
    }
    let text = include_str!("../../fixtures/x509/expected.json");
    let fixture: serde_json::Value = serde_json::from_str(text).unwrap();
    let builder = Sandbox::builder().region("eu-west-1").tls();
    let sandbox = builder.trust_anchor(fixture["root"].as_str().unwrap()).unwrap().start().await.unwrap();
    let folder = Folder::new("roles-anywhere-python");
    let authority = folder.write("ca.pem", sandbox.ca_certificate().unwrap());
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
    let arguments = [sandbox.url(), authority, "eu-west-1".to_owned()];
    let printed = tokio::task::spawn_blocking(move || {
        let venv = Command::new(tests.join("servers/venv")).arg("iam-rolesanywhere-session>=3,<4").output();
        let venv = String::from_utf8(venv.unwrap().stdout).unwrap();
        let mut child = Command::new(Path::new(venv.trim()).join("bin/python"))
            .arg(tests.join("clients/roles_anywhere.py"))
            .args(arguments.clone())
            .env("AWS_CA_BUNDLE", &arguments[1])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    });
    let printed = printed.await.unwrap();
    assert_eq!(printed.lines().filter(|line| line.ends_with(": ok")).count(), 9, "{printed}");
    assert_eq!(sandbox.counts().get(&("CreateSession", "OK".to_owned())), Some(&8));
}
