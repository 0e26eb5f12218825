use alloc::{borrow::ToOwned, string::String};
use core::fmt;

use crate::{Algorithm, Error, sink::Sink};

/// The last element of every credential scope.
pub(crate) const TERMINATOR: &str = "aws4_request";

/// Where a signature is valid: a region and a service. With a date it becomes a [`CredentialScope`].
///
/// For SigV4a the region is a region set: names, `*` or `us-*`, separated by commas.
///
/// ```
/// use sts3_sigv4::Scope;
///
/// let scope = Scope::new("eu-west-1", "s3");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    region: String,
    service: String,
}

impl Scope {
    /// For example `Scope::new("eu-west-1", "s3")`. The names are those of the endpoint that is called: global
    /// endpoints such as `sts.amazonaws.com` and `iam.amazonaws.com` sign for `us-east-1`.
    pub fn new(region: impl Into<String>, service: impl Into<String>) -> Self {
        Self { region: region.into(), service: service.into() }
    }

    /// The region, `eu-west-1`.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The signing name of the service, `s3`.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// What of it no credential scope can hold: each part is one word between slashes.
    pub(crate) fn problem(&self, algorithm: Algorithm) -> Option<Error> {
        let region = if algorithm.has_region_set() {
            ("region set", part_problem(&self.region, |byte| byte.is_ascii_graphic()))
        } else {
            ("region", part_problem(&self.region, is_in_scope))
        };
        let service = ("service", part_problem(&self.service, is_in_scope));
        [region, service]
            .into_iter()
            .find_map(|(part, problem)| Some(Error::InvalidScope { part, problem: problem? }))
    }

    /// What stands behind the date in a credential scope; SigV4a's has no region.
    pub(crate) fn tail(&self, algorithm: Algorithm) -> String {
        if algorithm.has_region_set() {
            [&self.service, "/", TERMINATOR].concat()
        } else {
            [&self.region, "/", &self.service, "/", TERMINATOR].concat()
        }
    }
}

/// A comma would end the field of `Authorization`, a slash the part.
fn is_in_scope(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b',' | b'/')
}

fn part_problem(text: &str, is_allowed: fn(u8) -> bool) -> Option<&'static str> {
    if text.is_empty() {
        Some("it is empty")
    } else if text.bytes().all(is_allowed) {
        None
    } else {
        Some("it holds a blank, line break, comma, slash or a letter that is not ASCII")
    }
}

/// `20130524/us-east-1/s3/aws4_request`: the date, region and service that a signing key is bound to.
/// SigV4a's has no region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialScope<'a> {
    pub(crate) date: &'a str,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
    /// Everything behind the date and its slash, as one text.
    pub(crate) tail: &'a str,
}

impl<'a> CredentialScope<'a> {
    /// Read `date/region/service/aws4_request`; `None` if there are not exactly these four parts.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (date, tail) = text.split_once('/')?;
        let (region, rest) = tail.split_once('/')?;
        Self::with_service(date, region, rest, tail)
    }

    /// Read SigV4a's `date/service/aws4_request`.
    #[cfg(feature = "v4a")]
    pub(crate) fn parse_without_region(text: &'a str) -> Option<Self> {
        let (date, tail) = text.split_once('/')?;
        Self::with_service(date, "", tail, tail)
    }

    fn with_service(date: &'a str, region: &'a str, rest: &'a str, tail: &'a str) -> Option<Self> {
        let (service, terminator) = rest.split_once('/')?;
        (terminator == TERMINATOR).then_some(Self { date, region, service, tail })
    }

    pub(crate) fn write(&self, sink: &mut impl Sink) {
        sink.put(self.date);
        sink.put_byte(b'/');
        sink.put(self.tail);
    }

    /// `YYYYMMDD`.
    pub fn date(&self) -> &'a str {
        self.date
    }

    /// The region; empty for SigV4a.
    pub fn region(&self) -> &'a str {
        self.region
    }

    /// The service's signing name.
    pub fn service(&self) -> &'a str {
        self.service
    }

    /// Region and service without the date.
    pub fn to_scope(&self) -> Scope {
        Scope { region: self.region.to_owned(), service: self.service.to_owned() }
    }
}

impl fmt::Display for CredentialScope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.date, self.tail)
    }
}
