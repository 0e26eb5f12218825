use std::time::Duration;

use http::{HeaderValue, Method, header::CONTENT_TYPE};
use serde_json::{Value, json};
use sigv4::Secret;

use super::{document, text};
use crate::{
    Error,
    credentials::received,
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
};

const ANSWER: &str = "CreateToken's answer";

/// A new access token for a sign-in whose refresh token is at hand.
/// <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html>
#[derive(Clone, Debug)]
pub struct CreateToken {
    client_id: String,
    client_secret: Secret,
    refresh_token: Secret,
}

/// What [`CreateToken`] gives.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccessToken {
    /// The bearer token.
    pub access_token: Secret,
    /// How long it lives.
    pub expires_in: Duration,
    /// What renews it; the one before is used up.
    pub refresh_token: Option<Secret>,
}

impl CreateToken {
    /// The client that was registered at the sign-in, and the sign-in's refresh token.
    pub fn refreshing(
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
        refresh_token: impl Into<Secret>,
    ) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            refresh_token: refresh_token.into(),
        }
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
        let body = json!({
            "grantType": "refresh_token",
            "clientId": self.client_id,
            "clientSecret": self.client_secret.expose(),
            "refreshToken": self.refresh_token.expose(),
        });
        Ok(UnsignedRequest {
            method: Method::POST,
            path: "/token".into(),
            query: String::new(),
            headers: vec![(CONTENT_TYPE, HeaderValue::from_static("application/json"))],
            body: body.to_string().into_bytes(),
        })
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<AccessToken, Error> {
        let answer = document(response.body(), ANSWER)?;
        let seconds = answer.get("expiresIn").and_then(Value::as_u64);
        let seconds = seconds.ok_or_else(|| Error::parse(ANSWER, "no `expiresIn` in seconds"))?;
        let checked = |name, token: &str| {
            received::token(name, token).map_err(|problem| Error::parse(ANSWER, format!("it {problem}")))
        };
        let refresh_token = answer.get("refreshToken").and_then(Value::as_str);
        Ok(AccessToken {
            access_token: checked("accessToken", text(&answer, "accessToken", ANSWER)?)?,
            expires_in: Duration::from_secs(seconds),
            refresh_token: refresh_token.map(|token| checked("refreshToken", token)).transpose()?,
        })
    }

    fn is_signed(&self) -> bool {
        false
    }

    /// A refresh token is good for one answer.
    fn is_repeatable(&self) -> bool {
        false
    }
}
