use std::process::ExitCode;

use serde_json::json;

use crate::{
    common::Common,
    failure::Failure,
    output::{iso_seconds, write_record},
    session,
};

pub(super) async fn run(common: &Common) -> Result<ExitCode, Failure> {
    let client = session::client(common)?;
    let identity = client.caller_identity().await?;
    let credentials = client.credentials_in_local_time().await?;
    let source = if common.no_sign_request { None } else { Some(session::origin(common)?) };
    let expiration = credentials.as_ref().and_then(|credentials| credentials.expiration()).map(iso_seconds);
    let token_size = credentials
        .as_ref()
        .and_then(|credentials| credentials.session_token())
        .map(|token| token.expose().len());
    let record = [
        ("account", json!(identity.account)),
        ("arn", json!(identity.arn)),
        ("user_id", json!(identity.user_id)),
        ("access_key_id", json!(credentials.as_ref().map(|credentials| credentials.access_key_id()))),
        ("source", json!(source)),
        ("expiration", json!(expiration)),
        ("session_token_bytes", json!(token_size)),
    ];
    write_record(common.output, &record).map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}
