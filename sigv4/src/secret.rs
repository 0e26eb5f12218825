use alloc::string::String;
use core::fmt;

/// A string that prints as `***` and, with the `zeroize` feature, is wiped from memory when dropped.
///
/// The value is reached only through [`expose`](Self::expose), so that every use can be found by its name.
/// Two secrets are compared in a time that depends on their lengths only.
///
/// ```
/// use sts3_sigv4::Secret;
///
/// let secret = Secret::new("wJalrXUtnFEMI");
/// assert_eq!(secret.expose(), "wJalrXUtnFEMI");
/// assert!(!format!("{secret:?}").contains("wJal"));
/// ```
#[derive(Clone)]
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

impl PartialEq for Secret {
    /// Every byte is looked at, wherever the first difference stands.
    fn eq(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.0.as_bytes(), other.0.as_bytes());
        let difference = ours.iter().zip(theirs).fold(0, |difference, (a, b)| difference | (a ^ b));
        ours.len() == theirs.len() && difference == 0
    }
}

impl Eq for Secret {}

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

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn secrets_are_equal_only_if_every_byte_is() {
        let secret = Secret::from("wJalrXUtnFEMI");
        assert_eq!(secret, Secret::new("wJalrXUtnFEMI"));
        for other in ["", "w", "wJalrXUtnFEM", "wJalrXUtnFEMIx", "xJalrXUtnFEMI", "wJalrXUtnFEMi"] {
            assert_ne!(secret, Secret::from(other), "{other}");
        }
        assert_eq!(Secret::from(""), Secret::new(""));
    }

    #[test]
    fn a_secret_prints_as_three_stars() {
        let secret = Secret::from("hush");
        assert_eq!((format!("{secret:?}"), format!("{secret:#?}")), ("***".into(), "***".into()));
    }
}
