//! Any received request is judged without a panic, and only what was signed with the secret passes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sts3_sigv4::{Received, ReceivedBody, ReceivedForm, Secret, Timestamp, Verifier};

// Lines: method, path, query, then `name:value` headers; what follows an empty line is the body.
fuzz_target!(|data: &[u8]| {
    let split = data.windows(2).position(|pair| pair == b"\n\n").unwrap_or(data.len());
    let body = data.get(split + 2..).unwrap_or_default();
    let head = String::from_utf8_lossy(&data[..split]);
    let mut lines = head.split('\n');
    let (method, path) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let query = lines.next().unwrap_or_default();
    let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
    let received = Received { method, path, query, headers: &headers, body: ReceivedBody::Bytes(body) };
    let _ = received.signing_steps(None);
    let verifier = Verifier::new(|_: &str| Some(Secret::new("a secret that the fuzzer does not know")));
    let now = Timestamp::from_unix_seconds(1_440_938_160);
    match verifier.verify(&received, now) {
        Ok(verified) => panic!("a signature was forged: {verified:?}"),
        Err(mismatch) => assert_plain(&mismatch.to_string()),
    }
    let form = ReceivedForm { bucket: "b", fields: &headers, file_name: Some(path), file_length: body.len() as u64 };
    if let Err(mismatch) = verifier.verify_post_form(&form, now) {
        assert_plain(&mismatch.to_string());
    } else {
        panic!("a form was forged");
    }
});

/// One short line of printable ASCII.
fn assert_plain(message: &str) {
    assert!(message.len() < 2000 && message.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{message:?}");
}
