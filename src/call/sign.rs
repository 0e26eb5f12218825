use std::{mem, time::Duration};

use http::{
    HeaderName, Uri,
    header::{AUTHORIZATION, HOST},
};
use sigv4::{Payload, Scope, Signer, SigningSteps, Timestamp};
use time::OffsetDateTime;

use super::{Operation, UnsignedRequest};
use crate::{
    Error, InvalidInput,
    credentials::Credentials,
    endpoint::{Endpoint, Service, Target},
};

/// What AWS asks of the parameters, if the request goes there.
pub(crate) fn check<O: Operation>(operation: &O, endpoint: &Endpoint) -> Result<(), Error> {
    if endpoint.is_aws(&operation.service()) {
        operation.check_for_aws()?;
    }
    Ok(())
}

/// Address a request and sign it; without credentials it goes out as it is.
pub(super) fn signed(
    unsigned: UnsignedRequest,
    target: &Target,
    service: &Service,
    credentials: Option<&Credentials>,
    now: OffsetDateTime,
) -> Result<http::Request<Vec<u8>>, Error> {
    let request = addressed(unsigned, target)?;
    let Some(credentials) = credentials else { return Ok(request) };
    let signer = signer(target, service, credentials);
    let (request, ()) = with_signer(request, |head, payload| {
        signer.sign_http_payload(head, payload, timestamp(now)).map(|_| ())
    })?;
    Ok(request)
}

/// What signing makes of a request.
pub(super) struct Signed {
    pub(super) request: http::Request<Vec<u8>>,
    /// Of the headers that signing added.
    pub(super) added: Vec<HeaderName>,
    pub(super) steps: SigningSteps,
}

/// The same as [`signed`] makes, with the intermediate values.
pub(super) fn signed_in_steps(
    unsigned: UnsignedRequest,
    target: &Target,
    service: &Service,
    credentials: &Credentials,
    now: OffsetDateTime,
) -> Result<Signed, Error> {
    let signer = signer(target, service, credentials);
    let (request, (added, steps)) = with_signer(addressed(unsigned, target)?, |head, payload| {
        let (signed, steps) = signer.sign_http_payload_in_steps(head, payload, timestamp(now))?;
        Ok((signed.headers().map(|(name, _)| HeaderName::from_static(name)).collect(), steps))
    })?;
    Ok(Signed { request, added, steps })
}

/// The scope that requests to this address are signed for.
pub(super) fn scope(target: &Target, service: &Service) -> Scope {
    Scope::new(target.region.as_str(), service.signing_name())
}

/// The request with its address and its `Host`.
pub(super) fn addressed(unsigned: UnsignedRequest, target: &Target) -> Result<http::Request<Vec<u8>>, Error> {
    let path = match format!("{}{}", target.path_prefix, unsigned.path) {
        path if path.is_empty() => "/".to_owned(),
        path => path,
    };
    let scheme = if target.url.is_secure() { "https" } else { "http" };
    let separator = if unsigned.query.is_empty() { "" } else { "?" };
    let uri = format!("{scheme}://{}{path}{separator}{}", target.url.authority(), unsigned.query);
    let mut request = http::Request::builder().method(unsigned.method).uri(uri);
    // A host that is given is another name of the same address, as behind a proxy.
    if !unsigned.headers.iter().any(|(name, _)| name == HOST) {
        request = request.header(HOST, target.url.authority());
    }
    for (name, value) in unsigned.headers {
        request = request.header(name, value);
    }
    let problem = |error: http::Error| InvalidInput::new("request", format!("cannot be sent: {error}"));
    Ok(request.body(unsigned.body).map_err(problem)?)
}

/// The query of a presigned URL for this request.
pub(super) fn presigned_query(
    request: http::Request<Vec<u8>>,
    target: &Target,
    service: &Service,
    credentials: &Credentials,
    expires: Duration,
    now: OffsetDateTime,
) -> Result<(http::Request<Vec<u8>>, String), Error> {
    let signer = signer(target, service, credentials);
    with_signer(request, |head, payload| {
        let presigned = signer.presign_http(head, payload, expires, timestamp(now))?;
        Ok(presigned.query().to_owned())
    })
}

fn signer<'c>(target: &Target, service: &Service, credentials: &'c Credentials) -> Signer<'c> {
    Signer::new(credentials.keys(), scope(target, service))
}

/// Hand the signer a request in origin form, as HTTP/1.1 sends it (RFC 9112, 3.2.1), and what of its body is signed: the
/// body's hash, or what a header states instead of it (`UNSIGNED-PAYLOAD`). In origin form its `Host` counts, which may be
/// another name of the address than its URI's.
fn with_signer<T>(
    request: http::Request<Vec<u8>>,
    sign: impl FnOnce(&mut http::Request<()>, Payload<'_>) -> Result<T, sigv4::Error>,
) -> Result<(http::Request<Vec<u8>>, T), Error> {
    check_headers(&request)?;
    let (mut parts, body) = request.into_parts();
    let origin_form = parts.uri.path_and_query().cloned().map(Uri::from).unwrap_or_default();
    let address = mem::replace(&mut parts.uri, origin_form);
    let stated = parts.headers.get("x-amz-content-sha256").cloned();
    let stated = stated.as_ref().and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
    let payload = stated.map_or(Payload::Bytes(&body), Payload::Verbatim);
    let mut head = http::Request::from_parts(parts, ());
    let made = sign(&mut head, payload)?;
    let (mut parts, ()) = head.into_parts();
    parts.uri = address;
    Ok((http::Request::from_parts(parts, body), made))
}

/// All of them are signed, one that is sent but not signed could be changed on its way; `Authorization` holds the
/// signature itself.
fn check_headers(request: &http::Request<Vec<u8>>) -> Result<(), InvalidInput> {
    if request.headers().contains_key(AUTHORIZATION) {
        let problem = "`authorization` is written by signing: leave it out, or send the request unsigned";
        return Err(InvalidInput::new("header", problem));
    }
    let is_text = |value: &http::HeaderValue| std::str::from_utf8(value.as_bytes()).is_ok();
    match request.headers().iter().find(|(_, value)| !is_text(value)) {
        None => Ok(()),
        Some((name, _)) => {
            let problem = format!("the value of `{name}` is not UTF-8: encode it");
            Err(InvalidInput::new("header", problem))
        }
    }
}

fn timestamp(now: OffsetDateTime) -> Timestamp {
    Timestamp::from_unix_seconds(u64::try_from(now.unix_timestamp()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::endpoint::{Endpoint, Region};

    #[test]
    fn a_header_is_signed_or_the_request_is_not_sent() {
        let endpoint = Endpoint::new(Region::new("eu-west-1").unwrap());
        let target = endpoint.target(Service::S3, Some("bucket")).unwrap();
        let credentials = Credentials::new("AKIDEXAMPLE", "secret");
        let with = |value: &[u8]| {
            let mut unsigned = UnsignedRequest::reading(http::Method::GET, String::new());
            let value = HeaderValue::from_bytes(value).unwrap();
            unsigned.headers.push((HeaderName::from_static("x-amz-meta-name"), value));
            signed(unsigned, &target, &Service::S3, Some(&credentials), OffsetDateTime::UNIX_EPOCH)
        };
        let authorization =
            with("ü".as_bytes()).unwrap().headers()["authorization"].to_str().unwrap().to_owned();
        assert!(authorization.contains(";x-amz-meta-name"), "{authorization}");
        let refused = with(b"\xFC").unwrap_err().to_string();
        assert!(refused.contains("x-amz-meta-name") && refused.contains("not UTF-8"), "{refused}");
    }
}
