//! Commands of `exec` and `sandbox` on a terminal: Ctrl-C and job control.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use support::{
    Ended, end,
    running::{pid_namespace, program, script},
};

/// Play a script on a terminal; see `terminal_script.py`.
async fn on_a_terminal(steps: &[(&str, &str)]) -> Ended {
    let mut command = program("python3");
    command.env("TERM", "dumb").arg(script("terminal_script.py"));
    for (keys, expected) in steps {
        command.args([keys, expected]);
    }
    end(command).await
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_on_a_terminal_reaches_the_command_once_and_job_control_works() {
    let counter = script("signal_counter.py");
    for form in ["exec", "exec --serve", "sandbox"] {
        let program = env!("CARGO_BIN_EXE_sts3");
        let run = format!(
            "echo; {program} {form} -- sh -c 'echo \"parent $PPID\"; exec python3 {} 6'\\n",
            counter.display()
        );
        let ended = on_a_terminal(&[
            // The process that whoever has started `sts3` sees: where it has become the command, that itself.
            (&run, if form == "exec" { r"ready (\d+)\r\n" } else { r"\nparent (\d+)\r\nready \d+\r\n" }),
            (r"\x03", r"SIGINT\r\n"),
            (r"\x1c", r"SIGQUIT\r\n"),
            // Sent to the one process: handed on, although the terminal's foreground group is its own.
            ("kill SIGINT", r"SIGINT\r\n"),
            // Ctrl-Z stops the job, and the shell continues it.
            (r"\x1a", r"Stopped[^\n]*\n\S*[#$] "),
            (r"fg\n", r"fg\r\n[^\n]*signal_counter.py"),
            // It runs, and so the terminal is its own again.
            ("kill SIGUSR1", r"SIGUSR1\r\n"),
            (r"\x03", r"SIGINT\r\n"),
            ("kill SIGTERM", r"SIGTERM\r\n"),
            (r"echo code $?\n", r"code 42\r\n"),
        ])
        .await;
        assert_eq!(ended.code, Some(0), "{form}: {}{}", ended.stdout, ended.stderr);
        let came = ["SIGINT", "SIGQUIT", "SIGTERM"].map(|name| ended.stdout.matches(name).count());
        assert_eq!(came, [3, 1, 1], "{form}: {}", ended.stdout);
    }
}

/// As the command itself would: a shell's script goes on after an exit code, not after an end by Ctrl-C.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_ctrl_c_ended_ends_the_script_that_ran_it() {
    for form in ["exec", "exec --serve", "sandbox"] {
        let program = env!("CARGO_BIN_EXE_sts3");
        let run = format!(
            "bash -c '{program} {form} -- sh -c \"echo start''ed; exec sleep 60\"; echo went \"on\"'\\n"
        );
        let ended =
            on_a_terminal(&[(&run, r"started\r\n"), (r"\x03", r"\^C"), (r"echo code $?\n", r"code 130\r\n")])
                .await;
        assert_eq!(ended.code, Some(0), "{form}: {}{}", ended.stdout, ended.stderr);
        assert!(!ended.stdout.contains("went on"), "{form}: {}", ended.stdout);
    }
}

/// As in `docker run -it`: the init, the program that serves and its command are one foreground group.
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_reaches_the_command_of_a_first_process_once() {
    let Some(first) = pid_namespace() else { return };
    let words: Vec<_> = first.get_args().map(|word| word.to_str().unwrap()).collect();
    let (first, counter) = (words.join(" "), script("signal_counter.py"));
    for form in ["exec", "exec --serve", "sandbox"] {
        let run = format!("echo; python3 {first} {form} -- python3 {} 3\\n", counter.display());
        let ended = on_a_terminal(&[
            (&run, r"ready \d+\r\n"),
            (r"\x03", r"SIGINT\r\n"),
            (r"\x03", r"SIGINT\r\n"),
            (r"\x03", r"SIGINT\r\n"),
            (r"echo code $?\n", r"code 42\r\n"),
        ])
        .await;
        assert_eq!(ended.code, Some(0), "{form}: {}{}", ended.stdout, ended.stderr);
        assert_eq!(ended.stdout.matches("SIGINT").count(), 3, "{form}: {}", ended.stdout);
    }
}

/// `stty` tells what a command has left behind; a shell that does not look after that (dash, BusyBox) runs it. A Ctrl-C
/// that comes before the settings are changed is the terminal's own SIGINT, as is one that a process sends.
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_at_a_question_leaves_the_terminal_as_it_was_and_ends_the_command_by_it() {
    let role =
        "--role-arn arn:aws:iam::123456789012:role/reader --mfa-serial arn:aws:iam::123456789012:mfa/me";
    for command in ["credentials", "whoami", "ls s3://demo", "exec --serve"] {
        let sts3 = format!("{} {command} {role} --no-cache", env!("CARGO_BIN_EXE_sts3"));
        let sts3 = if command.starts_with("exec") { sts3 + " -- true" } else { sts3 };
        let ended = on_a_terminal(&[
            (r"PS1='ready: ' exec sh -i\n", "ready: "),
            (&format!(r"{sts3}\n"), "MFA code of [^:]*:[^ ]*: "),
            (r"\x03", "ready: "),
            (r"echo code $?; stty -a\n", r"code 130\r\n.*[ ;]echo .*ready: "),
        ])
        .await;
        assert_eq!(ended.code, Some(0), "{command}: {}{}", ended.stdout, ended.stderr);
    }
}

/// It does not wait for the answer, whether it hears the signal (a listing) or has no handler of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_a_command_that_has_asked_and_shows_again_what_is_typed() {
    let role =
        "--role-arn arn:aws:iam::123456789012:role/reader --mfa-serial arn:aws:iam::123456789012:mfa/me";
    for (command, signal, code) in [
        ("ls s3://demo", "SIGTERM", 143),
        ("ls s3://demo", "SIGINT", 130),
        ("whoami", "SIGTERM", 143),
        ("whoami", "SIGINT", 130),
    ] {
        let command = format!("{} {command} --no-cache {role}", env!("CARGO_BIN_EXE_sts3"));
        let run = format!(r"sh -c 'echo process $$; exec {command}'\n");
        let ended = on_a_terminal(&[
            (r"PS1='ready: ' exec sh -i\n", "ready: "),
            (&run, r"process (\d+)\r\n.*MFA code of [^:]*:[^ ]*: "),
            (&format!("kill {signal}"), "ready: "),
            (r"echo code $?; stty -a\n", &format!(r"code {code}\r\n.*[ ;]echo .*ready: ")),
        ])
        .await;
        assert_eq!(ended.code, Some(0), "{signal}: {}{}", ended.stdout, ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_after_an_answered_question_ends_the_command_as_ever() {
    let silent = sts3_sandbox::Sandbox::builder().stall_rate(1.0).start().await.unwrap();
    let options =
        format!("--no-cache --mfa-serial arn:aws:iam::123456789012:mfa/me --endpoint-url {}", silent.url());
    for (signal, code) in [("SIGTERM", 143), ("SIGINT", 130)] {
        let command = format!("{} session-token {options}", env!("CARGO_BIN_EXE_sts3"));
        let run = format!(r"sh -c 'echo process $$; exec {command}'\n");
        let ended = on_a_terminal(&[
            (r"PS1='ready: ' exec sh -i\n", "ready: "),
            (&run, r"process (\d+)\r\n.*MFA code of [^:]*:[^ ]*: "),
            (r"123456\n", r"\r\n"),
            (&format!("kill {signal}"), "ready: "),
            (r"echo code $?; stty -a\n", &format!(r"code {code}\r\n.*[ ;]echo .*ready: ")),
        ])
        .await;
        assert_eq!(ended.code, Some(0), "{signal}: {}{}", ended.stdout, ended.stderr);
    }
}
