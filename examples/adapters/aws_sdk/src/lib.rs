//! The AWS SDK for Rust signs with credentials of sts3, and sts3 with those of the SDK.
use aws_credential_types::{
    Credentials as SdkCredentials,
    provider::{ProvideCredentials, error::CredentialsError, future},
};
use sts3::{
    Client, Credentials, Error,
    providers::Provider,
    runtime::{BoxFuture, Caller},
    time::OffsetDateTime,
};

/// Gives the AWS SDK the credentials of a client of sts3, which renews them in time.
///
/// The SDK keeps what it gets until shortly before its end.
#[derive(Debug)]
pub struct ToSdk(pub Client);

impl ProvideCredentials for ToSdk {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            // The SDK knows this machine's clock only.
            match self.0.credentials_in_local_time().await {
                Ok(Some(credentials)) => Ok(to_sdk(&credentials)),
                Ok(None) => Err(CredentialsError::not_loaded_no_source()),
                Err(error) => Err(CredentialsError::provider_error(error)),
            }
        })
    }
}

fn to_sdk(credentials: &Credentials) -> SdkCredentials {
    SdkCredentials::new(
        credentials.access_key_id(),
        credentials.secret_access_key().expose(),
        credentials.session_token().map(|token| token.expose().to_owned()),
        credentials.expiration().map(Into::into),
        "sts3",
    )
}

/// Gives sts3 the credentials of a provider of the AWS SDK.
#[derive(Debug)]
pub struct FromSdk<P>(pub P);

impl<P: ProvideCredentials> Provider for FromSdk<P> {
    fn credentials<'a>(&'a self, _caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(async {
            let given = self.0.provide_credentials().await.map_err(|error| {
                let problem = error.to_string();
                sts3::CredentialsError::unusable("the AWS SDK's provider", problem).caused_by(error)
            })?;
            let mut credentials = Credentials::new(given.access_key_id(), given.secret_access_key());
            if let Some(token) = given.session_token() {
                credentials = credentials.with_session_token(token);
            }
            if let Some(end) = given.expiry() {
                credentials = credentials.with_expiration(OffsetDateTime::from(end));
            }
            Ok(credentials)
        })
    }
}
