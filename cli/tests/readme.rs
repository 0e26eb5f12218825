//! The README's tour is what the program says: its console blocks are run against a sandbox, and compared.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::process::{Command, Stdio};

use sts3_sandbox::{BucketSpec, Sandbox};
use support::{Home, end};

/// Commands with what they print, from all console blocks.
fn tour() -> Vec<(String, String)> {
    let mut steps: Vec<(String, String)> = Vec::new();
    let mut is_console = false;
    for line in include_str!("../../README.md").lines() {
        match (line, line.strip_prefix("$ ")) {
            ("```console", _) => is_console = true,
            ("```", _) => is_console = false,
            (_, Some(command)) if is_console => {
                let command = command.split("  #").next().unwrap_or_default().trim();
                steps.push((command.to_owned(), String::new()));
            }
            (line, None) if is_console => {
                let output = &mut steps.last_mut().expect("a command before its output").1;
                output.push_str(line);
                output.push('\n');
            }
            _ => {}
        }
    }
    steps
}

/// Digits differ from run to run: times, numbers of requests, ids.
fn masked(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_hexdigit() && !c.is_ascii_lowercase() { '0' } else { c }).collect()
}

/// Whether a text is as expected, where `…` stands for anything.
fn fits(text: &str, expected: &str) -> bool {
    let mut parts = expected.split('…');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty() || expected.ends_with('…')
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_prints_what_it_shows() {
    let sandbox = Sandbox::builder().bucket(BucketSpec::demo("demo")).start().await.unwrap();
    let home = Home::new("readme", "", "");
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_sts3")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let steps = tour();
    assert!(steps.len() >= 4, "{steps:?}");
    for (line, expected) in steps {
        let mut command = Command::new("bash");
        command
            .args(["-c", &format!("{line} 2>&1")])
            .current_dir(home.path())
            .env_clear()
            .env("HOME", "nowhere");
        command.envs(sandbox.environment()).env("PATH", &path).env("HOME", home.path()).stdin(Stdio::null());
        let ended = end(command).await;
        let (printed, expected) = (masked(&ended.stdout), masked(&expected));
        assert!(fits(&printed, &expected), "$ {line}\n{printed}\nis not what the README shows:\n{expected}");
    }
}
