//! The distributions of synthetic keys, by their names on the command line.

use std::{fmt, str::FromStr};

/// What the keys of a synthetic bucket look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Distribution {
    /// Random UUIDs, no structure: `1b4e28ba-2fa1-11d2-883f-b9a761bde3fb`.
    FlatUuid,
    /// Log files of two years by day, busy days and quiet ones: `logs/2026/01/02/13-45-07-….json.gz`.
    Dated,
    /// 99 % of the keys under one long prefix.
    DeepSkew,
    /// Decimal numbers without leading zeros: `1`, `10`, `100`, `1000`, `1001`, ….
    Numeric,
    /// Characters of many scripts, one to four bytes each.
    Unicode,
}

impl Distribution {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::FlatUuid, Self::Dated, Self::DeepSkew, Self::Numeric, Self::Unicode];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FlatUuid => "flat-uuid",
            Self::Dated => "dated",
            Self::DeepSkew => "deep-skew",
            Self::Numeric => "numeric",
            Self::Unicode => "unicode",
        }
    }
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Distribution {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|own| own.name() == text).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|own| own.name()).collect();
            format!("unknown distribution `{}`: use {}", text.escape_debug(), names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for distribution in Distribution::ALL {
            assert_eq!(distribution.to_string().parse(), Ok(distribution));
        }
        assert!("uuid".parse::<Distribution>().unwrap_err().contains("flat-uuid"));
    }
}
