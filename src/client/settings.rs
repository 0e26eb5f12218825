//! Settings that users already have: the environment's and a profile's, applied to a [`ClientBuilder`].

use super::ClientBuilder;
use crate::{
    Error, InvalidInput,
    credentials::{Chain, Environment, Profile, SharedFiles},
    endpoint::Service,
};

const SERVICES: [(Service, &str); 3] = [
    (Service::Sts, "AWS_ENDPOINT_URL_STS"),
    (Service::Iam, "AWS_ENDPOINT_URL_IAM"),
    (Service::S3, "AWS_ENDPOINT_URL_S3"),
];

impl ClientBuilder {
    /// A builder with this process's environment and shared files applied, and the default chain as the source of
    /// credentials. Setters that are called afterwards win.
    ///
    /// # Errors
    /// [`Error::Credentials`]: a shared file cannot be read; [`Error::InvalidInput`]: a setting has no usable value.
    pub fn from_environment() -> Result<Self, Error> {
        let environment = Environment::from_process();
        let files = SharedFiles::load(&environment)?;
        let profile = files.profile(environment.profile().unwrap_or("default"));
        Ok(Self::default().settings(&environment, profile)?.credentials(Chain::new(environment)))
    }

    /// Apply region, endpoints and retries: a variable of the environment before the profile's key.
    ///
    /// `AWS_REGION`, `AWS_DEFAULT_REGION` | `region`; `AWS_ENDPOINT_URL_STS`, `_IAM`, `_S3`, `AWS_ENDPOINT_URL` |
    /// `endpoint_url` (none of them with `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`); `AWS_MAX_ATTEMPTS` |
    /// `max_attempts`; `AWS_STS_REGIONAL_ENDPOINTS` | `sts_regional_endpoints`.
    ///
    /// # Errors
    /// [`Error::InvalidInput`]: a setting has no usable value.
    pub fn settings(mut self, environment: &Environment, profile: Option<&Profile>) -> Result<Self, Error> {
        let either = |variable: &str, key: &str| environment.get(variable).or_else(|| profile?.get(key));
        if let Some(region) = environment.region().or_else(|| profile?.region()) {
            self = self.region(region);
        }
        if !is_true(either("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")) {
            if let Some(url) = either("AWS_ENDPOINT_URL", "endpoint_url") {
                self = self.endpoint_url(url);
            }
            for (service, variable) in SERVICES {
                if let Some(url) = environment.get(variable) {
                    self = self.service_url(service, url);
                }
            }
        }
        if let Some(text) = either("AWS_MAX_ATTEMPTS", "max_attempts") {
            self = self.max_attempts(read_attempts(text)?);
        }
        if let Some(mode) = either("AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints") {
            self = self.global_sts(mode == "legacy");
        }
        Ok(self)
    }
}

fn is_true(value: Option<&str>) -> bool {
    value.is_some_and(|value| value.eq_ignore_ascii_case("true"))
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
}
