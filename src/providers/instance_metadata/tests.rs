use time::macros::datetime;

use super::*;
use crate::runtime::testing;

/// What an instance gives at noon whose credentials end at the given time.
async fn expiration(end: &'static str) -> time::OffsetDateTime {
    let (caller, _) = testing::caller(move |path| match path {
        TOKEN => "session".to_owned(),
        ROLES => "role\n".to_owned(),
        _ => format!(r#"{{"AccessKeyId":"A","SecretAccessKey":"s","Token":"t","Expiration":"{end}"}}"#),
    });
    let provider = InstanceMetadataProvider::from_environment(&Environment::default()).unwrap().unwrap();
    provider.credentials(&caller).await.unwrap().expiration().unwrap()
}

#[tokio::test]
async fn expired_credentials_of_an_instance_last_ten_to_fifteen_minutes_more() {
    assert_eq!(expiration("2026-11-24T12:00:01Z").await, datetime!(2026-11-24 12:00:01 UTC));
    let extended = expiration("2026-11-24T11:00:00Z").await;
    let window = datetime!(2026-11-24 12:10 UTC)..datetime!(2026-11-24 12:15 UTC);
    assert!(window.contains(&extended), "{extended}");
}

#[tokio::test]
async fn a_session_token_that_is_none_is_refused_before_it_is_sent() {
    for token in ["", " \n", "a b", "a\u{2019}"] {
        let (caller, _) = testing::caller(move |path| match path {
            TOKEN => token.to_owned(),
            _ => panic!("asked with a session token that is none: {token:?}"),
        });
        let provider = InstanceMetadataProvider::from_environment(&Environment::default()).unwrap().unwrap();
        let problem = provider.credentials(&caller).await.unwrap_err().to_string();
        assert!(problem.contains("`session token`"), "{problem}");
    }
}

#[tokio::test]
async fn a_busy_service_is_asked_again_within_one_attempt_of_the_setting() {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let (caller, _) = testing::playing(move |request| {
        let number = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let body = match request.uri().path() {
            // Each of the three requests is refused once.
            _ if number.is_multiple_of(2) => {
                return Ok(http::Response::builder().status(503).body(Vec::new()).unwrap());
            }
            TOKEN => "session",
            ROLES => "role",
            _ => r#"{"AccessKeyId": "A", "SecretAccessKey": "s", "Token": "t"}"#,
        };
        Ok(http::Response::new(body.as_bytes().to_vec()))
    });
    let provider = InstanceMetadataProvider::from_environment(&Environment::default()).unwrap().unwrap();
    assert_eq!(provider.credentials(&caller).await.unwrap().access_key_id(), "A");
}

#[test]
fn a_role_s_name_cannot_lead_elsewhere() {
    assert_eq!(role_name(b"my-role_1+=,.@\nsecond").unwrap(), "my-role_1+=,.@");
    for bad in ["", "\nx", "a/b", "..", ".", "a?b", "a b", "a\0", "%2e", "\u{e9}"] {
        assert!(role_name(bad.as_bytes()).is_err(), "{bad:?}");
    }
    assert!(role_name(&[b'a'; 129]).is_err());
}

type Pairs<'a> = &'a [(&'a str, &'a str)];

fn metadata(variables: Pairs<'_>, settings: Pairs<'_>) -> Result<InstanceMetadataProvider, Error> {
    let variables = variables.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    let profile = Profile::of_config(settings);
    Ok(InstanceMetadataProvider::from_settings(&variables.collect(), Some(&profile))?.unwrap())
}

// The order is that of <https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html>: an endpoint before
// a mode, and of each the variable before the profile's setting.
#[test]
fn the_endpoint_is_the_environment_s_or_the_profile_s_and_counts_before_a_mode() {
    const ENDPOINT: (&str, &str) = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://env:1/");
    const MODE: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE";
    let own = ("ec2_metadata_service_endpoint", "http://profile:2");
    let mode = |value| ("ec2_metadata_service_endpoint_mode", value);
    for (variables, settings, expected) in [
        (&[][..], &[][..], IPV4),
        (&[ENDPOINT], &[], "http://env:1"),
        (&[ENDPOINT], &[own], "http://env:1"),
        (&[], &[own], "http://profile:2"),
        (&[(MODE, "IPv6")], &[own], "http://profile:2"),
        (&[ENDPOINT, (MODE, "IPv6")], &[mode("IPv6")], "http://env:1"),
        (&[(MODE, "ipv6")], &[], IPV6),
        (&[(MODE, "IPv4")], &[mode("IPv6")], IPV4),
        (&[(MODE, "IPv6")], &[mode("IPv4")], IPV6),
        (&[], &[mode("IPv6")], IPV6),
        (&[], &[mode("ipv4")], IPV4),
        (&[("AWS_IMDS_USE_IPV6", "true")], &[], IPV6),
        (&[("AWS_IMDS_USE_IPV6", "false")], &[], IPV4),
        (&[("AWS_IMDS_USE_IPV6", "true"), (MODE, "IPv4")], &[], IPV4),
        (&[], &[("imds_use_ipv6", "true")], IPV6),
        // Empty is not set.
        (&[(MODE, " ")], &[mode("IPv6")], IPV6),
    ] {
        assert_eq!(metadata(variables, settings).unwrap().endpoint, expected, "{variables:?} {settings:?}");
    }
}

#[test]
fn limits_are_the_environment_s_or_the_profile_s() {
    let limits = |variables: Pairs<'_>, settings: Pairs<'_>| {
        let metadata = metadata(variables, settings).unwrap();
        (metadata.timeout.as_secs(), metadata.attempts)
    };
    let settings = [("metadata_service_timeout", "5"), ("metadata_service_num_attempts", "3")];
    assert_eq!(limits(&[], &[]), (1, 1));
    assert_eq!(limits(&[], &settings), (5, 3));
    assert_eq!(limits(&[("AWS_METADATA_SERVICE_TIMEOUT", "2")], &settings), (2, 3));
    assert_eq!(limits(&[("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "7")], &settings), (5, 7));
}

#[test]
fn settings_that_make_no_sense_are_named() {
    for (variable, key, value) in [
        ("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout", "0"),
        ("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts", "many"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode", "IPv5"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint", "169.254.169.254"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint", "ftp://169.254.169.254"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint", "http://x/?a=b"),
    ] {
        let problem = metadata(&[(variable, value)], &[]).unwrap_err().to_string();
        assert!(problem.contains(variable) && problem.contains(value), "{problem}");
        let problem = metadata(&[], &[(key, value)]).unwrap_err().to_string();
        assert!(problem.contains(key) && problem.contains(value), "{problem}");
    }
}
