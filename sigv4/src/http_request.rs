//! Signing an `http::Request` in place (feature `http`).

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use http::{HeaderName, HeaderValue, header::HOST};

use crate::{Error, Payload, Request, Signer, Timestamp};

impl Signer<'_> {
    /// Sign an `http::Request` in place: adds `host` if it is absent, then the headers of [`sign`](Self::sign).
    ///
    /// ```
    /// # use sigv4::{Credentials, Scope, Signer, Timestamp};
    /// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    /// let mut request = http::Request::get("https://sts.eu-west-1.amazonaws.com/").body(Vec::new()).unwrap();
    /// Signer::new(&credentials, Scope::new("eu-west-1", "sts"))
    ///     .sign_http(&mut request, Timestamp::from_unix_seconds(1_440_938_160))?;
    /// assert!(request.headers().contains_key("authorization"));
    /// # Ok::<(), sigv4::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`sign`](Self::sign); a header whose value is not UTF-8 is [`Error::InvalidHeader`].
    pub fn sign_http<B: AsRef<[u8]>>(
        &self,
        request: &mut http::Request<B>,
        time: Timestamp,
    ) -> Result<(), Error> {
        if !request.headers().contains_key(HOST) {
            let host = host(request.uri()).and_then(|host| HeaderValue::from_str(&host).ok());
            request.headers_mut().insert(HOST, host.ok_or(Error::MissingHost)?);
        }
        let headers: Vec<(&str, &str)> = request
            .headers()
            .iter()
            .map(|(name, value)| {
                let text = core::str::from_utf8(value.as_bytes());
                Ok((
                    name.as_str(),
                    text.map_err(|_| Error::InvalidHeader { name: name.as_str().to_owned() })?,
                ))
            })
            .collect::<Result<_, Error>>()?;
        let view = Request::new(request.method().as_str(), request.uri().path())
            .query(request.uri().query().unwrap_or_default())
            .headers(&headers)
            .payload(Payload::Bytes(request.body().as_ref()));
        let signed = self.sign(&view, time)?;
        let added: Vec<(&'static str, HeaderValue)> = signed
            .headers()
            .map(|(name, value)| {
                let value = HeaderValue::from_str(value);
                Ok((name, value.map_err(|_| Error::InvalidHeader { name: name.to_owned() })?))
            })
            .collect::<Result<_, Error>>()?;
        for (name, mut value) in added {
            value.set_sensitive(matches!(name, "authorization" | "x-amz-security-token"));
            request.headers_mut().insert(HeaderName::from_static(name), value);
        }
        Ok(())
    }
}

/// The authority as HTTP clients send it in `Host`: without user info and without the scheme's default port.
fn host(uri: &http::Uri) -> Option<String> {
    let authority = uri.authority()?;
    let default = match uri.scheme_str() {
        Some("http") => Some(80),
        Some("https") => Some(443),
        _ => None,
    };
    match authority.port_u16() {
        Some(port) if Some(port) != default => Some(alloc::format!("{}:{port}", authority.host())),
        _ => Some(authority.host().to_owned()),
    }
}
