//! `object_store` signs with credentials of sts3: of profiles, SSO, processes and chained roles, which it does not know.

use std::sync::Arc;

use async_trait::async_trait;
use object_store::{CredentialProvider, aws::AwsCredential};
use sts3::Client;

/// Gives `AmazonS3Builder::with_credentials` the credentials of a client of sts3, which renews them in time: it is
/// asked before each request.
#[derive(Debug)]
pub struct ToObjectStore(pub Client);

#[async_trait]
impl CredentialProvider for ToObjectStore {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let failed = |source| object_store::Error::Generic { store: "S3", source };
        let credentials = self.0.credentials().await.map_err(|error| failed(error.into()))?;
        let credentials = credentials.ok_or_else(|| failed("the client has no credentials".into()))?;
        Ok(Arc::new(AwsCredential {
            key_id: credentials.access_key_id().to_owned(),
            secret_key: credentials.secret_access_key().expose().to_owned(),
            token: credentials.session_token().map(|token| token.expose().to_owned()),
        }))
    }
}
