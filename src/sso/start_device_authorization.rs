use std::time::Duration;

use http::{HeaderValue, Method, header::CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use sigv4::Secret;

use super::broken;
use crate::{
    Error,
    credentials::received,
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
    wire::json::{self, Member},
};

const ANSWER: &str = "StartDeviceAuthorization's answer";
/// RFC 8628, 3.2: where the answer does not say.
const DEFAULT_INTERVAL: i64 = 5;

/// Begin a sign-in that is confirmed in a browser on any device.
/// <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_StartDeviceAuthorization.html>
#[derive(Clone, Debug)]
pub struct StartDeviceAuthorization {
    client_id: String,
    client_secret: Secret,
    start_url: String,
}

/// What [`StartDeviceAuthorization`] gives.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeviceAuthorization {
    /// What asks for the token.
    pub device_code: Secret,
    /// What the user compares with the page, or types there.
    pub user_code: String,
    /// The page.
    pub verification_uri: String,
    /// The page with the code in its address.
    pub verification_uri_complete: Option<String>,
    /// How long the user has.
    pub expires_in: Duration,
    /// How long to wait between two questions.
    pub interval: Duration,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    client_id: &'a str,
    client_secret: &'a str,
    start_url: &'a str,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    device_code: Member<Secret>,
    user_code: Member<String>,
    verification_uri: Member<String>,
    verification_uri_complete: Member<String>,
    expires_in: Member<i64>,
    interval: Member<i64>,
}

impl StartDeviceAuthorization {
    /// A registered client, and the portal's start URL.
    pub fn new(
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
        start_url: impl Into<String>,
    ) -> Self {
        Self { client_id: client_id.into(), client_secret: client_secret.into(), start_url: start_url.into() }
    }
}

impl Operation for StartDeviceAuthorization {
    type Output = DeviceAuthorization;

    fn name(&self) -> &str {
        "StartDeviceAuthorization"
    }

    fn service(&self) -> Service {
        Service::SsoOidc
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        let parameters = Parameters {
            client_id: &self.client_id,
            client_secret: self.client_secret.expose(),
            start_url: &self.start_url,
        };
        let mut request = UnsignedRequest::new(Method::POST, "/device_authorization");
        request.headers.push((CONTENT_TYPE, HeaderValue::from_static("application/json")));
        request.body = json::to_bytes(&parameters);
        Ok(request)
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<DeviceAuthorization, Error> {
        read(response.body()).map_err(broken(ANSWER))
    }

    fn is_signed(&self) -> bool {
        false
    }
}

fn read(body: &[u8]) -> Result<DeviceAuthorization, String> {
    let answer: Answer = json::parse(body)?;
    let seconds = |seconds: i64, name: &str| {
        u64::try_from(seconds).map(Duration::from_secs).map_err(|_| format!("has a `{name}` below zero"))
    };
    let device_code = answer.device_code.required("deviceCode")?;
    Ok(DeviceAuthorization {
        device_code: received::token("deviceCode", device_code)?,
        user_code: answer.user_code.required("userCode")?,
        verification_uri: answer.verification_uri.required("verificationUri")?,
        verification_uri_complete: answer.verification_uri_complete.optional("verificationUriComplete")?,
        expires_in: seconds(answer.expires_in.required("expiresIn")?, "expiresIn")?,
        interval: seconds(answer.interval.optional("interval")?.unwrap_or(DEFAULT_INTERVAL), "interval")?,
    })
}
