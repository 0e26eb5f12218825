use std::fmt;

use super::{
    cause::Cause,
    plain::{MAX_REPORT, plain},
    remedy::Remedy,
};

/// A request that got no usable answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TransportError {
    /// At which step.
    pub kind: TransportErrorKind,
    /// The host and port that were tried.
    pub host: String,
    /// What the operating system or the TLS library said.
    pub problem: String,
    cause: Option<Cause>,
    is_final: bool,
}

/// At which step a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection (name resolution, refusal, unreachable network, none in time): nothing was sent.
    Connect,
    /// The other side's certificate or protocol version was not accepted.
    Tls,
    /// The environment names a proxy for this host that cannot be used: nothing was sent.
    Proxy,
    /// No answer within the time limit.
    Timeout,
    /// The connection ended, or the body was shorter than announced.
    Interrupted,
    /// The answer is larger than our limit.
    TooLarge,
    /// Not an HTTP response, or its headers exceed the limit.
    NotHttp,
}

impl TransportError {
    /// For transports.
    pub fn new(kind: TransportErrorKind, host: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { kind, host: host.into(), problem: problem.into(), cause: None, is_final: false }
    }

    /// Whether the service may have received the request, and carried it out.
    pub fn may_have_been_sent(&self) -> bool {
        !matches!(
            self.kind,
            TransportErrorKind::Connect | TransportErrorKind::Tls | TransportErrorKind::Proxy
        )
    }

    /// The same with the error behind it, which becomes the [`source`](std::error::Error::source): for `downcast_ref`. No
    /// secret may be in it, and no URL: paths and queries may hold tokens. What `Display` says has the reason already, so
    /// that whoever prints whole chains (`{:#}` of `anyhow`) prints it twice.
    #[must_use]
    pub fn caused_by(mut self, error: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.cause = Some(Cause::new(error));
        self
    }

    /// The same as an error that no repetition mends: see [`is_final`](Self::is_final).
    #[must_use]
    pub fn into_final(mut self) -> Self {
        self.is_final = true;
        self
    }

    /// Whether another attempt would meet the same: the request is not repeated then. So are refused certificates
    /// ([`Tls`](TransportErrorKind::Tls)), unusable settings of a proxy ([`Proxy`](TransportErrorKind::Proxy)), and what a
    /// transport [says](Self::into_final) to be.
    pub fn is_final(&self) -> bool {
        self.is_final || matches!(self.kind, TransportErrorKind::Tls | TransportErrorKind::Proxy)
    }

    /// Whether what answered was no TLS at all, in the words of rustls and of OpenSSL.
    fn met_no_tls(&self) -> bool {
        ["InvalidContentType", "wrong version number"].iter().any(|words| self.problem.contains(words))
    }

    pub(super) fn remedy(&self) -> Remedy {
        match self.kind {
            TransportErrorKind::Connect => Remedy::CheckConnection,
            TransportErrorKind::Tls if self.met_no_tls() => Remedy::WriteHttp,
            TransportErrorKind::Tls => Remedy::TrustCertificate,
            TransportErrorKind::Proxy => Remedy::CorrectProxy,
            TransportErrorKind::Timeout => Remedy::AllowMoreTime,
            TransportErrorKind::Interrupted => Remedy::ReconnectLater,
            TransportErrorKind::TooLarge | TransportErrorKind::NotHttp => Remedy::CheckEndpoint,
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match self.kind {
            TransportErrorKind::Connect | TransportErrorKind::Proxy => "could not connect to",
            TransportErrorKind::Tls => "could not agree on TLS with",
            TransportErrorKind::Timeout => "no answer in time from",
            TransportErrorKind::Interrupted => "lost the connection to",
            TransportErrorKind::TooLarge => "refused the answer of",
            TransportErrorKind::NotHttp => "could not understand the answer of",
        };
        write!(f, "{step} {}: {}", self.host, plain(&self.problem, MAX_REPORT))
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(Cause::get)
    }
}
