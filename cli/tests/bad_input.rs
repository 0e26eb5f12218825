//! Arguments that cannot be (`bad_input.txt`): one line that names the option, what is wrong with its value
//! and what is allowed; exit status 2; and nothing is sent.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use sts3_sandbox::Sandbox;
use support::{READER, end, sts3};

#[tokio::test(flavor = "multi_thread")]
async fn wrong_values_are_named_with_their_limits_and_nothing_is_sent() {
    let requests = Arc::new(AtomicU64::new(0));
    let counted = requests.clone();
    let count = move |_: &sts3_sandbox::Record| {
        counted.fetch_add(1, Ordering::Relaxed);
    };
    let sandbox = Sandbox::builder().on_request(count).start().await.unwrap();
    let lines: Vec<&str> = include_str!("bad_input.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    assert!(lines.len() >= 150, "{}", lines.len());
    let long = "L".repeat(2_000);
    let mut wrong = Vec::new();
    for line in &lines {
        let [arguments, name, limit] = line.split(" | ").collect::<Vec<_>>()[..] else { panic!("{line}") };
        let words = arguments.split(' ').map(|word| match word {
            "R" => READER.to_owned(),
            "M" => "arn:aws:iam::123456789012:mfa/me".to_owned(),
            "''" => String::new(),
            word if word.ends_with('L') => word.replace('L', &long),
            word => word.to_owned(),
        });
        let words: Vec<String> = words.collect();
        let mut command = sts3(&words.iter().map(String::as_str).collect::<Vec<_>>());
        command.envs(sandbox.environment()).stdin(Stdio::null());
        let ended = end(command).await;
        let said = ended.stderr.trim_end();
        let is_one_line = said.starts_with("sts3: ") && said.lines().count() == 1 && ended.stdout.is_empty();
        if ended.code != Some(2) || !is_one_line || !said.contains(name) || !said.contains(limit) {
            wrong
                .push(format!("{arguments} -> {:?} {said:.300} (wanted `{name}` and `{limit}`)", ended.code));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
    assert_eq!(requests.load(Ordering::Relaxed), 0, "something was sent");
    println!("{} wrong arguments: each refused in one line, nothing sent", lines.len());
}
