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
    /// Assume the role (or chain of roles) given by --role-arn and print its credentials.
    AssumeRole(commands::assume_role::Args),
    /// Get a session for long-lived keys (GetSessionToken) and print its credentials.
    SessionToken(commands::session_token::Args),
    /// Who the credentials belong to (GetCallerIdentity).
    Whoami,
    /// Look up or create users and roles.
    #[command(subcommand)]
    Iam(commands::iam::Args),
    /// Whether a bucket exists, and in which region. Exit status 1 if it does not.
    BucketExists(commands::bucket_exists::Args),
    /// Start a local STS + IAM + S3 endpoint; with a command, run that against it.
    #[cfg(feature = "sandbox")]
    Sandbox(commands::sandbox::Args),
}
