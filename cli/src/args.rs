use clap::{Parser, Subcommand};

use crate::{commands, common::Common};

/// Temporary AWS credentials and signed S3 listing, from the raw protocols.
#[derive(Debug, Parser)]
#[command(name = "sts3", version, about, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List buckets, or a bucket's objects.
    Ls(commands::ls::Args),
    /// Add up sizes and counts by prefix and storage class.
    Du(commands::du::Args),
    /// Cut a bucket into ranges of keys of about the same size, for workers that list one each.
    Split(commands::split::Args),
    /// Assume the role (or chain of roles) given by --role-arn and print its credentials.
    AssumeRole(commands::assume_role::Args),
    /// Get a session for long-lived keys (GetSessionToken) and print its credentials.
    SessionToken(commands::session_token::Args),
    /// Print the credentials that the options, the environment and the shared files resolve to.
    Credentials(commands::credentials::Args),
    /// Run a command with these credentials in its environment.
    Exec(commands::exec::Args),
    /// Print a link that opens the AWS console with these credentials (a role's).
    LoginUrl(commands::login_url::Args),
    /// Who the credentials belong to (GetCallerIdentity).
    Whoami,
    /// Look up or create users and roles.
    #[command(subcommand)]
    Iam(commands::iam::Args),
    /// Whether a bucket exists, and in which region. Exit status 1 if it does not.
    BucketExists(commands::bucket_exists::Args),
    /// Make a URL that works without credentials for a while.
    Presign(commands::presign::Args),
    /// Send a signed request to any AWS service or compatible endpoint, like curl.
    Request(commands::request::Args),
    /// Show every intermediate value of a signature; send nothing. (Shows the session token, never the secret.)
    Sign(commands::sign::Args),
    /// Say why a signature was refused: which part differs, and the likely cause.
    Explain(commands::explain::Args),
    /// Run signing test vectors: the official suite's folders, or this project's JSON files.
    Vectors(commands::vectors::Args),
    /// Start a local STS + IAM + S3 endpoint; with a command, run that against it.
    #[cfg(feature = "sandbox")]
    Sandbox(commands::sandbox::Args),
}
