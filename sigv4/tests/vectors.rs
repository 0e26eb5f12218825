//! The official SigV4 suite and the worked examples of the S3 documentation: every intermediate value, both
//! placements, and each signed request taken back to the verifier. Origins: `fixtures/sigv4/README.md`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, de::DeserializeOwned};
use sts3_sigv4::{
    Credentials, Mismatch, Payload, Received, ReceivedBody, Request, Rules, Scope, Secret, Signer,
    SigningSteps, Timestamp, TokenPlacement, Verifier,
};

#[derive(Deserialize)]
struct Case {
    name: String,
    context: Context,
    request: Message,
    header: Expected,
    query: Expected,
    /// SigV4a only.
    #[cfg_attr(not(feature = "v4a"), expect(dead_code))]
    public_key: Option<PublicKey>,
}

#[derive(Deserialize)]
#[cfg_attr(not(feature = "v4a"), expect(dead_code))]
struct PublicKey {
    #[serde(rename = "X")]
    x: String,
    #[serde(rename = "Y")]
    y: String,
}

#[derive(Deserialize)]
struct Context {
    credentials: Keys,
    timestamp: String,
    region: String,
    service: String,
    normalize: bool,
    sign_body: bool,
    expiration_in_seconds: u64,
    #[serde(default)]
    omit_session_token: bool,
    /// Not in the suite: the path is encoded once, as it is for S3.
    #[serde(skip)]
    encode_once: bool,
}

#[derive(Deserialize)]
struct Keys {
    access_key_id: String,
    secret_access_key: String,
    token: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
}

#[derive(Deserialize)]
struct Expected {
    canonical_request: String,
    string_to_sign: String,
    signature: String,
    signed_request: Message,
}

#[derive(Deserialize)]
struct DocumentationExample {
    name: String,
    method: String,
    path: String,
    query: String,
    body: String,
    headers: Vec<(String, String)>,
    expires: Option<u64>,
    canonical_request_sha256: String,
    signature: String,
}

fn fixture<T: DeserializeOwned>(name: &str) -> T {
    let path = format!("{}/../fixtures/sigv4/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn borrowed(headers: &[(String, String)]) -> Vec<(&str, &str)> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// The cases of a file, as they can be sent: two (`get-space-…`) have a blank in their path, which no request
/// line can hold. On the wire it is `%20`, and the canonical path that the suite expects is that of one encoding.
fn official(name: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = fixture(name);
    assert_eq!(cases.len(), 38);
    let mut respelled = 0;
    for case in cases.iter_mut().filter(|case| case.request.path.contains(' ')) {
        case.context.encode_once = true;
        respelled += 1;
        for path in [
            &mut case.request.path,
            &mut case.header.signed_request.path,
            &mut case.query.signed_request.path,
        ] {
            *path = path.replace(' ', "%20");
        }
    }
    assert_eq!(respelled, 2);
    cases
}

impl Context {
    fn credentials(&self) -> Credentials {
        let keys = &self.credentials;
        let credentials = Credentials::new(&keys.access_key_id, keys.secret_access_key.as_str());
        match &keys.token {
            Some(token) => credentials.with_session_token(token.as_str()),
            None => credentials,
        }
    }

    fn rules(&self) -> Rules {
        let mut rules = Rules::STANDARD;
        rules.normalize_path = self.normalize;
        rules.double_encode_path = !self.encode_once;
        rules.content_sha256_header = self.sign_body;
        if self.omit_session_token { rules.with_token(TokenPlacement::AddedAfterSigning) } else { rules }
    }

    /// `2015-08-30T12:36:00Z` without its punctuation.
    fn time(&self) -> Timestamp {
        Timestamp::parse(&self.timestamp.replace(['-', ':'], "")).unwrap()
    }

    fn verify(&self, message: &Message) -> Result<sts3_sigv4::Verified, Mismatch> {
        let secret = |_: &str| Some(Secret::new(self.credentials.secret_access_key.as_str()));
        let mut rules = self.rules();
        rules.content_sha256_header = false;
        let received = Received {
            method: &message.method,
            path: &message.path,
            query: &message.query,
            headers: &borrowed(&message.headers),
            body: ReceivedBody::Bytes(message.body.as_bytes()),
        };
        let verifier = Verifier::new(secret).rules(rules).region(&self.region).service(&self.service);
        verifier.verify(&received, self.time())
    }
}

fn assert_steps(name: &str, placement: &str, steps: &SigningSteps, expected: &Expected) {
    assert_eq!(steps.canonical_request, expected.canonical_request, "{name}: {placement} canonical request");
    assert_eq!(steps.string_to_sign, expected.string_to_sign, "{name}: {placement} string to sign");
    assert_eq!(steps.signature.as_str(), expected.signature, "{name}: {placement} signature");
}

/// Headers as a set of (lower-case name, value): their order on the wire is not significant.
fn header_set(headers: &[(String, String)]) -> BTreeSet<(String, String)> {
    headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect()
}

#[test]
fn official_suite_signs_and_verifies_in_headers() {
    let cases = official("official-v4.json");
    for Case { name, context, request, header, .. } in &cases {
        let credentials = context.credentials();
        let signer =
            Signer::new(&credentials, Scope::new(&context.region, &context.service)).rules(context.rules());
        let headers = borrowed(&request.headers);
        let view = Request::new(&request.method, &request.path)
            .query(&request.query)
            .headers(&headers)
            .payload(Payload::Bytes(request.body.as_bytes()));
        let (signed, steps) = signer.sign_in_steps(&view, context.time()).unwrap();
        assert_steps(name, "header", &steps, header);

        let mut sent = request.headers.clone();
        sent.extend(signed.headers().map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(header_set(&sent), header_set(&header.signed_request.headers), "{name}: signed request");

        let verified = context.verify(&header.signed_request).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(verified.access_key_id, context.credentials.access_key_id);
        assert_eq!(verified.session_token, context.credentials.token.as_deref().map(Secret::from));
    }
}

#[test]
fn official_suite_signs_and_verifies_in_queries() {
    let cases = official("official-v4.json");
    for Case { name, context, request, query, .. } in &cases {
        let credentials = context.credentials();
        let signer =
            Signer::new(&credentials, Scope::new(&context.region, &context.service)).rules(context.rules());
        let headers = borrowed(&request.headers);
        let view = Request::new(&request.method, &request.path)
            .query(&request.query)
            .headers(&headers)
            .payload(Payload::Bytes(request.body.as_bytes()));
        let expires = Duration::from_secs(context.expiration_in_seconds);
        let (presigned, steps) = signer.presign_in_steps(&view, expires, context.time()).unwrap();
        assert_steps(name, "query", &steps, query);

        let parameters = |query: &str| query.split('&').map(str::to_owned).collect::<BTreeSet<_>>();
        // The suite writes a raw `ሴ` of the request percent-encoded into the signed one; a sender may do
        // either.
        let expected = parameters(&query.signed_request.query);
        let ours = parameters(presigned.query());
        let encoded = ours.iter().map(|own| own.replace('ሴ', "%E1%88%B4")).collect::<BTreeSet<_>>();
        assert!(expected == ours || expected == encoded, "{name}: {ours:?} is not {expected:?}");

        let verified = context.verify(&query.signed_request).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(verified.presigned, "{name}");
    }
}

#[test]
fn s3_documentation_examples_sign_as_printed() {
    let examples: Vec<DocumentationExample> = fixture("s3-documentation.json");
    assert_eq!(examples.len(), 5);
    let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let signer = Signer::new(&credentials, Scope::new("us-east-1", "s3"));
    let time = Timestamp::parse("20130524T000000Z").unwrap();
    for example in &examples {
        let headers = borrowed(&example.headers);
        let request = Request::new(&example.method, &example.path)
            .query(&example.query)
            .headers(&headers)
            .payload(Payload::Bytes(example.body.as_bytes()));
        let steps = match example.expires {
            None => signer.sign_in_steps(&request, time).unwrap().1,
            Some(expires) => signer.presign_in_steps(&request, Duration::from_secs(expires), time).unwrap().1,
        };
        assert!(
            steps.string_to_sign.ends_with(&example.canonical_request_sha256),
            "{}: {}",
            example.name,
            steps.canonical_request
        );
        assert_eq!(steps.signature.as_str(), example.signature, "{}", example.name);
    }
}

#[cfg(feature = "v4a")]
mod v4a {
    use sts3_sigv4::{Algorithm, EcdsaKey, EcdsaPublicKey};

    use super::*;

    fn cases() -> Vec<Case> {
        official("official-v4a.json")
    }

    fn public_key(case: &Case) -> EcdsaPublicKey {
        let coordinate = |digits: &str| -> [u8; 32] { hex::decode(digits).unwrap().try_into().unwrap() };
        let PublicKey { x, y } = case.public_key.as_ref().unwrap();
        EcdsaPublicKey::from_coordinates(&coordinate(x), &coordinate(y)).unwrap()
    }

    /// Signatures differ from run to run: the suite's and ours must both verify with the suite's key.
    fn assert_steps(case: &Case, steps: &SigningSteps, expected: &Expected) {
        assert_eq!(steps.canonical_request, expected.canonical_request, "{}", case.name);
        assert_eq!(steps.string_to_sign, expected.string_to_sign, "{}", case.name);
        for signature in [expected.signature.as_str(), steps.signature.as_str()] {
            let bytes = hex::decode(signature).unwrap();
            assert!(
                public_key(case).verifies(&expected.string_to_sign, &bytes),
                "{}: {signature}",
                case.name
            );
        }
    }

    #[test]
    fn keys_are_derived_as_in_the_official_suite() {
        for case in cases() {
            let key = EcdsaKey::derive(&case.context.credentials()).unwrap();
            assert_eq!(key.public_key(), public_key(&case), "{}", case.name);
        }
    }

    #[test]
    fn official_suite_signs_and_verifies() {
        for case in cases() {
            let Case { name, context, request, header, query, .. } = &case;
            let credentials = context.credentials();
            let signer = Signer::new(&credentials, Scope::new(&context.region, &context.service))
                .rules(context.rules())
                .algorithm(Algorithm::EcdsaP256);
            let headers = borrowed(&request.headers);
            let view = Request::new(&request.method, &request.path)
                .query(&request.query)
                .headers(&headers)
                .payload(Payload::Bytes(request.body.as_bytes()));
            let (signed, steps) = signer.sign_in_steps(&view, context.time()).unwrap();
            assert_steps(&case, &steps, header);
            assert!(signed.headers().any(|own| own == ("x-amz-region-set", &context.region)), "{name}");
            let expires = Duration::from_secs(context.expiration_in_seconds);
            let (_, steps) = signer.presign_in_steps(&view, expires, context.time()).unwrap();
            assert_steps(&case, &steps, query);
            for expected in [header, query] {
                let verified =
                    context.verify(&expected.signed_request).unwrap_or_else(|e| panic!("{name}: {e}"));
                assert_eq!(verified.algorithm, Algorithm::EcdsaP256, "{name}");
            }
        }
    }

    #[test]
    fn a_region_set_covers_what_its_patterns_say() {
        let cases = cases();
        let mut case = cases.into_iter().find(|case| case.name == "get-vanilla").unwrap();
        for (set, covers) in [
            ("*", true),
            ("us-*", true),
            ("eu-west-1,us-east-1", true),
            ("eu-*", false),
            ("us-east-11", false),
        ] {
            let credentials = case.context.credentials();
            let signer =
                Signer::new(&credentials, Scope::new(set, "service")).algorithm(Algorithm::EcdsaP256);
            let mut sent = case.request.headers.clone();
            let headers = borrowed(&case.request.headers);
            let request = Request::new("GET", "/").headers(&headers);
            let signed = signer.sign(&request, case.context.time()).unwrap();
            sent.extend(signed.headers().map(|(name, value)| (name.to_owned(), value.to_owned())));
            case.header.signed_request.headers = sent;
            assert_eq!(case.context.verify(&case.header.signed_request).is_ok(), covers, "{set}");
        }
    }
}
