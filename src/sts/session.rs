//! What the operations that issue credentials share: `<Credentials>`, the sizes beside them, MFA parameters.

use std::time::Duration;

use sigv4::Secret;

use crate::{
    Error, InvalidInput,
    credentials::{
        Credentials,
        received::{self, Received},
    },
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
            let received = Received {
                access_key_id: ("AccessKeyId", id),
                secret_access_key: ("SecretAccessKey", secret),
                session_token: Some(("SessionToken", token)),
            };
            let credentials =
                received::credentials(received).map_err(|problem| xml.error(format!("it {problem}")))?;
            Ok(credentials.with_expiration(expiration))
        }
        _ => Err(xml.error("Credentials lack AccessKeyId, SecretAccessKey, SessionToken or Expiration")),
    }
}

/// What most answers bring beside their own elements.
#[derive(Default)]
pub(super) struct Issued {
    credentials: Option<Credentials>,
    pub(super) assumed_role_id: Option<String>,
    pub(super) arn: Option<String>,
    pub(super) packed_policy_size: Option<u32>,
    pub(super) source_identity: Option<String>,
    pub(super) session_token_utilization: Option<u32>,
    pub(super) session_token_size: Option<u32>,
}

impl Issued {
    /// Read the element that was just entered, if it is one of these.
    pub(super) fn read(&mut self, name: &str, xml: &mut Xml<'_>) -> Result<bool, Error> {
        match name {
            "Credentials" => self.credentials = Some(credentials(xml)?),
            "AssumedRoleUser" | "FederatedUser" => self.read_user(xml)?,
            "PackedPolicySize" => {
                self.packed_policy_size = Some(xml.parsed(|t| t.parse().ok(), "a percentage")?)
            }
            "SourceIdentity" => self.source_identity = Some(xml.text()?),
            "SessionTokenUtilization" => {
                self.session_token_utilization = Some(xml.parsed(|t| t.parse().ok(), "a percentage")?);
            }
            "SessionTokenSize" => self.session_token_size = Some(xml.parsed(|t| t.parse().ok(), "a size")?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn read_user(&mut self, xml: &mut Xml<'_>) -> Result<(), Error> {
        while let Some(element) = xml.child()? {
            match element.name() {
                // Ceph writes `AssumeRoleId`.
                "AssumedRoleId" | "AssumeRoleId" | "FederatedUserId" => {
                    self.assumed_role_id = Some(xml.text()?)
                }
                "Arn" => self.arn = Some(xml.text()?),
                _ => xml.skip()?,
            }
        }
        Ok(())
    }

    /// The credentials, without which the answer is none, and the account of the user that they are for.
    pub(super) fn take_credentials(&mut self, document: &'static str) -> Result<Credentials, Error> {
        let credentials =
            self.credentials.take().ok_or_else(|| Error::parse(document, "it has no Credentials"))?;
        Ok(credentials.of_arn(self.arn.as_deref()))
    }
}

/// Session policies, as the operations that take them check and write them.
#[derive(Clone, Debug, Default)]
pub(super) struct SessionPolicies {
    pub(super) policy: Option<String>,
    pub(super) policy_arns: Vec<String>,
}

impl SessionPolicies {
    /// `longest`: AssumeRole's own model has no maximum any more; the service judges the packed size.
    pub(super) fn check(&self, longest: Option<usize>) -> Result<(), InvalidInput> {
        if let Some(policy) = &self.policy {
            check_policy(policy)?;
            if let Some(longest) = longest {
                limits::length("Policy", policy, 1..=longest)?;
            }
        }
        limits::count("PolicyArns", self.policy_arns.len(), 10)?;
        self.policy_arns.iter().try_for_each(|arn| limits::arn("PolicyArns", arn))
    }

    pub(super) fn write(&self, form: &mut Form) {
        form.optional("Policy", self.policy.as_ref());
        for (index, arn) in (1..).zip(&self.policy_arns) {
            form.field(&format!("PolicyArns.member.{index}.arn"), arn);
        }
    }
}

/// `[\u0009\u000A\u000D\u0020-\u00FF]+`.
fn check_policy(policy: &str) -> Result<(), InvalidInput> {
    if policy.is_empty() {
        return Err(InvalidInput::new("Policy", "is empty: give a JSON policy, or leave it out"));
    }
    limits::characters("Policy", policy, "tab, line breaks and U+0020 to U+00FF", |c| {
        matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{FF}')
    })
}

/// A session tag.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tag {
    /// 1 to 128 characters.
    pub key: String,
    /// At most 256 characters.
    pub value: String,
}

impl Tag {
    pub(super) fn check(&self) -> Result<(), InvalidInput> {
        check_tag_text("Tags.Key", &self.key, 1..=128)?;
        check_tag_text("Tags.Value", &self.value, 0..=256)
    }
}

/// At most 50 tags.
pub(super) fn check_tags(tags: &[Tag]) -> Result<(), InvalidInput> {
    limits::count("Tags", tags.len(), 50)?;
    tags.iter().try_for_each(Tag::check)?;
    // STS takes keys that differ in case only for the same one.
    let mut keys: Vec<String> = tags.iter().map(|tag| tag.key.to_lowercase()).collect();
    keys.sort_unstable();
    if let Some([twice, ..]) = keys.windows(2).find(|pair| pair.first() == pair.last()) {
        return Err(InvalidInput::new("Tags.Key", format!("`{twice}` is given twice")));
    }
    if keys.iter().any(|key| key.starts_with("aws:")) {
        return Err(InvalidInput::new("Tags.Key", "starts with `aws:`: that is reserved"));
    }
    Ok(())
}

pub(super) fn write_tags(form: &mut Form, tags: &[Tag]) {
    for (index, tag) in (1..).zip(tags) {
        form.field(&format!("Tags.member.{index}.Key"), &tag.key);
        form.field(&format!("Tags.member.{index}.Value"), &tag.value);
    }
}

/// `[\p{L}\p{Z}\p{N}_.:/=+\-@]`.
pub(super) fn check_tag_text(
    parameter: &'static str,
    text: &str,
    range: std::ops::RangeInclusive<usize>,
) -> Result<(), InvalidInput> {
    limits::length(parameter, text, range)?;
    let set = "letters, digits, spaces and _.:/=+-@";
    let space = |c: char| c.is_whitespace() && !c.is_control();
    limits::characters(parameter, text, set, |c| c.is_alphanumeric() || space(c) || "_.:/=+-@".contains(c))
}

/// Multi-factor authentication: the device and its current code go together.
#[derive(Clone, Debug, Default)]
pub(super) struct Mfa {
    pub(super) serial_number: Option<String>,
    pub(super) token_code: Option<Secret>,
}

impl Mfa {
    pub(super) fn check(&self) -> Result<(), InvalidInput> {
        if let Some(serial) = &self.serial_number {
            limits::name_with("SerialNumber", serial, 9..=256, "/:")?;
        }
        if let Some(code) = &self.token_code {
            limits::length("TokenCode", code.expose(), 6..=6)?;
            limits::characters("TokenCode", code.expose(), "digits", |c| c.is_ascii_digit())?;
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
        form.optional("TokenCode", self.token_code.as_ref().map(Secret::expose));
    }
}

/// `DurationSeconds`.
pub(super) fn write_duration(form: &mut Form, duration: Option<Duration>) {
    form.optional("DurationSeconds", duration.map(|duration| duration.as_secs().to_string()));
}

/// `MinimumSessionTokenSize`.
pub(super) fn write_token_size(form: &mut Form, size: Option<u32>) {
    form.optional("MinimumSessionTokenSize", size.map(|size| size.to_string()));
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
