//! A person with a browser: opens the pages that the program shows, and follows where they lead.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use super::Ended;

pub const CONFIG: &str = "[profile dev]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = reader\n\
                          region = us-east-1\n\
                          [profile old]\nsso_start_url = https://old.example/start\nsso_region = us-east-1\n\
                          sso_account_id = 123456789012\nsso_role_name = limited\n\
                          [sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = us-east-1\n\
                          sso_registration_scopes = sso:account:access\n";
/// `printf corp | sha1sum`, as awscli names the file.
pub const TOKEN: &str = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";

/// A page: its status, and where it sends the browser.
pub fn get(url: &str) -> (u16, Option<String>) {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let location = answer.lines().take_while(|line| !line.is_empty());
    let location = location.filter_map(|line| line.split_once(": ")).find(|(name, _)| *name == "location");
    (status, location.map(|(_, url)| url.to_owned()))
}

/// A command that is under way, and what it has said.
pub struct SigningIn {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    said: String,
}

impl SigningIn {
    pub fn start(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self { child, stderr, said: String::new() }
    }

    /// The page that it shows.
    pub fn page(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(self.stderr.read_line(&mut line).unwrap() > 0, "no page was shown: {}", self.said);
            self.said += &line;
            if let Some(url) = line.trim().strip_prefix("http://") {
                return format!("http://{url}");
            }
        }
    }

    pub fn end(mut self) -> Ended {
        self.stderr.read_to_string(&mut self.said).unwrap();
        let output = self.child.wait_with_output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        Ended { code: output.status.code(), stdout, stderr: self.said }
    }
}

/// Open the page and follow it to the program.
pub fn sign_in(command: Command) -> Ended {
    let mut signing_in = SigningIn::start(command);
    let (status, back) = get(&signing_in.page());
    assert_eq!(status, 302);
    assert_eq!(get(&back.unwrap()).0, 200);
    signing_in.end()
}
