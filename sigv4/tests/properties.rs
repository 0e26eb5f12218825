//! Random requests are signed and verified, and any one-byte change of anything that is signed is noticed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::time::Duration;

use proptest::prelude::*;
use sts3_sigv4::{
    Algorithm, Credentials, Mismatch, Payload, Received, ReceivedBody, Request, Scope, Secret, Signer,
    Timestamp, Verifier, percent_encode, percent_encode_path,
};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// A request that is ready to be sent, with its signature.
#[derive(Clone, Debug)]
struct Sent {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    service: &'static str,
    time: u64,
}

fn unsigned() -> impl Strategy<Value = Sent> {
    let method = prop::sample::select(vec!["GET", "PUT", "POST", "DELETE", "HEAD"]);
    let path = "(/[^\u{0}]{0,8}){0,4}".prop_map(|raw| match percent_encode_path(&raw) {
        path if path.is_empty() => "/".to_owned(),
        path => path.into_owned(),
    });
    let parameter = (any::<String>(), any::<String>())
        .prop_filter("has a name that presigning does not set", |(name, _)| {
            !name.is_empty() && !name.starts_with("X-")
        })
        .prop_map(|(name, value)| format!("{}={}", percent_encode(&name), percent_encode(&value)));
    let query = prop::collection::vec(parameter, 0..5).prop_map(|parameters| parameters.join("&"));
    let header = ("x-[a-z]{1,8}", "[!-~]{1,3}( {0,3}[!-~]{1,5}){0,3}");
    let headers = prop::collection::vec(header, 0..5);
    let service = prop::sample::select(vec!["s3", "sts", "execute-api"]);
    let body = prop::collection::vec(any::<u8>(), 0..64);
    (method, path, query, headers, service, body, 0_u64..4_000_000_000).prop_map(
        |(method, path, query, mut headers, service, body, time)| {
            headers.retain(|(name, _)| name != "x-amz");
            headers.insert(0, ("host".into(), "example.com:8443".into()));
            Sent { method: method.into(), path, query, headers, body, service, time }
        },
    )
}

fn borrowed(headers: &[(String, String)]) -> Vec<(&str, &str)> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

impl Sent {
    fn signed(mut self, algorithm: Algorithm, token: Option<&str>, presign: bool) -> Self {
        let credentials = Credentials::new("AKIDEXAMPLE", SECRET);
        let credentials = match token {
            Some(token) => credentials.with_session_token(token),
            None => credentials,
        };
        let signer = Signer::new(credentials, Scope::new("eu-west-1", self.service)).algorithm(algorithm);
        let time = Timestamp::from_unix_seconds(self.time);
        let headers = borrowed(&self.headers);
        let request = Request::new(&self.method, &self.path)
            .query(&self.query)
            .headers(&headers)
            .payload(Payload::Bytes(&self.body));
        if presign {
            self.query = signer.presign(&request, Duration::from_secs(900), time).unwrap().query().to_owned();
        } else {
            let signed = signer.sign(&request, time).unwrap();
            let added: Vec<_> =
                signed.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            self.headers.extend(added);
        }
        self
    }

    fn verify(&self) -> Result<sts3_sigv4::Verified, Mismatch> {
        let lookup = |id: &str| (id == "AKIDEXAMPLE").then(|| Secret::new(SECRET));
        let received = Received {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &borrowed(&self.headers),
            body: ReceivedBody::Bytes(&self.body),
        };
        let verifier = Verifier::new(lookup).region("eu-west-1").service(self.service);
        verifier.verify(&received, Timestamp::from_unix_seconds(self.time))
    }
}

/// Replace one character by another that means something else there.
fn change(text: &mut String, at: usize, meaningful: impl Fn(char) -> bool) -> bool {
    let places: Vec<usize> =
        text.char_indices().filter(|(_, c)| meaningful(*c)).map(|(place, _)| place).collect();
    let Some(place) = places.get(at % places.len().max(1)) else { return false };
    let other = if &text[*place..=*place] == "0" { "1" } else { "0" };
    text.replace_range(*place..=*place, other);
    true
}

#[derive(Clone, Copy, Debug)]
enum Part {
    Method,
    Path,
    Query,
    Header(usize),
    Body,
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        Just(Part::Method),
        Just(Part::Path),
        Just(Part::Query),
        (0_usize..12).prop_map(Part::Header),
        Just(Part::Body),
    ]
}

/// Change one byte of a part; `false` where there is none that counts.
fn spoil(sent: &mut Sent, part: Part, at: usize, presigned: bool) -> bool {
    match part {
        Part::Method => change(&mut sent.method, at, |_| true),
        // Letters and digits that are not part of an escape: those of an escape may become another way to
        // write the same.
        Part::Path => !sent.path.contains('%') && change(&mut sent.path, at, |c| c.is_ascii_alphanumeric()),
        Part::Query => {
            let plain = !sent.query.contains('%') || presigned;
            plain && change(&mut sent.query, at, |c| c.is_ascii_lowercase() && !matches!(c, 'a'..='f'))
        }
        Part::Header(which) => {
            let count = sent.headers.len();
            let (name, value) = &mut sent.headers[which % count];
            // The words of `Authorization` between its values may be written in several ways.
            let values_only = name == "authorization";
            change(value, at, |c| {
                if values_only { c.is_ascii_hexdigit() && c.is_ascii_digit() } else { c.is_ascii_graphic() }
            })
        }
        // S3 leaves the body of presigned requests unsigned.
        Part::Body if sent.body.is_empty() || presigned && sent.service == "s3" => false,
        Part::Body => {
            let place = at % sent.body.len();
            sent.body[place] ^= 1;
            true
        }
    }
}

/// A key as it may stand in a URL: each byte raw where that is allowed, or escaped in either case.
fn spelled(key: &str, choices: &[u8]) -> String {
    let mut choices = choices.iter().cycle();
    let mut path = String::from("/");
    for byte in key.bytes() {
        let c = char::from(byte);
        let may_be_raw = c.is_ascii_alphanumeric() || "-._~/=+@:!'()*$&,;[]".contains(c);
        match choices.next().unwrap() % 3 {
            0 if may_be_raw => path.push(c),
            1 => path.push_str(&format!("%{byte:02x}")),
            _ => path.push_str(&format!("%{byte:02X}")),
        }
    }
    path
}

fn algorithm() -> impl Strategy<Value = Algorithm> {
    prop::sample::select(vec![
        Algorithm::Hmac,
        #[cfg(feature = "v4a")]
        Algorithm::EcdsaP256,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 384, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_signed_verifies(sent in unsigned(), algorithm in algorithm(), token in prop::option::of("[!-~]{1,40}"), presign: bool) {
        let signed = sent.signed(algorithm, token.as_deref(), presign);
        let verified = signed.verify();
        prop_assert!(verified.is_ok(), "{verified:?}");
        let verified = verified.unwrap();
        prop_assert_eq!(verified.session_token.as_ref().map(Secret::expose), token.as_deref());
        prop_assert_eq!(verified.presigned, presign);
    }

    /// S3 signs the key: whatever was spelled in one way verifies in any other, and nothing else does.
    #[test]
    fn every_spelling_of_a_key_has_one_signature(
        mut sent in unsigned(), key in "[a-z/=+@%\u{e4} ~.\u{1}]{1,12}", presign: bool,
        ours in prop::collection::vec(any::<u8>(), 12), theirs in prop::collection::vec(any::<u8>(), 12),
    ) {
        sent.service = "s3";
        sent.path = spelled(&key, &ours);
        let signed = sent.clone().signed(Algorithm::Hmac, None, presign);
        let respelled = Sent { path: spelled(&key, &theirs), ..signed.clone() };
        let canonical = Sent { path: format!("/{}", percent_encode_path(&key)), ..signed.clone() };
        for same in [&signed, &respelled, &canonical] {
            prop_assert!(same.verify().is_ok(), "{signed:?} became {same:?}");
        }
        let other = Sent { path: spelled(&format!("{key}x"), &theirs), ..signed.clone() };
        prop_assert!(other.verify().is_err(), "{signed:?} became {other:?}");
    }

    #[test]
    fn any_change_of_what_is_signed_is_noticed(
        sent in unsigned(), algorithm in algorithm(), token in prop::option::of("[!-~]{1,40}"), presign: bool,
        part in part(), at in 0_usize..4096,
    ) {
        let signed = sent.signed(algorithm, token.as_deref(), presign);
        prop_assume!(signed.verify().is_ok());
        let mut spoiled = signed.clone();
        prop_assume!(spoil(&mut spoiled, part, at, presign));
        prop_assert!(spoiled.verify().is_err(), "{part:?} at {at}: {signed:?} became {spoiled:?}");
    }
}
