//! `reqsign`, and OpenDAL over it, sign with credentials of sts3.

use reqsign_aws_v4::Credential;
use reqsign_core::{Context, Error, ProvideCredential, Result, time::Timestamp};
use sts3::Client;

/// Gives `reqsign_core::Signer` the credentials of a client of sts3, which renews them in time.
#[derive(Debug)]
pub struct ToReqsign(pub Client);

impl ProvideCredential for ToReqsign {
    type Credential = Credential;

    async fn provide_credential(&self, _context: &Context) -> Result<Option<Credential>> {
        // reqsign knows this machine's clock only.
        let given = self.0.credentials_in_local_time().await;
        let given = given.map_err(|error| Error::unexpected("sts3 has no credentials").with_source(error))?;
        let Some(credentials) = given else { return Ok(None) };
        let end = credentials.expiration().map(|end| Timestamp::from_second(end.unix_timestamp()));
        Ok(Some(Credential {
            access_key_id: credentials.access_key_id().to_owned(),
            secret_access_key: credentials.secret_access_key().expose().to_owned(),
            session_token: credentials.session_token().map(|token| token.expose().to_owned()),
            expires_in: end.transpose()?,
        }))
    }
}
