//! The device flow: <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_StartDeviceAuthorization.html>.
//! Whoever opens the page with the code in its address has confirmed it.

use serde_json::json;
use time::Duration;

use super::clients::authenticated;
use crate::{
    state::{
        State,
        sign_ins::{Device, new_secret},
    },
    wire::{Answer, Parameters, Refusal, Request},
};

const LIFE: Duration = Duration::minutes(10);
pub(super) const INTERVAL: Duration = Duration::seconds(1);

pub(crate) fn start_device_authorization(
    state: &State,
    request: &Request,
    parameters: &Parameters,
) -> Result<Answer, Refusal> {
    let mut issued = state.sign_ins.issued();
    let (client_id, _) = authenticated(&issued, state, parameters)?;
    let client_id = client_id.to_owned();
    if !parameters.required("startUrl")?.starts_with("https://") {
        return Err(Refusal::new("invalid_request", 400, "startUrl must be an https URL"));
    }
    let code = new_secret("dc-", 40);
    let half = || new_secret("", 4).to_ascii_uppercase();
    let user_code = format!("{}-{}", half(), half());
    let page = format!("http://{}/device", request.header("host").unwrap_or_default());
    let answer = json!({
        "deviceCode": code,
        "userCode": user_code,
        "verificationUri": page,
        "verificationUriComplete": format!("{page}?user_code={user_code}"),
        "expiresIn": LIFE.whole_seconds(),
        "interval": INTERVAL.whole_seconds(),
    });
    let expires = state.now() + LIFE;
    let device = Device { client_id, user_code, expires, is_confirmed: false, asked: None };
    issued.devices.insert(code, device);
    Ok(Answer::json(200, &answer))
}

pub(crate) fn confirm_device(state: &State, request: &Request) -> Result<Answer, Refusal> {
    let user_code = request.parameter("user_code").unwrap_or_default();
    let mut issued = state.sign_ins.issued();
    match issued.devices.values_mut().find(|device| device.user_code == user_code) {
        Some(device) => {
            device.is_confirmed = true;
            Ok(Answer::empty(200))
        }
        None => Err(Refusal::new("invalid_request", 400, "Invalid code")),
    }
}
