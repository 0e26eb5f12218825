use std::sync::Arc;

use crate::{Error, InvalidInput};

/// Bytes that nobody can predict: for tokens, names of temporary files, and the jitter of retries. Tests bring
/// their own.
pub trait Random: Send + Sync {
    /// Fill the whole buffer.
    ///
    /// # Errors
    /// [`Error::InvalidInput`]: the system has no source of randomness.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), Error>;
}

/// What points to a source is one.
macro_rules! through {
    ($($pointer:ty),*) => {$(
        impl<T: Random + ?Sized> Random for $pointer {
            fn fill(&self, buffer: &mut [u8]) -> Result<(), Error> {
                (**self).fill(buffer)
            }
        }
    )*};
}

through!(&T, Box<T>, Arc<T>);

/// The operating system's source. On `wasm32-unknown-unknown` there is none: it gives an error, and
/// `ClientBuilder::build` asks for another.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[cfg(all(target_family = "wasm", target_os = "unknown"))]
    fn fill(&self, _: &mut [u8]) -> Result<(), Error> {
        Err(InvalidInput::new("random source", "is missing: this target has none of its own").into())
    }

    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    fn fill(&self, buffer: &mut [u8]) -> Result<(), Error> {
        getrandom::fill(buffer).map_err(|error| {
            InvalidInput::new(
                "random source",
                format!("gives no bytes: {error}; the system has to provide one"),
            )
            .into()
        })
    }
}
