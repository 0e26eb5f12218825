//! From the `http` crate's types.

use alloc::{string::String, vec::Vec};
use core::fmt;

use http::request::Parts;

use super::{Mismatch, Received, ReceivedBody};

/// The head of a received `http::Request` as the verifier wants it, with all of its headers.
///
/// A header whose value is not UTF-8 is not left out but an error: leaving it out would verify another request than
/// the one that the handler sees.
///
/// ```
/// use sts3_sigv4::{ReceivedBody, ReceivedParts};
///
/// let request = http::Request::get("http://example.com/a?b=c").header("x-note", "ü").body(())?;
/// let (parts, ()) = request.into_parts();
/// let head = ReceivedParts::new(&parts)?;
/// let received = head.with_body(ReceivedBody::Bytes(b""));
/// assert_eq!((received.path, received.query), ("/a", "b=c"));
/// assert_eq!(received.headers, [("host", "example.com"), ("x-note", "ü")]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ReceivedParts<'a> {
    method: &'a str,
    path: &'a str,
    query: &'a str,
    headers: Vec<(&'a str, &'a str)>,
}

impl<'a> ReceivedParts<'a> {
    /// Read the head of a request.
    ///
    /// "For HTTP/2 requests, you can include the :authority header or the Host header"
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html>): where there is no `Host`,
    /// the authority of the URI stands for it.
    ///
    /// # Errors
    /// [`Mismatch::UnreadableHeader`]; [`Mismatch::Malformed`] if `Host` and the authority of the URI differ.
    pub fn new(parts: &'a Parts) -> Result<Self, Mismatch> {
        let mut headers = Vec::with_capacity(parts.headers.len() + 1);
        let authority = parts.uri.authority().map(http::uri::Authority::as_str);
        match (authority, parts.headers.get(http::header::HOST)) {
            (Some(authority), None) => headers.push(("host", authority)),
            (Some(authority), Some(host)) if !host.as_bytes().eq_ignore_ascii_case(authority.as_bytes()) => {
                let problem = String::from("it is not the authority of the request's target");
                return Err(Mismatch::Malformed { part: "Host header", problem });
            }
            _ => {}
        }
        for (name, value) in &parts.headers {
            let Ok(value) = core::str::from_utf8(value.as_bytes()) else {
                return Err(Mismatch::UnreadableHeader { name: name.as_str().into() });
            };
            headers.push((name.as_str(), value));
        }
        Ok(Self {
            method: parts.method.as_str(),
            path: parts.uri.path(),
            query: parts.uri.query().unwrap_or_default(),
            headers,
        })
    }

    /// The request with its body.
    pub fn with_body<'b>(&'b self, body: ReceivedBody<'b>) -> Received<'b> {
        Received { method: self.method, path: self.path, query: self.query, headers: &self.headers, body }
    }
}

impl fmt::Debug for ReceivedParts<'_> {
    /// Without the query and the values of headers: either may hold a session token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.with_body(ReceivedBody::Unread), f)
    }
}
