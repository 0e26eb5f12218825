//! A signed request whose signature's parts are changed at will: whatever still passes says the same as what was signed.
#![no_main]

use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use sts3_sigv4::{Credentials, Mismatch, Payload, Received, ReceivedBody, Request, Scope, Secret, Signer, Timestamp, Verified, Verifier};

const SECRET: &str = "a secret that the fuzzer does not know";
const TIME: Timestamp = Timestamp::from_unix_seconds(1_440_938_160);

#[derive(Arbitrary, Debug)]
struct Input {
    presigned: bool,
    edits: Vec<Edit>,
}

#[derive(Arbitrary, Debug)]
struct Edit {
    /// A header, or the query.
    part: u8,
    at: u16,
    removed: u8,
    inserted: String,
    /// Add another header of this part's name, too.
    again: bool,
}

#[derive(Clone)]
struct Message {
    query: String,
    headers: Vec<(String, String)>,
}

fuzz_target!(|input: Input| {
    let original = signed(input.presigned);
    let mut changed = original.clone();
    for edit in &input.edits {
        let count = changed.headers.len();
        let index = usize::from(edit.part) % (count + 1);
        if edit.again && index < count && count < 64 {
            let (name, _) = changed.headers[index].clone();
            changed.headers.push((name, edit.inserted.clone()));
        }
        let text = if index < count { &mut changed.headers[index].1 } else { &mut changed.query };
        let bound = |at: usize, text: &str| (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        let start = bound(usize::from(edit.at) % (text.len() + 1), text);
        let end = bound((start + usize::from(edit.removed % 16)).min(text.len()), text);
        text.replace_range(start..end, &edit.inserted);
    }
    match verify(&changed) {
        Ok(verified) => assert_same(&original, &changed, &verified),
        Err(mismatch) => {
            let message = mismatch.to_string();
            assert!(message.len() < 2000 && message.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{message:?}");
        }
    }
});

/// Only what the canonical form drops may differ: white space in values, blanks behind the commas of `Authorization`, and
/// the query's order and spelling.
fn assert_same(original: &Message, changed: &Message, verified: &Verified) {
    for (name, value) in &original.headers {
        let fold = |value: &str| value.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        let plain = |value: &str| if name == "authorization" { fold(value).replace(", ", ",") } else { fold(value) };
        let values: Vec<&str> = changed.headers.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str()).collect();
        assert_eq!(values.len(), 1, "{name}");
        let (was, is) = (plain(value), plain(values[0]));
        // A comma may be followed by any number of blanks.
        assert_eq!(was.replace(' ', ""), is.replace(' ', ""), "{name}");
    }
    assert_eq!(verified.session_token, Some(Secret::new("token/+=")));
    assert_eq!((verified.access_key_id.as_str(), verified.time), ("AKIDEXAMPLE", TIME));
    let sorted = |query: &str| {
        let mut pairs: Vec<Vec<u8>> = query
            .split('&')
            .filter(|piece| !piece.is_empty())
            .map(|piece| {
                let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
                [&sts3_sigv4::percent_decode(name), &b"="[..], &sts3_sigv4::percent_decode(value)].concat()
            })
            .collect();
        pairs.sort();
        pairs
    };
    assert_eq!(sorted(&original.query), sorted(&changed.query));
}

fn signed(presigned: bool) -> Message {
    let credentials = Credentials::new("AKIDEXAMPLE", SECRET).with_session_token("token/+=");
    let signer = Signer::new(&credentials, Scope::new("us-east-1", "s3"));
    let host = [("host", "s3.example")];
    let request = Request::new("GET", "/k").query("a=1&b=%2F").headers(&host).payload(Payload::EMPTY);
    let mut headers: Vec<(String, String)> = [("host".into(), "s3.example".into())].into();
    if presigned {
        let presigned = signer.presign(&request, Duration::from_secs(60), TIME).unwrap();
        return Message { query: presigned.query().into(), headers };
    }
    let signed = signer.sign(&request, TIME).unwrap();
    headers.extend(signed.headers().map(|(name, value)| (name.into(), value.into())));
    Message { query: "a=1&b=%2F".into(), headers }
}

fn verify(message: &Message) -> Result<Verified, Mismatch> {
    let headers: Vec<(&str, &str)> = message.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let lookup = |id: &str| (id == "AKIDEXAMPLE").then(|| Secret::new(SECRET));
    let verifier = Verifier::new(lookup).region("us-east-1").service("s3");
    let body = ReceivedBody::Bytes(b"");
    verifier.verify(&Received { method: "GET", path: "/k", query: &message.query, headers: &headers, body }, TIME)
}
