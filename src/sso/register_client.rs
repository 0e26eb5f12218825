use http::{HeaderValue, Method, header::CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use sigv4::Secret;
use time::OffsetDateTime;

use super::broken;
use crate::{
    Error,
    credentials::received,
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
    wire::json::{self, Member},
};

const ANSWER: &str = "RegisterClient's answer";
/// Registered without a port: the service ignores that of a redirect to this machine (RFC 8252, 7.3).
const REDIRECT: &str = "http://127.0.0.1/oauth/callback";

/// Make this program known to the token service, for about 90 days.
/// <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_RegisterClient.html>
#[derive(Clone, Debug)]
pub struct RegisterClient {
    name: String,
    scopes: Option<Vec<String>>,
    /// Of a client that signs in through a browser on this machine.
    issuer_url: Option<String>,
}

/// What [`RegisterClient`] gives.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RegisteredClient {
    /// Its public id.
    pub client_id: String,
    /// Its secret, a JSON Web Token.
    pub client_secret: Secret,
    /// When it ends.
    pub expires: OffsetDateTime,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    client_name: &'a str,
    client_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant_types: Option<[&'a str; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_uris: Option<[&'a str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<&'a [String]>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    client_id: Member<String>,
    client_secret: Member<Secret>,
    client_secret_expires_at: Member<i64>,
}

impl RegisterClient {
    /// A client for the device flow.
    pub fn for_device(name: impl Into<String>) -> Self {
        Self { name: name.into(), scopes: None, issuer_url: None }
    }

    /// A client for an authorization code, which comes back to this machine. The start URL is the issuer.
    pub fn for_code(name: impl Into<String>, start_url: impl Into<String>) -> Self {
        Self { name: name.into(), scopes: None, issuer_url: Some(start_url.into()) }
    }

    /// What tokens are for; without any they live 8 hours and cannot be renewed.
    #[must_use]
    pub fn scopes(mut self, scopes: Vec<String>) -> Self {
        self.scopes = Some(scopes);
        self
    }
}

impl Operation for RegisterClient {
    type Output = RegisteredClient;

    fn name(&self) -> &str {
        "RegisterClient"
    }

    fn service(&self) -> Service {
        Service::SsoOidc
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        let is_for_code = self.issuer_url.is_some();
        let parameters = Parameters {
            client_name: &self.name,
            client_type: "public",
            grant_types: is_for_code.then_some(["authorization_code", "refresh_token"]),
            redirect_uris: is_for_code.then_some([REDIRECT]),
            issuer_url: self.issuer_url.as_deref(),
            scopes: self.scopes.as_deref(),
        };
        let mut request = UnsignedRequest::new(Method::POST, "/client/register");
        request.headers.push((CONTENT_TYPE, HeaderValue::from_static("application/json")));
        request.body = json::to_bytes(&parameters);
        Ok(request)
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<RegisteredClient, Error> {
        read(response.body()).map_err(broken(ANSWER))
    }

    fn is_signed(&self) -> bool {
        false
    }
}

fn read(body: &[u8]) -> Result<RegisteredClient, String> {
    let answer: Answer = json::parse(body)?;
    let end = answer.client_secret_expires_at.required("clientSecretExpiresAt")?;
    let client_secret = answer.client_secret.required("clientSecret")?;
    Ok(RegisteredClient {
        client_id: answer.client_id.required("clientId")?,
        client_secret: received::token("clientSecret", client_secret)?,
        expires: OffsetDateTime::from_unix_timestamp(end)
            .map_err(|_| "has a `clientSecretExpiresAt` that is no time in seconds".to_owned())?,
    })
}
