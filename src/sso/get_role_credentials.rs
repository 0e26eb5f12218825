use http::Method;
use sigv4::Secret;
use time::OffsetDateTime;

use super::{document, text};
use crate::{
    Credentials, Error, InvalidInput,
    credentials::received::{self, Received},
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
    wire::{limits, query::Query},
};

const ANSWER: &str = "GetRoleCredentials' answer";

/// The credentials of a role that is assigned to whoever signed in.
/// <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html>
#[derive(Clone, Debug)]
pub struct GetRoleCredentials {
    account_id: String,
    role_name: String,
    access_token: Secret,
}

impl GetRoleCredentials {
    /// The account's twelve digits, the role's name there, and the token of the sign-in.
    pub fn new(
        account_id: impl Into<String>,
        role_name: impl Into<String>,
        access_token: impl Into<Secret>,
    ) -> Self {
        Self { account_id: account_id.into(), role_name: role_name.into(), access_token: access_token.into() }
    }
}

impl Operation for GetRoleCredentials {
    type Output = Credentials;

    fn name(&self) -> &str {
        "GetRoleCredentials"
    }

    fn service(&self) -> Service {
        Service::Sso
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        limits::length("account_id", &self.account_id, 12..=12)?;
        limits::characters("account_id", &self.account_id, "digits", |c| c.is_ascii_digit())?;
        if self.role_name.is_empty() {
            return Err(InvalidInput::new("role_name", "is empty").into());
        }
        let mut query = Query::default();
        query.parameter("account_id", &self.account_id);
        query.parameter("role_name", &self.role_name);
        let mut request = UnsignedRequest::reading(Method::GET, query.into_text());
        request.path = "/federation/credentials".into();
        request.secret_header("x-amz-sso_bearer_token", &self.access_token)?;
        Ok(request)
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<Credentials, Error> {
        let answer = document(response.body(), ANSWER)?;
        let keys = answer.get("roleCredentials");
        let keys = keys.ok_or_else(|| Error::parse(ANSWER, "no `roleCredentials`"))?;
        let read = |member| text(keys, member, ANSWER);
        // Milliseconds since 1970.
        let end = keys.get("expiration").and_then(serde_json::Value::as_i64);
        let end = end.and_then(|milliseconds| OffsetDateTime::from_unix_timestamp(milliseconds / 1000).ok());
        let end = end.ok_or_else(|| Error::parse(ANSWER, "no `expiration` in milliseconds"))?;
        let received = Received {
            access_key_id: ("accessKeyId", read("accessKeyId")?.to_owned()),
            secret_access_key: ("secretAccessKey", read("secretAccessKey")?.into()),
            session_token: Some(("sessionToken", read("sessionToken")?.into())),
        };
        let credentials = received::credentials(received)
            .map_err(|problem| Error::parse(ANSWER, format!("it {problem}")))?;
        Ok(credentials.with_expiration(end))
    }

    fn is_signed(&self) -> bool {
        false
    }
}
