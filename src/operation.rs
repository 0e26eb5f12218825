use std::fmt;

use http::{HeaderName, HeaderValue, Method};
#[cfg(feature = "providers")]
use sigv4::Secret;

use crate::{
    Error, InvalidInput, ServiceError,
    endpoint::Service,
    wire::{form, service_error},
};

/// One API operation: how its request is built and its answer read. Both are pure.
pub trait Operation {
    /// What a successful answer is read into.
    type Output;

    /// The operation's name in the service's API, for errors and logs.
    fn name(&self) -> &str;

    /// The service that it belongs to.
    fn service(&self) -> Service;

    /// Check all parameters and build the request, not yet addressed or signed.
    ///
    /// # Errors
    /// [`Error::InvalidInput`]: a parameter is outside its limits.
    fn request(&self) -> Result<UnsignedRequest, Error>;

    /// Read an answer that came with a success status.
    ///
    /// # Errors
    /// [`Error::Parse`]: it is not the document it should be.
    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<Self::Output, Error>;

    /// Read an answer that refuses. The services here answer in XML unless they say otherwise.
    fn refusal(&self, response: &http::Response<Vec<u8>>) -> ServiceError {
        service_error::service_error(self.name(), response)
    }

    /// The bucket that is addressed, for S3.
    fn bucket(&self) -> Option<&str> {
        None
    }

    /// Whether requests are signed. Those that carry another proof of identity are not.
    fn is_signed(&self) -> bool {
        true
    }

    /// Whether the request or its answer holds a secret: a key, a token, a password, a one-time code, an
    /// assertion. Such a call goes by https or stays on this machine, signed or not, unless plain HTTP is
    /// allowed ([`Endpoint::with_plain_http`](crate::Endpoint::with_plain_http)).
    ///
    /// An operation is taken to hold one until it says otherwise. (A signature by long-lived keys needs such a
    /// channel as well, whatever this says.)
    fn carries_secrets(&self) -> bool {
        true
    }

    /// Whether the request may be sent again when it may have been carried out: after an answer that failed, and
    /// after none. A one-time MFA code may not, nor what creates something. (What never left this machine is sent
    /// again in any case, and so is what was refused for its region or its time.)
    fn is_repeatable(&self) -> bool {
        true
    }

    /// Whether a successful answer is XML of the service. Then one with the root `<Error>` is a refusal: S3 may fail
    /// after it has sent `200 OK`. An operation whose answer is data of somebody else (an object) says `false`.
    fn has_xml_answer(&self) -> bool {
        true
    }
}

/// A request before it has an address and a signature.
///
/// `Debug` shows the names of parameters and headers without their values, which may be tokens.
#[derive(Clone)]
pub struct UnsignedRequest {
    /// The method.
    pub method: Method,
    /// The path below the service's (or bucket's) root, percent-encoded; empty or starting with `/`.
    pub path: String,
    /// The query without `?`, percent-encoded and sorted.
    pub query: String,
    /// Headers beside those of the signature.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body.
    pub body: Vec<u8>,
}

impl UnsignedRequest {
    /// A `GET` or `HEAD` without body.
    pub(crate) fn reading(method: Method, query: String) -> Self {
        Self { method, path: String::new(), query, headers: Vec::new(), body: Vec::new() }
    }

    /// A `POST` of a form, as STS and IAM take it.
    pub(crate) fn form(form: form::Form) -> Self {
        let content_type = HeaderValue::from_static(form::CONTENT_TYPE);
        Self {
            method: Method::POST,
            path: String::new(),
            query: String::new(),
            headers: vec![(http::header::CONTENT_TYPE, content_type)],
            body: form.into_body(),
        }
    }

    /// Add a header; a value that HTTP cannot carry is an input error.
    pub(crate) fn header(&mut self, name: &'static str, value: &str) -> Result<(), Error> {
        let value = HeaderValue::from_str(value).map_err(|_| {
            InvalidInput::new(name, format!("is `{}`: no header can hold that", value.escape_debug()))
        })?;
        self.headers.push((HeaderName::from_static(name), value));
        Ok(())
    }

    /// Add a header that nobody may see.
    #[cfg(feature = "providers")]
    pub(crate) fn secret_header(&mut self, name: &'static str, value: &Secret) -> Result<(), Error> {
        let mut value = HeaderValue::from_str(value.expose())
            .map_err(|_| InvalidInput::new(name, "has characters that no header can hold"))?;
        value.set_sensitive(true);
        self.headers.push((HeaderName::from_static(name), value));
        Ok(())
    }
}

impl fmt::Debug for UnsignedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = self.query.split('&').filter_map(|parameter| parameter.split('=').next());
        let headers = self.headers.iter().map(|(name, _)| name.as_str());
        f.debug_struct("UnsignedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &parameters.collect::<Vec<_>>())
            .field("headers", &headers.collect::<Vec<_>>())
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}
