//! Times in answers: ISO 8601 with 0 to 9 fractional digits in XML, RFC 1123 in headers.

use time::{
    OffsetDateTime,
    format_description::well_known::{Rfc2822, Rfc3339},
};

/// `2026-11-24T00:10:57.972117714Z`, also without a fraction or with `+00:00`.
pub(crate) fn iso_8601(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text.trim(), &Rfc3339).ok()
}

/// `Tue, 24 Nov 2026 02:26:30 GMT`.
pub(crate) fn http_date(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text.trim(), &Rfc2822).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_fractional_digits_is_read() {
        for digits in 0..=9 {
            let fraction = if digits == 0 { String::new() } else { format!(".{}", &"972117714"[..digits]) };
            let parsed = iso_8601(&format!("2026-11-24T00:10:57{fraction}Z")).unwrap();
            assert_eq!(parsed.unix_timestamp(), 1_795_479_057, "{digits}");
        }
        assert_eq!(iso_8601("2026-11-24T00:10:57+00:00").unwrap().unix_timestamp(), 1_795_479_057);
        assert_eq!(iso_8601("yesterday"), None);
        assert_eq!(http_date("Tue, 24 Nov 2026 00:10:57 GMT").unwrap().unix_timestamp(), 1_795_479_057);
    }
}
