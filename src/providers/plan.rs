//! What a profile says to do for its credentials, decided before anything is done: no call, no process, no
//! token file.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html>

use std::{path::PathBuf, time::Duration};

use sigv4::Secret;

use super::{Environment, Profile, SharedFiles, sso::SsoRole};
use crate::Credentials;
use crate::{CredentialsError, Error};

/// Where the first credentials come from, and the roles to assume with them, in this order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) base: Base,
    pub(super) roles: Vec<Role>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Base {
    Keys(Credentials),
    /// `credential_source = Environment`.
    Environment,
    WebIdentity {
        role_arn: String,
        session_name: Option<String>,
        token_file: PathBuf,
        duration: Option<Duration>,
    },
    Container,
    InstanceMetadata,
    Sso(SsoRole),
    /// The command line of `credential_process`, and the account that its profile names.
    Process {
        command: Secret,
        account_id: Option<String>,
    },
}

/// One AssumeRole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) arn: String,
    pub(super) session_name: Option<String>,
    pub(super) external_id: Option<Secret>,
    pub(super) duration: Option<Duration>,
    pub(super) mfa_serial: Option<String>,
}

impl Role {
    /// All that a session of the role depends on beside whoever assumes it.
    pub(super) fn parameters(&self) -> String {
        let Self { arn, session_name, external_id, duration, mfa_serial } = self;
        let external_id = external_id.as_ref().map(Secret::expose);
        // `Debug` of texts puts quotes around them and escapes those inside.
        format!("{arn:?} {session_name:?} {external_id:?} {duration:?} {mfa_serial:?}")
    }
}

/// What to do for the profile `name`; `None` if it says nothing about credentials. `overlay` is the
/// environment where its web identity counts before all that the profile says, which is so unless the user
/// named a profile.
///
/// # Errors
/// [`Error::Credentials`]: settings that contradict each other, go in a circle, or name what does not exist.
pub(super) fn plan<'a>(
    files: &'a SharedFiles,
    name: &'a str,
    overlay: Option<&Environment>,
) -> Result<Option<Plan>, Error> {
    let empty = Profile::default();
    let mut profile = files.profile(name).unwrap_or(&empty);
    if overlay.is_some_and(|environment| environment.get("AWS_WEB_IDENTITY_TOKEN_FILE").is_some()) {
        let base = base(files, profile, name, overlay)?;
        return Ok(base.map(|base| Plan { base, roles: Vec::new() }));
    }
    let mut visited = vec![name];
    let mut roles = Vec::new();
    let base = loop {
        let (name, is_source) = (visited.last().copied().unwrap_or(name), visited.len() > 1);
        // Keys in a profile that others assume roles with are used as they are: its own role is for itself.
        if is_source && let Some(keys) = profile.credentials()? {
            break Some(Base::Keys(keys));
        }
        let own_role = profile.get("role_arn").filter(|_| profile.get("web_identity_token_file").is_none());
        let Some(arn) = own_role else {
            let base = base(files, profile, name, None)?;
            // botocore refuses a source that has nothing but a credential_source; the SDKs for Rust and JavaScript take it.
            break match profile.get("credential_source").filter(|_| base.is_none() && is_source) {
                Some(place) => Some(credential_source(name, place)?),
                None => base,
            };
        };
        roles.push(role(profile, name, arn)?);
        match role_source(profile, name)? {
            Source::Place(base) => break Some(base),
            Source::Profile(source) => {
                profile = source_profile(files, &visited, source)?;
                visited.push(source);
            }
        }
    };
    roles.reverse();
    match base {
        Some(base) => Ok(Some(Plan { base, roles })),
        None if roles.is_empty() => Ok(None),
        None => {
            let last = visited.last().copied().unwrap_or(name);
            Err(unusable(last, "is the source_profile of another and has no credentials"))
        }
    }
}

/// Why a profile that exists gives no credentials; a place follows.
pub(super) fn why_none(profile: &Profile) -> &'static str {
    if profile.get("sso_session").is_some() || profile.get("sso_start_url").is_some() {
        "it signs in through IAM Identity Center and names neither sso_account_id nor sso_role_name, whose credentials it \
         would give; read from"
    } else {
        "it has no credentials; read from"
    }
}

/// Whose credentials assume a profile's role.
enum Source<'a> {
    Profile(&'a str),
    Place(Base),
}

fn role_source<'a>(profile: &'a Profile, name: &str) -> Result<Source<'a>, Error> {
    match (profile.get("source_profile"), profile.get("credential_source")) {
        (Some(source), None) => Ok(Source::Profile(source)),
        (None, Some(place)) => Ok(Source::Place(credential_source(name, place)?)),
        (Some(_), Some(_)) => {
            Err(unusable(name, "has both source_profile and credential_source: only one can be"))
        }
        (None, None) => {
            let problem = "has role_arn but neither source_profile nor credential_source: \
                           whose credentials may assume it?";
            Err(unusable(name, problem))
        }
    }
}

/// The profile that `visited`'s last names as its source.
fn source_profile<'a>(files: &'a SharedFiles, visited: &[&str], source: &str) -> Result<&'a Profile, Error> {
    let last = visited.last().copied().unwrap_or_default();
    let Some(profile) = files.profile(source) else {
        let shown = source.escape_debug();
        return Err(unusable(last, &format!("has source_profile `{shown}`, and there is no such profile")));
    };
    // A profile may be its own source if it has keys; any other way round in a circle never ends.
    let is_own = last == source && profile.credentials()?.is_some();
    if visited.contains(&source) && !is_own {
        let circle = visited.iter().chain([&source]).map(|name| name.escape_debug().to_string());
        let circle = circle.collect::<Vec<_>>().join(" → ");
        return Err(unusable(source, &format!("is its own source, in a circle: {circle}")));
    }
    Ok(profile)
}

/// What a profile has besides a role, in botocore's order.
fn base(
    files: &SharedFiles,
    profile: &Profile,
    name: &str,
    overlay: Option<&Environment>,
) -> Result<Option<Base>, Error> {
    if let Some((token_file, role_arn, session_name)) = web_identity(profile, overlay) {
        let Some(role_arn) = role_arn else {
            return Err(unusable(name, "has a web identity token file and no role_arn (or AWS_ROLE_ARN)"));
        };
        // The SDK guide names `duration_seconds` among the settings of both kinds of roles. What the environment has is another role.
        let is_own = profile.get("web_identity_token_file") == Some(&token_file);
        let duration = if is_own { duration(profile, name)? } else { None };
        return Ok(Some(Base::WebIdentity {
            role_arn,
            session_name,
            token_file: token_file.into(),
            duration,
        }));
    }
    if let Some(role) = sso(files, profile, name)? {
        return Ok(Some(Base::Sso(role)));
    }
    if let Some(keys) = profile.credentials_file.keys()? {
        return Ok(Some(Base::Keys(keys)));
    }
    if let Some(command) = profile.get("credential_process") {
        let account_id = profile.get("aws_account_id").map(str::to_owned);
        return Ok(Some(Base::Process { command: command.into(), account_id }));
    }
    Ok(profile.config_file.keys()?.map(Base::Keys))
}

/// Token file, role and session name; each of the environment's variables counts before the profile's setting.
fn web_identity(
    profile: &Profile,
    overlay: Option<&Environment>,
) -> Option<(String, Option<String>, Option<String>)> {
    let either = |variable: &str, key: &str| {
        overlay
            .and_then(|environment| environment.get(variable))
            .or_else(|| profile.get(key))
            .map(str::to_owned)
    };
    let token_file = either("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file")?;
    Some((
        token_file,
        either("AWS_ROLE_ARN", "role_arn"),
        either("AWS_ROLE_SESSION_NAME", "role_session_name"),
    ))
}

/// The role that Identity Center gives, if the profile names one.
fn sso(files: &SharedFiles, profile: &Profile, name: &str) -> Result<Option<SsoRole>, Error> {
    if profile.get("sso_account_id").is_none() && profile.get("sso_role_name").is_none() {
        return Ok(None);
    }
    let session = match profile.get("sso_session") {
        None => None,
        Some(session) => Some(files.sso_session(session).ok_or_else(|| {
            let shown = session.escape_debug();
            unusable(
                name,
                &format!("has sso_session = `{shown}`, and there is no section [sso-session {shown}]"),
            )
        })?),
    };
    let required = |key: &str| {
        let own = profile.get(key);
        let value = match (own, session.and_then(|session| session.get(key))) {
            (Some(own), Some(shared)) if own != shared => {
                return Err(unusable(name, &format!("has another {key} than its sso-session")));
            }
            (own, shared) => shared.or(own),
        };
        let missing = || unusable(name, &format!("signs in through IAM Identity Center and has no {key}"));
        value.map(str::to_owned).ok_or_else(missing)
    };
    Ok(Some(SsoRole {
        session: profile.get("sso_session").map(str::to_owned),
        start_url: required("sso_start_url")?,
        region: required("sso_region")?,
        account_id: required("sso_account_id")?,
        role_name: required("sso_role_name")?,
    }))
}

fn role(profile: &Profile, name: &str, arn: &str) -> Result<Role, Error> {
    let text = |key: &str| profile.get(key).map(str::to_owned);
    Ok(Role {
        arn: arn.to_owned(),
        session_name: text("role_session_name"),
        external_id: profile.get("external_id").map(Secret::from),
        duration: duration(profile, name)?,
        mfa_serial: text("mfa_serial"),
    })
}

fn duration(profile: &Profile, name: &str) -> Result<Option<Duration>, Error> {
    let Some(seconds) = profile.get("duration_seconds") else { return Ok(None) };
    seconds.parse().map(Duration::from_secs).map(Some).map_err(|_| {
        let shown = seconds.escape_debug();
        unusable(name, &format!("has duration_seconds = `{shown}`: a number of seconds is needed"))
    })
}

fn credential_source(name: &str, place: &str) -> Result<Base, Error> {
    // botocore takes them in any case.
    match place.to_ascii_lowercase().as_str() {
        "environment" => Ok(Base::Environment),
        "ec2instancemetadata" => Ok(Base::InstanceMetadata),
        "ecscontainer" => Ok(Base::Container),
        _ => {
            let shown = place.escape_debug();
            Err(unusable(
                name,
                &format!(
                    "has credential_source = `{shown}`: it can be Environment, Ec2InstanceMetadata or EcsContainer"
                ),
            ))
        }
    }
}

fn unusable(profile: &str, problem: &str) -> Error {
    let problem = format!("`{}` {problem}", profile.escape_debug());
    CredentialsError::unusable("profile", problem).into()
}
