//! Help that can be trusted: every example in it runs, every command has some, and shells and `man` get what
//! they need.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::process::{Command, Stdio};

use sts3_sandbox::Sandbox;
use support::{Home, end, ok, sandbox, sts3};

/// The commands, and those below `iam`.
async fn commands() -> Vec<String> {
    let help = end(sts3(&["--help"])).await.stdout;
    let list = help.split_once("Commands:\n").unwrap().1.split_once("\n\n").unwrap().0;
    let names = list.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names.filter(|name| !name.is_empty() && *name != "help").map(str::to_owned).collect()
}

/// Run a line of a shell in a home of its own, with `sts3` in the path.
async fn shell(sandbox: &Sandbox, home: &Home, line: &str) -> support::Ended {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_sts3")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("bash");
    command
        .args(["-c", line])
        .current_dir(home.path())
        .env_clear()
        .env("HOME", "nowhere")
        .envs(sandbox.environment());
    command.env("PATH", path).env("HOME", home.path()).env("ROLE", support::READER).stdin(Stdio::null());
    end(command).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_has_examples_and_they_all_run() {
    let sandbox = sandbox().await;
    let home = Home::new("help", "", "");
    let (mut ran, commands) = (0, commands().await);
    assert!(commands.len() >= 19, "{commands:?}");
    for name in &commands {
        let help = end(sts3(&[name, "--help"])).await.stdout;
        let examples = help.split_once("Examples:\n").unwrap_or_else(|| panic!("{name} has no examples")).1;
        let lines: Vec<&str> = examples
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect();
        assert!(!lines.is_empty(), "{name}");
        for line in lines {
            // A service that only AWS has; files that are not there; `sso` needs a person (`tests/sso.rs`).
            if ["login-url", "vectors", "explain", "roles-anywhere", "sso"].contains(&name.as_str()) {
                continue;
            }
            let ended = shell(&sandbox, &home, line).await;
            assert_eq!(ended.code, Some(0), "{line}: {}", ended.stderr);
            ran += 1;
        }
    }
    assert!(ran >= 30, "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn shells_complete_commands_options_profiles_and_buckets() {
    let sandbox = sandbox().await;
    let config = "[profile prod-admin]\nregion = eu-west-1\n[profile prod-read]\n[profile dev]\n";
    let home = Home::new("completion", config, "");
    for name in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = ok(&sandbox, &["completions", name]).await;
        assert!(script.contains("sts3") && script.contains("COMPLETE"), "{name}: {script}");
    }
    // What bash does when Tab is pressed behind these words.
    for (line, expected) in [
        ("sts3 as", &["assume-role"][..]),
        ("sts3 ls --unord", &["--unordered"]),
        ("sts3 ls --color ", &["auto", "always", "never"]),
        ("sts3 ls --profile prod", &["prod-admin", "prod-read"]),
        ("sts3 ls s3://", &["s3://big/", "s3://demo/"]),
        ("sts3 du s3://b", &["s3://big/"]),
        ("sts3 ls s3://none", &[]),
    ] {
        let words: Vec<String> = line.split(' ').map(|word| format!("'{word}'")).collect();
        let script = format!(
            "source <(sts3 completions bash); COMP_WORDS=({}); COMP_CWORD={}; \
             $(complete -p sts3 | sed 's/.*-F \\([^ ]*\\) .*/\\1/') sts3 {} ''; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            words.join(" "),
            words.len() - 1,
            words.last().unwrap(),
        );
        let offered = shell(&sandbox, &home, &script).await;
        let mut lines: Vec<&str> =
            offered.stdout.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        lines.sort_unstable();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(lines, expected, "{line}: {}", offered.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn manual_pages_and_the_version_say_what_there_is() {
    let sandbox = sandbox().await;
    let home = Home::new("man", "", "");
    let folder = home.path().join("man1");
    ok(&sandbox, &["man", folder.to_str().unwrap()]).await;
    for name in commands().await {
        let page = std::fs::read_to_string(folder.join(format!("sts3-{name}.1"))).unwrap();
        assert!(page.contains(".SH SYNOPSIS") && page.contains(".SH DESCRIPTION"), "{name}: {page:.300}");
    }
    let page = std::fs::read_to_string(folder.join("sts3-ls.1")).unwrap();
    assert!(page.contains("\\-\\-start\\-after") && page.contains("Examples:"), "{page}");
    assert!(folder.join("sts3-iam-get-role.1").exists());
    let version = ok(&sandbox, &["--version"]).await;
    assert_eq!(
        version,
        format!("sts3 {} (rustls, login, sandbox, vectors, man)\n", env!("CARGO_PKG_VERSION"))
    );
}

/// clap would offer what is spelled alike: `completions` for `cp`.
#[tokio::test(flavor = "multi_thread")]
async fn commands_of_other_programs_are_answered_with_what_this_one_does_not_do() {
    for name in ["cp", "mv", "rm", "sync", "mb"] {
        let ended = end(sts3(&[name, "s3://demo/a", "."])).await;
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains(&format!("no command `{name}`")), "{}", ended.stderr);
        assert!(ended.stderr.contains("sts3 exec -- aws s3"), "{}", ended.stderr);
        assert!(!ended.stderr.contains("completions"), "{}", ended.stderr);
    }
    let misspelt = end(sts3(&["whoam"])).await.stderr;
    assert!(misspelt.contains("'whoami'"), "{misspelt}");
}

/// clap would offer `--duration` for the one, and nothing for the other.
#[tokio::test(flavor = "multi_thread")]
async fn what_stands_at_the_wrong_place_is_told_where_it_belongs() {
    for (arguments, advice) in [
        (&["exec", "ls", "-l"][..], "sts3 exec -- ls"),
        (&["exec", "--serve", "./deploy"], "sts3 exec -- ./deploy"),
        (&["sandbox", "--bucket", "demo", "aws", "s3", "ls"], "sts3 sandbox -- aws"),
        (&["sandbox", "--region", "eu-west-1"], "--sandbox-region"),
    ] {
        let ended = end(sts3(arguments)).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
        assert!(ended.stderr.contains(advice) && !ended.stderr.contains("duration"), "{}", ended.stderr);
    }
    let option = end(sts3(&["exec", "--profil", "x"])).await.stderr;
    assert!(option.contains("--profile"), "{option}");
}

/// The first line is for somebody who has never heard of it.
#[tokio::test(flavor = "multi_thread")]
async fn help_begins_with_what_the_program_does() {
    for option in ["-h", "--help"] {
        let help = end(sts3(&[option])).await.stdout;
        let first = help.lines().next().unwrap();
        assert!(first.starts_with("Get temporary AWS credentials"), "{first}");
    }
    let long = end(sts3(&["--help"])).await.stdout;
    let long = long.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(long.contains("UTC") && long.contains("options come before variables"), "{long}");
}
