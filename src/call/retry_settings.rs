//! A [`RetryPolicy`] in settings of users' own (feature `serde`).

use std::{fmt, time::Duration};

use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

use super::retry::RetryPolicy;

/// A time in seconds, with or without a fraction.
struct Seconds(Duration);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct SecondsVisitor;
        impl Visitor<'_> for SecondsVisitor {
            type Value = Seconds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time in seconds: a number from 0 on, such as 30 or 0.5")
            }

            fn visit_u64<E: Error>(self, seconds: u64) -> Result<Seconds, E> {
                Ok(Seconds(Duration::from_secs(seconds)))
            }

            fn visit_i64<E: Error>(self, seconds: i64) -> Result<Seconds, E> {
                let seconds = u64::try_from(seconds)
                    .map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(seconds), &self))?;
                self.visit_u64(seconds)
            }

            fn visit_f64<E: Error>(self, seconds: f64) -> Result<Seconds, E> {
                Duration::try_from_secs_f64(seconds)
                    .map(Seconds)
                    .map_err(|_| E::invalid_value(serde::de::Unexpected::Float(seconds), &self))
            }
        }
        // Formats that do not describe themselves need to be told what to read.
        if from.is_human_readable() {
            from.deserialize_any(SecondsVisitor)
        } else {
            from.deserialize_f64(SecondsVisitor)
        }
    }
}

/// What the document says; the default holds for the rest.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "RetryPolicy")]
struct Written {
    max_attempts: Option<u32>,
    base: Option<Seconds>,
    throttling_base: Option<Seconds>,
    attempt_timeout: Option<Seconds>,
    total_timeout: Option<Seconds>,
    retry_throttling: Option<bool>,
}

impl<'de> Deserialize<'de> for RetryPolicy {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(from)?;
        let default = Self::default();
        let or = |seconds: Option<Seconds>, default| seconds.map_or(default, |Seconds(seconds)| seconds);
        let policy = Self {
            max_attempts: written.max_attempts.unwrap_or(default.max_attempts),
            base: or(written.base, default.base),
            throttling_base: or(written.throttling_base, default.throttling_base),
            attempt_timeout: or(written.attempt_timeout, default.attempt_timeout),
            total_timeout: written.total_timeout.map(|Seconds(limit)| limit).or(default.total_timeout),
            retry_throttling: written.retry_throttling.unwrap_or(default.retry_throttling),
        };
        policy.check().map_err(D::Error::custom)?;
        Ok(policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<RetryPolicy, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn what_a_document_does_not_say_stays_as_the_default_has_it() {
        assert_eq!(read("{}"), Ok(RetryPolicy::default()));
        assert_eq!(read(r#"{"total_timeout": null}"#), Ok(RetryPolicy::default()));
        let policy = read(r#"{"max_attempts": 10, "retry_throttling": false}"#).unwrap();
        assert_eq!(policy, RetryPolicy::default().with_max_attempts(10).without_throttling_retries());
    }

    #[test]
    fn times_are_seconds_with_or_without_a_fraction() {
        let policy =
            read(r#"{"base": 0.05, "throttling_base": 2, "attempt_timeout": 1.5, "total_timeout": 600}"#);
        let expected = RetryPolicy {
            base: Duration::from_millis(50),
            throttling_base: Duration::from_secs(2),
            attempt_timeout: Duration::from_millis(1500),
            total_timeout: Some(Duration::from_secs(600)),
            ..RetryPolicy::default()
        };
        assert_eq!(policy, Ok(expected));
    }

    #[test]
    fn what_no_call_could_be_made_by_is_refused_and_so_are_unknown_names() {
        for (json, expected) in [
            (r#"{"max_attempts": 0}"#, "max attempts is 0"),
            (r#"{"max_attempts": -1}"#, "-1"),
            (r#"{"attempt_timeout": 0}"#, "attempt timeout is zero"),
            (r#"{"total_timeout": 0.0}"#, "total timeout is zero"),
            (r#"{"attempt_timeout": -1}"#, "a number from 0 on"),
            (r#"{"attempt_timeout": -0.5}"#, "a number from 0 on"),
            (r#"{"attempt_timeout": 1e300}"#, "a number from 0 on"),
            (r#"{"attempt_timeout": "30s"}"#, "a time in seconds"),
            (r#"{"attempt_timeouts": 30}"#, "unknown field `attempt_timeouts`"),
        ] {
            let problem = read(json).unwrap_err();
            assert!(problem.contains(expected), "{json}: {problem}");
        }
    }
}
