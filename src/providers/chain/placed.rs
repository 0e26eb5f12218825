//! Where the setting stands that names a source, in the source's own errors.

use std::sync::Arc;

use super::super::Provider;
use crate::{
    Credentials, CredentialsError, Error, Origin,
    runtime::{BoxFuture, Caller},
};

/// A source that a variable or a line of a file names: of many profiles, a message tells which to look at.
pub(super) struct Placed {
    source: Arc<dyn Provider>,
    place: Origin,
}

impl Placed {
    /// The source with the place, or as it is if nobody knows one.
    pub(super) fn at(source: impl Provider + 'static, place: Option<Origin>) -> Arc<dyn Provider> {
        let source: Arc<dyn Provider> = Arc::new(source);
        match place {
            Some(place) => Arc::new(Self { source, place }),
            None => source,
        }
    }

    fn locate(&self, mut error: Error) -> Error {
        if let Error::Credentials(CredentialsError::Unusable { problem, .. }) = &mut error {
            *problem = format!("{problem} ({})", self.place);
        }
        error
    }
}

impl Provider for Placed {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(async { self.source.credentials(caller).await.map_err(|error| self.locate(error)) })
    }

    fn forget(&self, refused: &Credentials, caller: &Caller) {
        self.source.forget(refused, caller);
    }

    fn keeps_credentials(&self) -> bool {
        self.source.keeps_credentials()
    }
}
