//! Why two sides do not agree on a signature: the first part that differs, and what usually causes that.
//!
//! `strings` takes canonical requests and strings to sign apart, `compare` compares two of them part by part,
//! `difference` names parts and ways to differ and has the likely cause of each in words.
//!
//! Either side may be hostile: texts beyond [`Explanation::MAX_TEXT`] and [`Explanation::MAX_ENTRIES`] are not
//! compared, the work is linear in what is, and what is printed is escaped and cut.

mod compare;
mod difference;
mod strings;

use alloc::vec::Vec;
use core::fmt;

pub use difference::{Difference, How, Part};

use self::{
    compare::Comparison,
    strings::{CanonicalParts, MAX_ENTRIES, MAX_TEXT, SignParts},
};
use crate::{CredentialScope, Secret, SigningKey, SigningSteps, Timestamp};

/// What one side signed, as far as it is known. For the service's side these are the `CanonicalRequest`,
/// `StringToSign` and `SignatureProvided` of S3's `SignatureDoesNotMatch`, or the texts in STS's message.
#[derive(Clone, Copy, Default)]
#[non_exhaustive]
pub struct SignedTexts<'a> {
    /// The canonical request.
    pub canonical_request: Option<&'a str>,
    /// The string to sign.
    pub string_to_sign: Option<&'a str>,
    /// The signature that was sent.
    pub signature: Option<&'a str>,
}

impl<'a> SignedTexts<'a> {
    /// Nothing is known.
    pub const fn new() -> Self {
        Self { canonical_request: None, string_to_sign: None, signature: None }
    }

    /// With the canonical request.
    #[must_use]
    pub const fn canonical_request(mut self, text: &'a str) -> Self {
        self.canonical_request = Some(text);
        self
    }

    /// With the string to sign.
    #[must_use]
    pub const fn string_to_sign(mut self, text: &'a str) -> Self {
        self.string_to_sign = Some(text);
        self
    }

    fn are_too_large(&self) -> bool {
        let texts = [self.canonical_request, self.string_to_sign, self.signature];
        texts.into_iter().flatten().any(|text| text.len() > MAX_TEXT)
    }

    /// With the signature.
    #[must_use]
    pub const fn signature(mut self, hex: &'a str) -> Self {
        self.signature = Some(hex);
        self
    }
}

impl<'a> From<&'a SigningSteps> for SignedTexts<'a> {
    fn from(steps: &'a SigningSteps) -> Self {
        Self::new()
            .canonical_request(&steps.canonical_request)
            .string_to_sign(&steps.string_to_sign)
            .signature(steps.signature.as_str())
    }
}

impl fmt::Debug for SignedTexts<'_> {
    /// A canonical request may hold a session token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedTexts").field("string_to_sign", &self.string_to_sign).finish_non_exhaustive()
    }
}

/// What differs between two sides, in the order in which signing makes it. Session tokens are masked.
///
/// ```
/// use sts3_sigv4::{Explanation, Part, SignedTexts};
///
/// let ours = SignedTexts::new().canonical_request("GET\n/a%20b\n\nhost:h\n\nhost\nUNSIGNED-PAYLOAD");
/// let theirs = SignedTexts::new().canonical_request("GET\n/a%2520b\n\nhost:h\n\nhost\nUNSIGNED-PAYLOAD");
/// let explanation = Explanation::compare(&ours, &theirs);
/// assert_eq!(explanation.first().unwrap().part, Part::Path);
/// assert!(explanation.to_string().starts_with("the path differs in its encoding"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    differences: Vec<Difference>,
    compared: Compared,
}

/// How much could be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compared {
    Nothing,
    /// A text is larger than any request's head; whose it is.
    TooLarge(Side),
    /// Only one side's texts are there.
    OneSide,
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Ours,
    Theirs,
}

impl Explanation {
    /// The largest text that is compared, in bytes: no service takes a request whose head is larger.
    pub const MAX_TEXT: usize = MAX_TEXT;
    /// How many query parameters and headers of one canonical request are compared at most.
    pub const MAX_ENTRIES: usize = MAX_ENTRIES;

    /// Compare what we signed with what the other side says it saw. The work is linear in both, and texts beyond
    /// [`MAX_TEXT`](Self::MAX_TEXT) or [`MAX_ENTRIES`](Self::MAX_ENTRIES) are not compared; the explanation says
    /// so.
    pub fn compare(ours: &SignedTexts<'_>, theirs: &SignedTexts<'_>) -> Self {
        for (side, texts) in [(Side::Theirs, theirs), (Side::Ours, ours)] {
            if texts.are_too_large() {
                return Self::too_large(side);
            }
        }
        let own_request = ours.canonical_request.and_then(CanonicalParts::parse);
        let their_request = theirs.canonical_request.and_then(CanonicalParts::parse);
        let own_string = ours.string_to_sign.and_then(SignParts::parse);
        let their_string = theirs.string_to_sign.and_then(SignParts::parse);
        for (side, request) in [(Side::Theirs, &their_request), (Side::Ours, &own_request)] {
            if request.as_ref().is_some_and(|request| request.entries() > MAX_ENTRIES) {
                return Self::too_large(side);
            }
        }
        let mut comparison = Comparison::default();
        if let (Some(ours), Some(theirs)) = (&own_request, &their_request) {
            comparison.requests(ours, theirs);
        }
        if let (Some(ours), Some(theirs)) = (&own_string, &their_string) {
            comparison.strings(ours, theirs);
        }
        let mut differences = comparison.found;
        let pairs = [
            (own_request.is_some(), their_request.is_some()),
            (own_string.is_some(), their_string.is_some()),
        ];
        let compared = if pairs.contains(&(true, true)) {
            Compared::Both
        } else if pairs.iter().any(|pair| pair.0 || pair.1) {
            Compared::OneSide
        } else {
            Compared::Nothing
        };
        if compared == Compared::Both && differences.is_empty() && !is_one_half(&pairs) {
            differences.push(Difference::secret());
        }
        Self { differences, compared }
    }

    fn too_large(side: Side) -> Self {
        Self { differences: Vec::new(), compared: Compared::TooLarge(side) }
    }

    /// Use the secret as well: does the signature that was sent come from it? Tells a wrong secret on our
    /// side from one on theirs.
    #[must_use]
    pub fn with_secret(mut self, secret: &Secret, theirs: &SignedTexts<'_>) -> Self {
        if matches!(self.compared, Compared::TooLarge(_)) || theirs.are_too_large() {
            return self;
        }
        let signed = theirs.string_to_sign.zip(theirs.signature);
        let Some(((text, sent), parts)) = signed.and_then(|pair| Some((pair, SignParts::parse(pair.0)?)))
        else {
            return self;
        };
        let Some(CredentialScope { date, region, service, .. }) = CredentialScope::parse(parts.scope) else {
            return self;
        };
        let own = SigningKey::derive(secret, date, region, service).sign(text);
        self.differences.retain(|difference| difference.part != Part::Secret);
        if own.as_str() == sent {
            self.differences.push(Difference::other_secret_there());
        } else if self.differences.is_empty() {
            self.differences.push(Difference::other_secret_here());
        }
        self
    }

    /// Take the clock into account: when it was signed, and what time the service says it is.
    #[must_use]
    pub fn with_clock(mut self, signed_at: Timestamp, server_time: Timestamp) -> Self {
        // Services tolerate 5 to 15 minutes; less than four is no cause.
        if signed_at.unix_seconds().abs_diff(server_time.unix_seconds()) > 240 {
            self.differences.retain(|difference| difference.part != Part::Secret);
            self.differences.insert(0, Difference::clock(signed_at, server_time));
        }
        self
    }

    /// The first difference: all others may follow from it. `None` if nothing differs that could be compared.
    pub fn first(&self) -> Option<&Difference> {
        self.differences.first()
    }

    /// All differences, in the order in which signing makes the parts.
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// Whether both sides' texts were there to compare.
    pub fn is_complete(&self) -> bool {
        self.compared == Compared::Both
    }
}

/// Only the canonical requests, or only the strings to sign, were on both sides: agreement there does not
/// prove that the other half agrees, unless the strings agree, which hold the requests' hash.
fn is_one_half(pairs: &[(bool, bool); 2]) -> bool {
    pairs[1] != (true, true)
}

impl fmt::Display for Explanation {
    /// One line: what differs first, and the likely cause.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.first(), self.compared) {
            (Some(first), _) => write!(f, "{first}: {}", first.cause()),
            (None, Compared::Both) => f.write_str("the parts that could be compared agree"),
            (None, Compared::OneSide) => f.write_str(
                "only one side's canonical request is known: give the request that was sent, too, to have it compared",
            ),
            (None, Compared::TooLarge(side)) => {
                let whose = if side == Side::Ours { "what we signed" } else { "what the service says it signed" };
                write!(
                    f,
                    "{whose} is larger than the head of any request ({MAX_TEXT} bytes, {MAX_ENTRIES} parameters and \
                     headers): it was not compared",
                )
            }
            (None, Compared::Nothing) => {
                f.write_str("there is no canonical request and no string to sign in it: nothing can be compared")
            }
        }
    }
}
