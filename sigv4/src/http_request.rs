//! Signing an `http::Request` in place, or presigning one (feature `http`).

use alloc::{borrow::ToOwned, string::String, vec::Vec};
use core::time::Duration;

use http::{HeaderName, HeaderValue, header::HOST};

use crate::{Error, Payload, Presigned, Request, Signed, Signer, SigningSteps, Timestamp};

/// Characters of a header that an error shows.
const MAX_SHOWN: usize = 300;

impl Signer<'_> {
    /// Sign an `http::Request` whose body is at hand, in place: adds `host` if it is absent, then the headers of
    /// [`sign`](Self::sign).
    ///
    /// ```
    /// # use sts3_sigv4::{Credentials, Scope, Signer, Timestamp};
    /// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    /// let mut request = http::Request::get("https://sts.eu-west-1.amazonaws.com/").body(Vec::new()).unwrap();
    /// Signer::new(&credentials, Scope::new("eu-west-1", "sts"))
    ///     .sign_http(&mut request, Timestamp::from_unix_seconds(1_440_938_160))?;
    /// assert!(request.headers().contains_key("authorization"));
    /// # Ok::<(), sts3_sigv4::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`sign`](Self::sign); a header whose value is not UTF-8 is [`Error::InvalidHeader`], a `host` header
    /// that names another host than the URI is [`Error::HostDiffers`].
    pub fn sign_http<B: AsRef<[u8]>>(
        &self,
        request: &mut http::Request<B>,
        time: Timestamp,
    ) -> Result<(), Error> {
        add_host(request)?;
        let headers = headers(request)?;
        let signed = self.sign(&view(request, &headers, Payload::Bytes(request.body().as_ref())), time)?;
        let added = values(&signed)?;
        insert(request, added);
        Ok(())
    }

    /// Sign an `http::Request` with any body, also one that is a stream: `payload` says what is signed of it
    /// (its hash, [`Payload::Unsigned`], [`Payload::Chunked`]). The result is what
    /// [`chunk_encoder`](Self::chunk_encoder) starts from.
    ///
    /// ```
    /// # use sts3_sigv4::{Credentials, Framing, Payload, Scope, Signer, Timestamp};
    /// struct Stream;
    ///
    /// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    /// let signer = Signer::new(&credentials, Scope::new("eu-west-1", "s3"));
    /// let mut request = http::Request::put("https://b.s3.eu-west-1.amazonaws.com/k")
    ///     .header("content-encoding", "aws-chunked")
    ///     .header("x-amz-decoded-content-length", "5")
    ///     .body(Stream)
    ///     .unwrap();
    /// let time = Timestamp::from_unix_seconds(1_440_938_160);
    /// let signed = signer.sign_http_payload(&mut request, Payload::Chunked(Framing::Signed), time)?;
    /// let mut chunks = signer.chunk_encoder(&signed, Framing::Signed)?;
    /// let mut body = Vec::new();
    /// chunks.chunk(b"hello", &mut body);
    /// chunks.finish(&[], &mut body)?;
    /// # Ok::<(), sts3_sigv4::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`sign_http`](Self::sign_http).
    pub fn sign_http_payload<'s, B>(
        &'s self,
        request: &mut http::Request<B>,
        payload: Payload<'s>,
        time: Timestamp,
    ) -> Result<Signed<'s>, Error> {
        add_host(request)?;
        let headers = headers(request)?;
        let signed = self.sign_parts(&view(request, &headers, payload), payload, time)?;
        let added = values(&signed)?;
        insert(request, added);
        Ok(signed)
    }

    /// Like [`sign_http_payload`](Self::sign_http_payload), and every intermediate value beside it.
    ///
    /// # Errors
    /// Those of [`sign_http`](Self::sign_http).
    pub fn sign_http_payload_in_steps<'s, B>(
        &'s self,
        request: &mut http::Request<B>,
        payload: Payload<'s>,
        time: Timestamp,
    ) -> Result<(Signed<'s>, SigningSteps), Error> {
        add_host(request)?;
        let headers = headers(request)?;
        let (signed, steps) = self.sign_parts_in_steps(&view(request, &headers, payload), payload, time)?;
        let added = values(&signed)?;
        insert(request, added);
        Ok((signed, steps))
    }

    /// Presign an `http::Request`: see [`presign`](Self::presign). Its headers are signed, and its URI's host where it has
    /// no `host` header; it stays as it is.
    ///
    /// ```
    /// # use sts3_sigv4::{Credentials, Payload, Scope, Signer, Timestamp};
    /// # use core::time::Duration;
    /// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    /// let signer = Signer::new(&credentials, Scope::new("eu-west-1", "s3"));
    /// let request = http::Request::get("https://b.s3.eu-west-1.amazonaws.com/k").body(()).unwrap();
    /// let time = Timestamp::from_unix_seconds(1_440_938_160);
    /// let presigned = signer.presign_http(&request, Payload::Unsigned, Duration::from_secs(60), time)?;
    /// let url = format!("https://b.s3.eu-west-1.amazonaws.com/k?{}", presigned.query());
    /// # Ok::<(), sts3_sigv4::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`presign`](Self::presign) and [`sign_http`](Self::sign_http).
    pub fn presign_http<B>(
        &self,
        request: &http::Request<B>,
        payload: Payload<'_>,
        expires: Duration,
        time: Timestamp,
    ) -> Result<Presigned, Error> {
        let host = missing_host(request)?;
        let mut headers = headers(request)?;
        headers.extend(host.as_deref().map(|host| ("host", host)));
        self.presign(&view(request, &headers, payload), expires, time)
    }
}

fn add_host<B>(request: &mut http::Request<B>) -> Result<(), Error> {
    if let Some(host) = missing_host(request)? {
        let value = HeaderValue::from_str(&host).map_err(|_| Error::MissingHost)?;
        request.headers_mut().insert(HOST, value);
    }
    Ok(())
}

/// A request without a `host` header gets its URI's; one that has it must mean the same host, for that is what an
/// HTTP client would connect to and, in HTTP/2, send.
fn missing_host<B>(request: &http::Request<B>) -> Result<Option<String>, Error> {
    let own = host(request.uri());
    let mut present = request.headers().get_all(HOST).iter();
    let Some(header) = present.next() else {
        return own.map(Some).ok_or(Error::MissingHost);
    };
    if present.next().is_some() {
        return Err(Error::RepeatedHost);
    }
    match own {
        Some(own) if !is_same_host(header.as_bytes(), &own, default_port(request.uri())) => {
            let header = String::from_utf8_lossy(header.as_bytes());
            let header = header.escape_debug().take(MAX_SHOWN).collect();
            Err(Error::HostDiffers { header, uri: own })
        }
        _ => Ok(None),
    }
}

/// Host names have no case, and the scheme's port may be said.
fn is_same_host(header: &[u8], uri: &str, default_port: Option<u16>) -> bool {
    let is_uri = |host: &[u8]| host.eq_ignore_ascii_case(uri.as_bytes());
    let without_port = default_port
        .and_then(|port| header.strip_suffix(alloc::format!(":{port}").as_bytes()))
        .unwrap_or(header);
    is_uri(header) || is_uri(without_port)
}

fn headers<B>(request: &http::Request<B>) -> Result<Vec<(&str, &str)>, Error> {
    let pairs = request.headers().iter().map(|(name, value)| {
        let invalid = |_| Error::InvalidHeader { name: name.as_str().to_owned() };
        Ok((name.as_str(), core::str::from_utf8(value.as_bytes()).map_err(invalid)?))
    });
    pairs.collect()
}

fn view<'r, B>(
    request: &'r http::Request<B>,
    headers: &'r [(&'r str, &'r str)],
    payload: Payload<'r>,
) -> Request<'r> {
    Request::new(request.method().as_str(), request.uri().path())
        .query(request.uri().query().unwrap_or_default())
        .headers(headers)
        .payload(payload)
}

/// The headers that signing adds, as `http` wants them.
fn values(signed: &Signed<'_>) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
    let pairs = signed.headers().map(|(name, value)| {
        let invalid = |_| Error::InvalidHeader { name: name.to_owned() };
        let mut value = HeaderValue::from_str(value).map_err(invalid)?;
        value.set_sensitive(matches!(name, "authorization" | "x-amz-security-token"));
        Ok((HeaderName::from_static(name), value))
    });
    pairs.collect()
}

fn insert<B>(request: &mut http::Request<B>, added: Vec<(HeaderName, HeaderValue)>) {
    for (name, value) in added {
        request.headers_mut().insert(name, value);
    }
}

/// The authority as HTTP clients send it in `Host`: without user info and without the scheme's default port.
fn host(uri: &http::Uri) -> Option<String> {
    let authority = uri.authority()?;
    match authority.port_u16() {
        Some(port) if Some(port) != default_port(uri) => Some(alloc::format!("{}:{port}", authority.host())),
        _ => Some(authority.host().to_owned()),
    }
}

fn default_port(uri: &http::Uri) -> Option<u16> {
    match uri.scheme_str() {
        Some("http") => Some(80),
        Some("https") => Some(443),
        _ => None,
    }
}
