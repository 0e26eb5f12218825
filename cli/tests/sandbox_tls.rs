//! `sts3 sandbox --tls`: who has the authority's certificate is served, nobody else, and no key is written.

#![cfg(all(unix, feature = "sandbox-tls", feature = "rustls-ring"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::process::Command;

use support::{Ended, Folder, end, sts3};

/// What a shell makes of this script as the sandbox's command; `$STS3` is our program.
async fn in_sandbox(folder: &Folder, options: &[&str], script: &str) -> Ended {
    let mut command = sts3(&["sandbox", "--tls", "--bucket", "demo"]);
    command.args(options).args(["--", "sh", "-c", script]);
    command.env("PATH", std::env::var_os("PATH").unwrap());
    command.env("STS3", env!("CARGO_BIN_EXE_sts3")).env("TMPDIR", &folder.0);
    end(command).await
}

#[tokio::test(flavor = "multi_thread")]
async fn our_command_lists_with_the_authority_and_is_refused_without() {
    let folder = Folder::new("sandbox-tls-own");
    let listed = in_sandbox(&folder, &[], "$STS3 ls -r s3://demo; echo $AWS_ENDPOINT_URL").await;
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    // The demo's keys (see the README of the sandbox), then the endpoint.
    assert!(
        listed.stdout.lines().count() > 20 && listed.stdout.contains("\nhttps://127.0.0.1:"),
        "{listed:?}"
    );

    let refused = in_sandbox(&folder, &[], "unset AWS_CA_BUNDLE; $STS3 ls -r s3://demo").await;
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(3), ""), "{refused:?}");
    assert!(refused.stderr.contains("UnknownIssuer"), "{}", refused.stderr);
}

/// Other TLS libraries: curl's, and OpenSSL in its strict mode under Python.
#[tokio::test(flavor = "multi_thread")]
async fn curl_and_python_trust_the_authority_and_nobody_without_it() {
    const PYTHON: &str = "
import os, socket, ssl, sys
port = int(os.environ['AWS_ENDPOINT_URL'].rsplit(':', 1)[1])
context = ssl.create_default_context(cafile=sys.argv[1] if len(sys.argv) > 1 else None)
context.verify_flags |= ssl.VERIFY_X509_STRICT
for name in ['127.0.0.1', 'localhost', 'demo.localhost']:
    with context.wrap_socket(socket.create_connection(('127.0.0.1', port)), server_hostname=name) as tls:
        tls.sendall(b'GET / HTTP/1.1\\r\\nhost: localhost\\r\\nconnection: close\\r\\n\\r\\n')
        print(tls.recv(12).decode())
";
    let folder = Folder::new("sandbox-tls-others");
    let is_there =
        |program: &str| Command::new(program).arg("--version").output().is_ok_and(|end| end.status.success());
    if is_there("curl") {
        // Unsigned, and therefore refused by the sandbox itself: 403.
        let ask = "curl -s -o /dev/null -w '%{http_code}' $AWS_ENDPOINT_URL/demo";
        let trusted = in_sandbox(&folder, &[], &format!("{ask} --cacert $AWS_CA_BUNDLE")).await;
        assert_eq!((trusted.code, trusted.stdout.as_str()), (Some(0), "403"), "{trusted:?}");
        // curl(1): 60 is "Peer certificate cannot be authenticated with known CA certificates".
        assert_eq!(in_sandbox(&folder, &[], ask).await.code, Some(60));
    }
    if is_there("python3") {
        let script = folder.write("ask.py", PYTHON);
        let trusted = in_sandbox(&folder, &[], &format!("python3 {script} $AWS_CA_BUNDLE")).await;
        assert_eq!(trusted.code, Some(0), "{}", trusted.stderr);
        assert_eq!(trusted.stdout, "HTTP/1.1 403\n".repeat(3));
        let refused = in_sandbox(&folder, &[], &format!("python3 {script}")).await;
        assert!(refused.stderr.contains("CERTIFICATE_VERIFY_FAILED"), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_to_the_port_is_told_to_use_https() {
    let folder = Folder::new("sandbox-tls-plain");
    let script = "AWS_ENDPOINT_URL=$(echo $AWS_ENDPOINT_URL | sed s/https/http/) $STS3 ls -r s3://demo";
    let refused = in_sandbox(&folder, &[], script).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("write https:// in the endpoint URL"), "{}", refused.stderr);
}

/// The temporary file is the only one that is written, holds one certificate, is nobody else's to read, and goes.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_private_is_written() {
    let folder = Folder::new("sandbox-tls-files");
    let script = "find $TMPDIR -type f -perm 600; cat $(find $TMPDIR -type f)";
    let seen = in_sandbox(&folder, &[], script).await;
    let lines: Vec<&str> = seen.stdout.lines().collect();
    assert!(lines[0].ends_with(".pem") && lines[1] == "-----BEGIN CERTIFICATE-----", "{seen:?}");
    assert_eq!(seen.stdout.matches("-----BEGIN ").count(), 1, "{seen:?}");
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 0, "something was left");

    let out = folder.file("ca.pem");
    let seen = in_sandbox(&folder, &["--ca-out", &out], "echo $AWS_CA_BUNDLE").await;
    assert_eq!(seen.stdout.trim_end(), out);
    let kept = std::fs::read_to_string(&out).unwrap();
    assert_eq!((kept.matches("-----BEGIN ").count(), kept.matches("CERTIFICATE").count()), (1, 2), "{kept}");
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 1, "something else was left");
}

/// With a path that a shell could take for commands.
#[tokio::test(flavor = "multi_thread")]
async fn the_printed_lines_name_the_authority() {
    let folder = Folder::new("sandbox-tls-lines");
    let out = folder.file("it's $(touch evil).pem");
    let script = r#"
"$STS3" sandbox --tls --bucket demo --ca-out "$OUT" > "$LINES" & server=$!
while ! grep -q '^unset' "$LINES"; do sleep 0.05; done
eval "$(cat "$LINES")"
"$STS3" ls -r s3://demo > /dev/null && [ "$AWS_CA_BUNDLE" = "$OUT" ] && [ ! -e evil ]; code=$?
kill $server; exit $code"#;
    let lines = folder.write("lines", "");
    let mut command = Command::new("sh");
    command.args(["-c", script]).env("STS3", env!("CARGO_BIN_EXE_sts3")).env("OUT", &out);
    command.env("LINES", lines).current_dir(&folder.0);
    let ended = end(command).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_for_the_authority_makes_no_sense_without_tls() {
    let refused = end(sts3(&["sandbox", "--ca-out", "ca.pem", "--", "true"])).await;
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("--tls"), "{}", refused.stderr);
}
