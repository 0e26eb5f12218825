//! A profile's settings as variables: what a command of `exec` would have read from the profile if AWS_PROFILE still named
//! it. (It does not: some SDKs would take their keys from it, too.)

use sts3::providers::{Environment, Profile};

/// Settings that have a variable: the "AWS SDKs and Tools Reference Guide", settings reference; `botocore/configprovider.py`
/// for `ca_bundle`. Not those about credentials, nor of the metadata service, which has none for the command.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>
const SETTINGS: &[(&str, &str)] = &[
    ("endpoint_url", "AWS_ENDPOINT_URL"),
    ("ignore_configured_endpoint_urls", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"),
    ("use_fips_endpoint", "AWS_USE_FIPS_ENDPOINT"),
    ("use_dualstack_endpoint", "AWS_USE_DUALSTACK_ENDPOINT"),
    ("ca_bundle", "AWS_CA_BUNDLE"),
    ("retry_mode", "AWS_RETRY_MODE"),
    ("max_attempts", "AWS_MAX_ATTEMPTS"),
    ("defaults_mode", "AWS_DEFAULTS_MODE"),
    ("sts_regional_endpoints", "AWS_STS_REGIONAL_ENDPOINTS"),
    ("account_id_endpoint_mode", "AWS_ACCOUNT_ID_ENDPOINT_MODE"),
    ("auth_scheme_preference", "AWS_AUTH_SCHEME_PREFERENCE"),
    ("sigv4a_signing_region_set", "AWS_SIGV4A_SIGNING_REGION_SET"),
    ("sdk_ua_app_id", "AWS_SDK_UA_APP_ID"),
    ("request_checksum_calculation", "AWS_REQUEST_CHECKSUM_CALCULATION"),
    ("response_checksum_validation", "AWS_RESPONSE_CHECKSUM_VALIDATION"),
    ("disable_request_compression", "AWS_DISABLE_REQUEST_COMPRESSION"),
    ("request_min_compression_size_bytes", "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES"),
    ("endpoint_discovery_enabled", "AWS_ENABLE_ENDPOINT_DISCOVERY"),
    ("disable_host_prefix_injection", "AWS_DISABLE_HOST_PREFIX_INJECTION"),
    ("s3_disable_express_session_auth", "AWS_S3_DISABLE_EXPRESS_SESSION_AUTH"),
    ("s3_disable_multiregion_access_points", "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS"),
    ("s3_use_arn_region", "AWS_S3_USE_ARN_REGION"),
    ("s3.us_east_1_regional_endpoint", "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT"),
    ("output", "AWS_DEFAULT_OUTPUT"),
];

/// What the default profile may say and the named one does not: commands would read it, as no profile is named to them.
/// With these values, the documented defaults, it does not count. Others have no such value (a CA bundle, an
/// application's name).
const NEUTRAL: &[(&str, &str, &str)] = &[
    ("use_fips_endpoint", "AWS_USE_FIPS_ENDPOINT", "false"),
    ("use_dualstack_endpoint", "AWS_USE_DUALSTACK_ENDPOINT", "false"),
    ("ignore_configured_endpoint_urls", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false"),
    ("sts_regional_endpoints", "AWS_STS_REGIONAL_ENDPOINTS", "regional"),
    ("account_id_endpoint_mode", "AWS_ACCOUNT_ID_ENDPOINT_MODE", "preferred"),
    ("request_checksum_calculation", "AWS_REQUEST_CHECKSUM_CALCULATION", "when_supported"),
    ("response_checksum_validation", "AWS_RESPONSE_CHECKSUM_VALIDATION", "when_supported"),
    ("disable_request_compression", "AWS_DISABLE_REQUEST_COMPRESSION", "false"),
    ("disable_host_prefix_injection", "AWS_DISABLE_HOST_PREFIX_INJECTION", "false"),
    ("s3_disable_express_session_auth", "AWS_S3_DISABLE_EXPRESS_SESSION_AUTH", "false"),
    ("s3_disable_multiregion_access_points", "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS", "false"),
    ("defaults_mode", "AWS_DEFAULTS_MODE", "legacy"),
    ("retry_mode", "AWS_RETRY_MODE", "standard"),
    ("max_attempts", "AWS_MAX_ATTEMPTS", "3"),
];

/// What a command needs beside its credentials.
pub(crate) struct Settings {
    pub(crate) variables: Vec<(String, String)>,
    /// The default profile's endpoint stays in force for services that have none of their own: no variable says otherwise
    /// without taking those away, too.
    pub(crate) is_led_by_default: bool,
}

/// The variables that say what the profile says. A variable that the user has set stands, as it would beside the profile.
/// `beside` is the default profile, if that is another one and the command can read it.
pub(crate) fn of_profile(
    profile: Option<&Profile>,
    beside: Option<&Profile>,
    environment: &Environment,
) -> Settings {
    let mut variables = profile.map(own).unwrap_or_default();
    // The general variable comes before what a profile says of single services.
    if environment.get("AWS_ENDPOINT_URL").is_some() {
        variables.retain(|(name, _)| !name.starts_with("AWS_ENDPOINT_URL_"));
    }
    let has = |key: &str| profile.is_some_and(|profile| profile.get(key).is_some());
    let beside_has = |key: &str| beside.is_some_and(|beside| beside.get(key).is_some());
    for (_, name, value) in NEUTRAL.iter().filter(|(key, _, _)| beside_has(key) && !has(key)) {
        variables.push(((*name).to_owned(), (*value).to_owned()));
    }
    variables.retain(|(name, _)| environment.get(name).is_none());
    let is_led_by_default = seal_endpoints(&mut variables, &beside_has, environment);
    Settings { variables, is_led_by_default }
}

/// The profile's own.
fn own(profile: &Profile) -> Vec<(String, String)> {
    let settings = SETTINGS.iter().filter_map(|(key, name)| Some(((*name).to_owned(), profile.get(key)?)));
    let services = profile.service_endpoints().map(|(service, url)| {
        (format!("AWS_ENDPOINT_URL_{}", service.to_uppercase().replace([' ', '-'], "_")), url)
    });
    settings.chain(services).map(|(name, value)| (name, value.to_owned())).collect()
}

/// Keep the default profile's endpoints out, if that can be done; whether it cannot.
fn seal_endpoints(
    variables: &mut Vec<(String, String)>,
    beside_has: &impl Fn(&str) -> bool,
    environment: &Environment,
) -> bool {
    const IGNORE: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
    let is_ignored = |name: &str, value: &str| name == IGNORE && value.eq_ignore_ascii_case("true");
    let has_general = environment.get("AWS_ENDPOINT_URL").is_some()
        || variables.iter().any(|(name, _)| name == "AWS_ENDPOINT_URL");
    let ignores = environment.get(IGNORE).is_some_and(|value| is_ignored(IGNORE, value))
        || variables.iter().any(|(name, value)| is_ignored(name, value));
    if !(beside_has("endpoint_url") || beside_has("services")) || has_general || ignores {
        return false;
    }
    let is_of_service = |name: &str| name.starts_with("AWS_ENDPOINT_URL_");
    if variables.iter().any(|(name, _)| is_of_service(name)) || environment.names().any(is_of_service) {
        return true;
    }
    variables.retain(|(name, _)| name != IGNORE);
    variables.push((IGNORE.to_owned(), "true".to_owned()));
    false
}
