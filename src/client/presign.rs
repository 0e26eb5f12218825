use std::time::Duration;

use super::Client;
use crate::{Error, InvalidInput, Operation, PresignedUrl};

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
        let credentials = self.credentials_in_local_time().await?;
        let credentials = credentials.ok_or_else(|| {
            InvalidInput::new("credentials", "are needed for a presigned URL, and the client is anonymous")
        })?;
        self.caller.presign(operation, &credentials, expires)
    }
}
