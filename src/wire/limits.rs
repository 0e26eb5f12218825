//! Limits of parameters, checked before anything is sent. A message names the value's fault and the limit; the
//! parameter's name is in front of it.

use std::{ops::RangeInclusive, time::Duration};

use crate::InvalidInput;

/// The length of `value` in characters is within `range`.
pub(crate) fn length(
    parameter: &'static str,
    value: &str,
    range: RangeInclusive<usize>,
) -> Result<(), InvalidInput> {
    let length = value.chars().count();
    if range.contains(&length) {
        return Ok(());
    }
    let (low, high) = range.into_inner();
    let allowed = if low == high { format!("exactly {low}") } else { format!("{low} to {high}") };
    Err(InvalidInput::new(parameter, format!("is {length} characters long: {allowed} are allowed")))
}

/// Every character is one of those that `allowed` accepts; `set` names them for people.
pub(crate) fn characters(
    parameter: &'static str,
    value: &str,
    set: &'static str,
    allowed: impl Fn(char) -> bool,
) -> Result<(), InvalidInput> {
    match value.chars().find(|character| !allowed(*character)) {
        None => Ok(()),
        Some(found) => Err(InvalidInput::new(parameter, format!("contains {found:?}: allowed are {set}"))),
    }
}

/// The service's `[\w+=,.@-]`, with `more` characters beside it.
pub(crate) fn name_with(
    parameter: &'static str,
    value: &str,
    range: RangeInclusive<usize>,
    more: &'static str,
) -> Result<(), InvalidInput> {
    length(parameter, value, range)?;
    let set = match more {
        "" => "letters, digits and _+=,.@-",
        "/:" => "letters, digits and _+=,.@-/:",
        _ => "letters, digits and _+=,.@- with some others",
    };
    characters(parameter, value, set, |c| {
        c.is_ascii_alphanumeric() || "_+=,.@-".contains(c) || more.contains(c)
    })
}

/// The service's `[\w+=,.@-]`: session names, user names, source identities.
pub(crate) fn name(
    parameter: &'static str,
    value: &str,
    range: RangeInclusive<usize>,
) -> Result<(), InvalidInput> {
    name_with(parameter, value, range, "")
}

/// A duration in whole seconds within `range`.
pub(crate) fn seconds(
    parameter: &'static str,
    value: Duration,
    range: RangeInclusive<u64>,
) -> Result<(), InvalidInput> {
    if value.subsec_nanos() == 0 && range.contains(&value.as_secs()) {
        return Ok(());
    }
    let (low, high) = range.into_inner();
    let seconds = value.as_secs_f64();
    Err(InvalidInput::new(parameter, format!("is {seconds}: STS allows {low} to {high} whole seconds")))
}

/// At most `most` entries.
pub(crate) fn count(parameter: &'static str, count: usize, most: usize) -> Result<(), InvalidInput> {
    if count <= most {
        return Ok(());
    }
    Err(InvalidInput::new(parameter, format!("has {count} entries: at most {most} are allowed")))
}

/// An ARN: 20 to 2048 characters, `arn:partition:service:region:account:resource`.
pub(crate) fn arn(parameter: &'static str, value: &str) -> Result<(), InvalidInput> {
    let parts: Vec<&str> = value.splitn(6, ':').collect();
    let [prefix, partition, service, _region, _account, resource] = parts.as_slice() else {
        let shape = "arn:partition:service:region:account:resource";
        return Err(InvalidInput::new(
            parameter,
            format!("`{}` is not an ARN ({shape})", value.escape_debug()),
        ));
    };
    if *prefix != "arn" || partition.is_empty() || service.is_empty() || resource.is_empty() {
        return Err(InvalidInput::new(
            parameter,
            format!("`{}` is not an ARN: a part is empty", value.escape_debug()),
        ));
    }
    characters(parameter, value, "characters other than white space and control characters", |c| {
        !c.is_whitespace() && !c.is_control()
    })?;
    length(parameter, value, 20..=2048)
}

/// An ARN that names a role: `arn:aws:iam::123456789012:role/path/name`.
pub(crate) fn role_arn(parameter: &'static str, value: &str) -> Result<(), InvalidInput> {
    arn(parameter, value)?;
    let resource = value.splitn(6, ':').last().unwrap_or_default();
    if resource.strip_prefix("role/").is_some_and(|name| !name.is_empty()) {
        return Ok(());
    }
    Err(InvalidInput::new(parameter, format!("`{value}` does not name a role (…:role/NAME)")))
}

/// What AWS asks of the ARN of a role or an identity provider. Other systems have accounts of their own kind, or none.
pub(crate) fn account_of_aws(parameter: &'static str, arn: &str) -> Result<(), InvalidInput> {
    let account = arn.split(':').nth(4).unwrap_or_default();
    if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    let problem = match account {
        "" => format!("`{}` has no account: at AWS it has one, of 12 digits", arn.escape_debug()),
        _ => format!(
            "`{}` has the account `{}`: AWS's have 12 digits",
            arn.escape_debug(),
            account.escape_debug()
        ),
    };
    Err(InvalidInput::new(parameter, problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_fault_and_the_limit() {
        let check = |result: Result<(), InvalidInput>, expected: &str| {
            assert_eq!(result.unwrap_err().to_string(), expected);
        };
        check(
            name("RoleSessionName", "x", 2..=64),
            "RoleSessionName is 1 characters long: 2 to 64 are allowed",
        );
        check(
            name("RoleSessionName", "a b", 2..=64),
            "RoleSessionName contains ' ': allowed are letters, digits and _+=,.@-",
        );
        check(
            seconds("DurationSeconds", Duration::from_secs(43_201), 900..=43_200),
            "DurationSeconds is 43201: STS allows 900 to 43200 whole seconds",
        );
        check(
            role_arn("RoleArn", "reader"),
            "RoleArn `reader` is not an ARN (arn:partition:service:region:account:resource)",
        );
        check(
            role_arn("RoleArn", "arn:aws:iam::123456789012:user/x"),
            "RoleArn `arn:aws:iam::123456789012:user/x` does not name a role (…:role/NAME)",
        );
        assert!(role_arn("RoleArn", "arn:aws:iam:::role/reader").is_ok());
        check(
            account_of_aws("RoleArn", "arn:aws:iam::123:role/reader"),
            "RoleArn `arn:aws:iam::123:role/reader` has the account `123`: AWS's have 12 digits",
        );
        assert!(account_of_aws("RoleArn", "arn:aws:iam::123456789012:role/reader").is_ok());
    }
}
