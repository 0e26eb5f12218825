//! What the operations that issue sessions have in common: duration, MFA, and the credentials in the answer.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    state::{State, account::MFA_SERIAL, session::Session},
    wire::{Form, Refusal, validation, xml::Document},
};

/// `DurationSeconds`: from 900 to `most`.
pub(super) fn seconds(form: &Form, default: i64, most: i64) -> Result<i64, Refusal> {
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
pub(super) fn check_mfa(state: &State, form: &Form) -> Result<bool, Refusal> {
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

/// When a session of this length expires, if it begins now.
pub(super) fn expiration(state: &State, seconds: i64) -> OffsetDateTime {
    match state.config.session_lifetime {
        Some(lifetime) => state.now() + lifetime,
        None => state.now() + time::Duration::seconds(seconds),
    }
}

/// As STS writes times; some clients read no fractions.
fn whole_seconds(time: OffsetDateTime) -> OffsetDateTime {
    time.replace_nanosecond(0).unwrap_or(time)
}

pub(super) fn write_credentials(xml: &mut Document, session: &Session) {
    xml.open("Credentials");
    xml.text("AccessKeyId", &session.access_key_id);
    xml.text("SecretAccessKey", session.secret_access_key.expose());
    xml.text("SessionToken", session.token.expose());
    xml.plain("Expiration", whole_seconds(session.expiration).format(&Rfc3339).unwrap_or_default());
    xml.close("Credentials");
}
