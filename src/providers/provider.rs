use std::sync::Arc;

use crate::{
    Credentials, Error,
    runtime::{BoxFuture, Caller},
};

/// Gives credentials when asked.
///
/// A provider that needs to call a service does so with the `caller` that it is handed, so it carries no
/// connection, region or clock of its own.
///
/// One of your own, for keys that a vault keeps:
///
/// ```
/// use std::time::Duration;
/// use sts3::{
///     Client, Credentials, CredentialsError, Error,
///     providers::Provider,
///     runtime::{BoxFuture, Caller},
/// };
/// # struct Lease { id: String, secret: String, seconds: u64 }
/// # struct Vault;
/// # impl Vault {
/// #     async fn lease(&self, _role: &str) -> Result<Lease, std::io::Error> {
/// #         Ok(Lease { id: "AKIDEXAMPLE".into(), secret: "secret".into(), seconds: 900 })
/// #     }
/// # }
///
/// struct VaultKeys {
///     vault: Vault,
///     role: String,
/// }
///
/// impl Provider for VaultKeys {
///     fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
///         Box::pin(async move {
///             let lease = self.vault.lease(&self.role).await.map_err(|error| {
///                 // The error keeps its cause.
///                 CredentialsError::unusable("vault", error.to_string()).caused_by(error)
///             })?;
///             let end = caller.sts_now() + Duration::from_secs(lease.seconds);
///             Ok(Credentials::new(lease.id, lease.secret).with_expiration(end))
///         })
///     }
/// }
///
/// // The client keeps them, and asks again shortly before they expire.
/// let keys = VaultKeys { vault: Vault, role: "reader".into() };
/// let builder = Client::builder().region("eu-west-1").credentials(keys);
/// ```
///
/// Those of this crate may be cancelled: when the future is dropped (a time limit, a program that ends), nothing goes
/// on in the background and nothing is half written. A question to a person that has been asked stays asked.
pub trait Provider: Send + Sync {
    /// The credentials to use now.
    ///
    /// The future may be dropped at any point.
    ///
    /// # Errors
    /// There are none that can be used: [`CredentialsError::unusable`](crate::CredentialsError::unusable) for a source of
    /// one's own.
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>>;

    /// A service refused these as expired: do not give them out again. Others, which may have come in the meantime,
    /// stay as they are.
    fn forget(&self, _refused: &Credentials, _caller: &Caller) {}

    /// Whether this keeps credentials and renews them in time, as [`Refreshing`](super::Refreshing) does. Nobody keeps
    /// them once more then: of two caches one after the other, the second would take what is left of a session for a
    /// whole one, and ask for the next one all the time.
    fn keeps_credentials(&self) -> bool {
        false
    }
}

/// Fixed credentials.
impl Provider for Credentials {
    fn credentials<'a>(&'a self, _caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(async { Ok(self.clone()) })
    }
}

/// A provider behind a pointer is one.
macro_rules! through {
    ($($pointer:ty),*) => {$(
        impl<P: Provider + ?Sized> Provider for $pointer {
            fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
                (**self).credentials(caller)
            }

            fn forget(&self, refused: &Credentials, caller: &Caller) {
                (**self).forget(refused, caller);
            }

            fn keeps_credentials(&self) -> bool {
                (**self).keeps_credentials()
            }
        }
    )*};
}

through!(&P, Box<P>, Arc<P>);

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::runtime::testing;

    /// Answers as no default does, and counts what it was told to forget.
    #[derive(Default)]
    struct Own(AtomicU32);

    impl Provider for Own {
        fn credentials<'a>(&'a self, _caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
            Box::pin(async { Ok(Credentials::new("AKIDOWN", "hush")) })
        }

        fn forget(&self, _refused: &Credentials, _caller: &Caller) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }

        fn keeps_credentials(&self) -> bool {
            true
        }
    }

    #[tokio::test]
    async fn what_points_to_a_provider_is_that_provider_in_everything() {
        async fn check(provider: impl Provider) {
            let (caller, _) = testing::offline_caller();
            let credentials = provider.credentials(&caller).await.unwrap();
            assert_eq!(credentials.access_key_id(), "AKIDOWN");
            provider.forget(&credentials, &caller);
            assert!(provider.keeps_credentials());
        }
        let own = Arc::new(Own::default());
        check(&*own).await;
        check(own.clone()).await;
        check(&own as &dyn Provider).await;
        check(Box::new(own.clone()) as Box<dyn Provider>).await;
        assert_eq!(own.0.load(Ordering::Relaxed), 4);
    }
}
