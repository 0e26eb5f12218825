use http::Method;
use serde::Deserialize;
use sigv4::Secret;
use time::OffsetDateTime;

use super::broken;
use crate::{
    Credentials, Error, InvalidInput,
    credentials::received::{self, Received},
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
    wire::{
        json::{self, Member, Object},
        limits,
        query::Query,
    },
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

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    role_credentials: Member<Object<RoleCredentials>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RoleCredentials {
    access_key_id: Member<Secret>,
    secret_access_key: Member<Secret>,
    session_token: Member<Secret>,
    /// Milliseconds since 1970.
    expiration: Member<i64>,
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
        let credentials = read(response.body()).map_err(broken(ANSWER))?;
        Ok(credentials.with_account_id(&self.account_id))
    }

    fn is_signed(&self) -> bool {
        false
    }
}

fn read(body: &[u8]) -> Result<Credentials, String> {
    let answer: Answer = json::parse(body)?;
    let keys = answer.role_credentials.required("roleCredentials")?.0;
    let milliseconds = keys.expiration.required("expiration")?;
    let end = OffsetDateTime::from_unix_timestamp(milliseconds / 1000);
    let end = end.map_err(|_| "has an `expiration` that is no time in milliseconds".to_owned())?;
    let id = keys.access_key_id.required("accessKeyId")?;
    let credentials = received::credentials(Received {
        access_key_id: ("accessKeyId", id.expose().to_owned()),
        secret_access_key: ("secretAccessKey", keys.secret_access_key.required("secretAccessKey")?),
        session_token: Some(("sessionToken", keys.session_token.required("sessionToken")?)),
    })?;
    Ok(credentials.with_expiration(end))
}
