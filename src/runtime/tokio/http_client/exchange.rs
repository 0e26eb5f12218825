//! One request and its answer, and what goes wrong with them.

use std::time::Duration;

use http::uri::Scheme;

use super::super::tls;
use crate::{
    TransportError, TransportErrorKind,
    runtime::{causes::causes, transport::MAX_BODY},
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
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        let request = self.prepare(request)?;
        let response = client.execute(request).await.map_err(|error| self.error(error))?;
        self.receive(response).await
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
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
        let mut body = Vec::with_capacity(announced.unwrap_or_default().min(MAX_BODY));
        while let Some(chunk) = response.chunk().await.map_err(|error| self.error(error))? {
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
            return self.fault(TransportErrorKind::Timeout, format!("nothing came for {:?}", self.read));
        }
        let kind =
            if is_not_http(error) { TransportErrorKind::NotHttp } else { TransportErrorKind::Interrupted };
        self.fault(kind, causes(error))
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
