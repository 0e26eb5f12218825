//! Any policy, signed by its owner, with any form: it is judged without a panic; what passes has each of its fields in a
//! condition, and no form passes with another signature.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sts3_sigv4::{Credentials, Mismatch, ReceivedForm, Scope, Secret, Signer, Timestamp, Verifier, VerifiedForm};

const SECRET: &str = "a secret that the fuzzer does not know";
const TIME: Timestamp = Timestamp::from_unix_seconds(1_440_938_160);

// The policy up to an empty line, then `name:value` fields.
fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (policy, fields) = text.split_once("\n\n").unwrap_or((&text, ""));
    let policy = base64(policy.as_bytes());
    let credentials = Credentials::new("AKIDEXAMPLE", SECRET);
    let signer = Signer::new(&credentials, Scope::new("us-east-1", "s3"));
    let signature = signer.sign_encoded_policy(&policy, TIME).unwrap();
    let mut form = vec![
        ("policy", policy.as_str()),
        ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
        ("x-amz-credential", "AKIDEXAMPLE/20150830/us-east-1/s3/aws4_request"),
        ("x-amz-date", "20150830T123600Z"),
        ("x-amz-signature", signature.as_str()),
    ];
    form.extend(fields.split('\n').filter_map(|line| line.split_once(':')));
    let verdict = verify(&form);
    match &verdict {
        Ok(verified) => {
            assert!(verified.expiration >= TIME && verified.field("key").is_some_and(|key| !key.contains("${filename}")));
            // A field that no condition names.
            let uncovered = [&[("x-uncovered", "")], &form[..]].concat();
            if !text.to_ascii_lowercase().contains("uncovered") && !text.contains("\\u") {
                assert!(verify(&uncovered).is_err(), "an uncovered field passed");
            }
            let size = verified.fields().map(|(_, value)| value.len()).sum::<usize>();
            assert!(size <= 2 * sts3_sigv4::limits::MAX_FORM, "{size}");
        }
        Err(mismatch) => {
            let message = mismatch.to_string();
            assert!(message.len() < 2000 && message.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{message:?}");
        }
    }
    let other = "0".repeat(64);
    form[4].1 = &other;
    assert!(verify(&form).is_err(), "a signature was forged");
});

fn verify(fields: &[(&str, &str)]) -> Result<VerifiedForm, Mismatch> {
    let verifier = Verifier::new(|_: &str| Some(Secret::new(SECRET)));
    verifier.verify_post_form(&ReceivedForm { bucket: "b", fields, file_name: Some("dir/a.txt"), file_length: 100 }, TIME)
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |group: &[u8]| {
        let bits = (0..3).fold(0_u32, |bits, at| bits << 8 | u32::from(group.get(at).copied().unwrap_or(0)));
        (0..4).map(|at| if at <= group.len() { char::from(DIGITS[(bits >> (18 - 6 * at) & 63) as usize]) } else { '=' }).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}
