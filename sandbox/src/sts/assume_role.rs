//! AssumeRole: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.

use super::{
    role_session::{RoleSession, session_name},
    session::{check_mfa, seconds},
};
use crate::{
    state::{
        State,
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
    let name = session_name(form)?;
    let role = trusted_role(state, form, caller, arn)?;
    let seconds = role_seconds(form, caller)?;
    let mfa = check_mfa(state, form)?;
    if state.config.require_mfa && !mfa && !caller.mfa {
        return Err(Refusal::not_authorized(&caller.arn, "sts:AssumeRole", arn)
            .because("the sandbox requires MFA (--require-mfa)"));
    }
    let source_identity = form.get("SourceIdentity").map(str::to_owned);
    let session = RoleSession { role, name, seconds, mfa: mfa || caller.mfa }.open(state, form)?;
    Ok(Box::new(move |xml| {
        session.write(xml);
        xml.optional("SourceIdentity", source_identity.as_deref());
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

fn role_seconds(form: &Form, caller: &Caller) -> Result<i64, Refusal> {
    let seconds = seconds(form, 3600, 43_200)?;
    if caller.kind == Kind::Role && seconds > CHAINED_SECONDS {
        let limit = "the 1 hour session limit for roles assumed by role chaining.";
        return Err(validation(format!("The requested DurationSeconds exceeds {limit}")));
    }
    Ok(seconds)
}
