//! A request as it arrived.

use alloc::format;
use core::fmt;

use super::{
    Mismatch,
    grammar::malformed,
    limits::{MAX_HEAD, MAX_HEADERS, MAX_QUERY, at_most},
};
use crate::{
    request::{HeaderNames, ParameterNames},
    text::Shown,
};

/// A request as it arrived: exactly what was on the wire, each header included. A header that is left out is one that
/// the verifier cannot hold against the signature.
///
/// `Debug` shows the names of parameters and headers without their values, which may be tokens.
/// From an `http::Request`: `ReceivedParts` (feature `http`).
#[derive(Clone, Copy)]
pub struct Received<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// The path, still percent-encoded.
    pub path: &'a str,
    /// The query without `?`, still percent-encoded.
    pub query: &'a str,
    /// All headers in the order of arrival; for HTTP/2 `:authority` under the name `host`.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: ReceivedBody<'a>,
}

/// The body of a received request. `Debug` shows its length only.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum ReceivedBody<'a> {
    /// All of it: its hash is compared with the one that was signed.
    Bytes(&'a [u8]),
    /// Not read yet. The caller gives it to [`Verified::check_body`](super::Verified::check_body) when it is, or reads it
    /// through [`Verified::chunk_decoder`](super::Verified::chunk_decoder). Where no `x-amz-content-sha256` is sent
    /// (services other than S3 do not demand it), the signature can be verified for an empty body only: read it first.
    Unread,
}

impl fmt::Debug for Received<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &ParameterNames(self.query))
            .field("headers", &HeaderNames(self.headers))
            .field("body", &self.body)
            .finish()
    }
}

impl fmt::Debug for ReceivedBody<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(body) => write!(f, "Bytes({} bytes)", body.len()),
            Self::Unread => f.write_str("Unread"),
        }
    }
}

impl<'a> Received<'a> {
    /// Refuse what is larger, having looked at lengths only.
    pub(super) fn check_sizes(&self) -> Result<(), Mismatch> {
        at_most("the number of headers", self.headers.len(), MAX_HEADERS)?;
        at_most("the query", self.query.len(), MAX_QUERY)?;
        let headers = self.headers.iter().map(|(name, value)| name.len().saturating_add(value.len()));
        let line = [self.method, self.path, self.query].into_iter().map(str::len);
        at_most("the head of the request", headers.chain(line).fold(0, usize::saturating_add), MAX_HEAD)
    }

    /// A header's first value, without the white space around it.
    pub(super) fn header(&self, name: &str) -> Option<&'a str> {
        let found = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim_matches([' ', '\t']))
    }

    /// A header that may be there once: RFC 9110, 5.3, lets only headers that are lists be repeated, and whoever reads
    /// one that is repeated may take the other value. White space in it is folded in what is signed, so of blanks there
    /// can be one at a time, and nothing else.
    pub(super) fn single(&self, name: &'static str) -> Result<Option<&'a str>, Mismatch> {
        let count = self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name)).count();
        if count > 1 {
            return Err(Mismatch::Repeated { part: name.into() });
        }
        let value = self.header(name);
        let is_folded =
            |value: &&str| !value.bytes().any(|byte| byte.is_ascii_control()) && !value.contains("  ");
        match value.filter(|value| !is_folded(value)) {
            Some(value) => {
                let problem = format!("`{}` has a control character, or two blanks in a row", Shown(value));
                Err(malformed(name, problem))
            }
            None => Ok(value),
        }
    }
}
