//! Files that settings and variables name: with a limit each, and never waited for without end.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use sts3::{
    Credentials, Endpoint, Error, Region, RetryPolicy, TransportError, http,
    providers::{ChainProvider, Environment, Provider, SharedFiles, SsoProvider, WebIdentityProvider},
    runtime::{BoxFuture, Caller, Limits, SystemClock, Transport},
};

/// Nobody is called before a file has been read.
struct Nobody;

impl Transport for Nobody {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        _: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        unreachable!("nobody is to be called: {}", request.uri())
    }
}

fn caller() -> Caller {
    let endpoint = Endpoint::new(Region::us_east_1());
    Caller::new(Arc::new(Nobody), Arc::new(SystemClock), endpoint, RetryPolicy::default())
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("sts3-bounded-files-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn fifo(&self) -> PathBuf {
        let path = self.0.join("fifo");
        mknodat(CWD, &path, FileType::Fifo, Mode::from(0o600), 0).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Left in the temporary folder, it harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn environment(variables: &[(&str, &Path)]) -> Environment {
    variables.iter().map(|(name, path)| (name.to_string(), path.display().to_string())).collect()
}

/// What a provider says, which has a minute at most.
async fn asked(provider: impl Provider) -> Result<Credentials, Error> {
    let caller = caller();
    tokio::time::timeout(Duration::from_secs(60), provider.credentials(&caller)).await.expect("it hangs")
}

#[test]
fn an_endless_settings_file_counts_as_absent_and_a_warning_names_it() {
    let (zero, null) = (Path::new("/dev/zero"), Path::new("/dev/null"));
    for variables in [
        [("AWS_CONFIG_FILE", zero), ("AWS_SHARED_CREDENTIALS_FILE", null)],
        [("AWS_CONFIG_FILE", null), ("AWS_SHARED_CREDENTIALS_FILE", zero)],
    ] {
        let files = SharedFiles::load(&environment(&variables)).unwrap();
        let problem = files.warnings().collect::<String>();
        assert!(problem.contains("/dev/zero") && problem.contains("larger than 4194304 bytes"), "{problem}");
    }
}

#[test]
fn a_settings_file_of_four_mebibytes_is_read_and_a_larger_one_is_not() {
    let folder = Folder::new("settings");
    let path = folder.0.join("config");
    let mut text = String::from("[profile a]\nregion = eu-west-1\n#");
    text.push_str(&"x".repeat(4 * 1024 * 1024 - text.len()));
    let load = || {
        SharedFiles::load(&environment(&[
            ("AWS_CONFIG_FILE", &path),
            ("AWS_SHARED_CREDENTIALS_FILE", Path::new("/dev/null")),
        ]))
    };
    std::fs::write(&path, &text).unwrap();
    assert_eq!(load().unwrap().profile("a").unwrap().region(), Some("eu-west-1"));
    std::fs::write(&path, text + "x").unwrap();
    let files = load().unwrap();
    assert!(files.profile("a").is_none());
    assert!(files.warnings().next().unwrap().contains("larger than"));
}

#[tokio::test]
async fn a_token_file_without_end_or_without_a_writer_is_an_error() {
    let folder = Folder::new("token");
    let role = "arn:aws:iam::123456789012:role/ci";
    let problem = asked(WebIdentityProvider::new(role, "build", "/dev/zero")).await.unwrap_err().to_string();
    assert!(problem.contains("/dev/zero") && problem.contains("larger than"), "{problem}");
    let problem =
        asked(WebIdentityProvider::new(role, "build", folder.fifo())).await.unwrap_err().to_string();
    assert!(problem.contains("is empty"), "{problem}");
    let broken = folder.0.join("broken");
    std::fs::write(&broken, "hush\u{7}hush").unwrap();
    let problem = asked(WebIdentityProvider::new(role, "build", broken)).await.unwrap_err().to_string();
    assert!(problem.contains("a control character") && !problem.contains("hush"), "{problem}");
}

#[tokio::test]
async fn a_sign_in_s_file_that_is_a_fifo_or_too_large_is_an_error() {
    let folder = Folder::new("sso");
    // SHA-1 of the start URL below, as `aws sso login` names the file: `printf https://corp.example/start | sha1sum`.
    let file = folder.0.join("f7c9b39d0b4c7a7d82c79307585f77e1c5e74378.json");
    let sso =
        || SsoProvider::new("https://corp.example/start", "eu-west-1", "123456789012", "dev", &folder.0);
    let without = asked(sso()).await.unwrap_err().to_string();
    assert!(without.contains("sign in first"), "{without}");
    mknodat(CWD, &file, FileType::Fifo, Mode::from(0o600), 0).unwrap();
    let problem = asked(sso()).await.unwrap_err().to_string();
    assert!(problem.contains("is not the file that a sign-in leaves"), "{problem}");
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, vec![b' '; 256 * 1024 + 1]).unwrap();
    let problem = asked(sso()).await.unwrap_err().to_string();
    assert!(problem.contains("larger than 262144 bytes"), "{problem}");
}

/// `AWS_SHARED_CREDENTIALS_FILE=<(decrypt)`: a pipe that gives its content once.
#[tokio::test]
async fn keys_that_a_command_writes_into_a_pipe_are_found() {
    use std::os::fd::AsRawFd;

    let (reader, mut writer) = std::io::pipe().unwrap();
    let path = PathBuf::from(format!("/dev/fd/{}", reader.as_raw_fd()));
    let writing = std::thread::spawn(move || {
        writer.write_all(b"[default]\naws_access_key_id = AKIDPIPE\n").unwrap();
        std::thread::sleep(Duration::from_millis(50));
        writer.write_all(b"aws_secret_access_key = secret\n").unwrap();
    });
    let variables = [("AWS_CONFIG_FILE", Path::new("/dev/null")), ("AWS_SHARED_CREDENTIALS_FILE", &path)];
    let found = asked(ChainProvider::new(environment(&variables))).await.unwrap();
    assert_eq!(found.access_key_id(), "AKIDPIPE");
    writing.join().unwrap();
    // Again, for the region, say: the pipe is empty now.
    let files = SharedFiles::load(&environment(&variables)).unwrap();
    assert_eq!(files.profile("default").unwrap().get("aws_access_key_id"), Some("AKIDPIPE"));
}
