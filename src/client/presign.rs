use std::time::Duration;

use super::Client;
use crate::{Error, InvalidInput, Operation, PresignedUrl, SignedRequest, credentials::Credentials};

impl Client {
    /// A URL that makes this one request without credentials, for 1 second to 7 days: see [`PresignedUrl::new`]. Nothing
    /// is sent, unless the provider of credentials asks for new ones. A bucket's region and a clock's offset count as far
    /// as earlier calls have learned them. Times are by this machine's clock.
    ///
    /// ```no_run
    /// # async fn run(client: sts3::Client) -> Result<(), sts3::Error> {
    /// use std::time::Duration;
    /// use sts3::s3::GetObject;
    ///
    /// let url = client.presign(&GetObject::new("logs", "2026/a.csv"), Duration::from_secs(3600)).await?;
    /// println!("{}", url.as_str());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel safe like [`Client::send`](Self::send).
    ///
    /// # Errors
    /// The provider's, and those of [`PresignedUrl::new`]; an anonymous client has nothing to sign with.
    pub async fn presign<O: Operation>(
        &self,
        operation: &O,
        expires: Duration,
    ) -> Result<PresignedUrl, Error> {
        let credentials = self.credentials_to_sign("a presigned URL").await?;
        self.caller.presign(operation, &credentials, expires)
    }

    /// The request of an operation as it would be sent now, signed, with every intermediate value of the signature: see
    /// [`SignedRequest::new`]. Nothing is sent, unless the provider of credentials asks for new ones. A bucket's region and a
    /// clock's offset count as far as earlier calls have learned them.
    ///
    /// Cancel safe like [`credentials`](Self::credentials).
    ///
    /// ```no_run
    /// # async fn run(client: sts3::Client) -> Result<(), sts3::Error> {
    /// let signed = client.sign(&sts3::sts::GetCallerIdentity::new()).await?;
    /// println!("{}", signed.steps().string_to_sign);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The provider's, and those of [`SignedRequest::new`]; an anonymous client has nothing to sign with.
    pub async fn sign<O: Operation>(&self, operation: &O) -> Result<SignedRequest, Error> {
        let credentials = self.credentials_to_sign("a signature").await?;
        self.caller.sign(operation, &credentials)
    }

    async fn credentials_to_sign(&self, what: &str) -> Result<Credentials, Error> {
        self.credentials_in_local_time().await?.ok_or_else(|| {
            let problem = format!("are needed for {what}, and the client is anonymous");
            InvalidInput::new("credentials", problem).into()
        })
    }
}
