//! AssumeRole: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.

use super::{
    session::{check_mfa, expiration, seconds, write_credentials},
    session_policy::{packed_percent, session_policies},
};
use crate::{
    state::{
        State,
        account::ACCOUNT,
        caller::{Caller, Kind},
        policy::{Question, Verdict},
        role::LoadedRole,
    },
    wire::{Form, Refusal, Writer, validation},
};

/// The limit for roles that a role's session assumes.
const CHAINED_SECONDS: i64 = 3600;

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
        return Err(Refusal::not_authorized(&caller.arn, "sts:AssumeRole", arn)
            .because("the sandbox requires MFA (--require-mfa)"));
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
            xml.plain("PackedPolicySize", packed_percent(packed));
        }
    }))
}

/// The role, if it exists, trusts the caller, and the caller may assume it. All three are refused alike.
fn trusted_role<'a>(
    state: &'a State,
    form: &Form,
    caller: &Caller,
    arn: &str,
) -> Result<&'a LoadedRole, Refusal> {
    let refused = |reason: &str| Refusal::not_authorized(&caller.arn, "sts:AssumeRole", arn).because(reason);
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

fn role_seconds(form: &Form, caller: &Caller, role: &LoadedRole) -> Result<i64, Refusal> {
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
