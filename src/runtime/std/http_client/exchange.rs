//! One request and its answer, and what goes wrong with them.

use std::{
    io,
    time::{Duration, Instant},
};

use http::{
    HeaderMap, HeaderValue, Method, Uri, Version,
    header::{ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, PROXY_AUTHORIZATION, TRANSFER_ENCODING, USER_AGENT},
    uri::Scheme,
};
use ureq_proto::{
    BodyMode,
    client::{
        Await100Result, Call, RecvBodyResult, RecvResponseResult, SendRequestResult,
        state::{RecvBody, RecvResponse, SendBody, SendRequest},
    },
};

use super::{
    idle::{Idle, Place},
    tls::Tls,
    wire::{Reached, Wire},
};
use crate::{
    TransportError, TransportErrorKind,
    runtime::{Limits, MAX_BODY, causes::causes, proxies::Proxy, workers::Cancel},
};

/// The most bytes of an answer's head.
const MAX_HEAD: usize = 400 * 1024;
/// How much of a message is written at once.
const PART: usize = 16 * 1024;
/// The longest line of a request's head.
const MAX_LINE: usize = 1024 * 1024;

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
        let proxy = self.proxy.map(|proxy| proxy.address().to_owned());
        let place = Place { is_secure, authority: self.host.clone(), proxy };
        let mut wire = match self.idle.take(&place) {
            Some(wire) => wire,
            None => self.connect(&url)?,
        };
        wire.socket().limit(self.end(), self.read);
        self.cancel.interrupt_by(wire.socket().interrupt());
        let (message, call) = self.message(request)?;
        wire.send(&message).map_err(|error| self.interrupted(&error))?;
        let (answer, may_keep) = self.receive(&mut wire, call)?;
        if may_keep && !self.cancel.is_cancelled() {
            self.idle.keep(place, wire);
        }
        Ok(answer)
    }

    /// When all has to be done; never, where that is past the end of time.
    pub(super) fn end(&self) -> Option<Instant> {
        self.began.checked_add(self.limits.total)
    }

    /// The bytes of a request, and what reads its answer.
    fn message(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<(Vec<u8>, Call<RecvResponse>), TransportError> {
        let (mut parts, body) = request.into_parts();
        parts.version = Version::HTTP_11;
        let has_body = !body.is_empty() || [Method::POST, Method::PUT, Method::PATCH].contains(&parts.method);
        self.complete(&mut parts.headers, has_body.then_some(body.len()), &parts.uri);
        let whole_url = (self.proxy.is_some() && parts.uri.scheme() == Some(&Scheme::HTTP))
            .then(|| format!("http://{}", self.host));
        let unsendable = |error: ureq_proto::Error| {
            self.fault(TransportErrorKind::Connect, format!("the request cannot be sent: {error}"))
        };
        let mut call = Call::new(http::Request::from_parts(parts, ())).map_err(unsendable)?;
        if has_body {
            call.force_send_body();
        }
        let mut call = call.proceed();
        let mut message = head(&mut call).map_err(unsendable)?;
        if let Some(url) = whole_url {
            // RFC 9112, 3.2.2: the target in absolute form.
            let start = message.iter().position(|byte| *byte == b' ').map_or(0, |at| at + 1);
            message.splice(start..start, url.into_bytes());
        }
        let incomplete =
            || self.fault(TransportErrorKind::Connect, "the request cannot be sent: it is incomplete");
        let call = match call.proceed().map_err(unsendable)?.ok_or_else(incomplete)? {
            SendRequestResult::RecvResponse(call) => call,
            SendRequestResult::SendBody(call) => self.with_body(call, &body, &mut message)?,
            // We do not wait for leave to send it.
            SendRequestResult::Await100(call) => match call.proceed().map_err(unsendable)? {
                Await100Result::SendBody(call) => self.with_body(call, &body, &mut message)?,
                Await100Result::RecvResponse(call) => call,
            },
        };
        Ok((message, call))
    }

    /// What every request has.
    fn complete(&self, headers: &mut HeaderMap, body: Option<usize>, url: &Uri) {
        let mut add = |name, value: HeaderValue| {
            headers.entry(name).or_insert(value);
        };
        add(ACCEPT, HeaderValue::from_static("*/*"));
        // A signature, a checksum or a length is of what was sent.
        add(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if let Ok(value) = HeaderValue::from_str(&self.user_agent) {
            add(USER_AGENT, value);
        }
        if let Some(length) = body.filter(|_| !headers.contains_key(TRANSFER_ENCODING)) {
            headers.entry(CONTENT_LENGTH).or_insert(HeaderValue::from(length));
        }
        let authorization = self.proxy.filter(|_| url.scheme() == Some(&Scheme::HTTP));
        if let Some(Ok(mut value)) =
            authorization.and_then(Proxy::authorization).map(|value| HeaderValue::from_str(&value))
        {
            value.set_sensitive(true);
            headers.insert(PROXY_AUTHORIZATION, value);
        }
    }

    fn with_body(
        &self,
        mut call: Call<SendBody>,
        body: &[u8],
        message: &mut Vec<u8>,
    ) -> Result<Call<RecvResponse>, TransportError> {
        let fault = |problem: String| self.fault(TransportErrorKind::Connect, problem);
        let (mut rest, mut part) = (body, vec![0; PART]);
        while !call.can_proceed() {
            let written = call.write(rest, &mut part);
            let (used, made) = written.map_err(|error| fault(format!("its body cannot be sent: {error}")))?;
            if used == 0 && made == 0 {
                return Err(fault("its body is shorter than its Content-Length".into()));
            }
            rest = rest.get(used..).unwrap_or_default();
            message.extend_from_slice(part.get(..made).unwrap_or_default());
        }
        call.proceed().ok_or_else(|| fault("its body cannot be sent".into()))
    }

    /// The answer, and whether its connection may be used again.
    fn receive(
        &self,
        wire: &mut Wire,
        mut call: Call<RecvResponse>,
    ) -> Result<(http::Response<Vec<u8>>, bool), TransportError> {
        let head = loop {
            let (used, head) = call
                .try_response(wire.input(), false)
                .map_err(|error| self.fault(TransportErrorKind::NotHttp, error.to_string()))?;
            wire.consume(used);
            match head {
                Some(head) => break head,
                None if used > 0 => continue,
                None if wire.input().len() > MAX_HEAD => {
                    let problem = format!("its head is larger than {MAX_HEAD} bytes");
                    return Err(self.fault(TransportErrorKind::NotHttp, problem));
                }
                None => self.fill(wire)?,
            };
        };
        let (body, may_keep) = match call.proceed() {
            Some(RecvResponseResult::RecvBody(call)) => self.body(wire, call)?,
            Some(RecvResponseResult::Redirect(call)) => (Vec::new(), !call.must_close_connection()),
            Some(RecvResponseResult::Cleanup(call)) => (Vec::new(), !call.must_close_connection()),
            None => (Vec::new(), false),
        };
        let mut answer = http::Response::new(body);
        let (head, ()) = head.into_parts();
        *answer.status_mut() = head.status;
        *answer.headers_mut() = head.headers;
        Ok((answer, may_keep))
    }

    fn body(&self, wire: &mut Wire, mut call: Call<RecvBody>) -> Result<(Vec<u8>, bool), TransportError> {
        let ends_with_connection = matches!(call.body_mode(), BodyMode::CloseDelimited);
        let announced = match call.body_mode() {
            BodyMode::LengthDelimited(length) => usize::try_from(length).unwrap_or(usize::MAX),
            _ => 0,
        };
        let mut body = Vec::with_capacity(announced.min(MAX_BODY));
        loop {
            loop {
                let start = body.len();
                body.resize(start + wire.input().len().max(1), 0);
                let read = call.read(wire.input(), body.get_mut(start..).unwrap_or_default());
                let (used, made) =
                    read.map_err(|error| self.fault(TransportErrorKind::Interrupted, error.to_string()))?;
                body.truncate(start + made);
                wire.consume(used);
                if used == 0 && made == 0 {
                    break;
                }
            }
            if body.len() > MAX_BODY {
                let problem = format!("it is larger than {MAX_BODY} bytes");
                return Err(self.fault(TransportErrorKind::TooLarge, problem));
            }
            if call.can_proceed() && !ends_with_connection {
                break;
            }
            if wire.fill().map_err(|error| self.interrupted(&error))? == 0 {
                if ends_with_connection {
                    break;
                }
                return Err(
                    self.fault(TransportErrorKind::Interrupted, "the answer is shorter than announced")
                );
            }
        }
        let may_keep = match call.proceed() {
            Some(RecvBodyResult::Cleanup(call)) => !call.must_close_connection(),
            Some(RecvBodyResult::Redirect(call)) => !call.must_close_connection(),
            None => false,
        };
        Ok((body, may_keep))
    }

    fn fill(&self, wire: &mut Wire) -> Result<(), TransportError> {
        match wire.fill() {
            Ok(0) => {
                let problem = "the connection was closed before an answer came";
                Err(self.fault(TransportErrorKind::Interrupted, problem))
            }
            Ok(_) => Ok(()),
            Err(error) => Err(self.interrupted(&error)),
        }
    }

    /// Why there is no connection: nothing of the request was sent.
    pub(super) fn not_connected(&self, error: &io::Error) -> TransportError {
        if Reached::told_by(error).is_none() {
            return self.fault(TransportErrorKind::Connect, self.by_proxy(causes(error)));
        }
        if self.end().is_some_and(|end| Instant::now() >= end) {
            return self.fault(TransportErrorKind::Timeout, self.limits.total_exceeded());
        }
        let problem = format!("no connection within {:?}", self.connect);
        self.fault(TransportErrorKind::Connect, self.by_proxy(problem))
    }

    /// Why there is no answer although there was a connection.
    fn interrupted(&self, error: &io::Error) -> TransportError {
        match Reached::told_by(error) {
            Some(Reached::End) => self.fault(TransportErrorKind::Timeout, self.limits.total_exceeded()),
            Some(Reached::Pause) => {
                self.fault(TransportErrorKind::Timeout, format!("nothing came for {:?}", self.read))
            }
            None => self.fault(TransportErrorKind::Interrupted, causes(error)),
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

/// The request's line and headers.
fn head(call: &mut Call<SendRequest>) -> Result<Vec<u8>, ureq_proto::Error> {
    let (mut head, mut room) = (Vec::new(), PART);
    while !call.can_proceed() {
        let start = head.len();
        head.resize(start + room, 0);
        match call.write(head.get_mut(start..).unwrap_or_default()) {
            Ok(written) => head.truncate(start + written),
            // A line needs more room.
            Err(ureq_proto::Error::OutputOverflow) if room < MAX_LINE => {
                head.truncate(start);
                room *= 2;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(head)
}
