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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    client_id: &'a str,
    client_secret: &'a str,
    grant_type: &'a str,
    refresh_token: &'a str,
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
        let parameters = Parameters {
            client_id: &self.client_id,
            client_secret: self.client_secret.expose(),
            grant_type: "refresh_token",
            refresh_token: self.refresh_token.expose(),
        };
        Ok(UnsignedRequest {
            method: Method::POST,
            path: "/token".into(),
            query: String::new(),
            headers: vec![(CONTENT_TYPE, HeaderValue::from_static("application/json"))],
            body: json::to_bytes(&parameters),
        })
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<AccessToken, Error> {
        read(response.body()).map_err(broken(ANSWER))
    }

    fn is_signed(&self) -> bool {
        false
    }

    /// A refresh token is good for one answer.
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
