//! The Query protocol of STS and IAM: verifies the sender of a form, runs the operation that it names, and wraps the
//! result.

use crate::{
    iam,
    state::State,
    sts, verify,
    wire::{Answer, Api, Form, Outcome, Refusal, Request, Writer, xml::Document},
};

pub(crate) fn answer(state: &State, request: &Request, request_id: &str, fault: Option<Refusal>) -> Outcome {
    let form = Form::read(&request.body);
    let api = form.api();
    let operation = match form.get("Action") {
        Some("AssumeRole") => "AssumeRole",
        Some("AssumeRoleWithWebIdentity") => "AssumeRoleWithWebIdentity",
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

fn perform(
    state: &State,
    request: &Request,
    form: &Form,
    api: Api,
    operation: &'static str,
) -> Result<Writer, Refusal> {
    // The token is the proof: it is not signed.
    if operation == "AssumeRoleWithWebIdentity" {
        return sts::assume_role_with_web_identity(state, form);
    }
    let caller = verify::query::authenticate(state, request, api)?;
    match operation {
        "AssumeRole" => sts::assume_role(state, form, &caller),
        "GetSessionToken" => sts::get_session_token(state, form, &caller),
        "GetCallerIdentity" => Ok(sts::get_caller_identity(&caller)),
        "GetUser" => iam::get_user(state, form, &caller),
        "CreateUser" => iam::create_user(state, form, &caller),
        "GetRole" => iam::get_role(state, form, &caller),
        _ => {
            let name = form.get("Action").unwrap_or_default();
            Err(Refusal::new("InvalidAction", 400, format!("Could not find operation {name}")))
        }
    }
}

/// `<{Action}Response><{Action}Result>…`
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
