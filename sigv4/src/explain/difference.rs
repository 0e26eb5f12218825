use alloc::{
    format,
    string::{String, ToString},
};
use core::fmt;

use super::strings::shown;
use crate::{EMPTY_SHA256, Timestamp, UNSIGNED_PAYLOAD};

/// Characters of a name or value that a sentence shows.
const MAX_SHOWN: usize = 120;

/// A text of the other side as it may stand in a sentence: escaped and cut.
fn brief(text: &str) -> String {
    let mut escaped = text.escape_debug();
    let mut shown: String = escaped.by_ref().take(MAX_SHOWN).collect();
    if escaped.next().is_some() {
        shown.push('…');
    }
    shown
}

/// A part of what is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The clocks of both sides.
    Clock,
    /// `GET`, `POST`, ….
    Method,
    /// The canonical path.
    Path,
    /// One query parameter.
    QueryParameter {
        /// Its name, decoded.
        name: String,
    },
    /// The order of the query parameters, or how their names are encoded.
    QueryOrder,
    /// One header.
    Header {
        /// Its name.
        name: String,
    },
    /// Which headers are signed, or their order.
    SignedHeaders,
    /// The hash of the body, or what stands for it.
    PayloadHash,
    /// `AWS4-HMAC-SHA256`.
    Algorithm,
    /// The time of signing.
    Time,
    /// The credential scope, where it has an unusual shape.
    Scope,
    /// The scope's date.
    ScopeDate,
    /// The scope's region.
    ScopeRegion,
    /// The scope's service.
    ScopeService,
    /// The hash of the canonical request, where the requests themselves are not known.
    CanonicalRequestHash,
    /// The secret key: everything else agrees.
    Secret,
}

/// How a part differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum How {
    /// The other side signed it, we did not.
    MissingHere,
    /// We signed it, the other side did not see it.
    MissingThere,
    /// Only in white space.
    Whitespace,
    /// Only in upper and lower case.
    Case,
    /// Only in the order.
    Order,
    /// Only in the encoding: once or twice, `+` or `%20`.
    Encoding,
    /// Only in dots, double slashes or a slash at the end.
    Normalization,
    /// Otherwise.
    Value,
}

/// One part that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Which one.
    pub part: Part,
    /// In which way.
    pub how: How,
    /// What we signed, as it is written; a session token is masked.
    pub ours: String,
    /// What the other side says it saw, as it is written: escape it before you show it. A session token is masked.
    pub theirs: String,
    cause: Option<&'static str>,
}

impl Difference {
    pub(super) fn new(part: Part, how: How, ours: &str, theirs: &str) -> Self {
        let name = match &part {
            Part::Header { name } | Part::QueryParameter { name } => name.as_str(),
            _ => "",
        };
        let (ours, theirs) = (shown(name, ours), shown(name, theirs));
        Self { part, how, ours, theirs, cause: None }
    }

    pub(super) fn hash(ours: &str, theirs: &str) -> Self {
        Self::new(Part::CanonicalRequestHash, How::Value, ours, theirs)
    }

    pub(super) fn clock(signed_at: Timestamp, server: Timestamp) -> Self {
        Self::new(Part::Clock, How::Value, &signed_at.to_string(), &server.to_string())
    }

    pub(super) fn secret() -> Self {
        Self::new(Part::Secret, How::Value, "", "")
    }

    pub(super) fn other_secret_here() -> Self {
        let cause = "the signature that was sent was not made with this secret: another one was in use then";
        Self { cause: Some(cause), ..Self::secret() }
    }

    pub(super) fn other_secret_there() -> Self {
        let cause = "the signature that was sent is right for this secret, so the service holds another one for this \
                     key: the key was replaced, or belongs to another account or server";
        Self { cause: Some(cause), ..Self::secret() }
    }

    /// What usually causes it, and what to do.
    pub fn cause(&self) -> String {
        if let Some(cause) = self.cause {
            return cause.into();
        }
        match &self.part {
            Part::Header { name } => self.header_cause(name),
            Part::PayloadHash => self.payload_cause().into(),
            Part::ScopeRegion => format!("sign for the region `{}`", brief(&self.theirs)),
            Part::ScopeService => format!("sign for the service `{}`", brief(&self.theirs)),
            other => self.fixed_cause(other).into(),
        }
    }

    fn fixed_cause(&self, part: &Part) -> &'static str {
        match (part, self.how) {
            (Part::Clock, _) => "this machine's clock is wrong: set it",
            (Part::Method, _) => "a proxy, a redirect or the HTTP client changed the method after signing",
            (Part::Path, How::Encoding) => {
                "S3 signs the path encoded once, every other service encodes it twice; or the HTTP client encoded it \
                 again after signing"
            }
            (Part::Path, How::Normalization) => {
                "S3 never folds `//`, `.` and `..`, every other service does; or a proxy or the HTTP client folded \
                 them after signing"
            }
            (Part::Path, _) => "a proxy or a wrong base path changed the path after signing",
            (Part::QueryParameter { .. }, How::Encoding) => {
                "a space must be %20 (not +), everything but letters, digits and -._~ encoded once, in upper case"
            }
            (Part::QueryParameter { .. }, How::MissingThere) => {
                "it was signed but not sent, or a proxy removed it"
            }
            (Part::QueryParameter { .. }, How::MissingHere) => "it was added after signing",
            (Part::QueryParameter { .. } | Part::QueryOrder, How::Order) => {
                "parameters are sorted by their encoded name, then by their encoded value"
            }
            (Part::QueryParameter { .. } | Part::QueryOrder, _) => "it was changed after signing",
            (Part::SignedHeaders, How::Case) => "names of signed headers are written in lower case",
            (Part::SignedHeaders, _) => {
                "signed headers are sorted by their lower-case names, separated by semicolons"
            }
            (Part::Algorithm, _) => "the service expects another signature version",
            (Part::Time, _) => "the date that was sent (x-amz-date) is not the one that was signed",
            (Part::ScopeDate, _) => {
                "the scope's date must be the UTC date of the signing time: derive the key again at midnight"
            }
            (Part::CanonicalRequestHash, _) => {
                "the canonical requests differ; to see where, give the service's canonical request (S3 and STS send it)"
            }
            (Part::Secret, _) => {
                "look for a space or line break at its end, for quotes, and whether it belongs to this access key"
            }
            _ => "it was changed after signing, or each side made it by another rule",
        }
    }

    fn header_cause(&self, name: &str) -> String {
        let cause = match (name, self.how) {
            ("x-amz-security-token", How::MissingHere) => {
                "the session token was sent but not signed: sign it, or (for the few services that want it so) add it \
                 after signing"
            }
            ("x-amz-security-token", _) => {
                "the session token that was sent is not the one that was signed: it was cut or changed"
            }
            ("host", _) => {
                "the Host that arrived is not the one that was signed: a proxy or load balancer in front of the \
                 service, or a port that must (or must not) be named"
            }
            ("accept-encoding", _) => {
                "proxies and gateways rewrite it (`gzip(gfe)`): do not sign accept-encoding"
            }
            (
                "user-agent" | "connection" | "expect" | "te" | "via" | "x-forwarded-for"
                | "transfer-encoding",
                _,
            ) => "proxies rewrite it: do not sign it",
            ("x-amz-date" | "date", _) => "the date that was sent is not the one that was signed",
            ("content-type", _) => {
                "the HTTP client set another content-type than was signed (often `; charset=…`)"
            }
            ("content-length", _) => "the body changed its length after signing; do not sign content-length",
            (_, How::Whitespace) => {
                "values are trimmed and inner runs of spaces folded to one, on both sides"
            }
            (_, How::Case) => "the value's case was changed after signing",
            (_, How::Order) => "repeated headers are joined with commas in the order in which they are sent",
            (_, How::MissingThere) => {
                "it was signed but did not arrive: a proxy removed it, or the client did not send it"
            }
            (_, How::MissingHere) => "it was added after signing",
            _ => "it was changed after signing: by a proxy, or by the HTTP client",
        };
        cause.into()
    }

    fn payload_cause(&self) -> &'static str {
        match (self.ours.as_str(), self.theirs.as_str()) {
            (UNSIGNED_PAYLOAD, _) => {
                "only S3 accepts UNSIGNED-PAYLOAD, and only when it is stated in x-amz-content-sha256"
            }
            (_, UNSIGNED_PAYLOAD) => "presigned URLs of S3 sign UNSIGNED-PAYLOAD, not the body's hash",
            (EMPTY_SHA256, _) => "the body was not there yet when it was signed: the hash of nothing was",
            (_, EMPTY_SHA256) => "the service saw no body: it was lost, or sent after a redirect or Expect",
            _ => "the body that was sent is not the one that was signed",
        }
    }
}

impl fmt::Display for Difference {
    /// Without the cause: `header x-amz-meta-a differs in white space`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = match &self.part {
            Part::Secret => return f.write_str("all parts agree, so the secret differs"),
            Part::Clock => {
                return write!(f, "signed at {}, but the service's clock says {}", self.ours, self.theirs);
            }
            Part::Method => "the method".into(),
            Part::Path => "the path".into(),
            Part::QueryParameter { name } => format!("query parameter `{}`", brief(name)),
            Part::QueryOrder => "the query".into(),
            Part::Header { name } => format!("header {}", brief(name)),
            Part::SignedHeaders => "the list of signed headers".into(),
            Part::PayloadHash => "the payload hash".into(),
            Part::Algorithm => "the algorithm".into(),
            Part::Time => "the time of signing".into(),
            Part::Scope => "the credential scope".into(),
            Part::ScopeDate => "the scope's date".into(),
            Part::ScopeRegion => "the scope's region".into(),
            Part::ScopeService => "the scope's service".into(),
            Part::CanonicalRequestHash => "the hash of the canonical request".into(),
        };
        match self.how {
            How::MissingHere => write!(f, "{part} was signed there but not here"),
            How::MissingThere => write!(f, "{part} was signed here but not seen there"),
            How::Whitespace => write!(f, "{part} differs in white space"),
            How::Case => write!(f, "{part} differs in upper and lower case"),
            How::Order => write!(f, "{part} differs in order"),
            How::Encoding => write!(f, "{part} differs in its encoding"),
            How::Normalization => write!(f, "{part} differs in dots or slashes"),
            How::Value => write!(f, "{part} differs"),
        }
    }
}
