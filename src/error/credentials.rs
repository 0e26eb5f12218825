use std::{fmt, time::Duration};

use super::{
    cause::Cause,
    plain::{MAX_REPORT, plain},
    remedy::Remedy,
};

/// Why there are no credentials to sign with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialsError {
    /// No provider has any; each entry says which one was asked and what it said.
    NotFound {
        /// Provider and reason, in the order asked.
        tried: Vec<String>,
    },
    /// The provider that should have them cannot give them.
    #[non_exhaustive]
    Unusable {
        /// Which provider.
        provider: &'static str,
        /// What is wrong.
        problem: String,
        /// The error behind it, if there is one.
        cause: Option<Cause>,
    },
    /// They were good until a while ago, and nothing can renew them.
    Expired {
        /// How long ago they ended.
        ago: Duration,
    },
}

impl CredentialsError {
    /// For providers: which one cannot give its credentials, and why. No secret may be in it.
    pub fn unusable(provider: &'static str, problem: impl Into<String>) -> Self {
        Self::Unusable { provider, problem: problem.into(), cause: None }
    }

    /// The same with the error behind it, which becomes the [`source`](std::error::Error::source).
    #[must_use]
    pub fn caused_by(mut self, error: impl std::error::Error + Send + Sync + 'static) -> Self {
        if let Self::Unusable { cause, .. } = &mut self {
            *cause = Some(Cause::new(error));
        }
        self
    }

    pub(super) fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::NotFound { .. } => Some(Remedy::ProvideCredentials),
            Self::Expired { .. } => Some(Remedy::RenewCredentials),
            Self::Unusable { .. } => None,
        }
    }
}

impl fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { tried } => {
                write!(f, "no credentials found; tried {}", plain(&tried.join("; "), MAX_REPORT))
            }
            Self::Unusable { provider, problem, .. } => {
                write!(f, "{provider}: {}", plain(problem, MAX_REPORT))
            }
            Self::Expired { ago } => {
                write!(f, "the credentials expired {} ago", in_words(*ago))
            }
        }
    }
}

/// A time in the largest unit of which there are at least two.
fn in_words(time: Duration) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "days"), (3_600, "hours"), (60, "minutes")];
    let seconds = time.as_secs();
    let unit = UNITS.into_iter().find(|(length, _)| seconds >= 2 * length);
    unit.map_or_else(|| format!("{seconds} s"), |(length, name)| format!("{} {name}", seconds / length))
}

impl std::error::Error for CredentialsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unusable { cause: Some(cause), .. } => Some(cause.get()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_ago_credentials_ended_is_told_in_a_unit_that_people_read() {
        for (seconds, told) in [
            (0, "0 s"),
            (119, "119 s"),
            (120, "2 minutes"),
            (7_199, "119 minutes"),
            (7_200, "2 hours"),
            (172_799, "47 hours"),
            (172_800, "2 days"),
            (217_782_765, "2520 days"),
        ] {
            let error = CredentialsError::Expired { ago: Duration::from_secs(seconds) };
            assert_eq!(error.to_string(), format!("the credentials expired {told} ago"));
        }
    }
}
