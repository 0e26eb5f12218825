use std::time::Duration;

use http::{HeaderName, HeaderValue, header::HOST};
use sigv4::{Payload, Scope, Signer, SigningSteps, Timestamp};
use time::OffsetDateTime;

use super::UnsignedRequest;
use crate::{
    Error, InvalidInput,
    credentials::Credentials,
    endpoint::{Service, Target},
};

/// Address a request and sign it; without credentials it goes out as it is.
pub(super) fn signed(
    unsigned: UnsignedRequest,
    target: &Target,
    service: &Service,
    credentials: Option<&Credentials>,
    now: OffsetDateTime,
) -> Result<http::Request<Vec<u8>>, Error> {
    let mut request = addressed(unsigned, target)?;
    if let Some(credentials) = credentials {
        add_signature(&mut request, target, service, credentials, now)?;
    }
    Ok(request)
}

/// The intermediate values of the signature that [`signed`] makes of the same request.
pub(super) fn steps(
    unsigned: UnsignedRequest,
    target: &Target,
    service: &Service,
    credentials: &Credentials,
    now: OffsetDateTime,
) -> Option<SigningSteps> {
    let request = addressed(unsigned, target).ok()?;
    let headers = headers(&request).ok()?;
    let signer = Signer::new(credentials.keys(), Scope::new(target.region.as_str(), service.signing_name()));
    signer.sign_in_steps(&view(&request, &headers), timestamp(now)).ok().map(|(_, steps)| steps)
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
    request: &http::Request<Vec<u8>>,
    target: &Target,
    service: &Service,
    credentials: &Credentials,
    expires: Duration,
    now: OffsetDateTime,
) -> Result<String, Error> {
    let headers = headers(request)?;
    let signer = Signer::new(credentials.keys(), Scope::new(target.region.as_str(), service.signing_name()));
    Ok(signer.presign(&view(request, &headers), expires, timestamp(now))?.query().to_owned())
}

/// All of them: one that is sent but not signed could be changed on its way.
fn headers(request: &http::Request<Vec<u8>>) -> Result<Vec<(&str, &str)>, InvalidInput> {
    let pairs = request.headers().iter().map(|(name, value)| {
        let text = std::str::from_utf8(value.as_bytes());
        let problem =
            |_| InvalidInput::new("header", format!("the value of `{name}` is not UTF-8: encode it"));
        Ok((name.as_str(), text.map_err(problem)?))
    });
    pairs.collect()
}

fn view<'a>(request: &'a http::Request<Vec<u8>>, headers: &'a [(&'a str, &'a str)]) -> sigv4::Request<'a> {
    sigv4::Request::new(request.method().as_str(), request.uri().path())
        .query(request.uri().query().unwrap_or_default())
        .headers(headers)
        .payload(payload(request, headers))
}

/// The body's hash, or what a header states instead of it (`UNSIGNED-PAYLOAD`).
fn payload<'a>(request: &'a http::Request<Vec<u8>>, headers: &[(&'a str, &'a str)]) -> Payload<'a> {
    match headers.iter().find(|(name, _)| *name == "x-amz-content-sha256") {
        Some((_, stated)) => Payload::Verbatim(stated),
        None => Payload::Bytes(request.body()),
    }
}

fn timestamp(now: OffsetDateTime) -> Timestamp {
    Timestamp::from_unix_seconds(u64::try_from(now.unix_timestamp()).unwrap_or_default())
}

fn add_signature(
    request: &mut http::Request<Vec<u8>>,
    target: &Target,
    service: &Service,
    credentials: &Credentials,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let headers = headers(request)?;
    let signer = Signer::new(credentials.keys(), Scope::new(target.region.as_str(), service.signing_name()));
    let signed = signer.sign(&view(request, &headers), timestamp(now))?;
    let added: Vec<(&'static str, HeaderValue)> = signed
        .headers()
        .map(|(name, value)| Some((name, HeaderValue::from_str(value).ok()?)))
        .collect::<Option<_>>()
        .ok_or_else(|| {
            InvalidInput::new("credentials", "hold a line break or control character: they were copied wrong")
        })?;
    for (name, mut value) in added {
        value.set_sensitive(name != "x-amz-date" && name != "x-amz-content-sha256");
        request.headers_mut().insert(HeaderName::from_static(name), value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
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
