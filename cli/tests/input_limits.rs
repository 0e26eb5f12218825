//! Files that the command reads: one that has no end is refused, in bounded memory.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{
    fs::{self, File},
    os::unix::fs::symlink,
    path::Path,
    process::Command,
};

use support::{Ended, Home, READER, end, run, sandbox};

const ROLE: [&str; 3] = ["assume-role", "--role-arn", READER];

/// A command line in half a gigabyte of address space: whoever reads on is ended by the system.
async fn limited(home: &Home, line: &str) -> Ended {
    let mut shell = Command::new("sh");
    let line = format!("ulimit -v 524288; exec '{}' {line}", env!("CARGO_BIN_EXE_sts3"));
    shell
        .args(["-c", &line])
        .env_clear()
        .env("HOME", "nowhere")
        .env("HOME", home.path())
        .current_dir(home.path());
    shell.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
    if line.contains("bundle-of-the-environment") {
        shell.env("AWS_CA_BUNDLE", "/dev/zero");
    }
    shell.env("AWS_REGION", "us-east-1").env("PATH", std::env::var_os("PATH").unwrap());
    end(shell).await
}

/// A file of this many bytes that takes no room.
fn file_of(path: &Path, bytes: u64) {
    File::create(path).unwrap().set_len(bytes).unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_end_is_refused_wherever_a_file_is_read() {
    let home = Home::new("endless", "", "");
    let cases = [
        (format!("{} --policy /dev/zero", ROLE.join(" ")), "larger than 65536 bytes"),
        ("ls s3://b --ca-bundle /dev/zero".into(), "larger than 16777216 bytes"),
        ("ls s3://bundle-of-the-environment".into(), "larger than 16777216 bytes"),
        ("explain /dev/zero".into(), "larger than 1048576 bytes"),
        ("explain - </dev/zero".into(), "larger than 1048576 bytes"),
        ("explain /dev/null --request /dev/zero".into(), "cannot read the request /dev/zero: "),
        ("request https://s3.amazonaws.com/b/k -d @/dev/zero".into(), "cannot read the data /dev/zero: "),
        ("request https://s3.amazonaws.com/b/k -d @- </dev/zero".into(), "cannot read standard input: "),
        ("sign https://s3.amazonaws.com/b/k -d @/dev/zero".into(), "cannot read the data /dev/zero: "),
        ("vectors /dev/zero".into(), "/dev/zero"),
    ];
    for (line, problem) in cases {
        let ended = limited(&home, &line).await;
        assert_eq!(ended.code, Some(2), "{line}: {ended:?}");
        assert!(ended.stderr.contains(problem), "{line}: {}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_that_somebody_keeps_writing_to_is_refused_at_the_limit() {
    let home = Home::new("pipes", "", "");
    let pipe = home.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (line, problem) in [
        (format!("{} --policy pipe", ROLE.join(" ")), "the policy pipe: it is larger than 65536 bytes"),
        ("ls s3://b --ca-bundle pipe".into(), "the CA bundle pipe: it is larger than 16777216 bytes"),
        ("explain pipe".into(), "the refusal pipe: it is larger than 1048576 bytes"),
    ] {
        // Ends when the reader leaves.
        let mut writer =
            Command::new("sh").args(["-c", &format!("yes >'{}'", pipe.display())]).spawn().unwrap();
        let ended = limited(&home, &line).await;
        assert!(ended.code == Some(2) && ended.stderr.contains(problem), "{line}: {ended:?}");
        writer.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_just_within_the_limit_is_read_and_one_beyond_is_not() {
    let sandbox = sandbox().await;
    let home = Home::new("limits", "", "");
    let path = home.path().join("file");
    let file = path.to_str().unwrap();
    let policy = [&ROLE[..], &["--policy", file]].concat();
    // Zeros are no policy: that the service says, or the library, once they were read.
    for (bytes, is_read) in [(65_536, true), (65_537, false)] {
        file_of(&path, bytes);
        let ended = run(&sandbox, &policy).await;
        assert_ne!(ended.code, Some(0));
        assert_eq!(!ended.stderr.contains("larger than 65536 bytes"), is_read, "{bytes}: {}", ended.stderr);
    }
    file_of(&path, 1024 * 1024 * 1024 + 1);
    let body = run(&sandbox, &["sign", "https://s3.amazonaws.com/b/k", "-d", &format!("@{file}")]).await;
    assert!(body.code == Some(2) && body.stderr.contains("larger than 1073741824 bytes"), "{body:?}");
    fs::write(&path, [b'{', 0xff]).unwrap();
    let ended = run(&sandbox, &policy).await;
    assert!(ended.code == Some(2) && ended.stderr.contains("not UTF-8 from byte 1 on"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_are_sought_in_regular_files_and_links_that_lead_back_are_not_followed() {
    let sandbox = sandbox().await;
    let home = Home::new("vectors", "", "");
    let folder = home.path().join("suite");
    fs::create_dir_all(folder.join("case")).unwrap();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/sigv4/official-v4.json");
    fs::copy(own, folder.join("cases.json")).unwrap();
    let expected = run(&sandbox, &["vectors", folder.to_str().unwrap()]).await;
    assert_eq!(expected.code, Some(0), "{expected:?}");
    symlink("..", folder.join("case/back")).unwrap();
    symlink(".", folder.join("self")).unwrap();
    assert!(Command::new("mkfifo").arg(folder.join("case/pipe.json")).status().unwrap().success());
    let ended = run(&sandbox, &["vectors", folder.to_str().unwrap()]).await;
    assert_eq!((ended.code, &ended.stdout), (Some(0), &expected.stdout), "{}", ended.stderr);
    // A case whose files are none is broken, and waits for nobody.
    assert!(Command::new("mkfifo").arg(folder.join("case/context.json")).status().unwrap().success());
    fs::write(folder.join("case/header-signature.txt"), "x").unwrap();
    let broken = run(&sandbox, &["vectors", folder.to_str().unwrap()]).await;
    assert!(broken.code == Some(1) && broken.stdout.contains("not a regular file"), "{broken:?}");
    file_of(&folder.join("cases.json"), 64 * 1024 * 1024 + 1);
    let large = run(&sandbox, &["vectors", folder.join("cases.json").to_str().unwrap()]).await;
    assert!(large.code == Some(1) && large.stdout.contains("larger than 67108864 bytes"), "{large:?}");
}
