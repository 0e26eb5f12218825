use super::*;
use crate::runtime::testing;

async fn get(process: &ProcessProvider) -> Result<Credentials, Error> {
    let (caller, _) = testing::offline_caller();
    process.get(&caller).await
}

async fn outcome(command: &str) -> Result<Credentials, String> {
    get(&ProcessProvider::new(command)).await.map_err(|error| error.to_string())
}

// The rules are those of the page above.
#[cfg(unix)]
#[tokio::test]
async fn what_the_program_prints_is_read_whatever_stands_in_its_quotes() {
    let command = r#"printf '%s' '{"Version": 1, "AccessKeyId": "AKID", "SecretAccessKey": "s$HOME", "SessionToken": "t|t",
        "Expiration": "2026-11-24T00:10:57Z"}'"#;
    let credentials = outcome(command).await.unwrap();
    assert_eq!(credentials.access_key_id(), "AKID");
    assert_eq!(credentials.secret_access_key().expose(), "s$HOME");
    assert_eq!(credentials.session_token().unwrap().expose(), "t|t");
    assert_eq!(credentials.expiration().unwrap().unix_timestamp(), 1_795_479_057);
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_that_fails_floods_or_does_not_exist_is_named() {
    for (command, expected) in [
        ("false --token hush", "`false` failed"),
        ("/nowhere/at-all hush", "`/nowhere/at-all` could not be run"),
        ("yes hush", "more than"),
        ("'open", "open quote"),
        (" ", "empty"),
    ] {
        let problem = outcome(command).await.unwrap_err();
        assert!(problem.contains(expected), "{command}: {problem}");
        assert!(!problem.contains("hush"), "{problem}");
    }
}

/// What the observer is told of a line that prints good credentials.
#[cfg(unix)]
async fn told(line: &str) -> (String, Option<String>) {
    use std::sync::{Arc, Mutex};

    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = told.clone();
    let (caller, _) = testing::offline_caller();
    let caller = caller.with_observer(Arc::new(move |event: &crate::runtime::Event<'_>| {
        if let crate::runtime::Event::ProgramStarted { program, shell, .. } = event {
            heard.lock().unwrap().push((program.to_string(), shell.map(str::to_owned)));
            assert!(!event.to_string().contains("hush"), "{event}");
        }
    }));
    let keys = ProcessProvider::new(line).get(&caller).await.unwrap();
    assert_eq!(keys.access_key_id(), "AKID", "{line}");
    told.lock().unwrap().remove(0)
}

#[cfg(unix)]
#[tokio::test]
async fn a_line_is_run_by_a_shell_where_it_needs_one_and_the_observer_is_told_which() {
    let plain = |program: &str| (program.to_owned(), None);
    let shell = |reason: &str| ("sh".to_owned(), Some(reason.to_owned()));
    assert_eq!(told(&format!("printf '{GOOD}%.0s' hush")).await, plain("printf"));
    assert_eq!(told(&format!("echo '{GOOD}' | cat")).await, shell("|"));
    assert_eq!(told(&format!("X=hush printenv X >/dev/null && echo '{GOOD}'")).await, shell("NAME="));
    assert_eq!(told(&format!("true; echo '{GOOD}'")).await, shell(";"));
    let id = r#"printf '{"Version": 1.0, "AccessKeyId": "%s", "SecretAccessKey": "s"}' "${NOBODY_SETS_THIS:-AKID}""#;
    assert_eq!(told(id).await, shell("$"));
}

/// A helper that would start this program, which would start the helper.
#[cfg(unix)]
#[tokio::test]
async fn a_command_that_waits_for_this_program_is_not_run_once_more() {
    let print = r#"sh -c 'printf "{\"Version\": 1, \"AccessKeyId\": \"A$0\", \"SecretAccessKey\": \"$STS3_CREDENTIAL_PROCESS\"}"' X"#;
    let marker = |keys: Credentials| keys.secret_access_key().expose().to_owned();
    let inside = |marker: &str| -> Environment {
        [("STS3_CREDENTIAL_PROCESS".to_owned(), marker.to_owned())].into_iter().collect()
    };
    let first = marker(get(&ProcessProvider::new(print)).await.unwrap());
    // The same command again, from within: by the same way, and with another one in between.
    let again = ProcessProvider::new(print).environment(&inside(&first));
    let problem = get(&again).await.unwrap_err().to_string();
    assert!(
        problem.contains("is running already") && problem.contains("STS3_CREDENTIAL_PROCESS"),
        "{problem}"
    );
    let other = ProcessProvider::new(print.replace(" X", " Y")).environment(&inside(&first));
    let both = marker(get(&other).await.unwrap());
    assert_eq!(both.split(',').next(), Some(first.as_str()));
    let third = ProcessProvider::new(print).environment(&inside(&both));
    assert!(get(&third).await.unwrap_err().to_string().contains("is running already"));
}

#[cfg(unix)]
#[tokio::test]
async fn the_profile_s_account_counts_where_the_program_names_none() {
    let account = |members: &str| {
        let line =
            format!(r#"printf '{{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "s"{members}}}'"#);
        let process = ProcessProvider::new(line).account_id("111122223333");
        async move { get(&process).await.unwrap().account_id().map(str::to_owned) }
    };
    assert_eq!(account("").await.as_deref(), Some("111122223333"));
    assert_eq!(account(r#", "AccountId": "444455556666""#).await.as_deref(), Some("444455556666"));
}

#[cfg(unix)]
const GOOD: &str = r#"{"Version": 1, "AccessKeyId": "AKID", "SecretAccessKey": "s"}"#;

/// Whether a process runs (and is no zombie that waits for its parent).
#[cfg(unix)]
fn is_running(pid: &str) -> bool {
    if let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        // The state stands behind the name in parentheses (proc_pid_stat(5)).
        return !stat.rsplit(") ").next().unwrap().starts_with('Z');
    }
    if std::path::Path::new("/proc/self/stat").exists() {
        return false;
    }
    let shown = std::process::Command::new("ps").args(["-o", "stat=", "-p", pid]).output().unwrap();
    let state = String::from_utf8(shown.stdout).unwrap();
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

#[cfg(unix)]
async fn ends(pid: &str) -> bool {
    for _ in 0..200 {
        if !is_running(pid) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    false
}

/// A file for a process's number, and a command line that writes it there.
#[cfg(unix)]
struct PidFile(std::path::PathBuf);

#[cfg(unix)]
impl PidFile {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("sts3-pid-{name}-{}", std::process::id())))
    }

    async fn read(&self) -> String {
        loop {
            match std::fs::read_to_string(&self.0) {
                Ok(text) if text.ends_with('\n') => return text.trim().to_owned(),
                _ => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }
}

#[cfg(unix)]
impl Drop for PidFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_that_does_not_end_is_killed_when_its_time_is_over() {
    let file = PidFile::new("time");
    let command = format!("sh -c 'echo $$ > {}; exec sleep 1000'", file.0.display());
    let limited = ProcessProvider::new(command).timeout(Duration::from_millis(300));
    let problem = get(&limited).await.unwrap_err().to_string();
    assert!(problem.contains("`sh` did not end within 300ms"), "{problem}");
    assert!(ends(&file.read().await).await);
}

#[cfg(unix)]
#[tokio::test]
async fn a_future_that_is_dropped_takes_its_program_along() {
    let file = PidFile::new("drop");
    let process = ProcessProvider::new(format!("sh -c 'echo $$ > {}; exec sleep 1000'", file.0.display()));
    let pid = {
        let mut running = Box::pin(get(&process));
        let started = async { file.read().await };
        tokio::select! {
            ended = &mut running => panic!("{ended:?}"),
            pid = started => pid,
        }
    };
    assert!(ends(&pid).await);
}

/// Tests may run with a terminal or without: the group is that of a service either way.
#[cfg(unix)]
#[tokio::test]
async fn what_a_program_has_started_is_killed_with_it_where_nobody_sits_at_a_terminal() {
    if crate::runtime::has_terminal() {
        return;
    }
    let file = PidFile::new("group");
    let command = format!("sh -c 'sleep 1000 & echo $! > {}; wait'", file.0.display());
    let limited = ProcessProvider::new(command).timeout(Duration::from_millis(300));
    assert!(get(&limited).await.is_err());
    assert!(ends(&file.read().await).await);
}

#[cfg(unix)]
#[tokio::test]
async fn the_answer_is_taken_at_the_program_s_end_whatever_it_leaves_running() {
    let file = PidFile::new("background");
    // The shell's child inherits standard output and keeps it open.
    let command = format!("sh -c 'sleep 1000 & echo $! > {}; echo \"$0\"' '{GOOD}'", file.0.display());
    let credentials =
        tokio::time::timeout(Duration::from_secs(30), get(&ProcessProvider::new(command))).await;
    assert_eq!(credentials.unwrap().unwrap().access_key_id(), "AKID");
    // It is not ours to end.
    let pid = file.read().await;
    assert!(is_running(&pid));
    std::process::Command::new("kill").arg(pid).status().unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_long_answer_is_read_whole() {
    let padded = r#"sh -c 'printf "%s" "{\"Version\": 1, \"AccessKeyId\": \"A\", \"SecretAccessKey\": \"s\", \"x\": \""; head -c 500000 /dev/zero | tr "\0" x; printf "\"}"'"#;
    assert_eq!(outcome(padded).await.unwrap().access_key_id(), "A");
}

#[cfg(unix)]
#[test]
fn a_program_that_runs_does_not_keep_the_runtime_from_ending() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let file = PidFile::new("runtime");
    let pid = runtime.block_on(async {
        let process =
            ProcessProvider::new(format!("sh -c 'echo $$ > {}; exec sleep 1000'", file.0.display()));
        tokio::spawn(async move { get(&process).await });
        file.read().await
    });
    // Returns only if nothing blocks.
    drop(runtime);
    for _ in 0..200 {
        if !is_running(&pid) {
            return;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    panic!("the program runs on");
}

#[test]
fn output_that_breaks_the_contract_is_refused_without_being_quoted() {
    for (output, expected) in [
        (r#"{"AccessKeyId": "hush"}"#, "no `Version`"),
        (r#"{"Version": 2}"#, "`Version` 2, not 1"),
        (r#"{"Version": 1, "AccessKeyId": "hush"}"#, "no `SecretAccessKey`"),
        (r#"{"Version": 1, "AccessKeyId": "", "SecretAccessKey": "hush"}"#, "no `AccessKeyId`"),
        (
            r#"{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "hush", "Expiration": "soon"}"#,
            "ISO 8601",
        ),
        ("hush", "not JSON (line 1"),
    ] {
        let problem = parse(output.as_bytes()).unwrap_err().to_string();
        assert!(problem.contains(expected) && !problem.contains("hush"), "{output}: {problem}");
    }
}
