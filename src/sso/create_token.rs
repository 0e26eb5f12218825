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

const ANSWER: &str = "CreateToken's answer";

/// An access token for a sign-in: for what it gave to prove itself (a code, a device's confirmation), or for the refresh token of
/// one that took place before.
/// <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html>
#[derive(Clone, Debug)]
pub struct CreateToken {
    client_id: String,
    client_secret: Secret,
    grant: Grant,
}

#[derive(Clone, Debug)]
enum Grant {
    Refresh(Secret),
    Device(Secret),
    Code { code: Secret, verifier: Secret, redirect_uri: String },
}

/// What [`CreateToken`] gives.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccessToken {
    /// The bearer token.
    pub access_token: Secret,
    /// How long it lives.
    pub expires_in: Duration,
    /// What renews it; the one before may be used up.
    pub refresh_token: Option<Secret>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    client_id: &'a str,
    client_secret: &'a str,
    grant_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_verifier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_uri: Option<&'a str>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    access_token: Member<Secret>,
    expires_in: Member<i64>,
    refresh_token: Member<Secret>,
}

impl CreateToken {
    /// The client that was registered at the sign-in, and the sign-in's refresh token.
    pub fn refreshing(
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
        refresh_token: impl Into<Secret>,
    ) -> Self {
        Self::of(client_id, client_secret, Grant::Refresh(refresh_token.into()))
    }

    /// A registered client, and the code of [`StartDeviceAuthorization`](super::StartDeviceAuthorization). Until the user has
    /// confirmed, the service refuses with `authorization_pending`.
    pub fn for_device(
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
        device_code: impl Into<Secret>,
    ) -> Self {
        Self::of(client_id, client_secret, Grant::Device(device_code.into()))
    }

    /// A registered client, the code that a redirect brought, and what proves that it is ours: the verifier and the redirect's
    /// address of the [`Authorization`](super::Authorization).
    pub fn for_code(
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
        code: impl Into<Secret>,
        verifier: impl Into<Secret>,
        redirect_uri: impl Into<String>,
    ) -> Self {
        let (code, verifier, redirect_uri) = (code.into(), verifier.into(), redirect_uri.into());
        Self::of(client_id, client_secret, Grant::Code { code, verifier, redirect_uri })
    }

    fn of(client_id: impl Into<String>, client_secret: impl Into<Secret>, grant: Grant) -> Self {
        Self { client_id: client_id.into(), client_secret: client_secret.into(), grant }
    }
}

impl Operation for CreateToken {
    type Output = AccessToken;

    fn name(&self) -> &str {
        "CreateToken"
    }

    fn service(&self) -> Service {
        Service::SsoOidc
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        let mut parameters = Parameters {
            client_id: &self.client_id,
            client_secret: self.client_secret.expose(),
            ..Parameters::default()
        };
        match &self.grant {
            Grant::Refresh(token) => {
                parameters.grant_type = "refresh_token";
                parameters.refresh_token = Some(token.expose());
            }
            Grant::Device(code) => {
                parameters.grant_type = "urn:ietf:params:oauth:grant-type:device_code";
                parameters.device_code = Some(code.expose());
            }
            Grant::Code { code, verifier, redirect_uri } => {
                parameters.grant_type = "authorization_code";
                parameters.code = Some(code.expose());
                parameters.code_verifier = Some(verifier.expose());
                parameters.redirect_uri = Some(redirect_uri);
            }
        }
        let mut request = UnsignedRequest::new(Method::POST, "/token");
        request.headers.push((CONTENT_TYPE, HeaderValue::from_static("application/json")));
        request.body = json::to_bytes(&parameters);
        Ok(request)
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<AccessToken, Error> {
        read(response.body()).map_err(broken(ANSWER))
    }

    fn is_signed(&self) -> bool {
        false
    }

    /// A code and a refresh token are good for one answer.
    fn is_repeatable(&self) -> bool {
        false
    }
}

fn read(body: &[u8]) -> Result<AccessToken, String> {
    let answer: Answer = json::parse(body)?;
    let seconds = answer.expires_in.required("expiresIn")?;
    let refresh_token = answer.refresh_token.optional("refreshToken")?;
    Ok(AccessToken {
        access_token: received::token("accessToken", answer.access_token.required("accessToken")?)?,
        expires_in: u64::try_from(seconds)
            .map(Duration::from_secs)
            .map_err(|_| "has an `expiresIn` below zero".to_owned())?,
        refresh_token: refresh_token.map(|token| received::token("refreshToken", token)).transpose()?,
    })
}
