//! IAM Roles Anywhere: CreateSession, which has no model; request and answer are those of
//! <https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-create-session.html>.

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::{
    state::{
        State,
        account::ACCOUNT,
        caller::{Caller, Kind},
        policy::{Question, Verdict},
        role::LoadedRole,
    },
    verify::x509::{self, Holder},
    wire::{Answer, Outcome, Refusal, Request},
};

const OPERATION: &str = "CreateSession";
/// Who assumes the roles.
const PRINCIPAL: &str = "rolesanywhere.amazonaws.com";

/// Whether a request is for this service: S3's are signed otherwise.
pub(crate) fn is_for(request: &Request) -> bool {
    request.header("authorization").is_some_and(|value| value.starts_with(x509::SCHEME))
}

pub(crate) fn answer(state: &State, request: &Request, fault: Option<Refusal>) -> Outcome {
    let result = match fault {
        Some(fault) => Err(fault),
        None => create_session(state, request),
    };
    match result {
        Ok(body) => Outcome { operation: OPERATION, answer: written(201, &body), refusal: None },
        Err(refusal) => {
            let answer = written(refusal.status, &json!({"message": refusal.message}));
            let answer = answer.header("x-amzn-errortype", refusal.code.clone());
            Outcome { operation: OPERATION, answer, refusal: Some(refusal) }
        }
    }
}

fn create_session(state: &State, request: &Request) -> Result<Value, Refusal> {
    if (request.method.as_str(), request.path.as_str()) != ("POST", "/sessions") {
        return Err(Refusal::new("UnknownOperationException", 404, "there is POST /sessions alone"));
    }
    let holder = x509::authenticate(state, request)?;
    let body: Value =
        serde_json::from_slice(&request.body).map_err(|_| validation("the body is not JSON"))?;
    let text = |name: &str| {
        let given = body.get(name).and_then(Value::as_str).map(str::to_owned);
        given.or_else(|| request.parameter(name))
    };
    for (name, kind) in [("trustAnchorArn", "trust-anchor"), ("profileArn", "profile")] {
        let start = format!("arn:aws:rolesanywhere:{}:{ACCOUNT}:{kind}/", state.config.region);
        if !text(name).unwrap_or_default().starts_with(&start) {
            return Err(validation(format!("{name} does not begin with {start}")));
        }
    }
    let role_arn = text("roleArn").ok_or_else(|| validation("roleArn is missing"))?;
    let role = trusting_role(state, &role_arn)?;
    let seconds = body.get("durationSeconds").and_then(Value::as_i64).unwrap_or(3600);
    if !(900..=43_200).contains(&seconds) {
        return Err(validation("durationSeconds is not between 900 and 43200"));
    }
    Ok(opened(state, role, &holder, text("roleSessionName"), seconds))
}

fn trusting_role<'a>(state: &'a State, arn: &str) -> Result<&'a LoadedRole, Refusal> {
    let refused = |reason: &str| {
        Refusal::new("AccessDeniedException", 403, format!("Unable to assume role for {arn}")).because(reason)
    };
    let role = state.identities.role_by_arn(arn).ok_or_else(|| refused("there is no such role"))?;
    let question = Question {
        action: "sts:AssumeRole",
        resource: arn,
        conditions: &[],
        principals: &[PRINCIPAL.to_owned()],
    };
    match role.trust.verdict(&question) {
        Verdict::Allowed => Ok(role),
        Verdict::Denied | Verdict::Silent => {
            Err(refused("the role's trust policy does not allow rolesanywhere.amazonaws.com"))
        }
    }
}

fn opened(state: &State, role: &LoadedRole, holder: &Holder, name: Option<String>, seconds: i64) -> Value {
    let name = name.unwrap_or_else(|| holder.serial.clone());
    let caller = Caller {
        kind: Kind::Role,
        arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/{}/{name}", role.name),
        user_id: format!("{}:{name}", role.id()),
        mfa: false,
        policies: vec![role.policy.clone()],
    };
    let lifetime = state.config.session_lifetime.and_then(|lifetime| lifetime.try_into().ok());
    let end = state.now() + lifetime.unwrap_or(time::Duration::seconds(seconds));
    let session = state.identities.open_session(caller, end.replace_nanosecond(0).unwrap_or(end));
    json!({
        "credentialSet": [{
            "assumedRoleUser": {"arn": session.caller.arn, "assumedRoleId": session.caller.user_id},
            "credentials": {
                "accessKeyId": session.access_key_id,
                "secretAccessKey": session.secret_access_key.expose(),
                "sessionToken": session.token.expose(),
                "expiration": session.expiration.format(&Rfc3339).unwrap_or_default(),
            },
            "packedPolicySize": 0,
            "roleArn": role.arn(),
        }],
        "subjectArn": format!("arn:aws:rolesanywhere:{}:{ACCOUNT}:subject/{}", state.config.region, holder.serial),
    })
}

fn validation(message: impl Into<String>) -> Refusal {
    Refusal::new("ValidationException", 400, message)
}

fn written(status: u16, body: &Value) -> Answer {
    let headers = vec![("content-type".into(), "application/json".to_owned())];
    Answer { status, headers, body: body.to_string().into() }
}
