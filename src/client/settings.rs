//! Settings that users already have: the environment's and a profile's, applied to a [`ClientBuilder`].

use super::ClientBuilder;
use crate::{
    Error, InvalidInput,
    endpoint::{Addressing, Service},
    providers::{Chain, Environment, Profile, SharedFiles},
};

/// Each service's variable, and its name in a `services` section.
const SERVICES: [(Service, &str, &str); 6] = [
    (Service::Sts, "AWS_ENDPOINT_URL_STS", "sts"),
    (Service::Iam, "AWS_ENDPOINT_URL_IAM", "iam"),
    (Service::S3, "AWS_ENDPOINT_URL_S3", "s3"),
    (Service::Sso, "AWS_ENDPOINT_URL_SSO", "sso"),
    (Service::SsoOidc, "AWS_ENDPOINT_URL_SSO_OIDC", "sso_oidc"),
    (Service::Signin, "AWS_ENDPOINT_URL_SIGNIN", "signin"),
];

impl ClientBuilder {
    /// A builder with this process's environment and shared files applied, and the default chain as the
    /// source of credentials. Setters that are called afterwards win.
    ///
    /// # Errors
    /// [`Error::Credentials`]: a shared file cannot be read; [`Error::InvalidInput`]: a setting has no usable
    /// value.
    pub fn from_environment() -> Result<Self, Error> {
        let environment = Environment::from_process();
        let files = SharedFiles::load(&environment)?;
        let profile = files.profile(environment.profile().unwrap_or("default"));
        Ok(Self::default().settings(&environment, profile)?.credentials(Chain::new(environment)))
    }

    /// Apply region, endpoints and retries: a variable of the environment before the profile's key.
    ///
    /// `AWS_REGION`, `AWS_DEFAULT_REGION` | `region`; `AWS_ENDPOINT_URL_STS`, `_IAM`, `_S3`, `_SSO`,
    /// `_SSO_OIDC`, `_SIGNIN`, then `AWS_ENDPOINT_URL`, then the profile's `services` section, then its
    /// `endpoint_url` (none of them with `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`); `AWS_MAX_ATTEMPTS` |
    /// `max_attempts`; `AWS_RETRY_MODE` | `retry_mode` (any of them is `standard`);
    /// `AWS_STS_REGIONAL_ENDPOINTS` | `sts_regional_endpoints`; `AWS_S3_US_EAST_1_REGIONAL_ENDPOINT` |
    /// `s3.us_east_1_regional_endpoint`; `AWS_USE_FIPS_ENDPOINT` | `use_fips_endpoint`;
    /// `AWS_USE_DUALSTACK_ENDPOINT` | `use_dualstack_endpoint`; `s3.addressing_style`;
    /// `s3.use_accelerate_endpoint`. And one of our own: `STS3_ALLOW_HTTP`, see
    /// [`allow_http`](Self::allow_http).
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
    ///
    /// # Errors
    /// [`Error::InvalidInput`]: a setting has no usable value; [`Error::Credentials`]: the profile's `services`
    /// section does not exist.
    pub fn settings(mut self, environment: &Environment, profile: Option<&Profile>) -> Result<Self, Error> {
        let either = |variable: &str, key: &str| environment.get(variable).or_else(|| profile?.get(key));
        if let Some(region) = environment.region().or_else(|| profile?.region()) {
            self = self.region(region);
        }
        if !is_true(either("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")) {
            self = self.configured_endpoints(environment, profile)?;
        }
        if let Some(text) = either("AWS_MAX_ATTEMPTS", "max_attempts") {
            self = self.max_attempts(read_attempts(text)?);
        }
        if let Some(mode) = either("AWS_RETRY_MODE", "retry_mode") {
            check_retry_mode(mode)?;
        }
        if let Some(mode) = either("AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints") {
            self = self.global_sts(mode.eq_ignore_ascii_case("legacy"));
        }
        if let Some(mode) = either("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "s3.us_east_1_regional_endpoint") {
            self = self.global_s3(mode.eq_ignore_ascii_case("legacy"));
        }
        self = self
            .fips(is_true(either("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")))
            .dual_stack(is_true(either("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")))
            .allow_http(is_true(environment.get("STS3_ALLOW_HTTP")))
            .accelerate(is_true(profile.and_then(|profile| profile.get("s3.use_accelerate_endpoint"))));
        if let Some(style) = profile.and_then(|profile| profile.get("s3.addressing_style")) {
            self = self.addressing(read_addressing(style)?);
        }
        Ok(self)
    }

    fn configured_endpoints(
        mut self,
        environment: &Environment,
        profile: Option<&Profile>,
    ) -> Result<Self, Error> {
        let for_all = environment.get("AWS_ENDPOINT_URL");
        if let Some(url) = for_all.or_else(|| profile?.get("endpoint_url")) {
            self = self.endpoint_url(url);
        }
        for (service, variable, section) in SERVICES {
            let own = match (environment.get(variable), profile) {
                (None, Some(profile)) if for_all.is_none() => profile.service_endpoint(section)?,
                (own, _) => own,
            };
            if let Some(url) = own {
                self = self.service_url(service, url);
            }
        }
        Ok(self)
    }
}

/// There is one mode, `standard`; the others, which users may have set for other programs, mean it as well.
fn check_retry_mode(mode: &str) -> Result<(), InvalidInput> {
    if ["standard", "legacy", "adaptive"].iter().any(|known| mode.eq_ignore_ascii_case(known)) {
        return Ok(());
    }
    let problem = format!("is `{}`: it can be standard, legacy or adaptive", mode.escape_debug());
    Err(InvalidInput::new("retry mode", problem))
}

fn is_true(value: Option<&str>) -> bool {
    value.is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

fn read_addressing(style: &str) -> Result<Addressing, InvalidInput> {
    match style {
        "auto" => Ok(Addressing::Auto),
        "path" => Ok(Addressing::Path),
        "virtual" => Ok(Addressing::Virtual),
        _ => Err(InvalidInput::new(
            "s3.addressing_style",
            format!("is `{}`: it can be auto, path or virtual", style.escape_debug()),
        )),
    }
}

fn read_attempts(text: &str) -> Result<u32, InvalidInput> {
    text.parse().ok().filter(|attempts| *attempts > 0).ok_or_else(|| {
        InvalidInput::new(
            "max attempts",
            format!("is `{}`: a whole number from 1 on is needed", text.escape_debug()),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    #[test]
    fn retries_come_from_the_environment_and_the_profile() {
        let files = crate::providers::SharedFiles::from_texts(
            "[profile a]\nmax_attempts = 7\nretry_mode = adaptive\n[profile b]\nretry_mode = never\n",
            "",
        );
        let files = files.unwrap();
        let settings = |pairs: &[(&str, &str)], profile| {
            ClientBuilder::default().settings(&environment(pairs), files.profile(profile))
        };
        let attempts = |pairs, profile| settings(pairs, profile).unwrap().policy().max_attempts;
        assert_eq!((attempts(&[], "none"), attempts(&[], "a")), (3, 7));
        assert_eq!(attempts(&[("AWS_MAX_ATTEMPTS", "2"), ("AWS_RETRY_MODE", "Standard")], "a"), 2);
        for pairs in [("AWS_MAX_ATTEMPTS", "0"), ("AWS_MAX_ATTEMPTS", "x"), ("AWS_RETRY_MODE", "x")] {
            assert!(settings(&[pairs], "a").is_err(), "{pairs:?}");
        }
        assert!(settings(&[], "b").unwrap_err().to_string().contains("standard, legacy or adaptive"));
    }

    #[test]
    fn a_service_s_own_url_wins_and_ignoring_ignores_all() {
        let variables = [
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:2"),
        ];
        let client =
            ClientBuilder::default().settings(&environment(&variables), None).unwrap().build().unwrap();
        let url = |service| client.caller().endpoint().target(service, None).unwrap().url.to_string();
        assert_eq!(url(Service::Sts), "http://127.0.0.1:1");
        assert_eq!(url(Service::S3), "http://127.0.0.1:2");

        let ignoring = [&variables[..], &[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")]].concat();
        let client =
            ClientBuilder::default().settings(&environment(&ignoring), None).unwrap().build().unwrap();
        let target = client.caller().endpoint().target(Service::S3, None).unwrap();
        assert_eq!(target.url.to_string(), "https://s3.eu-west-1.amazonaws.com");
    }

    #[test]
    fn unusable_settings_are_errors_that_name_them() {
        for attempts in ["0", "-1", "many"] {
            let bad = environment(&[("AWS_MAX_ATTEMPTS", attempts)]);
            let problem = ClientBuilder::default().settings(&bad, None).unwrap_err().to_string();
            assert!(problem.contains("max attempts"), "{problem}");
        }
    }

    #[test]
    fn a_profile_s_addressing_style_is_taken() {
        for (style, url) in [
            ("path", "https://s3.eu-west-1.amazonaws.com"),
            ("virtual", "https://demo.s3.eu-west-1.amazonaws.com"),
        ] {
            let profile = Profile::of_config(&[("region", "eu-west-1"), ("s3.addressing_style", style)]);
            let builder = ClientBuilder::default().settings(&Environment::default(), Some(&profile)).unwrap();
            let client = builder.build().unwrap();
            let target = client.caller().endpoint().target(Service::S3, Some("demo")).unwrap();
            assert_eq!(target.url.to_string(), url);
        }
        let odd = Profile::of_config(&[("s3.addressing_style", "sideways")]);
        let problem = ClientBuilder::default().settings(&Environment::default(), Some(&odd)).unwrap_err();
        assert!(problem.to_string().contains("auto, path or virtual"), "{problem}");
    }
}
