//! The environment of the commands that `exec` and `sandbox` start: which of the user's own variables are kept
//! from them, and why.

use std::process::Command;

/// An empty file that is always there.
pub(crate) const EMPTY_FILE: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// What would give a command other credentials than those that it is handed, or say what is not true of them.
/// `*` stands for any end of a name.
const IDENTITY: &[&str] = &[
    // The keys, by the names that all SDKs read.
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    // The token's older name; botocore reads it still.
    "AWS_SECURITY_TOKEN",
    // Other names of the keys: SDK for Java 1, SDK for Go 1.
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    // And of programs beside the SDKs: object_store (AWS_TOKEN), SDK for Ruby (AMAZON_…), s3fs-fuse.
    "AWS_TOKEN",
    "AMAZON_ACCESS_KEY_ID",
    "AMAZON_SECRET_ACCESS_KEY",
    "AMAZON_SESSION_TOKEN",
    "AWSACCESSKEYID",
    "AWSSECRETACCESSKEY",
    // No identity at all: requests go unsigned (object_store; GDAL).
    "AWS_SKIP_SIGNATURE",
    "AWS_NO_SIGN_REQUEST",
    // When the keys end (botocore renews or refuses them then), and aws-vault's former name of it.
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_SESSION_EXPIRATION",
    // Whose keys they are: SDKs put it into host names (account-based endpoints).
    "AWS_ACCOUNT_ID",
    // A file of keys, from before there were SDKs: botocore reads it before it asks a container.
    "AWS_CREDENTIAL_FILE",
    // A profile: the SDK for JavaScript prefers it to keys in the environment, and botocore refuses to start
    // if there is none of that name.
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    // A role by web identity: asked for before a container's.
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    // A container's keys, and what its endpoint wants to see.
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    // Tokens that take the place of a signature for one service (AWS_BEARER_TOKEN_BEDROCK).
    "AWS_BEARER_TOKEN_*",
];

/// What would send a command's requests elsewhere than to the sandbox.
#[cfg(feature = "sandbox")]
const DETOURS: &[&str] = &[
    // Endpoints of single services come before the general one.
    "AWS_ENDPOINT_URL_*",
    // Switches all of them off, the general one included.
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    // Other hosts; botocore refuses them together with an endpoint of one's own.
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_STS_REGIONAL_ENDPOINTS",
    // Other ways to sign, and host names with the account in them, which the sandbox has not.
    "AWS_AUTH_SCHEME_PREFERENCE",
    "AWS_SIGV4A_SIGNING_REGION_SET",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE",
    // The endpoint by the names that programs beside the SDKs read: object_store (Polars, delta-rs), Terraform's
    // provider, s5cmd, TensorFlow, fsspec (s3fs).
    "AWS_ENDPOINT",
    "AWS_S3_ENDPOINT",
    "AWS_STS_ENDPOINT",
    "AWS_IAM_ENDPOINT",
    "FSSPEC_S3_*",
    "S3_ENDPOINT_URL",
    "S3_ENDPOINT",
    // The metadata service is switched off; these name another.
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    // A proxy would be asked for 127.0.0.1, and would look for it on its own machine.
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
];

/// What keeps the user's other settings from a sandbox's command.
#[cfg(feature = "sandbox")]
const SEALS: &[(&str, &str)] = &[
    // The user's files may hold any of the above (`services`, `use_fips_endpoint`, `ignore_configured_endpoint_urls`,
    // keys). All SDKs take an empty file for none.
    ("AWS_CONFIG_FILE", EMPTY_FILE),
    ("AWS_SHARED_CREDENTIALS_FILE", EMPTY_FILE),
    // Proxies that are not set by variables (macOS, Windows) are not asked either.
    ("NO_PROXY", "127.0.0.1,localhost"),
    ("no_proxy", "127.0.0.1,localhost"),
];

/// Send the command's requests to one URL, whatever is said of single services.
pub(crate) fn set_endpoint(command: &mut Command, url: &str) {
    remove(command, &["AWS_ENDPOINT_URL_*", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]);
    command.env("AWS_ENDPOINT_URL", url);
}

/// Leave out what would give the command another identity.
pub(crate) fn clear_identity(command: &mut Command) {
    remove(command, IDENTITY);
}

/// The same, and whatever would lead it away from the sandbox, whose own variables are these.
#[cfg(feature = "sandbox")]
pub(crate) fn confine(command: &mut Command, sandbox: Vec<(&'static str, String)>) {
    remove(command, IDENTITY);
    remove(command, DETOURS);
    command.envs(sandbox).envs(SEALS.iter().copied());
}

fn remove(command: &mut Command, patterns: &[&str]) {
    for pattern in patterns {
        let Some(start) = pattern.strip_suffix('*') else {
            command.env_remove(pattern);
            continue;
        };
        for (name, _) in std::env::vars_os() {
            // Names that are not text are not any SDK's.
            if name.to_str().is_some_and(|name| has_start(name, start)) {
                command.env_remove(name);
            }
        }
    }
}

/// Windows takes `Path` for `PATH`.
fn has_start(name: &str, start: &str) -> bool {
    let part = name.get(..start.len());
    part.is_some_and(|part| if cfg!(windows) { part.eq_ignore_ascii_case(start) } else { part == start })
}

/// As one word for a shell.
#[cfg(feature = "sandbox")]
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// The same for a shell: lines for `eval`, whatever that shell's environment holds. Exports come first.
#[cfg(feature = "sandbox")]
pub(crate) fn confining_lines(sandbox: Vec<(&'static str, String)>) -> String {
    let seals = SEALS.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let set: Vec<(&str, String)> = sandbox.into_iter().chain(seals).collect();
    let is_set = |name: &str| set.iter().any(|(other, _)| *other == name);
    let exports: String =
        set.iter().map(|(name, value)| format!("export {name}={}\n", quoted(value))).collect();
    let all = || IDENTITY.iter().chain(DETOURS);
    let names: Vec<&str> = all().copied().filter(|name| !name.ends_with('*') && !is_set(name)).collect();
    let starts: Vec<&str> = all().filter_map(|pattern| pattern.strip_suffix('*')).collect();
    let present = format!(r"$(env | sed -nE 's/^(({})[A-Za-z0-9_]*)=.*/\1/p')", starts.join("|"));
    format!("{exports}unset {} {present}\n", names.join(" "))
}
