use std::{path::PathBuf, time::Duration};

use clap::{ArgAction, Args};
use clap_complete::ArgValueCompleter;

pub(crate) use crate::output::Output;
use crate::{
    color::When,
    completion,
    web_identity::{WebIdentity, read_web_identity},
};

/// Options that every command takes.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Common {
    /// Profile of the shared config and credentials files.
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        help_heading = "Credentials",
        add = ArgValueCompleter::new(completion::profiles)
    )]
    pub(crate) profile: Option<String>,
    /// Role to assume first; several form a chain, each assumed with the one before.
    #[arg(long, global = true, value_name = "ARN", help_heading = "Credentials")]
    pub(crate) role_arn: Vec<String>,
    /// Assume the first of these roles with an identity token (a JWT), and no key at all: with this job's of GitHub Actions
    /// (github), or with one in a variable (env:NAME) or a file (file:PATH).
    #[arg(
        long,
        global = true,
        value_name = "SOURCE",
        value_parser = read_web_identity,
        conflicts_with_all = ["session_token", "mfa_serial", "mfa_code", "no_sign_request"],
        help_heading = "Credentials"
    )]
    pub(crate) web_identity: Option<WebIdentity>,
    /// For whom to ask GitHub's token: sts.amazonaws.com unless given (in China sts.amazonaws.com.cn).
    #[arg(long, global = true, value_name = "NAME", help_heading = "Credentials")]
    pub(crate) web_identity_audience: Option<String>,
    /// Name of the role's session, as it appears in logs; without --role-arn, that of the profile's last role.
    #[arg(long, global = true, value_name = "NAME", help_heading = "Credentials")]
    pub(crate) role_session_name: Option<String>,
    /// External ID that the (last) role's trust policy asks for; without --role-arn, that of the profile.
    #[arg(long, global = true, value_name = "ID", help_heading = "Credentials")]
    pub(crate) external_id: Option<String>,
    /// How long the session of the last role lives, be it an option's or the profile's: 1h, 90m, 7200.
    #[arg(long, global = true, value_name = "TIME", value_parser = read_duration, allow_negative_numbers = true, help_heading = "Credentials")]
    pub(crate) duration: Option<Duration>,
    /// Start with a session of the long-lived keys (GetSessionToken).
    #[arg(long, global = true, help_heading = "Credentials")]
    pub(crate) session_token: bool,
    /// MFA device: its serial number or ARN. One code serves all roles of up to an hour, for 12 hours.
    #[arg(
        long,
        global = true,
        value_name = "ARN",
        visible_alias = "serial-number",
        help_heading = "Credentials"
    )]
    pub(crate) mfa_serial: Option<String>,
    /// The MFA device's current six digits, asked for on the terminal if not given; the device is
    /// --mfa-serial, or else the profile's mfa_serial.
    #[arg(
        long,
        global = true,
        value_name = "CODE",
        visible_alias = "token-code",
        help_heading = "Credentials"
    )]
    pub(crate) mfa_code: Option<String>,
    /// Neither use nor keep temporary credentials in ~/.cache/sts3.
    #[arg(long, global = true, help_heading = "Credentials")]
    pub(crate) no_cache: bool,
    /// Send unsigned requests.
    #[arg(long, global = true, conflicts_with_all = ["role_arn", "session_token", "role_session_name", "external_id", "duration"], help_heading = "Credentials")]
    pub(crate) no_sign_request: bool,

    /// Region to call and sign for.
    #[arg(long, global = true, value_name = "NAME", help_heading = "Connection")]
    pub(crate) region: Option<String>,
    /// Send everything to this URL.
    #[arg(long, global = true, value_name = "URL", help_heading = "Connection")]
    pub(crate) endpoint_url: Option<String>,
    /// PEM file of the certificate authorities to trust instead of the system's; at most 16 MiB.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Connection")]
    pub(crate) ca_bundle: Option<PathBuf>,
    /// How often to send a request at most.
    #[arg(long, global = true, value_name = "N", value_parser = whole::<u32>(1, 100), allow_negative_numbers = true, help_heading = "Connection")]
    pub(crate) max_attempts: Option<u32>,
    /// How long to wait for a connection: 5s unless set.
    #[arg(long, global = true, value_name = "TIME", value_parser = read_duration, allow_negative_numbers = true, help_heading = "Connection")]
    pub(crate) connect_timeout: Option<Duration>,
    /// How long to wait for the next bytes of an answer: 30s unless set.
    #[arg(long, global = true, value_name = "TIME", value_parser = read_duration, allow_negative_numbers = true, help_heading = "Connection")]
    pub(crate) read_timeout: Option<Duration>,
    /// How long one attempt at a request may take, to the end of its answer: 120s unless set.
    #[arg(long, global = true, value_name = "TIME", value_parser = read_duration, allow_negative_numbers = true, help_heading = "Connection")]
    pub(crate) attempt_timeout: Option<Duration>,
    /// How long a request may take with all its attempts and the waits between.
    #[arg(long, global = true, value_name = "TIME", value_parser = read_duration, allow_negative_numbers = true, help_heading = "Connection")]
    pub(crate) total_timeout: Option<Duration>,
    /// Let secrets, and requests that long-lived keys sign, go over plain HTTP to other machines.
    #[arg(long, global = true, help_heading = "Connection")]
    pub(crate) allow_http: bool,

    /// How to write results.
    #[arg(long, global = true, value_enum, default_value_t, help_heading = "Output")]
    pub(crate) output: Output,
    /// Use colours. (Help and errors in arguments have none.)
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", help_heading = "Output")]
    pub(crate) color: When,
    /// Show no progress.
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) no_progress: bool,
    /// Say more on standard error: retries, redirects, corrections of the clock, and which part of a refused signature
    /// differs. Twice: every request.
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Output")]
    pub(crate) verbose: u8,
}

/// A whole number within limits, for clap.
pub(crate) fn whole<T: TryFrom<u64>>(
    low: u64,
    high: u64,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync {
    move |text| {
        let number = text.parse::<u64>().ok().filter(|number| (low..=high).contains(number));
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| match high {
            u64::MAX => format!("it must be a whole number from {low} on"),
            _ => format!("it must be a whole number from {low} to {high}"),
        })
    }
}

/// `1h 30m`, `90m`, `45s`, or a plain number of seconds.
pub(crate) fn read_duration(text: &str) -> Result<Duration, String> {
    let read = match text.parse::<u64>() {
        Ok(seconds) => Ok(Duration::from_secs(seconds)),
        Err(_) => humantime::parse_duration(text).map_err(|error| error.to_string()),
    };
    match read {
        Ok(Duration::ZERO) => Err("zero is no duration".into()),
        Ok(duration) => Ok(duration),
        Err(problem) => Err(format!("{problem}; examples: 1h, 90m, 45s, 7200")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, seconds) in [("7200", 7200), ("2h", 7200), ("1h30m", 5400), ("90m", 5400), ("45s", 45)] {
            assert_eq!(read_duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "0", "0s", "-1", "1 fortnight", "h", "99999999999999999999"] {
            assert!(read_duration(text).is_err(), "{text}");
        }
    }
}
