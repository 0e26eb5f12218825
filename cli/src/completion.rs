//! Completion in shells: commands and options from their definitions, profiles from the shared files, buckets
//! from the service.
//!
//! `sts3 completions SHELL` prints a few lines for the shell's start-up file; with them the shell asks this
//! program (by the variable COMPLETE), so that what it offers is never older than the program.
//!
//! A shell puts what is offered on its command line as it is, without quotes. Files and services may say
//! anything, so only names without a character that means something to a shell are offered.

use std::{ffi::OsStr, time::Duration};

use clap_complete::CompletionCandidate;
use sts3::{
    Client,
    providers::{ChainProvider, Environment, SharedFiles},
};

use crate::signals;

/// The variable by which shells ask.
pub(crate) const VARIABLE: &str = "COMPLETE";
/// Nobody waits longer for a list of buckets.
const PATIENCE: Duration = Duration::from_secs(2);

/// Profiles whose names start so.
pub(crate) fn profiles(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    // While somebody types is no time for errors.
    let files = SharedFiles::load(&Environment::from_process()).unwrap_or_default();
    let names = files.profile_names().filter(|name| name.starts_with(&*typed) && is_safe_profile(name));
    names.map(CompletionCandidate::new).collect()
}

/// `s3://` and the buckets whose names start so.
pub(crate) fn buckets(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let Some(name) = typed.strip_prefix("s3://") else {
        return if "s3://".starts_with(&*typed) {
            vec![CompletionCandidate::new("s3://")]
        } else {
            Vec::new()
        };
    };
    let found = bucket_names().unwrap_or_default();
    let found = found.iter().filter(|bucket| bucket.starts_with(name) && is_bucket_name(bucket));
    found.map(|bucket| CompletionCandidate::new(format!("s3://{bucket}/"))).collect()
}

/// The account's buckets, with what the environment says: no options, and no question for an MFA code.
fn bucket_names() -> Option<Vec<String>> {
    let environment = Environment::from_process();
    let files = SharedFiles::load(&environment).ok()?;
    let profile = files.used_profile(None, &environment).ok()?;
    let builder = Client::builder().settings(&environment, profile).ok()?;
    let builder = if builder.has_region() { builder } else { builder.region("us-east-1") };
    let client = builder.credentials(ChainProvider::new(environment)).total_timeout(PATIENCE).build().ok()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    // It may have started a `credential_process`, which is not left behind either.
    let listing =
        signals::until_stopped(async { Ok(tokio::time::timeout(PATIENCE, client.list_buckets()).await) });
    let buckets = runtime.block_on(listing).ok()?.ok()?.ok()?;
    Some(buckets.into_iter().map(|bucket| bucket.name).collect())
}

/// Letters and digits of any script, and signs that no shell takes for anything inside a word. At its start
/// some do (`-x`, `=x`, `@x`), and `,` is an operator of PowerShell.
fn is_safe_profile(name: &str) -> bool {
    let is_safe = |c: char| c.is_alphanumeric() || "_-.@+=:/".contains(c);
    name.starts_with(|c: char| c.is_alphanumeric() || c == '_') && name.chars().all(is_safe)
}

/// What buckets may be called, and could be before 2018 in us-east-1 (up to 255 characters, upper case, `_`):
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>.
fn is_bucket_name(name: &str) -> bool {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    (3..=255).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(is_safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_that_means_something_to_a_shell_is_offered() {
        // By the grammars of bash, zsh, fish, PowerShell and elvish: substitutions, quotes (PowerShell takes
        // typographic ones too), blanks, globs, operators, redirections, history, homes, control characters.
        let special = "$`'\"\\ \t\n\r*?[]{}()<>|&;!#~^%,\u{0}\u{7}\u{1b}\u{7f}\u{9b}\u{a0}\u{2018}\u{2019}\u{201a}\u{201b}\
            \u{201c}\u{201d}\u{201e}\u{202e}\u{2028}\u{3000}\u{feff}";
        for c in special.chars() {
            for name in [format!("{c}ab"), format!("a{c}b"), format!("ab{c}")] {
                assert!(!is_safe_profile(&name) && !is_bucket_name(&name), "{name:?}");
            }
        }
        for name in
            ["", "-x", "--profile", "=ls", "@x", "+x", ".x", "/x", ":x", "$(reboot)", "`reboot`", "a b"]
        {
            assert!(!is_safe_profile(name) && !is_bucket_name(name), "{name}");
        }
        for name in ["default", "prod-admin", "me@example.com", "a.b_c+d=e:f/g", "büro", "개발", "_x", "1"]
        {
            assert!(is_safe_profile(name), "{name}");
        }
        for name in ["logs", "my.bucket-1", "Old_Bucket", &"b".repeat(255)] {
            assert!(is_bucket_name(name), "{name}");
        }
        for name in ["ab", &"b".repeat(256), ".logs", "_logs", "a/b", "tenant:bucket", "büro", "a@b"] {
            assert!(!is_bucket_name(name), "{name}");
        }
    }
}
