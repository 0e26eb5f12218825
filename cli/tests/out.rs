//! `--out`: a regular file gets its name and its content at once, and nothing else is ever replaced.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{
    fs,
    os::unix::{
        fs::{FileTypeExt, MetadataExt, PermissionsExt, chown, lchown, symlink},
        net::UnixListener,
    },
    path::Path,
    process::Command,
};

use sts3_sandbox::Sandbox;
use support::{Ended, Home, ok, run, sandbox};

const LIST: [&str; 5] = ["ls", "-r", "s3://big", "--output", "csv"];

async fn list_to(sandbox: &Sandbox, out: &Path) -> Ended {
    run(sandbox, &[&LIST[..], &["--out", out.to_str().unwrap()]].concat()).await
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// A command line of `sh` with the sandbox's environment, `$sts3` being the program.
fn shell(sandbox: &Sandbox, line: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).env_clear().env("HOME", "nowhere").envs(sandbox.environment());
    shell.env("PATH", std::env::var_os("PATH").unwrap()).env("sts3", env!("CARGO_BIN_EXE_sts3"));
    shell
}

#[tokio::test(flavor = "multi_thread")]
async fn links_stay_and_the_file_they_name_is_replaced() {
    let sandbox = sandbox().await;
    let home = Home::new("out-links", "", "");
    let folder = home.path().join("links");
    fs::create_dir_all(folder.join("data")).unwrap();
    let expected = ok(&sandbox, &LIST).await;
    let file = folder.join("data/keys.csv");
    fs::write(&file, "old").unwrap();
    symlink("data/keys.csv", folder.join("relative")).unwrap();
    symlink(&file, folder.join("absolute")).unwrap();
    symlink("relative", folder.join("chain")).unwrap();
    symlink("data", folder.join("folder")).unwrap();
    symlink("data/new.csv", folder.join("dangling")).unwrap();
    for (name, written) in [
        ("relative", "data/keys.csv"),
        ("absolute", "data/keys.csv"),
        ("chain", "data/keys.csv"),
        ("folder/keys.csv", "data/keys.csv"),
        ("dangling", "data/new.csv"),
    ] {
        let path = folder.join(name);
        let is_link = fs::symlink_metadata(&path).unwrap().is_symlink();
        fs::write(&file, "old").unwrap();
        let ended = list_to(&sandbox, &path).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""), "{name}: {}", ended.stderr);
        assert_eq!(fs::symlink_metadata(&path).unwrap().is_symlink(), is_link, "{name}");
        assert!(fs::read_to_string(folder.join(written)).unwrap() == expected, "{name}");
    }
    assert_eq!(names(&folder.join("data")), ["keys.csv", "new.csv"]);
    symlink("loop", folder.join("loop")).unwrap();
    let endless = list_to(&sandbox, &folder.join("loop")).await;
    assert!(endless.code == Some(3) && endless.stderr.contains("symbolic links"), "{endless:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_file_keeps_its_mode_and_a_new_one_has_what_the_umask_leaves() {
    let sandbox = sandbox().await;
    let home = Home::new("out-modes", "", "");
    let path = home.path().join("keys");
    for kept in [0o600, 0o640, 0o644, 0o666, 0o755, 0o200] {
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(kept)).unwrap();
        assert_eq!(list_to(&sandbox, &path).await.code, Some(0));
        assert_eq!((mode(&path), fs::metadata(&path).unwrap().len() > 3), (kept, true), "{kept:o}");
        fs::remove_file(&path).unwrap();
    }
    for (umask, expected) in [("022", 0o644), ("077", 0o600), ("002", 0o664)] {
        let line = format!("umask {umask}; exec \"$sts3\" ls -r s3://big --out '{}'", path.display());
        let ended = support::end(shell(&sandbox, &line)).await;
        assert_eq!((ended.code, mode(&path)), (Some(0), expected), "{umask}: {}", ended.stderr);
        fs::remove_file(&path).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pipes_and_devices_are_written_and_stay_what_they_are() {
    let sandbox = sandbox().await;
    let home = Home::new("out-special", "", "");
    let expected = ok(&sandbox, &LIST).await;
    let pipe = home.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    symlink("pipe", home.path().join("link")).unwrap();
    for name in ["pipe", "link"] {
        let reading = pipe.clone();
        let reader = tokio::task::spawn_blocking(move || fs::read_to_string(reading).unwrap());
        let ended = list_to(&sandbox, &home.path().join(name)).await;
        assert_eq!(ended.code, Some(0), "{name}: {}", ended.stderr);
        assert!(reader.await.unwrap() == expected, "{name}");
        assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
    }
    let inode = fs::metadata("/dev/null").unwrap().ino();
    assert_eq!(list_to(&sandbox, Path::new("/dev/null")).await.code, Some(0));
    let null = fs::symlink_metadata("/dev/null").unwrap();
    assert!(null.file_type().is_char_device() && null.ino() == inode);
    if cfg!(target_os = "linux") {
        let full = list_to(&sandbox, Path::new("/dev/full")).await;
        assert!(full.code == Some(3) && full.stderr.contains("No space left"), "{full:?}");
        assert!(fs::symlink_metadata("/dev/full").unwrap().file_type().is_char_device());
    }
    assert_eq!(names(home.path()), [".aws", "link", "pipe"]);
}

/// What the system forbids to open in a folder for everybody (proc_sys_fs(5)) is not written by another way.
#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_planted_in_a_folder_for_everybody_is_not_written() {
    let protected = |name: &str| {
        let value = fs::read_to_string(format!("/proc/sys/fs/protected_{name}")).unwrap_or_default();
        value.trim().parse::<u8>().unwrap_or(0)
    };
    let home = Home::new("out-planted", "", "");
    let shared = home.path().join("shared");
    fs::create_dir(&shared).unwrap();
    let [link, pipe, file] = ["link", "pipe", "file"].map(|name| shared.join(name));
    let victim = home.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    symlink(&victim, &link).unwrap();
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    fs::write(&file, "old").unwrap();
    // Folder and contents belong to different users who are not us.
    let planted = [&link, &pipe, &file].iter().all(|path| lchown(path, Some(65_533), None).is_ok());
    if !planted || chown(&shared, Some(65_532), None).is_err() {
        println!("skipped: only root can give files away");
        return;
    }
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    let sandbox = sandbox().await;
    for (path, is_protected) in
        [(&link, protected("symlinks")), (&pipe, protected("fifos")), (&file, protected("regular"))]
    {
        if is_protected == 0 {
            println!("skipped {}: this system does not protect it", path.display());
            continue;
        }
        let refused = list_to(&sandbox, path).await;
        assert!(refused.code == Some(3) && refused.stderr.contains("Permission denied"), "{refused:?}");
    }
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert_eq!(names(&shared), ["file", "link", "pipe"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_and_folders_are_refused_and_stay() {
    let sandbox = sandbox().await;
    let home = Home::new("out-refused", "", "");
    let socket = home.path().join("socket");
    let _listener = UnixListener::bind(&socket).unwrap();
    for (path, problem) in [
        (socket.clone(), "it is a socket"),
        (home.path().join(".aws"), "it is a folder"),
        (home.path().join("new/"), "it is a folder"),
    ] {
        let refused = list_to(&sandbox, &path).await;
        assert!(refused.code == Some(3) && refused.stderr.contains(problem), "{refused:?}");
        assert!(refused.stderr.contains(path.to_str().unwrap()), "{refused:?}");
    }
    assert!(fs::symlink_metadata(&socket).unwrap().file_type().is_socket());
    assert_eq!(names(home.path()), [".aws", "socket"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_output_under_any_of_its_names_is_standard_output() {
    let sandbox = sandbox().await;
    let home = Home::new("out-stdout", "", "");
    let expected = ok(&sandbox, &LIST).await;
    let file = home.path().join("keys");
    for name in ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
        if name.starts_with("/proc") && !cfg!(target_os = "linux") {
            continue;
        }
        let ended = list_to(&sandbox, Path::new(name)).await;
        assert!(ended.code == Some(0) && ended.stdout == expected, "{name}: {}", ended.stderr);
        // A file behind it is neither replaced nor written from its start.
        fs::write(&file, "before\n").unwrap();
        let inode = fs::metadata(&file).unwrap().ino();
        let line = format!(
            "\"$sts3\" ls -r s3://big --output csv --out {name} >>'{0}' && echo after >>'{0}'",
            file.display()
        );
        let ended = support::end(shell(&sandbox, &line)).await;
        assert_eq!(ended.code, Some(0), "{name}: {}", ended.stderr);
        assert!(fs::read_to_string(&file).unwrap() == format!("before\n{expected}after\n"), "{name}");
        assert_eq!(fs::metadata(&file).unwrap().ino(), inode, "{name}");
    }
    if cfg!(target_os = "linux") {
        fs::write(&file, "before\n").unwrap();
        let line = format!("\"$sts3\" ls -r s3://big --output csv --out /dev/fd/3 3>>'{}'", file.display());
        assert_eq!(support::end(shell(&sandbox, &line)).await.code, Some(0));
        assert!(fs::read_to_string(&file).unwrap() == format!("before\n{expected}"));
    }
    assert_eq!(names(home.path()), [".aws", "keys"]);
    assert!(!Path::new("-").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_leaves_what_was_there_and_no_partial_file() {
    let sandbox = sandbox().await;
    let home = Home::new("out-failed", "", "");
    let path = home.path().join("keys");
    fs::write(&path, "old").unwrap();
    let out = path.to_str().unwrap();
    for arguments in [
        &["ls", "-r", "s3://no-such-bucket", "--out", out][..],
        &["ls", "--endpoint-url", "http://127.0.0.1:1", "--max-attempts", "1", "--out", out],
        &[
            "ls",
            "-r",
            "s3://big",
            "--endpoint-url",
            "http://127.0.0.1:1",
            "--max-attempts",
            "1",
            "--out",
            out,
        ],
        &["ls", "--versions", "s3://no-such-bucket", "--out", out],
    ] {
        let ended = run(&sandbox, arguments).await;
        assert_ne!(ended.code, Some(0), "{arguments:?}");
        assert_eq!(names(home.path()), [".aws", "keys"], "{arguments:?}: {}", ended.stderr);
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
}

/// Its footer is written at the end: whoever reads sees a whole table or none.
#[cfg(feature = "parquet")]
#[tokio::test(flavor = "multi_thread")]
async fn tables_are_written_by_the_same_rules() {
    let sandbox = sandbox().await;
    let home = Home::new("out-parquet", "", "");
    let list = |out: &str| ["ls", "-r", "s3://big", "--output", "parquet", "--out", out].map(str::to_owned);
    let (file, link, pipe) = (home.path().join("file"), home.path().join("link"), home.path().join("pipe"));
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("file", &link).unwrap();
    let arguments = list(link.to_str().unwrap());
    assert_eq!(run(&sandbox, &arguments.each_ref().map(String::as_str)).await.code, Some(0));
    let table = fs::read(&file).unwrap();
    assert!(table.starts_with(b"PAR1") && table.ends_with(b"PAR1") && mode(&file) == 0o640);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reading = pipe.clone();
    let reader = tokio::task::spawn_blocking(move || fs::read(reading).unwrap());
    let arguments = list(pipe.to_str().unwrap());
    assert_eq!(run(&sandbox, &arguments.each_ref().map(String::as_str)).await.code, Some(0));
    assert!(reader.await.unwrap() == table);
    let mut like = support::sts3(&[]);
    like.envs(sandbox.environment());
    let line = format!("'{}' {}", env!("CARGO_BIN_EXE_sts3"), list("-").join(" "));
    let shown = support::end(support::on_terminal(&like, &line)).await;
    assert!(shown.stdout.contains("not for a terminal") && !shown.stdout.contains("PAR1"), "{shown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_write_their_answers_by_the_same_rules() {
    let sandbox = sandbox().await;
    let home = Home::new("out-request", "", "");
    let (file, link) = (home.path().join("answer"), home.path().join("link"));
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("answer", &link).unwrap();
    let url = format!("{}/demo/readme.md", sandbox.url());
    let get = |out| ["request", &url, "--service", "s3", "--out", out].map(str::to_owned);
    let arguments = get(link.to_str().unwrap());
    let ended = run(&sandbox, &arguments.each_ref().map(String::as_str)).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!((fs::read_to_string(&file).unwrap().as_str(), mode(&file)), ("readme.md\n", 0o640));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let arguments = get("-");
    let ended = run(&sandbox, &arguments.each_ref().map(String::as_str)).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "readme.md\n"));
}
