use core::fmt;

use crate::Payload;

/// A borrowed view of the request to sign: exactly what will be on the wire.
///
/// Nothing has to be sorted, lower-cased or encoded a second time by the caller; the path and query must be the
/// ones that are sent, or the service will see another request than the one signed. `host` must be among the
/// headers (for HTTP/2 give the `:authority` under that name).
///
/// `Debug` shows the names of parameters and headers without their values, which may be tokens.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) payload: Payload<'a>,
}

impl<'a> Request<'a> {
    /// A request without query, headers and body. An empty path means `/`.
    pub const fn new(method: &'a str, path: &'a str) -> Self {
        Self { method, path, query: "", headers: &[], payload: Payload::EMPTY }
    }

    /// The query as sent, without the question mark.
    #[must_use]
    pub const fn query(mut self, query: &'a str) -> Self {
        self.query = query;
        self
    }

    /// All headers that are to be signed, in the order in which they are sent.
    ///
    /// Headers which proxies are known to change (`user-agent`, `accept-encoding`, `connection`, …) are sent
    /// but never signed; `authorization` is left out as well.
    #[must_use]
    pub const fn headers(mut self, headers: &'a [(&'a str, &'a str)]) -> Self {
        self.headers = headers;
        self
    }

    /// The body, or what stands for it.
    #[must_use]
    pub const fn payload(mut self, payload: Payload<'a>) -> Self {
        self.payload = payload;
        self
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &ParameterNames(self.query))
            .field("headers", &HeaderNames(self.headers))
            .field("payload", &self.payload)
            .finish()
    }
}

/// Shows the names of a query's parameters without their values.
pub(crate) struct ParameterNames<'a>(pub(crate) &'a str);

impl fmt::Debug for ParameterNames<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = self.0.split('&').filter(|parameter| !parameter.is_empty());
        f.debug_list().entries(parameters.filter_map(|parameter| parameter.split('=').next())).finish()
    }
}

/// Shows the names of headers without their values.
pub(crate) struct HeaderNames<'a>(pub(crate) &'a [(&'a str, &'a str)]);

impl fmt::Debug for HeaderNames<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Headers that are sent but not signed, because proxies and HTTP clients add or rewrite them.
///
/// The union of what botocore and aws-sigv4 leave out, and `accept-encoding`, which gateways rewrite
/// (rclone/rclone#6670).
pub(crate) const NEVER_SIGNED: &[&str] = &[
    "accept-encoding",
    "authorization",
    "baggage",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];
