//! One request and its answer, and what goes wrong with them.

use std::time::Duration;

use http::uri::Scheme;

use super::super::tls;
use crate::{
    TransportError, TransportErrorKind,
    runtime::{causes::causes, patience::Patience, transport::MAX_BODY},
};

/// What an error has to name.
pub(super) struct Exchange {
    pub(super) host: String,
    pub(super) connect: Duration,
    pub(super) read: Duration,
    /// The proxy that the request goes by, in words.
    pub(super) proxy: Option<String>,
}

impl Exchange {
    pub(super) async fn make(
        &self,
        client: &reqwest::Client,
        request: http::Request<Vec<u8>>,
        patience: &Patience,
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        let request = self.prepare(request)?;
        let response = self.send(client, request, patience).await?;
        self.receive(response, patience).await
    }

    /// Send, and wait for the answer's head.
    async fn send(
        &self,
        client: &reqwest::Client,
        request: reqwest::Request,
        patience: &Patience,
    ) -> Result<reqwest::Response, TransportError> {
        loop {
            let paused = patience.paused();
            // A body of bytes can be cloned.
            let Some(sent) = request.try_clone() else { return Err(self.nothing_came()) };
            match patience.within(self.read, client.execute(sent)).await {
                Some(Ok(response)) => return Ok(response),
                // The time for the connection ran out while the reader did something else. Nothing has been sent.
                Some(Err(error))
                    if error.is_connect() && error.is_timeout() && patience.paused() > paused => {}
                Some(Err(error)) => return Err(self.error(error)),
                None => return Err(self.nothing_came()),
            }
        }
    }

    /// URL libraries fold `.` and `..` segments; a request they would change no longer fits its signature.
    fn prepare(&self, request: http::Request<Vec<u8>>) -> Result<reqwest::Request, TransportError> {
        let target = request.uri().path_and_query().map(|target| target.to_string());
        let refused = |problem: String| self.fault(TransportErrorKind::Connect, problem);
        if !tls::HAS_TLS && request.uri().scheme() == Some(&Scheme::HTTPS) {
            let problem = "this build speaks plain HTTP only (it has neither rustls-ring nor native-tls)";
            return Err(self.fault(TransportErrorKind::Tls, problem));
        }
        let request = reqwest::Request::try_from(request).map_err(|error| refused(causes(&error)))?;
        let url = request.url();
        let kept = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        if target.as_deref() != Some(kept.as_str()) {
            return Err(refused("the HTTP client would change the path, and with it the signature".into()));
        }
        Ok(request)
    }

    async fn receive(
        &self,
        mut response: reqwest::Response,
        patience: &Patience,
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
        let mut body = Vec::with_capacity(announced.unwrap_or_default().min(MAX_BODY));
        loop {
            let chunk = patience.within(self.read, response.chunk()).await;
            let chunk = chunk.ok_or_else(|| self.nothing_came())?.map_err(|error| self.error(error))?;
            let Some(chunk) = chunk else { break };
            if body.len() + chunk.len() > MAX_BODY {
                let problem = format!("it is larger than {MAX_BODY} bytes");
                return Err(self.fault(TransportErrorKind::TooLarge, problem));
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = http::Response::new(body);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }

    fn error(&self, error: reqwest::Error) -> TransportError {
        // Paths and queries may hold tokens.
        let error = error.without_url();
        self.named(&error).caused_by(error)
    }

    fn named(&self, error: &reqwest::Error) -> TransportError {
        if error.is_connect() {
            let problem = if error.is_timeout() {
                format!("no connection within {:?}", self.connect)
            } else {
                causes(error)
            };
            let kind =
                if tls::is_about(error) { TransportErrorKind::Tls } else { TransportErrorKind::Connect };
            return match &self.proxy {
                Some(proxy) => self.fault(kind, format!("by {proxy}: {problem}")),
                None => self.fault(kind, problem),
            };
        }
        if error.is_timeout() {
            return self.fault(TransportErrorKind::Timeout, causes(error));
        }
        let kind =
            if is_not_http(error) { TransportErrorKind::NotHttp } else { TransportErrorKind::Interrupted };
        self.fault(kind, causes(error))
    }

    fn nothing_came(&self) -> TransportError {
        self.fault(TransportErrorKind::Timeout, format!("nothing came for {:?}", self.read))
    }

    pub(super) fn fault(&self, kind: TransportErrorKind, problem: impl Into<String>) -> TransportError {
        TransportError::new(kind, self.host.clone(), problem)
    }
}

/// Whether the HTTP library could not read the head of the answer.
fn is_not_http(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse)
        || error.source().is_some_and(is_not_http)
}
