//! POST forms of any policy, signed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use sts3_sigv4::{
    Credentials, Mismatch, ReceivedForm, Scope, Secret, Signer, Timestamp, VerifiedForm, Verifier,
};

pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub(crate) const CREDENTIAL: &str = "AKIDEXAMPLE/20151229/us-east-1/s3/aws4_request";
pub(crate) const TIME: &str = "20151229T000000Z";
/// What the page demands of every policy, botocore's bucket, and a key.
pub(crate) const NEEDED: &str = r#"{"bucket": "b"}, ["starts-with", "$key", "user/"], {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
 {"x-amz-credential": "AKIDEXAMPLE/20151229/us-east-1/s3/aws4_request"}, {"x-amz-date": "20151229T000000Z"}"#;

pub(crate) fn at(time: &str) -> Timestamp {
    Timestamp::parse(time).unwrap()
}

pub(crate) fn verify(
    bucket: &str,
    fields: &[(&str, &str)],
    file: (Option<&str>, u64),
    now: Timestamp,
) -> Result<VerifiedForm, Mismatch> {
    let form = ReceivedForm { bucket, fields, file_name: file.0, file_length: file.1 };
    let verifier = Verifier::new(|_: &str| Some(Secret::new(SECRET))).region("us-east-1").service("s3");
    verifier.verify_post_form(&form, now)
}

/// A form of a policy, signed now.
pub(crate) fn of_policy(
    document: &str,
    more: &[(&str, &str)],
    length: u64,
) -> Result<VerifiedForm, Mismatch> {
    let credentials = Credentials::new("AKIDEXAMPLE", SECRET);
    let signer = Signer::new(&credentials, Scope::new("us-east-1", "s3"));
    let policy = base64(document.as_bytes());
    let signature = signer.sign_encoded_policy(&policy, at(TIME)).unwrap();
    let mut fields = vec![
        ("policy", policy.as_str()),
        ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
        ("x-amz-credential", CREDENTIAL),
        ("x-amz-date", TIME),
        ("x-amz-signature", signature.as_str()),
    ];
    if !more.iter().any(|(name, _)| name.eq_ignore_ascii_case("key")) {
        fields.push(("key", "user/a"));
    }
    fields.extend(more);
    verify("b", &fields, (Some("a.txt"), length), at(TIME))
}

pub(crate) fn of_conditions(
    conditions: &str,
    more: &[(&str, &str)],
    length: u64,
) -> Result<VerifiedForm, Mismatch> {
    let separator = if conditions.is_empty() { "" } else { ", " };
    of_policy(
        &format!(
            r#"{{"expiration": "2015-12-30T12:00:00.000Z", "conditions": [{NEEDED}{separator}{conditions}]}}"#
        ),
        more,
        length,
    )
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |group: &[u8]| {
        let bits = (0..3).fold(0_u32, |bits, at| bits << 8 | u32::from(group.get(at).copied().unwrap_or(0)));
        (0..4)
            .map(|at| {
                if at <= group.len() {
                    char::from(DIGITS[(bits >> (18 - 6 * at) & 63) as usize])
                } else {
                    '='
                }
            })
            .collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}
