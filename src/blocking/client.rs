use std::time::Duration;

use crate::{
    CallInfo, Error, Operation, PresignedUrl, Region, SignedRequest,
    credentials::Credentials,
    iam,
    providers::Provider,
    runtime::{Caller, std::block_on},
    s3, sts,
};

/// Speaks to STS, IAM and S3 with one source of credentials, and blocks until the answer is there. Clones are cheap and
/// share connections and credentials; threads may share one.
///
/// ```no_run
/// # fn main() -> Result<(), sts3::Error> {
/// let client = sts3::blocking::Client::from_environment()?.build()?;
/// let identity = client.send(&sts3::sts::GetCallerIdentity::new())?;
/// println!("{}", identity.arn);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    inner: crate::Client,
}

impl Client {
    pub(super) fn over(inner: crate::Client) -> Self {
        Self { inner }
    }

    /// The async client that this one drives, for what it has and this one has not: its futures run to their end in
    /// [`block_on`](super::block_on), and in any async runtime.
    pub fn as_async(&self) -> &crate::Client {
        &self.inner
    }

    /// The same client with other credentials: connections, retry quota and what was learned of servers are shared.
    #[must_use]
    pub fn with_credentials(&self, provider: impl Provider + 'static) -> Self {
        Self::over(self.inner.with_credentials(provider))
    }

    /// The same client for another region; all else is shared.
    #[must_use]
    pub fn with_region(&self, region: Region) -> Self {
        Self::over(self.inner.with_region(region))
    }

    /// Send an operation; see [`crate::Client::send`].
    ///
    /// # Errors
    /// Whatever the call met; see [`Error`].
    pub fn send<O: Operation>(&self, operation: &O) -> Result<O::Output, Error> {
        block_on(self.inner.send(operation))
    }

    /// The same, with what it took; see [`crate::Client::send_with_info`].
    ///
    /// # Errors
    /// Whatever the call met; see [`Error`].
    pub fn send_with_info<O: Operation>(&self, operation: &O) -> Result<(O::Output, CallInfo), Error> {
        block_on(self.inner.send_with_info(operation))
    }

    /// A URL that makes this one request without credentials, for 1 second to 7 days; see [`crate::Client::presign`].
    ///
    /// ```no_run
    /// # fn run(client: sts3::blocking::Client) -> Result<(), sts3::Error> {
    /// use std::time::Duration;
    /// use sts3::s3::GetObject;
    ///
    /// let url = client.presign(&GetObject::new("logs", "2026/a.csv"), Duration::from_secs(3600))?;
    /// println!("{}", url.as_str());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The provider's, and those of [`PresignedUrl::new`]; an anonymous client has nothing to sign with.
    pub fn presign<O: Operation>(&self, operation: &O, expires: Duration) -> Result<PresignedUrl, Error> {
        block_on(self.inner.presign(operation, expires))
    }

    /// The request of an operation, signed and not sent; see [`crate::Client::sign`].
    ///
    /// # Errors
    /// The provider's, and those of [`SignedRequest::new`]; an anonymous client has nothing to sign with.
    pub fn sign<O: Operation>(&self, operation: &O) -> Result<SignedRequest, Error> {
        block_on(self.inner.sign(operation))
    }

    /// Whether a bucket exists and where; `None` if there is none. A bucket that exists but is closed to the caller is
    /// an error with the code `403`.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn head_bucket(&self, bucket: impl Into<String>) -> Result<Option<s3::BucketInfo>, Error> {
        block_on(self.inner.head_bucket(bucket))
    }

    /// Who the credentials belong to.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn caller_identity(&self) -> Result<sts::CallerIdentity, Error> {
        block_on(self.inner.caller_identity())
    }

    /// A user by name; `None` if there is none.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn get_user(&self, name: impl Into<String>) -> Result<Option<iam::User>, Error> {
        block_on(self.inner.get_user(name))
    }

    /// A role by name; `None` if there is none.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn get_role(&self, name: impl Into<String>) -> Result<Option<iam::Role>, Error> {
        block_on(self.inner.get_role(name))
    }

    /// The account's buckets, all pages of them.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn list_buckets(&self) -> Result<Vec<s3::Bucket>, Error> {
        block_on(self.inner.list_buckets())
    }

    /// The credentials in use, renewed if need be; `None` for an anonymous client.
    ///
    /// # Errors
    /// The provider's.
    pub fn credentials(&self) -> Result<Option<Credentials>, Error> {
        block_on(self.inner.credentials())
    }

    /// The same with their expiration by this machine's clock, to hand them to other programs: see
    /// [`Caller::in_local_time`].
    ///
    /// # Errors
    /// The provider's.
    pub fn credentials_in_local_time(&self) -> Result<Option<Credentials>, Error> {
        block_on(self.inner.credentials_in_local_time())
    }

    /// What makes the calls: for providers and operations of one's own.
    pub fn caller(&self) -> &Caller {
        self.inner.caller()
    }
}
