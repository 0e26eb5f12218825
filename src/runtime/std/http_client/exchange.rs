//! One request and its answer, and what goes wrong with them.

use std::{
    io,
    time::{Duration, Instant},
};

use http::{
    HeaderMap, HeaderValue, Method, Uri,
    header::{
        ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, HOST, PROXY_AUTHORIZATION, TRANSFER_ENCODING,
        USER_AGENT,
    },
    uri::Scheme,
};

use super::{
    http1::{self, Framing, Head},
    idle::{Idle, Place},
    tls::{HAS_TLS, Tls},
    wire::{Reached, Wire},
};
use crate::{
    TransportError, TransportErrorKind,
    runtime::{Limits, MAX_BODY, causes::causes, proxies::Proxy, workers::Cancel},
};

/// The most bytes of an answer's head.
const MAX_HEAD: usize = 400 * 1024;

/// What an exchange needs, and what its errors have to name.
pub(super) struct Exchange<'a> {
    pub(super) host: String,
    pub(super) limits: Limits,
    pub(super) connect: Duration,
    pub(super) read: Duration,
    pub(super) began: Instant,
    /// The proxy that the request goes by.
    pub(super) proxy: Option<&'a Proxy>,
    pub(super) user_agent: String,
    pub(super) cancel: &'a Cancel,
    pub(super) idle: &'a Idle,
    pub(super) tls: &'a Tls,
}

impl Exchange<'_> {
    pub(super) fn make(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        let url = request.uri().clone();
        let is_secure = url.scheme() == Some(&Scheme::HTTPS);
        if !is_secure && url.scheme() != Some(&Scheme::HTTP) || self.host.is_empty() {
            return Err(
                self.fault(TransportErrorKind::Connect, "its URL is no http or https URL with a host")
            );
        }
        if is_secure && !HAS_TLS {
            let problem = "this build speaks plain HTTP only (it has neither rustls-ring nor native-tls)";
            return Err(self.fault(TransportErrorKind::Tls, problem));
        }
        let proxy = self.proxy.map(|proxy| proxy.address().to_owned());
        let place = Place { is_secure, authority: self.host.clone(), proxy };
        let (mut parts, body) = request.into_parts();
        self.complete(&mut parts.headers, &parts.method, &url, body.len());
        let message = http1::request(&parts.method, &self.target(&url), &parts.headers, &body);
        let mut wire = match self.idle.take(&place) {
            Some(wire) => wire,
            None => self.connect(&url)?,
        };
        wire.socket().limit(self.end(), self.read);
        self.cancel.interrupt_by(wire.socket().interrupt());
        wire.send(&message).map_err(|error| self.interrupted(error))?;
        let head = self.head(&mut wire)?;
        let body = self.body(&mut wire, &head, &parts.method)?;
        let is_wanted = parts.headers.get(CONNECTION).is_none_or(|value| value.as_bytes() != b"close");
        if head.keeps_connection() && is_wanted && !self.cancel.is_cancelled() {
            self.idle.keep(place, wire);
        }
        let mut answer = http::Response::new(body);
        (*answer.status_mut(), *answer.headers_mut()) = (head.status, head.headers);
        Ok(answer)
    }

    /// When all has to be done; never, where that is past the end of time.
    pub(super) fn end(&self) -> Option<Instant> {
        self.began.checked_add(self.limits.total)
    }

    /// The target in origin form, or in absolute form for a proxy (RFC 9112, 3.2).
    fn target(&self, url: &Uri) -> String {
        let target = url.path_and_query().map_or("/", |target| target.as_str());
        let slash = if target.starts_with('/') { "" } else { "/" };
        if self.proxy.is_some() && url.scheme() == Some(&Scheme::HTTP) {
            format!("http://{}{slash}{target}", self.host)
        } else {
            format!("{slash}{target}")
        }
    }

    /// What every request has.
    fn complete(&self, headers: &mut HeaderMap, method: &Method, url: &Uri, length: usize) {
        let host = match (url.host(), url.port_u16()) {
            (Some(host), Some(port)) => HeaderValue::from_str(&format!("{host}:{port}")),
            (host, _) => HeaderValue::from_str(host.unwrap_or_default()),
        };
        if let Ok(host) = host {
            headers.entry(HOST).or_insert(host);
        }
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        // A signature, a checksum or a length is of what was sent.
        headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("identity"));
        if let Ok(value) = HeaderValue::from_str(&self.user_agent) {
            headers.entry(USER_AGENT).or_insert(value);
        }
        // The body is sent in one piece.
        headers.remove(TRANSFER_ENCODING);
        if length > 0 || [Method::POST, Method::PUT, Method::PATCH].contains(method) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        let proxy = self.proxy.filter(|_| url.scheme() == Some(&Scheme::HTTP));
        if let Some(Ok(mut value)) =
            proxy.and_then(Proxy::authorization).map(|value| HeaderValue::from_str(&value))
        {
            value.set_sensitive(true);
            headers.insert(PROXY_AUTHORIZATION, value);
        }
    }

    fn head(&self, wire: &mut Wire) -> Result<Head, TransportError> {
        let not_http = |problem: String| self.fault(TransportErrorKind::NotHttp, problem);
        loop {
            match Head::parse(wire.input()).map_err(not_http)? {
                Some((length, head)) => {
                    wire.consume(length);
                    if !head.is_interim() {
                        return Ok(head);
                    }
                }
                None if wire.input().len() > MAX_HEAD => {
                    return Err(not_http(format!("its head is larger than {MAX_HEAD} bytes")));
                }
                None => self.fill(wire, "the connection was closed before an answer came")?,
            }
        }
    }

    fn body(&self, wire: &mut Wire, head: &Head, method: &Method) -> Result<Vec<u8>, TransportError> {
        let mut framing =
            head.framing(method).map_err(|problem| self.fault(TransportErrorKind::NotHttp, problem))?;
        let mut body = match framing {
            Framing::Length(length) => {
                Vec::with_capacity(usize::try_from(length).unwrap_or(MAX_BODY).min(MAX_BODY))
            }
            _ => Vec::new(),
        };
        loop {
            let used = framing.read(wire.input(), &mut body);
            wire.consume(used.map_err(|problem| self.fault(TransportErrorKind::Interrupted, problem))?);
            if body.len() > MAX_BODY {
                let problem = format!("it is larger than {MAX_BODY} bytes");
                return Err(self.fault(TransportErrorKind::TooLarge, problem));
            }
            if framing.is_done() {
                return Ok(body);
            }
            if framing.may_end() {
                if wire.fill().map_err(|error| self.interrupted(error))? == 0 {
                    return Ok(body);
                }
            } else {
                self.fill(wire, "the answer is shorter than announced")?;
            }
        }
    }

    fn fill(&self, wire: &mut Wire, at_end: &str) -> Result<(), TransportError> {
        match wire.fill() {
            Ok(0) => Err(self.fault(TransportErrorKind::Interrupted, at_end)),
            Ok(_) => Ok(()),
            Err(error) => Err(self.interrupted(error)),
        }
    }

    /// Why there is no connection: nothing of the request was sent.
    pub(super) fn not_connected(&self, error: io::Error) -> TransportError {
        if Reached::told_by(&error).is_none() {
            let problem = self.by_proxy(causes(&error));
            return self.fault(TransportErrorKind::Connect, problem).caused_by(error);
        }
        if self.end().is_some_and(|end| Instant::now() >= end) {
            return self.fault(TransportErrorKind::Timeout, self.limits.total_exceeded());
        }
        let problem = format!("no connection within {:?}", self.connect);
        self.fault(TransportErrorKind::Connect, self.by_proxy(problem))
    }

    /// Why there is no answer although there was a connection.
    fn interrupted(&self, error: io::Error) -> TransportError {
        match Reached::told_by(&error) {
            Some(Reached::End) => self.fault(TransportErrorKind::Timeout, self.limits.total_exceeded()),
            Some(Reached::Pause) => {
                self.fault(TransportErrorKind::Timeout, format!("nothing came for {:?}", self.read))
            }
            None => self.fault(TransportErrorKind::Interrupted, causes(&error)).caused_by(error),
        }
    }

    pub(super) fn by_proxy(&self, problem: String) -> String {
        match self.proxy {
            Some(proxy) => format!("by {proxy}: {problem}"),
            None => problem,
        }
    }

    pub(super) fn fault(&self, kind: TransportErrorKind, problem: impl Into<String>) -> TransportError {
        TransportError::new(kind, self.host.clone(), problem)
    }
}
