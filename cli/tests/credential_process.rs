//! Programs that print credentials: this one as another's, and what runs them.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use support::{Home, READER, end, keys, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn the_program_is_another_profile_s_credential_process() {
    let sandbox = sandbox().await;
    let config = format!(
        "[profile work]\nrole_arn = {READER}\nsource_profile = user\nrole_session_name = inner\n\
         [profile outer]\ncredential_process = \"{}\" credentials --profile work --format process\n",
        env!("CARGO_BIN_EXE_sts3")
    );
    let home = Home::new("process", &config, &keys());
    let who = home.run(&sandbox, &["whoami", "--profile", "outer"]).await;
    assert!(who.stdout.contains("assumed-role/reader/inner"), "{who:?}");
}

/// The helper is this program with the very profile that it serves.
#[tokio::test(flavor = "multi_thread")]
async fn a_profile_whose_process_asks_for_the_same_profile_ends_with_an_error_that_says_so() {
    let sandbox = sandbox().await;
    let program = env!("CARGO_BIN_EXE_sts3");
    let config = format!(
        "[profile own]\ncredential_process = \"{program}\" credentials --profile own --format process\n\
         [profile a]\ncredential_process = \"{program}\" credentials --profile b --format process | cat\n\
         [profile b]\ncredential_process = \"{program}\" credentials --profile a --format process\n"
    );
    let home = Home::new("recursion", &config, &keys());
    for profile in ["own", "a"] {
        let ended = home.run(&sandbox, &["whoami", "--profile", profile]).await;
        assert_eq!(ended.code, Some(4), "{ended:?}");
        assert!(ended.stderr.contains("is running already"), "{}", ended.stderr);
    }
}

/// The origin of every setting is named; of many profiles it is the only way to tell which of them failed.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_fails_names_the_line_or_the_variable_that_names_it() {
    let sandbox = sandbox().await;
    let config = format!(
        "[profile missing]\ncredential_process = /nonexistent/helper --key hush\n\
         [profile fails]\ncredential_process = false\n\
         [profile open]\ncredential_process = echo \"hush\n\
         [profile prints]\nregion = eu-west-1\ncredential_process = echo nothing\n\
         [profile over]\nrole_arn = {READER}\nsource_profile = prints\n\
         [profile token]\nrole_arn = {READER}\nweb_identity_token_file = /nonexistent/token\n"
    );
    let home = Home::new("places", &config, &keys());
    let file = home.path().join(".aws/config");
    for (profile, line) in
        [("missing", 2), ("fails", 4), ("open", 6), ("prints", 9), ("over", 9), ("token", 15)]
    {
        let ended = home.run(&sandbox, &["credentials", "--profile", profile]).await;
        let place = format!("({} line {line})", file.display());
        assert_eq!(ended.code, Some(4), "{ended:?}");
        assert!(
            ended.stderr.contains(&place) && !ended.stderr.contains("hush"),
            "{profile}: {}",
            ended.stderr
        );
    }
    let mut command = home.sts3(&sandbox, &["credentials"]);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    command.env("AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent/token").env("AWS_ROLE_ARN", READER);
    let ended = end(command).await;
    assert!(ended.stderr.contains("(AWS_WEB_IDENTITY_TOKEN_FILE)"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_a_credential_process_is_told_with_v_and_its_line_is_not() {
    let sandbox = sandbox().await;
    let (id, secret) = (sts3_sandbox::ACCESS_KEY_ID, sts3_sandbox::SECRET_ACCESS_KEY);
    let keys = format!(r#"{{"Version": 1, "AccessKeyId": "{id}", "SecretAccessKey": "{secret}"}}"#);
    let home = Home::new("shell", "", "");
    std::fs::write(home.path().join("keys.json"), keys).unwrap();
    let config = "[profile plain]\ncredential_process = cat keys.json\n\
                  [profile piped]\ncredential_process = cat keys.json | cat\n\
                  [profile home]\ncredential_process = cat ~/keys.json\n\
                  [profile variable]\ncredential_process = HUSH=x cat \"$HOME/keys.json\"\n";
    std::fs::write(home.path().join(".aws/config"), config).unwrap();
    for (profile, said) in [
        ("plain", "credential_process: runs cat without a shell"),
        ("piped", "credential_process: sh runs the line, because of its `|`"),
        ("home", "credential_process: sh runs the line, because of its `~`"),
        ("variable", "credential_process: sh runs the line, because of its `NAME=`"),
    ] {
        let mut command = home.sts3(&sandbox, &["whoami", "-v", "--profile", profile]);
        command.current_dir(home.path());
        let ended = end(command).await;
        assert!(ended.stdout.contains("user/sandbox"), "{profile}: {ended:?}");
        assert!(ended.stderr.contains(said) && !ended.stderr.contains("HUSH"), "{profile}: {}", ended.stderr);
    }
}
