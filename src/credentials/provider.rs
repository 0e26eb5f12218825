use std::sync::Arc;

use super::Credentials;
pub use crate::transport::BoxFuture;
use crate::{Error, transport::Caller};

/// Gives credentials when asked.
///
/// A provider that needs to call a service does so with the `caller` that it is handed, so it carries no
/// connection, region or clock of its own.
pub trait Provider: Send + Sync {
    /// The credentials to use now.
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>>;

    /// A service refused these as expired: do not give them out again.
    fn forget(&self, _refused: &Credentials, _caller: &Caller) {}
}

/// Fixed credentials.
impl Provider for Credentials {
    fn credentials<'a>(&'a self, _caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(async { Ok(self.clone()) })
    }
}

impl<P: Provider + ?Sized> Provider for Arc<P> {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        (**self).credentials(caller)
    }

    fn forget(&self, refused: &Credentials, caller: &Caller) {
        (**self).forget(refused, caller);
    }
}

impl<P: Provider + ?Sized> Provider for Box<P> {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        (**self).credentials(caller)
    }

    fn forget(&self, refused: &Credentials, caller: &Caller) {
        (**self).forget(refused, caller);
    }
}
