//! What a profile says to do for its credentials, decided before anything is done: no call, no process, no
//! token file.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html>

use std::{path::PathBuf, time::Duration};

use sigv4::Secret;

use super::{Environment, Profile, Settings, SharedFiles, login::LoginSession, sso::SsoRole};
use crate::Credentials;
use crate::{CredentialsError, Error, InvalidInput, error::Origin};

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
        /// Of the token file's name.
        place: Origin,
        duration: Option<Duration>,
        origins: Origins,
    },
    Container,
    InstanceMetadata,
    Sso(SsoRole),
    Login(LoginSession),
    /// The command line of `credential_process`, where it stands, and the account that its profile names.
    Process {
        command: Secret,
        place: Option<Origin>,
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
    pub(super) origins: Origins,
}

/// Where the settings of a role stand, by the names that STS has for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Origins(Vec<(&'static str, Origin)>);

impl Origins {
    fn of_profile(profile: &Profile) -> Self {
        let parameters = [
            ("RoleArn", "role_arn"),
            ("RoleSessionName", "role_session_name"),
            ("ExternalId", "external_id"),
            ("DurationSeconds", "duration_seconds"),
            ("SerialNumber", "mfa_serial"),
        ];
        let found = parameters.into_iter().filter_map(|(name, key)| Some((name, profile.origin(key)?)));
        Self(found.collect())
    }

    /// A value was given in place of the setting's.
    pub(super) fn forget(&mut self, parameter: &str) {
        self.0.retain(|(name, _)| *name != parameter);
    }

    /// The fault with the place where its value stands.
    pub(super) fn locate(&self, fault: InvalidInput) -> InvalidInput {
        match self.0.iter().find(|(name, _)| *name == fault.parameter) {
            Some((_, origin)) => fault.with_origin(origin.clone()),
            None => fault,
        }
    }
}

impl Role {
    /// All that a session of the role depends on beside whoever assumes it.
    pub(super) fn parameters(&self) -> String {
        let Self { arn, session_name, external_id, duration, mfa_serial, origins: _ } = self;
        let external_id = external_id.as_ref().map(Secret::expose);
        // `Debug` of texts puts quotes around them and escapes those inside.
        format!("{arn:?} {session_name:?} {external_id:?} {duration:?} {mfa_serial:?}")
    }
}

/// What to do for the profile `name`; `None` if it says nothing about credentials. `overlay` is the
/// environment where its web identity counts, which is so unless the user named a profile: behind the profile's role and
/// before all else that it says, as botocore has it.
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
    let mut visited = vec![name];
    let mut roles = Vec::new();
    let base = loop {
        let (name, is_source) = (visited.last().copied().unwrap_or(name), visited.len() > 1);
        profile.check()?;
        // Keys in a profile that others assume roles with are used as they are: its own role is for itself.
        if is_source && let Some(keys) = profile.credentials()? {
            break Some(Base::Keys(keys));
        }
        let own_role = profile.get("role_arn").filter(|_| profile.get("web_identity_token_file").is_none());
        let Some(arn) = own_role else {
            let base = base(files, profile, name, overlay.filter(|_| !is_source))?;
            // botocore refuses a source that has nothing but a credential_source; the SDKs for Rust and JavaScript take it.
            break match profile.get("credential_source").filter(|_| base.is_none() && is_source) {
                Some(place) => Some(credential_source(profile, name, place)?),
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
            let named = visited.iter().rev().nth(1).and_then(|name| files.profile(name));
            let place = named.map(|profile| at(profile, "source_profile")).unwrap_or_default();
            Err(unusable(last, &format!("is the source_profile of another{place} and has no credentials")))
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
        (None, Some(place)) => Ok(Source::Place(credential_source(profile, name, place)?)),
        (Some(_), Some(_)) => {
            let (one, other) = (at(profile, "source_profile"), at(profile, "credential_source"));
            let problem =
                format!("has both source_profile and credential_source: only one can be{one}{other}");
            Err(unusable(name, &problem))
        }
        (None, None) => {
            let problem = format!(
                "has role_arn{} but neither source_profile nor credential_source: whose credentials may assume it?",
                at(profile, "role_arn")
            );
            Err(unusable(name, &problem))
        }
    }
}

/// The profile that `visited`'s last names as its source.
fn source_profile<'a>(files: &'a SharedFiles, visited: &[&str], source: &str) -> Result<&'a Profile, Error> {
    let last = visited.last().copied().unwrap_or_default();
    let Some(profile) = files.profile(source) else {
        let place = files.profile(last).map(|profile| at(profile, "source_profile")).unwrap_or_default();
        let (shown, advice) = (source.escape_debug(), files.advice(source));
        let problem = format!("has source_profile `{shown}`{place}, and there is no such profile{advice}");
        return Err(unusable(last, &problem));
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
    if let Some(identity) = web_identity(profile, name, overlay)? {
        return Ok(Some(identity));
    }
    if let Some(role) = sso(files, profile, name)? {
        return Ok(Some(Base::Sso(role)));
    }
    if let Some(keys) = profile.credentials_file.keys()? {
        return Ok(Some(Base::Keys(keys)));
    }
    if let Some(session) = profile.get("login_session") {
        let region = profile.region().map(str::to_owned);
        return Ok(Some(Base::Login(LoginSession { name: session.to_owned(), region })));
    }
    if let Some(command) = profile.get("credential_process") {
        let account_id = profile.get("aws_account_id").map(str::to_owned);
        let place = profile.origin("credential_process");
        return Ok(Some(Base::Process { command: command.into(), place, account_id }));
    }
    Ok(profile.config_file.keys()?.map(Base::Keys))
}

/// A web identity: each of the environment's variables counts before the profile's setting.
fn web_identity(profile: &Profile, name: &str, overlay: Option<&Environment>) -> Result<Option<Base>, Error> {
    let either = |variable: &'static str, key: &str| {
        let of_environment = overlay.and_then(|environment| environment.get(variable));
        match of_environment {
            Some(value) => Some((value, Origin::Variable(variable))),
            None => profile.get(key).zip(profile.origin(key)),
        }
    };
    let token_file = either("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
    let Some((token_file, place)) = token_file else { return Ok(None) };
    let Some((role_arn, origin)) = either("AWS_ROLE_ARN", "role_arn") else {
        let (provider, missing) = match &place {
            Origin::Variable(_) => ("environment".to_owned(), "AWS_ROLE_ARN, its role, is not"),
            _ => (format!("profile `{}`", name.escape_debug()), "role_arn is not"),
        };
        let problem = format!("{provider}: a web identity token file is set ({place}) and {missing}");
        return Err(CredentialsError::unusable("web identity", problem).into());
    };
    let mut origins = vec![("RoleArn", origin)];
    let session_name = either("AWS_ROLE_SESSION_NAME", "role_session_name").map(|(name, origin)| {
        origins.push(("RoleSessionName", origin));
        name.to_owned()
    });
    // The SDK guide names `duration_seconds` among the settings of both kinds of roles. What the environment has is another role.
    let is_own = matches!(place, Origin::Line { .. });
    Ok(Some(Base::WebIdentity {
        role_arn: role_arn.to_owned(),
        session_name,
        token_file: token_file.into(),
        place,
        duration: if is_own { duration(profile, name)? } else { None },
        origins: Origins(origins),
    }))
}

/// The role that Identity Center gives, if the profile names one.
fn sso(files: &SharedFiles, profile: &Profile, name: &str) -> Result<Option<SsoRole>, Error> {
    if profile.get("sso_account_id").is_none() && profile.get("sso_role_name").is_none() {
        return Ok(None);
    }
    let session = match profile.get("sso_session") {
        None => None,
        Some(session) => Some(files.sso_session(session).ok_or_else(|| {
            let (shown, place) = (session.escape_debug(), at(profile, "sso_session"));
            let problem =
                format!("has sso_session = `{shown}`{place}, and there is no section [sso-session {shown}]");
            unusable(name, &problem)
        })?),
    };
    session.map_or(Ok(()), Settings::check)?;
    let required = |key: &str| {
        let own = profile.get(key);
        let value = match (own, session.and_then(|session| session.get(key))) {
            (Some(own), Some(shared)) if own != shared => {
                let place = at(profile, key);
                return Err(unusable(name, &format!("has another {key}{place} than its sso-session")));
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
        origins: Origins::of_profile(profile),
    })
}

fn duration(profile: &Profile, name: &str) -> Result<Option<Duration>, Error> {
    let Some(seconds) = profile.get("duration_seconds") else { return Ok(None) };
    seconds.parse().map(Duration::from_secs).map(Some).map_err(|_| {
        let (shown, place) = (seconds.escape_debug(), at(profile, "duration_seconds"));
        unusable(name, &format!("has duration_seconds = `{shown}`{place}: a number of seconds is needed"))
    })
}

fn credential_source(profile: &Profile, name: &str, place: &str) -> Result<Base, Error> {
    // botocore takes them in any case.
    match place.to_ascii_lowercase().as_str() {
        "environment" => Ok(Base::Environment),
        "ec2instancemetadata" => Ok(Base::InstanceMetadata),
        "ecscontainer" => Ok(Base::Container),
        _ => {
            let (shown, line) = (place.escape_debug(), at(profile, "credential_source"));
            let rule = "it can be Environment, Ec2InstanceMetadata or EcsContainer";
            Err(unusable(name, &format!("has credential_source = `{shown}`{line}: {rule}")))
        }
    }
}

/// The place of a setting, to be put behind its name.
fn at(profile: &Profile, key: &str) -> String {
    profile.origin(key).map(|origin| format!(" ({origin})")).unwrap_or_default()
}

fn unusable(profile: &str, problem: &str) -> Error {
    let problem = format!("`{}` {problem}", profile.escape_debug());
    CredentialsError::unusable("profile", problem).into()
}
