//! The Query protocol of STS and IAM: form bodies, wrapped answers.

use std::collections::BTreeMap;

use sigv4::{Timestamp, Verifier};

use crate::{
    iam,
    server::{Outcome, State},
    state::identities::{Caller, Kind},
    sts,
    wire::Answer,
    wire::Request,
    wire::xml::Document,
    wire::{self, Refusal},
};

/// A form's fields by name.
pub(crate) struct Form(BTreeMap<String, String>);

impl Form {
    fn read(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// A field; an empty one counts as not given.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| validation(format!("1 validation error detected: {name} is missing")))
    }

    /// `Name.member.1`, `Name.member.2`, … with a suffix.
    pub(crate) fn members(&self, name: &str, suffix: &str) -> Vec<&str> {
        (1..).map_while(|index| self.get(&format!("{name}.member.{index}{suffix}"))).collect()
    }
}

pub(crate) fn validation(message: impl Into<String>) -> Refusal {
    Refusal::new("ValidationError", 400, message)
}

/// The API that a form belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Api {
    Sts,
    Iam,
}

impl Api {
    const fn namespace(self) -> &'static str {
        match self {
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
            Self::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
        }
    }
}

pub(crate) fn answer(state: &State, request: &Request, request_id: &str, fault: Option<Refusal>) -> Outcome {
    let form = Form::read(&request.body);
    let api = if form.get("Version") == Some("2010-05-08") { Api::Iam } else { Api::Sts };
    let operation = match form.get("Action") {
        Some("AssumeRole") => "AssumeRole",
        Some("GetSessionToken") => "GetSessionToken",
        Some("GetCallerIdentity") => "GetCallerIdentity",
        Some("GetUser") => "GetUser",
        Some("CreateUser") => "CreateUser",
        Some("GetRole") => "GetRole",
        _ => "unknown",
    };
    let result = match fault {
        Some(fault) => Err(fault),
        None => perform(state, request, &form, api, operation),
    };
    match result {
        Ok(result) => Outcome { operation, answer: wrap(operation, api, result, request_id), refusal: None },
        Err(refusal) => Outcome {
            operation,
            answer: refusal.to_query(api.namespace(), request_id),
            refusal: Some(refusal),
        },
    }
}

/// Writes what stands inside `<{Action}Result>`.
pub(crate) type Writer = Box<dyn FnOnce(&mut Document)>;

fn perform(
    state: &State,
    request: &Request,
    form: &Form,
    api: Api,
    operation: &'static str,
) -> Result<Writer, Refusal> {
    let caller = authenticate(state, request, api)?;
    match operation {
        "AssumeRole" => sts::assume_role::assume_role(state, form, &caller),
        "GetSessionToken" => sts::assume_role::get_session_token(state, form, &caller),
        "GetCallerIdentity" => Ok(sts::assume_role::get_caller_identity(&caller)),
        "GetUser" => iam::user::get_user(state, form, &caller),
        "CreateUser" => iam::user::create_user(state, form, &caller),
        "GetRole" => iam::user::get_role(state, form, &caller),
        _ => {
            let name = form.get("Action").unwrap_or_default();
            Err(Refusal::new("InvalidAction", 400, format!("Could not find operation {name}")))
        }
    }
}

/// Check signature, token and expiry.
fn authenticate(state: &State, request: &Request, api: Api) -> Result<Caller, Refusal> {
    let now = state.now();
    let lookup = |id: &str| state.identities.secret(id);
    let verifier = match api {
        Api::Sts => Verifier::new(lookup).service("sts").region(state.config.region.as_str()),
        // One endpoint for all regions: clients sign for us-east-1, or for their own region when given a URL.
        Api::Iam => Verifier::new(lookup).service("iam"),
    };
    let verified = request
        .received(|received| verifier.verify(received, Timestamp::from(now)))
        .map_err(|mismatch| wire::query_mismatch(&mismatch))?;
    let invalid = |reason: &str| {
        Refusal::new("InvalidClientTokenId", 403, "The security token included in the request is invalid.")
            .because(reason)
    };
    let caller = match (state.identities.session(&verified.access_key_id), &verified.session_token) {
        (None, None) => state.identities.user(),
        (None, Some(_)) => return Err(invalid("a long-lived key came with a session token")),
        (Some(_), None) => return Err(invalid("a temporary key came without its session token")),
        (Some(session), Some(token)) if session.token != *token => {
            return Err(invalid("the session token is not the one of this key"));
        }
        (Some(session), Some(_)) if session.expiration <= now => {
            let message = "The security token included in the request is expired";
            return Err(Refusal::new("ExpiredToken", 403, message)
                .because(format!("it ended at {}", session.expiration)));
        }
        (Some(session), Some(_)) => session.caller,
    };
    if api == Api::Iam && caller.kind == Kind::UserSession && !caller.mfa {
        return Err(invalid("a session token without MFA cannot call IAM"));
    }
    Ok(caller)
}

fn wrap(operation: &'static str, api: Api, result: Writer, request_id: &str) -> Answer {
    let (response, inner) = (format!("{operation}Response"), format!("{operation}Result"));
    let mut xml = Document::new();
    xml.open_in(&response, api.namespace());
    xml.open(&inner);
    result(&mut xml);
    xml.close(&inner);
    xml.open("ResponseMetadata");
    xml.text("RequestId", request_id);
    xml.close("ResponseMetadata");
    xml.close(&response);
    Answer::xml(200, xml)
}
