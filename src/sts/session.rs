//! What the operations that issue credentials share: `<Credentials>`, the sizes beside them, MFA parameters.

use std::time::Duration;

use sigv4::Secret;

use crate::{
    Error, InvalidInput,
    credentials::Credentials,
    wire::{form::Form, limits, timestamp, xml::Xml},
};

/// Read the `<Credentials>` element that was just entered.
pub(super) fn credentials(xml: &mut Xml<'_>) -> Result<Credentials, Error> {
    let (mut id, mut secret, mut token, mut expiration) = (None, None, None, None);
    while let Some(element) = xml.child()? {
        match element.name() {
            "AccessKeyId" => id = Some(xml.text()?),
            "SecretAccessKey" => secret = Some(Secret::new(xml.text()?)),
            "SessionToken" => token = Some(Secret::new(xml.text()?)),
            "Expiration" => expiration = Some(xml.parsed(timestamp::iso_8601, "a time")?),
            _ => xml.skip()?,
        }
    }
    match (id, secret, token, expiration) {
        (Some(id), Some(secret), Some(token), Some(expiration)) => {
            Ok(Credentials::new(id, secret).with_session_token(token).with_expiration(expiration))
        }
        _ => Err(xml.error("Credentials lack AccessKeyId, SecretAccessKey, SessionToken or Expiration")),
    }
}

/// Multi-factor authentication: the device and its current code go together.
#[derive(Clone, Debug, Default)]
pub(super) struct Mfa {
    pub(super) serial_number: Option<String>,
    pub(super) token_code: Option<String>,
}

impl Mfa {
    pub(super) fn check(&self) -> Result<(), InvalidInput> {
        if let Some(serial) = &self.serial_number {
            limits::name_with("SerialNumber", serial, 9..=256, "/:")?;
        }
        if let Some(code) = &self.token_code {
            limits::length("TokenCode", code, 6..=6)?;
            limits::characters("TokenCode", code, "digits", |c| c.is_ascii_digit())?;
        }
        match (&self.serial_number, &self.token_code) {
            (None, Some(_)) => {
                Err(InvalidInput::new("TokenCode", "needs SerialNumber, the device it comes from"))
            }
            (Some(_), None) => {
                Err(InvalidInput::new("SerialNumber", "needs TokenCode, the device's current code"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn write(&self, form: &mut Form) {
        form.optional("SerialNumber", self.serial_number.as_ref());
        form.optional("TokenCode", self.token_code.as_ref());
    }
}

/// `DurationSeconds`.
pub(super) fn write_duration(form: &mut Form, duration: Option<Duration>) {
    form.optional("DurationSeconds", duration.map(|duration| duration.as_secs().to_string()));
}

/// `MinimumSessionTokenSize`: ask STS to pad the token, to try what proxies and headers can take.
pub(super) fn check_token_size(size: Option<u32>) -> Result<(), InvalidInput> {
    match size {
        Some(size) if size > 4096 => Err(InvalidInput::new(
            "MinimumSessionTokenSize",
            format!("is {size}: 0 to 4096 bytes are allowed"),
        )),
        _ => Ok(()),
    }
}
