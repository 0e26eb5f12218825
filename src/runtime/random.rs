use std::sync::Arc;

use crate::{Error, InvalidInput};

/// Unpredictable bytes: for tokens, names of temporary files, and the jitter of retries. Tests bring
/// their own, and so do systems with a source of theirs:
///
/// ```
/// use std::{fs::File, io::Read};
/// use sts3::{Client, Error, InvalidInput, runtime::Random};
///
/// struct Device(&'static str);
///
/// impl Random for Device {
///     fn fill(&self, buffer: &mut [u8]) -> Result<(), Error> {
///         let filled = File::open(self.0).and_then(|mut device| device.read_exact(buffer));
///         filled.map_err(|error| InvalidInput::new("random source", format!("{}: {error}", self.0)).into())
///     }
/// }
///
/// let builder = Client::builder().random(Device("/dev/hwrng"));
/// ```
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
    fn fill(&self, buffer: &mut [u8]) -> Result<(), Error> {
        system_fill(buffer).map_err(|problem| InvalidInput::new("random source", problem).into())
    }
}

#[cfg(all(target_family = "wasm", target_os = "unknown"))]
fn system_fill(_: &mut [u8]) -> Result<(), String> {
    Err("is missing: this target has none of its own".to_owned())
}

/// By rustix, which opens files here anyway: a call may give fewer bytes than asked for, or be interrupted (getrandom(2)).
#[cfg(target_os = "linux")]
fn system_fill(buffer: &mut [u8]) -> Result<(), String> {
    use rustix::{
        io::{Errno, retry_on_intr},
        rand::{GetRandomFlags, getrandom},
    };

    let mut left = buffer;
    while !left.is_empty() {
        let given = match retry_on_intr(|| getrandom(&mut *left, GetRandomFlags::empty())) {
            Ok(given) if given > 0 => given,
            Ok(_) => return Err(no_bytes(Errno::IO)),
            Err(error) => return Err(no_bytes(error)),
        };
        left = left.get_mut(given..).unwrap_or_default();
    }
    Ok(())
}

#[cfg(not(any(target_os = "linux", all(target_family = "wasm", target_os = "unknown"))))]
fn system_fill(buffer: &mut [u8]) -> Result<(), String> {
    getrandom::fill(buffer).map_err(no_bytes)
}

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
fn no_bytes(error: impl std::fmt::Display) -> String {
    format!("gives no bytes: {error}; the system has to provide one")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A call for more than 256 bytes may be cut short (getrandom(2)), and one for none is no error.
    #[test]
    fn every_byte_of_a_buffer_of_any_length_is_filled() {
        for length in [0, 1, 16, 256, 257, 100_000] {
            let (mut first, mut second) = (vec![0; length], vec![0; length]);
            SystemRandom.fill(&mut first).unwrap();
            SystemRandom.fill(&mut second).unwrap();
            // Sixteen bytes in a row that stay zero, or two equal fillings, come once in 2^128 times.
            assert!(length < 16 || first != second, "{length}");
            assert!(!first.windows(16).any(|part| part.iter().all(|byte| *byte == 0)), "{length}");
        }
    }
}
