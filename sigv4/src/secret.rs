use alloc::string::String;
use core::fmt;

/// A string that prints as `***` and, with the `zeroize` feature, is wiped from memory when dropped.
///
/// The value is reached only through [`expose`](Self::expose), so that every use can be found by its name.
///
/// ```
/// use sigv4::Secret;
///
/// let secret = Secret::new("wJalrXUtnFEMI");
/// assert_eq!(secret.expose(), "wJalrXUtnFEMI");
/// assert!(!format!("{secret:?}").contains("wJal"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Take ownership of a secret value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself. Do not print it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self(value.into())
    }
}

#[cfg(feature = "zeroize")]
impl Drop for Secret {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}
