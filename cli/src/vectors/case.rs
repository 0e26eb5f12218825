use std::time::Duration;

use serde::Deserialize;
use sts3::sigv4::{
    Algorithm, Credentials, EcdsaKey, EcdsaPublicKey, Payload, Request, Rules, Scope, Signer, SigningSteps,
    Timestamp, TokenPlacement,
};

/// How a case is to be signed; the fields of `context.json`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Context {
    pub(super) credentials: Keys,
    pub(super) timestamp: String,
    pub(super) region: String,
    pub(super) service: String,
    pub(super) normalize: bool,
    pub(super) sign_body: bool,
    pub(super) expiration_in_seconds: u64,
    #[serde(default)]
    pub(super) omit_session_token: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Keys {
    pub(super) access_key_id: String,
    pub(super) secret_access_key: String,
    pub(super) token: Option<String>,
}

/// A request before or after signing.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Message {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

/// The values that a placement of the signature must give; those that are not there are not compared.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Expected {
    pub(super) canonical_request: Option<String>,
    pub(super) string_to_sign: Option<String>,
    pub(super) signature: Option<String>,
    pub(super) signed_request: Option<Message>,
}

/// The key of a SigV4a case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PublicKey {
    #[serde(rename = "X")]
    x: String,
    #[serde(rename = "Y")]
    y: String,
}

/// One test vector.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) context: Context,
    /// S3's rules instead of those that the context gives.
    pub(super) rules: Option<Rules>,
    pub(super) request: Message,
    pub(super) header: Option<Expected>,
    pub(super) query: Option<Expected>,
    /// SigV4a if it is there.
    pub(super) public_key: Option<PublicKey>,
}

/// The first value that is not as it should be.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// `header canonical request`, …
    pub(super) step: String,
    pub(super) expected: String,
    pub(super) computed: String,
}

impl Fault {
    pub(super) fn unreadable(problem: &str) -> Self {
        Self { step: "reading".into(), expected: "a readable case".into(), computed: problem.into() }
    }
}

/// Where the signature goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Placement {
    Header,
    Query,
}

impl Placement {
    const fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Query => "query",
        }
    }
}

impl Case {
    /// Sign it both ways and compare every intermediate value.
    pub(super) fn check(&self) -> Result<(), Fault> {
        let key = self.check_public_key()?;
        for (placement, expected) in [(Placement::Header, &self.header), (Placement::Query, &self.query)] {
            if let Some(expected) = expected {
                self.check_placement(placement, expected, key.as_ref())?;
            }
        }
        Ok(())
    }

    fn credentials(&self) -> Credentials {
        let Keys { access_key_id, secret_access_key, token } = &self.context.credentials;
        let credentials = Credentials::new(access_key_id, secret_access_key.as_str());
        match token {
            Some(token) => credentials.with_session_token(token.as_str()),
            None => credentials,
        }
    }

    fn rules(&self) -> Rules {
        let mut rules = self.rules.unwrap_or_else(|| {
            let mut rules = Rules::STANDARD;
            rules.normalize_path = self.context.normalize;
            // The blank is sent as %20, and the suite expects the path to be encoded once.
            rules.double_encode_path = !self.request.path.contains(' ');
            rules.content_sha256_header = self.context.sign_body;
            rules
        });
        if self.context.omit_session_token {
            rules.token = TokenPlacement::AddedAfterSigning;
        }
        rules
    }

    /// The key that follows from the credentials must be the one that the case names.
    fn check_public_key(&self) -> Result<Option<EcdsaPublicKey>, Fault> {
        let Some(PublicKey { x, y }) = &self.public_key else { return Ok(None) };
        let coordinate = |digits: &str| -> Option<[u8; 32]> {
            hex::decode(digits).ok().filter(|_| is_lower_hex(digits))?.try_into().ok()
        };
        let named =
            coordinate(x).zip(coordinate(y)).and_then(|(x, y)| EcdsaPublicKey::from_coordinates(&x, &y));
        let derived = EcdsaKey::derive(&self.credentials()).map(|key| key.public_key());
        if named.is_none() || named != derived {
            let computed = format!("{derived:?}");
            return Err(Fault { step: "public key".into(), expected: format!("X {x} Y {y}"), computed });
        }
        Ok(derived)
    }

    fn check_placement(
        &self,
        placement: Placement,
        expected: &Expected,
        key: Option<&EcdsaPublicKey>,
    ) -> Result<(), Fault> {
        let (steps, signed) = self.sign(placement)?;
        let fault = |step: &str, expected: &str, computed: &str| Fault {
            step: format!("{} {step}", placement.name()),
            expected: expected.into(),
            computed: computed.into(),
        };
        let same = |step: &str, expected: &Option<String>, computed: &str| match expected {
            Some(expected) if expected != computed => Err(fault(step, expected, computed)),
            _ => Ok(()),
        };
        same("canonical request", &expected.canonical_request, &steps.canonical_request)?;
        same("string to sign", &expected.string_to_sign, &steps.string_to_sign)?;
        match key {
            None => same("signature", &expected.signature, steps.signature.as_str())?,
            // These differ from run to run: theirs and ours must both verify.
            Some(key) => {
                for signature in expected.signature.as_deref().into_iter().chain([steps.signature.as_str()]) {
                    if !verifies(key, &steps.string_to_sign, signature) {
                        return Err(fault("signature", signature, "it does not verify with the public key"));
                    }
                }
            }
        }
        let Some(theirs) = &expected.signed_request else { return Ok(()) };
        let (theirs, ours) = match key {
            None => (theirs.clone(), signed),
            Some(key) => {
                let signature = signature_of(theirs, placement).unwrap_or_default();
                if !verifies(key, &steps.string_to_sign, &signature) {
                    return Err(fault("signed request", &signature, "its signature does not verify"));
                }
                (without_signature(theirs, &signature), without_signature(&signed, steps.signature.as_str()))
            }
        };
        compare_requests(&theirs, &ours)
            .map_err(|(expected, computed)| fault("signed request", &expected, &computed))
    }

    /// The intermediate values, and the request as it would be sent.
    fn sign(&self, placement: Placement) -> Result<(SigningSteps, Message), Fault> {
        let credentials = self.credentials();
        let scope = Scope::new(&self.context.region, &self.context.service);
        let algorithm = if self.public_key.is_some() { Algorithm::EcdsaP256 } else { Algorithm::Hmac };
        let signer = Signer::new(&credentials, scope).rules(self.rules()).algorithm(algorithm);
        let headers: Vec<(&str, &str)> =
            self.request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        // The suite has a path with a blank in it, which no request line can hold.
        let path = self.request.path.replace(' ', "%20");
        let view = Request::new(&self.request.method, &path)
            .query(&self.request.query)
            .headers(&headers)
            .payload(Payload::Bytes(self.request.body.as_bytes()));
        let refused = |problem: String| Fault {
            step: "signing".into(),
            expected: "a signature".into(),
            computed: problem,
        };
        // `2015-08-30T12:36:00Z`, or without its punctuation.
        let time = Timestamp::parse(&self.context.timestamp.replace(['-', ':'], ""))
            .ok_or_else(|| refused(format!("`{}` is no time", self.context.timestamp)))?;
        let mut sent = self.request.clone();
        let steps = match placement {
            Placement::Header => {
                let (signed, steps) =
                    signer.sign_in_steps(&view, time).map_err(|error| refused(error.to_string()))?;
                // Those that signing sets replace the request's own.
                sent.headers
                    .retain(|(own, _)| !signed.headers().any(|(name, _)| own.eq_ignore_ascii_case(name)));
                sent.headers
                    .extend(signed.headers().map(|(name, value)| (in_title_case(name), value.to_owned())));
                steps
            }
            Placement::Query => {
                let expires = Duration::from_secs(self.context.expiration_in_seconds);
                let (presigned, steps) = signer
                    .presign_in_steps(&view, expires, time)
                    .map_err(|error| refused(error.to_string()))?;
                sent.query = presigned.query().to_owned();
                steps
            }
        };
        Ok((steps, sent))
    }
}

fn verifies(key: &EcdsaPublicKey, string_to_sign: &str, signature: &str) -> bool {
    is_lower_hex(signature) && hex::decode(signature).is_ok_and(|bytes| key.verifies(string_to_sign, &bytes))
}

/// Upper-case digits say the same number, but are another text than the one that the suite holds.
fn is_lower_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
}

fn signature_of(message: &Message, placement: Placement) -> Option<String> {
    match placement {
        Placement::Query => message.query.split('&').find_map(|pair| pair.strip_prefix("X-Amz-Signature=")),
        Placement::Header => {
            let (_, value) =
                message.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"))?;
            value.split("Signature=").nth(1)
        }
    }
    .map(str::to_owned)
}

fn without_signature(message: &Message, signature: &str) -> Message {
    let mask =
        |text: &str| if signature.is_empty() { text.to_owned() } else { text.replace(signature, "…") };
    Message {
        query: mask(&message.query),
        headers: message.headers.iter().map(|(name, value)| (name.clone(), mask(value))).collect(),
        ..message.clone()
    }
}

/// The order of headers and of query parameters is not significant; everything else is.
fn compare_requests(theirs: &Message, ours: &Message) -> Result<(), (String, String)> {
    let line = |message: &Message| format!("{} {}", message.method, only_ascii(&message.path));
    let parameters = |message: &Message| sorted(only_ascii(&message.query).split('&').map(str::to_owned));
    let headers =
        |message: &Message| sorted(message.headers.iter().map(|(name, value)| format!("{name}:{value}")));
    for (theirs, ours) in [
        (line(theirs), line(ours)),
        (parameters(theirs), parameters(ours)),
        (headers(theirs), headers(ours)),
        (theirs.body.clone(), ours.body.clone()),
    ] {
        if theirs != ours {
            return Err((theirs, ours));
        }
    }
    Ok(())
}

/// The suite's way to write the headers that signing adds: `X-Amz-Date`, but `x-amz-content-sha256`.
fn in_title_case(name: &str) -> String {
    if name == "x-amz-content-sha256" {
        return name.to_owned();
    }
    let mut before = '-';
    let titled = name.chars().map(|c| {
        let c = if before == '-' { c.to_ascii_uppercase() } else { c };
        before = c;
        c
    });
    titled.collect()
}

fn sorted(items: impl Iterator<Item = String>) -> String {
    let mut items: Vec<String> = items.collect();
    items.sort();
    items.join("\n")
}

/// A sender may or may not encode what is not ASCII; the suite does either.
fn only_ascii(text: &str) -> String {
    let mut kept = String::new();
    for c in text.chars() {
        if c.is_ascii() {
            kept.push(c);
        } else {
            kept.push_str(&sts3::sigv4::percent_encode(c.encode_utf8(&mut [0; 4])));
        }
    }
    kept
}
