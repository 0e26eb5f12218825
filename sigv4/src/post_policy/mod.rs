//! S3 POST policies: what a browser form may upload, signed so that the form can carry it.
//! <https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sigv4-HTTPPOSTConstructPolicy.html>
//!
//! This file writes and signs them. On the other side `received` is a form as it arrived and what it must have, `document`
//! reads the policy in it, `conditions` holds the one to the other.

mod conditions;
mod document;
mod received;

pub use received::{ReceivedForm, VerifiedForm};

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use crate::{Error, Signature, Signer, Timestamp, base64, key::Written, sink::Sink, timestamp::Basic};

/// A policy document under construction. The conditions that the signature needs are added by signing.
///
/// ```
/// use sts3_sigv4::{Credentials, PostPolicy, Scope, Signer, Timestamp};
///
/// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
/// let signer = Signer::new(&credentials, Scope::new("us-east-1", "s3"));
/// let now = Timestamp::from_unix_seconds(1_440_938_160);
/// let policy = PostPolicy::new(Timestamp::from_unix_seconds(1_440_941_760))
///     .equals("bucket", "uploads")
///     .starts_with("key", "user/alice/")
///     .content_length(0, 10 * 1024 * 1024);
/// for (name, value) in signer.sign_post_policy(&policy, now)?.fields() {
///     println!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
/// }
/// # Ok::<(), sts3_sigv4::Error>(())
/// ```
#[derive(Clone)]
pub struct PostPolicy {
    expiration: Timestamp,
    conditions: Vec<String>,
}

impl core::fmt::Debug for PostPolicy {
    /// How many conditions there are: one may ask for a token's value.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PostPolicy")
            .field("expiration", &self.expiration)
            .field("conditions", &self.conditions.len())
            .finish()
    }
}

impl PostPolicy {
    /// A policy that ends at `expiration`.
    pub fn new(expiration: Timestamp) -> Self {
        Self { expiration, conditions: Vec::new() }
    }

    /// The form's field must have this value (`bucket`, `acl`, `key`, …).
    #[must_use]
    pub fn equals(mut self, field: &str, value: &str) -> Self {
        self.conditions.push(format!("{{{}: {}}}", json(field), json(value)));
        self
    }

    /// The form's field must start with this; an empty text allows any value.
    #[must_use]
    pub fn starts_with(mut self, field: &str, start: &str) -> Self {
        self.conditions.push(format!("[\"starts-with\", {}, {}]", json(&format!("${field}")), json(start)));
        self
    }

    /// The uploaded file must have at least `least` and at most `most` bytes.
    #[must_use]
    pub fn content_length(mut self, least: u64, most: u64) -> Self {
        self.conditions.push(format!("[\"content-length-range\", {least}, {most}]"));
        self
    }

    /// The document in JSON.
    fn document(&self) -> String {
        format!(
            "{{\"expiration\": \"{}\", \"conditions\": [{}]}}",
            extended(self.expiration),
            self.conditions.join(", ")
        )
    }
}

/// A signed policy: the fields which the form must carry beside its own.
#[derive(Clone)]
pub struct PostForm {
    policy: String,
    fields: Vec<(&'static str, String)>,
}

impl PostForm {
    /// Names and values of the fields: `policy`, `x-amz-algorithm`, `x-amz-credential`, `x-amz-date`,
    /// `x-amz-security-token` (temporary credentials) and `x-amz-signature`.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        core::iter::once(("policy", self.policy.as_str()))
            .chain(self.fields.iter().map(|(name, value)| (*name, value.as_str())))
    }
}

impl core::fmt::Debug for PostForm {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("PostForm(***)")
    }
}

impl Signer<'_> {
    /// Sign a policy. The conditions on the signature's own fields are added to it.
    ///
    /// # Errors
    /// [`Error::NoKey`].
    pub fn sign_post_policy(&self, policy: &PostPolicy, time: Timestamp) -> Result<PostForm, Error> {
        let date = time.basic();
        let mut policy = policy.clone();
        let mut fields = self.post_fields(&date);
        for (name, value) in &fields {
            policy = policy.equals(name, value);
        }
        let encoded = base64::encode(policy.document().as_bytes());
        let signature = self.sign_encoded(&encoded, &date)?;
        fields.push(("x-amz-signature", signature.as_str().to_owned()));
        Ok(PostForm { policy: encoded, fields })
    }

    /// Sign a policy that is base64-encoded already: it must hold the conditions on `x-amz-algorithm`,
    /// `x-amz-credential` and `x-amz-date`.
    ///
    /// # Errors
    /// [`Error::NoKey`].
    pub fn sign_encoded_policy(&self, policy: &str, time: Timestamp) -> Result<Signature, Error> {
        self.sign_encoded(policy, &time.basic())
    }

    fn sign_encoded(&self, policy: &str, date: &Basic) -> Result<Signature, Error> {
        Ok(self.key(&self.credential_scope(date)).ok_or(Error::NoKey)?.sign(&Encoded(policy)))
    }

    fn post_fields(&self, date: &Basic) -> Vec<(&'static str, String)> {
        let credential = format!("{}/{}", self.credentials().access_key_id(), self.credential_scope(date));
        let mut fields = Vec::from([
            ("x-amz-algorithm", self.algorithm.name().to_owned()),
            ("x-amz-credential", credential),
            ("x-amz-date", date.as_str().to_owned()),
        ]);
        let token = self.credentials().session_token();
        fields.extend(token.map(|token| ("x-amz-security-token", token.expose().to_owned())));
        fields
    }
}

/// The encoded policy is the string to sign.
pub(crate) struct Encoded<'a>(pub(crate) &'a str);

impl Written for Encoded<'_> {
    fn write(&self, sink: &mut impl Sink) {
        sink.put(self.0);
    }
}

/// `2015-12-30T12:00:00.000Z`.
fn extended(time: Timestamp) -> String {
    let basic = time.basic();
    let part = |range: core::ops::Range<usize>| basic.as_str().get(range).unwrap_or_default();
    let (year, month, day) = (part(0..4), part(4..6), part(6..8));
    format!("{year}-{month}-{day}T{}:{}:{}.000Z", part(9..11), part(11..13), part(13..15))
}

/// A JSON string.
fn json(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_json_whatever_the_values() {
        let policy = PostPolicy::new(Timestamp::from_unix_seconds(1_451_476_800)).equals("key", "a\"b\\c\n");
        assert_eq!(
            policy.document(),
            r#"{"expiration": "2015-12-30T12:00:00.000Z", "conditions": [{"key": "a\"b\\c\u000a"}]}"#
        );
    }
}
