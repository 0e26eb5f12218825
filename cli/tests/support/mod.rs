//! What the tests of the program share: a sandbox and a way to run `sts3` against it.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

#[cfg(unix)]
pub mod running;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use sts3_sandbox::{BucketSpec, Distribution, Sandbox};

pub const READER: &str = "arn:aws:iam::123456789012:role/reader";
pub const LIMITED: &str = "arn:aws:iam::123456789012:role/limited";

/// How a run of the program ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// A sandbox with `demo` and 2,500 numbered keys in `big`.
pub async fn sandbox() -> Sandbox {
    let big = BucketSpec::synthetic("big", Distribution::Numeric, 2_500);
    Sandbox::builder().bucket(BucketSpec::demo("demo")).bucket(big).start().await.unwrap()
}

/// `sts3` with an empty environment. Without `HOME` it would read the files of whoever runs the tests; below one that is
/// no absolute path there are none, and nothing is kept.
pub fn sts3(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sts3"));
    command.args(arguments).env_clear().env("HOME", "nowhere").env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

pub async fn end(mut command: Command) -> Ended {
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Run `sts3` against the sandbox.
pub async fn run(sandbox: &Sandbox, arguments: &[&str]) -> Ended {
    let mut command = sts3(arguments);
    command.envs(sandbox.environment());
    end(command).await
}

/// The same, which must succeed: its output.
pub async fn ok(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let ended = run(sandbox, arguments).await;
    assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.stderr);
    ended.stdout
}

/// A home directory with a config and a credentials file.
pub struct Home(PathBuf);

impl Home {
    pub fn new(name: &str, config: &str, credentials: &str) -> Self {
        let path = std::env::temp_dir().join(format!("sts3-home-{name}-{}", std::process::id()));
        std::fs::create_dir_all(path.join(".aws")).unwrap();
        std::fs::write(path.join(".aws/config"), config).unwrap();
        std::fs::write(path.join(".aws/credentials"), credentials).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// `sts3` with this home and the sandbox's endpoint, and without keys in the environment.
    pub fn sts3(&self, sandbox: &Sandbox, arguments: &[&str]) -> Command {
        let mut command = sts3(arguments);
        command
            .envs(sandbox.environment())
            .env_remove("AWS_ACCESS_KEY_ID")
            .env_remove("AWS_SECRET_ACCESS_KEY");
        command.env("HOME", &self.0).env("PATH", std::env::var_os("PATH").unwrap());
        command
    }

    pub async fn run(&self, sandbox: &Sandbox, arguments: &[&str]) -> Ended {
        end(self.sts3(sandbox, arguments)).await
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // Left in the temporary folder, it harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The user's keys in a credentials file, as profile `user`.
pub fn keys() -> String {
    let (id, secret) = (sts3_sandbox::ACCESS_KEY_ID, sts3_sandbox::SECRET_ACCESS_KEY);
    format!("[user]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n")
}

/// A folder that is removed in the end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("sts3-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    pub fn write(&self, name: &str, content: &str) -> String {
        let path = self.file(name);
        std::fs::create_dir_all(Path::new(&path).parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A server that gives every request the same answer: its URL.
pub async fn answering(body: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    let answer = format!("{head}{body}").into_bytes();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = vec![0; 16_384];
                let _ = stream.read(&mut request).await?;
                stream.write_all(&answer).await?;
                stream.shutdown().await
            });
        }
    });
    url
}

/// A command with keys of nobody, for a server that does not verify.
pub fn with_keys(mut command: Command) -> Command {
    command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
    command
}

/// A command line on a terminal, by util-linux's `script`, with this command's environment. Its lines end in
/// `\r\n`, as terminals have them.
pub fn on_terminal(like: &Command, line: &str) -> Command {
    let mut script = Command::new("script");
    script
        .args(["-qec", line, "/dev/null"])
        .env_clear()
        .env("HOME", "nowhere")
        .stdin(std::process::Stdio::null());
    script.env("SHELL", "/bin/sh").env("TERM", "dumb").env("PATH", std::env::var_os("PATH").unwrap());
    for (name, value) in like.get_envs() {
        if let Some(value) = value {
            script.env(name, value);
        }
    }
    script
}
