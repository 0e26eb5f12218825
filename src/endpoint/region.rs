use std::{fmt, str::FromStr};

use super::{nearest::nearest, table::REGIONS};
use crate::InvalidInput;

/// A region's name, checked: it becomes part of host names, also when a server sends it to us.
///
/// ```
/// use sts3::Region;
///
/// assert_eq!(Region::new("eu-west-1")?.as_str(), "eu-west-1");
/// assert!(Region::new("eu-west-1.evil.example").is_err());
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region(String);

impl Region {
    /// `us-east-1`, where global services sign.
    pub fn us_east_1() -> Self {
        Self("us-east-1".into())
    }

    /// Check a name by the rule of the services' endpoint rule sets: letters, digits and inner hyphens, at
    /// most 63 characters, not digits alone.
    ///
    /// # Errors
    /// [`InvalidInput`] says what is wrong with it.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidInput> {
        let name = name.into();
        let valid = (1..=63).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !name.bytes().all(|byte| byte.is_ascii_digit())
            && !name.starts_with('-')
            && !name.ends_with('-');
        if valid {
            return Ok(Self(name));
        }
        let shown: String = name.chars().take(70).collect();
        let rule = "letters, digits and inner hyphens, at most 63 characters";
        let similar = nearest(&shown, REGIONS.into_iter()).map(|name| format!("; did you mean `{name}`?"));
        let similar = similar.unwrap_or_default();
        Err(InvalidInput::new(
            "region",
            format!("`{}` is not a region's name ({rule}){similar}", shown.escape_debug()),
        ))
    }

    /// The region of AWS that this one may be a misspelling of. `None` if it is one of AWS's itself, or like none. New
    /// regions come every year: it is a hint for whoever could not reach this one, and no reason to refuse it.
    ///
    /// ```
    /// use sts3::Region;
    ///
    /// assert_eq!(Region::new("eu-wets-1")?.similar(), Some("eu-west-1"));
    /// # Ok::<(), sts3::Error>(())
    /// ```
    pub fn similar(&self) -> Option<&'static str> {
        if REGIONS.contains(&self.as_str()) { None } else { nearest(&self.0, REGIONS.into_iter()) }
    }

    /// The error of settings that name none.
    #[cfg(any(feature = "client", feature = "serde"))]
    pub(crate) fn missing() -> InvalidInput {
        InvalidInput::new("region", "is not set: give the bucket's, or us-east-1 for an S3-compatible server")
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Region {
    type Err = InvalidInput;

    fn from_str(name: &str) -> Result<Self, InvalidInput> {
        Self::new(name)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Region {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_region_finds_the_right_one() {
        for (name, expected) in [
            ("eu-wets-1", Some("eu-west-1")),
            ("us-est-1", Some("us-east-1")),
            ("useast-1", Some("us-east-1")),
            ("Eu-West-1", Some("eu-west-1")),
            ("eu-west-1", None),
            ("garage", None),
            ("xx-future-1", None),
        ] {
            assert_eq!(Region::new(name).unwrap().similar(), expected, "{name}");
        }
        let problem = Region::new("eu_west_1").unwrap_err().to_string();
        assert!(problem.ends_with("did you mean `eu-west-1`?"), "{problem}");
    }

    #[test]
    fn a_hostile_region_cannot_choose_our_host() {
        for name in
            ["", "a.evil.example", "a/b", "eu-west-1#", "-a", "a-", "123", "a b", "ü", &"a".repeat(64)]
        {
            assert!(Region::new(name).is_err(), "{name:?}");
        }
        for name in ["us-east-1", "default", "eu-isoe-west-1", "garage", "us-gov-west-1"] {
            assert!(Region::new(name).is_ok(), "{name:?}");
        }
    }
}
