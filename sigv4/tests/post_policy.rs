//! S3 POST policies, signed as botocore signs them (`fixtures/sigv4/post-policy.json`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeMap;

use serde::Deserialize;
use sts3_sigv4::{
    Credentials, Mismatch, PostPolicy, ReceivedForm, Scope, Secret, Signer, Timestamp, VerifiedForm, Verifier,
};

/// When botocore signed the forms.
const TIME: &str = "20150830T123600Z";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

#[derive(Deserialize)]
struct Form {
    region: String,
    time: String,
    token: Option<String>,
    fields: BTreeMap<String, String>,
}

fn forms() -> Vec<Form> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/sigv4/post-policy.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn credentials(form: &Form) -> Credentials {
    let credentials = Credentials::new("AKIDEXAMPLE", SECRET);
    match &form.token {
        Some(token) => credentials.with_session_token(token.as_str()),
        None => credentials,
    }
}

fn verify(region: &str, fields: &BTreeMap<String, String>) -> Result<VerifiedForm, Mismatch> {
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let lookup = |id: &str| (id == "AKIDEXAMPLE").then(|| Secret::new(SECRET));
    let fields = [&fields[..], &[("key", "user/a")]].concat();
    let form = ReceivedForm { bucket: "uploads", fields: &fields, file_name: None, file_length: 1 };
    Verifier::new(lookup)
        .region(region)
        .service("s3")
        .verify_post_form(&form, Timestamp::parse(TIME).unwrap())
}

#[test]
fn encoded_policies_are_signed_as_by_botocore_and_verify() {
    let forms = forms();
    assert_eq!(forms.len(), 15);
    for form in &forms {
        let credentials = credentials(form);
        let signer = Signer::new(&credentials, Scope::new(&form.region, "s3"));
        let time = Timestamp::parse(&form.time).unwrap();
        let signature = signer.sign_encoded_policy(&form.fields["policy"], time).unwrap();
        assert_eq!(signature.as_str(), form.fields["x-amz-signature"]);
        let verified = verify(&form.region, &form.fields).unwrap();
        assert_eq!(verified.session_token.as_ref().map(Secret::expose), form.token.as_deref());
        for name in ["policy", "x-amz-signature", "x-amz-credential", "x-amz-date", "x-amz-algorithm"] {
            let mut changed = form.fields.clone();
            changed.get_mut(name).unwrap().insert(3, 'A');
            assert!(verify(&form.region, &changed).is_err(), "{name}");
            changed.remove(name);
            assert!(matches!(verify(&form.region, &changed), Err(Mismatch::Malformed { .. })), "{name}");
        }
    }
}

#[test]
fn our_own_policies_hold_the_conditions_which_the_signature_needs() {
    for form in forms() {
        let credentials = credentials(&form);
        let signer = Signer::new(&credentials, Scope::new(&form.region, "s3"));
        let policy = PostPolicy::new(Timestamp::parse("20151230T120000Z").unwrap())
            .equals("bucket", "uploads")
            .starts_with("key", "user/")
            .content_length(0, 1_048_576);
        let signed = signer.sign_post_policy(&policy, Timestamp::parse(&form.time).unwrap()).unwrap();
        let fields: BTreeMap<String, String> =
            signed.fields().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        verify(&form.region, &fields).unwrap();
        // The same document as botocore's, condition by condition.
        let document = |fields: &BTreeMap<String, String>| -> serde_json::Value {
            serde_json::from_slice(&base64(&fields["policy"])).unwrap()
        };
        let (ours, theirs) = (document(&fields), document(&form.fields));
        assert_eq!(ours["expiration"], theirs["expiration"]);
        let sorted = |document: &serde_json::Value| {
            let mut conditions: Vec<String> =
                document["conditions"].as_array().unwrap().iter().map(ToString::to_string).collect();
            conditions.sort();
            conditions
        };
        assert_eq!(sorted(&ours), sorted(&theirs));
    }
}

fn base64(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u8> = text.trim_end_matches('=').bytes().map(value).collect();
    let group = |digits: &[u8]| {
        let bits =
            (0..4).fold(0_u32, |bits, at| bits << 6 | u32::from(digits.get(at).copied().unwrap_or_default()));
        bits.to_be_bytes()[1..digits.len()].to_vec()
    };
    digits.chunks(4).flat_map(group).collect()
}
