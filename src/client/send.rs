use std::sync::{Arc, atomic::AtomicU64};

use crate::{
    CredentialsError, Error, Operation, Region,
    call::CallInfo,
    credentials::Credentials,
    iam,
    providers::{Provider, Refreshing},
    runtime::{Caller, calls::Told, patience::Deadline},
    s3, sts,
};

/// Speaks to STS, IAM and S3 with one source of credentials. Clones are cheap and share connections and
/// credentials.
///
/// ```no_run
/// # async fn run() -> Result<(), sts3::Error> {
/// let client = sts3::Client::builder()
///     .region("eu-west-1")
///     .credentials(sts3::providers::default_chain().await?)
///     .build()?;
/// let identity = client.send(&sts3::sts::GetCallerIdentity::new()).await?;
/// println!("{}", identity.arn);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    pub(super) caller: Caller,
    pub(super) credentials: Option<Arc<Refreshing>>,
}

impl Client {
    /// The same client with other credentials: connections, retry quota and what was learned of servers are shared.
    ///
    /// ```
    /// use sts3::{Client, Credentials, Region};
    ///
    /// # #[cfg(feature = "tokio")] {
    /// let client = Client::builder().region("eu-west-1").anonymous().build()?;
    /// let tenant = client.with_credentials(Credentials::new("AKIDEXAMPLE", "secret"));
    /// let elsewhere = tenant.with_region(Region::us_east_1());
    /// # }
    /// # Ok::<(), sts3::Error>(())
    /// ```
    #[must_use]
    pub fn with_credentials(&self, provider: impl Provider + 'static) -> Self {
        Self { caller: self.caller.clone(), credentials: Some(Arc::new(Refreshing::new(provider))) }
    }

    /// The same client for another region; all else is shared.
    #[must_use]
    pub fn with_region(&self, region: Region) -> Self {
        Self { caller: self.caller.with_region(region), credentials: self.credentials.clone() }
    }

    /// Send an operation. Credentials that are refused as expired, or temporary ones as unknown, are
    /// renewed once. The policy's total limit covers all of that, with the provider of credentials, but not the time in
    /// which the future is not polled although it could go on.
    ///
    /// Cancel safe: the future may be dropped at any point. Nothing goes on in the background then, and the client is as
    /// it was; of requests, only the one under way is sent again when the operation is sent again.
    ///
    /// # Errors
    /// Whatever the call met; see [`Error`].
    pub async fn send<O: Operation>(&self, operation: &O) -> Result<O::Output, Error> {
        self.send_told(operation, &mut Told::default()).await
    }

    /// The same, with what it took: attempts, retries, the answer's request ids, a corrected region, the clock's offset.
    ///
    /// Cancel safe like [`send`](Self::send).
    ///
    /// # Errors
    /// Whatever the call met; see [`Error`].
    pub async fn send_with_info<O: Operation>(&self, operation: &O) -> Result<(O::Output, CallInfo), Error> {
        let mut told = Told::default();
        let output = self.send_told(operation, &mut told).await?;
        Ok((output, told.info))
    }

    /// Count the requests of the operation when they are sent, without those for credentials.
    pub(super) async fn send_counted<O: Operation>(
        &self,
        operation: &O,
        requests: &AtomicU64,
    ) -> Result<O::Output, Error> {
        self.send_told(operation, &mut Told { requests: Some(requests), ..Told::default() }).await
    }

    async fn send_told<O: Operation>(&self, operation: &O, told: &mut Told<'_>) -> Result<O::Output, Error> {
        let Some(limit) = self.caller.policy().total_timeout else {
            return self.send_until(operation, None, told).await;
        };
        let patience = self.caller.patience();
        let deadline = patience.deadline(limit);
        patience.attend(self.send_until(operation, Some(&deadline), told)).await
    }

    async fn send_until<O: Operation>(
        &self,
        operation: &O,
        deadline: Option<&Deadline<'_>>,
        told: &mut Told<'_>,
    ) -> Result<O::Output, Error> {
        let Some(provider) = self.credentials.as_ref().filter(|_| operation.is_signed()) else {
            return self.caller.call_with(operation, None, deadline, told).await;
        };
        let credentials = self.credentials_until(provider, deadline).await?;
        match self.caller.call_with(operation, Some(&credentials), deadline, told).await {
            Err(error) if error.rejects_credentials(&credentials) => {
                provider.forget(&credentials, &self.caller);
                let renewed = self.credentials_until(provider, deadline).await?;
                if renewed == credentials {
                    return Err(error);
                }
                self.caller.call_with(operation, Some(&renewed), deadline, told).await
            }
            result => result,
        }
    }

    /// The provider's credentials, if they come in time. Whatever it does for them is dropped otherwise.
    async fn credentials_until(
        &self,
        provider: &Refreshing,
        deadline: Option<&Deadline<'_>>,
    ) -> Result<Credentials, Error> {
        let given = provider.credentials(&self.caller);
        let Some(deadline) = deadline else { return given.await };
        self.caller.patience().within(deadline.left(), given).await.unwrap_or_else(|| {
            let limit = self.caller.policy().total_timeout.unwrap_or_default();
            let problem = format!("no credentials came within the {limit:?} that the call may take in all");
            Err(CredentialsError::unusable("credentials", problem).into())
        })
    }

    /// Whether a bucket exists and where; `None` if there is none. A bucket that exists but is closed to the
    /// caller is an error with the code `403`.
    ///
    /// Cancel safe like [`send`](Self::send).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn head_bucket(&self, bucket: impl Into<String>) -> Result<Option<s3::BucketInfo>, Error> {
        match self.send(&s3::HeadBucket::new(bucket)).await {
            Ok(info) => Ok(Some(info)),
            Err(Error::Service(error)) if error.status == 404 => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Who the credentials belong to.
    ///
    /// Cancel safe like [`send`](Self::send).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn caller_identity(&self) -> Result<sts::CallerIdentity, Error> {
        self.send(&sts::GetCallerIdentity::new()).await
    }

    /// A user by name; `None` if there is none.
    ///
    /// Cancel safe like [`send`](Self::send).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn get_user(&self, name: impl Into<String>) -> Result<Option<iam::User>, Error> {
        absent_is_none(self.send(&iam::GetUser::new().user_name(name)).await)
    }

    /// A role by name; `None` if there is none.
    ///
    /// Cancel safe like [`send`](Self::send).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn get_role(&self, name: impl Into<String>) -> Result<Option<iam::Role>, Error> {
        absent_is_none(self.send(&iam::GetRole::new(name)).await)
    }

    /// The credentials in use, renewed if need be; `None` for an anonymous client.
    ///
    /// Cancel safe: the future may be dropped at any point. A renewal that is dropped so is made by whoever asks next.
    ///
    /// # Errors
    /// The provider's.
    pub async fn credentials(&self) -> Result<Option<Credentials>, Error> {
        match &self.credentials {
            None => Ok(None),
            Some(provider) => {
                let patience = self.caller.patience();
                let limit = self.caller.policy().total_timeout;
                let deadline = limit.map(|limit| patience.deadline(limit));
                patience.attend(self.credentials_until(provider, deadline.as_ref())).await.map(Some)
            }
        }
    }

    /// The same with their expiration by this machine's clock, to hand them to other programs: see
    /// [`Caller::in_local_time`]. Cancel safe like [`credentials`](Self::credentials).
    ///
    /// # Errors
    /// The provider's.
    pub async fn credentials_in_local_time(&self) -> Result<Option<Credentials>, Error> {
        Ok(self.credentials().await?.map(|credentials| self.caller.in_local_time(credentials)))
    }

    /// What makes the calls: for providers and operations of one's own.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }
}

/// IAM says `NoSuchEntity`; an older spelling lives on in other servers.
fn absent_is_none<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(Error::Service(error)) if error.code.starts_with("NoSuchEntity") => Ok(None),
        Err(error) => Err(error),
    }
}
