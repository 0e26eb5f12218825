//! STS: AssumeRole, GetSessionToken, GetCallerIdentity.

use std::sync::Arc;

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    query_api::{Form, Writer, validation},
    server::State,
    state::config::{ACCOUNT, MFA_SERIAL},
    state::identities::{Caller, Kind, Role, Session},
    state::policy::{Policy, Question, Verdict},
    wire::Refusal,
    wire::xml::Document,
};

/// The limit for roles that a role's session assumes.
const CHAINED_SECONDS: i64 = 3600;
/// Session policies and tags are packed into the token; this is what they may have in plain characters.
const PACKED_LIMIT: usize = 2048;

pub(crate) fn assume_role(state: &State, form: &Form, caller: &Caller) -> Result<Writer, Refusal> {
    let arn = form.required("RoleArn")?;
    let name = form.required("RoleSessionName")?.to_owned();
    let is_name = (2..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte));
    if !is_name {
        return Err(validation(format!(
            "1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint"
        )));
    }
    let role = trusted_role(state, form, caller, arn)?;
    let seconds = role_seconds(form, caller, role)?;
    let mfa = check_mfa(state, form)?;
    if state.config.require_mfa && !mfa && !caller.mfa {
        return Err(denied(caller, "sts:AssumeRole", arn).because("the sandbox requires MFA (--require-mfa)"));
    }
    let (session_policies, packed) = session_policies(form)?;
    let source_identity = form.get("SourceIdentity").map(str::to_owned);
    let assumed = Caller {
        kind: Kind::Role,
        arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/{}/{name}", role.name),
        user_id: format!("{}:{name}", role.id()),
        mfa: mfa || caller.mfa,
        policies: std::iter::once(role.policy.clone()).chain(session_policies).collect(),
    };
    let session = state.identities.open_session(assumed, expiration(state, seconds));
    Ok(Box::new(move |xml| {
        xml.open("AssumedRoleUser");
        xml.text("AssumedRoleId", &session.caller.user_id);
        xml.text("Arn", &session.caller.arn);
        xml.close("AssumedRoleUser");
        write_credentials(xml, &session);
        xml.optional("SourceIdentity", source_identity.as_deref());
        if packed > 0 {
            xml.plain("PackedPolicySize", packed * 100 / PACKED_LIMIT);
        }
    }))
}

pub(crate) fn get_session_token(state: &State, form: &Form, caller: &Caller) -> Result<Writer, Refusal> {
    if caller.kind != Kind::LongLived {
        return Err(Refusal::new(
            "AccessDenied",
            403,
            "Cannot call GetSessionToken with session credentials",
        ));
    }
    let seconds = seconds(form, 43_200, 129_600)?;
    let mfa = check_mfa(state, form)?;
    let session_caller = Caller { kind: Kind::UserSession, mfa, ..caller.clone() };
    let session = state.identities.open_session(session_caller, expiration(state, seconds));
    Ok(Box::new(move |xml| write_credentials(xml, &session)))
}

pub(crate) fn get_caller_identity(caller: &Caller) -> Writer {
    let Caller { arn, user_id, .. } = caller.clone();
    Box::new(move |xml| {
        xml.text("Arn", &arn);
        xml.text("UserId", &user_id);
        xml.text("Account", ACCOUNT);
    })
}

/// The role, if it exists, trusts the caller, and the caller may assume it. All three are refused alike.
fn trusted_role<'a>(state: &'a State, form: &Form, caller: &Caller, arn: &str) -> Result<&'a Role, Refusal> {
    let refused = |reason: &str| denied(caller, "sts:AssumeRole", arn).because(reason);
    let role = state.identities.role_by_arn(arn).ok_or_else(|| refused("there is no such role"))?;
    let mut conditions = Vec::new();
    if let Some(id) = form.get("ExternalId") {
        conditions.push(("sts:ExternalId", id.to_owned()));
    }
    let has_mfa = form.get("TokenCode").is_some() || caller.mfa;
    conditions.push(("aws:MultiFactorAuthPresent", has_mfa.to_string()));
    let principals = caller.principals();
    let question = Question {
        action: "sts:AssumeRole",
        resource: arn,
        conditions: &conditions,
        principals: &principals,
    };
    match role.trust.verdict(&question) {
        // A trust policy that names the account suffices for users; a role's own policy need not allow it here.
        Verdict::Allowed => Ok(role),
        Verdict::Denied => Err(refused("the role's trust policy denies it")),
        Verdict::Silent => {
            Err(refused("the role's trust policy does not allow it (caller, external ID or MFA)"))
        }
    }
}

fn denied(caller: &Caller, action: &str, resource: &str) -> Refusal {
    let message =
        format!("User: {} is not authorized to perform: {action} on resource: {resource}", caller.arn);
    Refusal::new("AccessDenied", 403, message)
}

fn role_seconds(form: &Form, caller: &Caller, role: &Role) -> Result<i64, Refusal> {
    let seconds = seconds(form, 3600, 43_200)?;
    if caller.kind == Kind::Role && seconds > CHAINED_SECONDS {
        let limit = "the 1 hour session limit for roles assumed by role chaining.";
        return Err(validation(format!("The requested DurationSeconds exceeds {limit}")));
    }
    if seconds.unsigned_abs() > role.max_session.as_secs() {
        return Err(validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    Ok(seconds)
}

fn seconds(form: &Form, default: i64, most: i64) -> Result<i64, Refusal> {
    let Some(text) = form.get("DurationSeconds") else { return Ok(default) };
    match text.parse::<i64>() {
        Ok(seconds) if (900..=most).contains(&seconds) => Ok(seconds),
        _ => Err(validation(format!(
            "1 validation error detected: Value '{text}' at 'durationSeconds' failed to satisfy constraint: Member \
             must have value between 900 and {most}"
        ))),
    }
}

/// Whether MFA was proven. A wrong or reused code is refused.
fn check_mfa(state: &State, form: &Form) -> Result<bool, Refusal> {
    let failed =
        |what: &str| Refusal::new("AccessDenied", 403, format!("MultiFactorAuthentication failed {what}"));
    match (form.get("SerialNumber"), form.get("TokenCode")) {
        (None, None) => Ok(false),
        (Some(_), None) => Err(failed("must provide both MFA serial number and one time pass code.")),
        (None, Some(_)) => Err(failed("must provide both MFA serial number and one time pass code.")),
        (Some(serial), Some(code)) => {
            if serial != MFA_SERIAL {
                return Err(
                    failed("unable to validate MFA code.").because(format!("the device is {MFA_SERIAL}"))
                );
            }
            if state.identities.accept_code(code) {
                Ok(true)
            } else {
                Err(failed("with invalid MFA one time pass code.")
                    .because("six digits, each code once, not 000000"))
            }
        }
    }
}

/// The policies that narrow the session, and the characters which they and the tags take.
fn session_policies(form: &Form) -> Result<(Vec<Arc<Policy>>, usize), Refusal> {
    let mut policies = Vec::new();
    let mut size = 0;
    let malformed = |message: &str| Refusal::new("MalformedPolicyDocument", 400, message);
    if let Some(text) = form.get("Policy") {
        size += text.len();
        policies.push(
            Policy::parse(text).ok_or_else(|| malformed("The policy is not in the valid JSON format."))?,
        );
    }
    let arns = form.members("PolicyArns", ".arn");
    if !arns.is_empty() {
        policies.push(
            managed(&arns).ok_or_else(|| malformed("A policy ARN does not exist or is not attachable."))?,
        );
    }
    let tags = form
        .members("Tags", ".Key")
        .iter()
        .chain(&form.members("Tags", ".Value"))
        .map(|tag| tag.len())
        .sum::<usize>();
    size += tags;
    if size > PACKED_LIMIT {
        let message =
            format!("Packed size of session policies and tags consumes {}%", size * 100 / PACKED_LIMIT);
        return Err(Refusal::new("PackedPolicyTooLarge", 400, message));
    }
    Ok((policies.into_iter().map(Arc::new).collect(), size))
}

/// The AWS managed policies that sessions are usually narrowed to; several allow what any of them allows.
fn managed(arns: &[&str]) -> Option<Policy> {
    let statement = |arn: &&str| match arn.strip_prefix("arn:aws:iam::aws:policy/")? {
        "AdministratorAccess" => Some(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#),
        "AmazonS3FullAccess" => Some(r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#),
        "AmazonS3ReadOnlyAccess" | "ReadOnlyAccess" => {
            Some(r#"{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"*"}"#)
        }
        _ => None,
    };
    let statements = arns.iter().map(statement).collect::<Option<Vec<_>>>()?;
    Policy::parse(&format!("{{\"Statement\":[{}]}}", statements.join(",")))
}

fn expiration(state: &State, seconds: i64) -> OffsetDateTime {
    match state.config.session_lifetime {
        Some(lifetime) => state.now() + lifetime,
        None => state.now() + time::Duration::seconds(seconds),
    }
}

fn write_credentials(xml: &mut Document, session: &Session) {
    xml.open("Credentials");
    xml.text("AccessKeyId", &session.access_key_id);
    xml.text("SecretAccessKey", session.secret_access_key.expose());
    xml.text("SessionToken", session.token.expose());
    xml.plain("Expiration", session.expiration.format(&Rfc3339).unwrap_or_default());
    xml.close("Credentials");
}
