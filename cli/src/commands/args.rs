use clap::{Parser, Subcommand};

use crate::{common::Common, examples, version::VERSION};

/// Get temporary AWS credentials (roles, MFA sessions), hand them to other programs, and list S3 buckets with them.
///
/// Keys come from the environment, a profile of ~/.aws, a container or an EC2 instance; jobs in CI need none (--web-identity);
/// options come before variables, and variables before profiles. Times are in UTC.
#[derive(Debug, Parser)]
#[command(name = "sts3", version = VERSION, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List buckets, or a bucket's objects.
    #[command(after_help = examples::LS)]
    Ls(super::ls::Args),
    /// Add up sizes and counts by prefix and storage class.
    #[command(after_help = examples::DU)]
    Du(super::du::Args),
    /// Cut a bucket into ranges of keys of about the same size, for workers that list one each.
    #[command(after_help = examples::SPLIT)]
    Split(super::split::Args),
    /// Assume the role (or chain of roles) given by --role-arn and print its credentials.
    #[command(after_help = examples::ASSUME_ROLE)]
    AssumeRole(super::assume_role::Args),
    /// Get a session for long-lived keys (GetSessionToken) and print its credentials.
    #[command(after_help = examples::SESSION_TOKEN)]
    SessionToken(super::session_token::Args),
    /// Print the credentials that the options, the environment and the shared files resolve to.
    #[command(after_help = examples::CREDENTIALS)]
    Credentials(super::credentials::Args),
    /// Get a role's credentials for a certificate of X.509 (IAM Roles Anywhere) and print them for `credential_process`.
    ///
    /// This has not met the real service yet: an independent library and a sandbox verify what it sends.
    #[cfg(feature = "x509")]
    #[command(after_help = examples::ROLES_ANYWHERE)]
    RolesAnywhere(super::roles_anywhere::Args),
    /// Run a command with these credentials in its environment.
    #[command(after_help = examples::EXEC)]
    Exec(super::exec::Args),
    /// Show or remove the temporary credentials that are kept between runs.
    #[command(subcommand, after_help = examples::CACHE)]
    Cache(super::cache::Args),
    /// Print a link that opens the AWS console with these credentials (a role's).
    #[command(after_help = examples::LOGIN_URL)]
    LoginUrl(super::login_url::Args),
    /// Sign in through IAM Identity Center (AWS SSO), sign out, see which roles that gives; shared with `aws sso login`.
    #[command(subcommand, after_help = examples::SSO)]
    Sso(super::sso::Args),
    /// Who the credentials belong to (GetCallerIdentity).
    #[command(after_help = examples::WHOAMI)]
    Whoami,
    /// Look for what stands between this machine and a bucket: profile, source, identity, region, clock, proxy and TLS, bucket.
    /// Stop at the first fault and say how it is repaired; exit status 1 then.
    #[command(after_help = examples::DOCTOR)]
    Doctor(super::doctor::Args),
    /// What the profiles of the shared files are, and what would answer for each. Nothing is called.
    #[command(after_help = examples::PROFILES)]
    Profiles,
    /// Look up or create users and roles.
    #[command(subcommand, after_help = examples::IAM)]
    Iam(super::iam::Args),
    /// Whether a bucket exists, and in which region. Exit status 1 if it does not.
    #[command(after_help = examples::BUCKET_EXISTS)]
    BucketExists(super::bucket_exists::Args),
    /// Make a URL that works without credentials for a while.
    #[command(after_help = examples::PRESIGN)]
    Presign(super::presign::Args),
    /// Send a signed request to any AWS service or compatible endpoint, like curl.
    #[command(after_help = examples::REQUEST)]
    Request(super::request::Args),
    /// Show every intermediate value of a signature; send nothing. (Shows the session token, never the secret.)
    #[command(after_help = examples::SIGN)]
    Sign(super::sign::Args),
    /// Say why a signature was refused: which part differs, and the likely cause.
    #[command(after_help = examples::EXPLAIN)]
    Explain(super::explain::Args),
    /// Run signing test vectors: the official suite's folders, or this project's JSON files.
    #[cfg(feature = "vectors")]
    #[command(after_help = examples::VECTORS)]
    Vectors(super::vectors::Args),
    /// Print what a shell's start-up file needs for completion: `source <(sts3 completions bash)`.
    #[command(after_help = examples::COMPLETIONS)]
    Completions(super::completions::Args),
    /// Write the manual's pages.
    #[cfg(feature = "man")]
    #[command(after_help = examples::MAN)]
    Man(super::man::Args),
    /// Start a local STS + IAM + S3 endpoint; with a command, run that against it.
    #[cfg(feature = "sandbox")]
    #[command(after_help = examples::SANDBOX)]
    Sandbox(super::sandbox::Args),
}
