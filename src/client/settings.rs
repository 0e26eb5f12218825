//! Settings that users already have: the environment's and a profile's, applied to a [`ClientBuilder`].

use super::{ClientBuilder, named::Named};
use crate::{
    Error, InvalidInput, Origin,
    endpoint::{Addressing, Service},
    providers::{ChainProvider, Environment, Profile, SharedFiles},
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
    /// [`Error::Credentials`]: the profile of `AWS_PROFILE` does not exist, or a line of the profile cannot be read;
    /// [`Error::InvalidInput`]: a setting has no usable value.
    pub fn from_environment() -> Result<Self, Error> {
        let environment = Environment::from_process();
        let files = SharedFiles::load(&environment)?;
        let profile = files.used_profile(None, &environment)?;
        Ok(Self::default().settings(&environment, profile)?.credentials(ChainProvider::new(environment)))
    }

    /// Apply region, endpoints, retries and the settings of the transport that ships: a variable of the environment
    /// before the profile's key. What neither says stays as earlier setters have left it.
    ///
    /// `AWS_REGION`, `AWS_DEFAULT_REGION` | `region`; `AWS_ENDPOINT_URL_STS`, `_IAM`, `_S3`, `_SSO`,
    /// `_SSO_OIDC`, `_SIGNIN`, then `AWS_ENDPOINT_URL`, then the profile's `services` section, then its
    /// `endpoint_url` (none of them with `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`); `AWS_MAX_ATTEMPTS` |
    /// `max_attempts`; `AWS_RETRY_MODE` | `retry_mode` (any of them is `standard`);
    /// `AWS_STS_REGIONAL_ENDPOINTS` | `sts_regional_endpoints`; `AWS_S3_US_EAST_1_REGIONAL_ENDPOINT` |
    /// `s3.us_east_1_regional_endpoint`; `AWS_USE_FIPS_ENDPOINT` | `use_fips_endpoint`;
    /// `AWS_USE_DUALSTACK_ENDPOINT` | `use_dualstack_endpoint`; `AWS_CA_BUNDLE` | `ca_bundle` (read when the client is
    /// built); `AWS_SDK_UA_APP_ID` | `sdk_ua_app_id`; `s3.addressing_style`;
    /// `s3.use_accelerate_endpoint`. And one of our own: `STS3_ALLOW_HTTP`, see
    /// [`allow_http`](Self::allow_http).
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>
    ///
    /// # Errors
    /// [`Error::InvalidInput`] names a setting that has no usable value, and the line of the file where it stands;
    /// [`Error::Credentials`]: a line of the profile cannot be read, or its `services` section does not exist.
    pub fn settings(mut self, environment: &Environment, profile: Option<&Profile>) -> Result<Self, Error> {
        profile.map_or(Ok(()), Profile::check)?;
        let sources = Sources { environment, profile };
        let default_region = || sources.either("AWS_DEFAULT_REGION", "region");
        if let Some(region) = sources.of_environment("AWS_REGION").or_else(default_region) {
            self = self.configured_region(region.named());
        }
        let ignoring = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls");
        let ignores = sources.either(ignoring.0, ignoring.1).map_or(Ok(false), |flag| flag.is_true())?;
        if !ignores {
            self = self.configured_endpoints(&sources)?;
        }
        if let Some(attempts) = sources.either("AWS_MAX_ATTEMPTS", "max_attempts") {
            self = self.max_attempts(read_attempts(&attempts)?);
        }
        if let Some(mode) = sources.either("AWS_RETRY_MODE", "retry_mode") {
            // There is one mode, `standard`; the others, which users may have set for other programs, mean it as well.
            mode.one_of(&["standard", "legacy", "adaptive"])?;
        }
        if let Some(mode) = sources.either("AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints") {
            self = self.global_sts(mode.one_of(&["regional", "legacy"])? == "legacy");
        }
        let global_s3 = ("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "s3.us_east_1_regional_endpoint");
        if let Some(mode) = sources.either(global_s3.0, global_s3.1) {
            self = self.global_s3(mode.one_of(&["regional", "legacy"])? == "legacy");
        }
        if let Some(path) = sources.either("AWS_CA_BUNDLE", "ca_bundle") {
            self = self.ca_file(path.named());
        }
        if let Some(id) = sources.either("AWS_SDK_UA_APP_ID", "sdk_ua_app_id") {
            self = self.app_id(id.value);
        }
        if let Some(style) = sources.of_profile("s3.addressing_style") {
            self = self.addressing(match style.one_of(&["auto", "path", "virtual"])? {
                "path" => Addressing::Path,
                "virtual" => Addressing::Virtual,
                _ => Addressing::Auto,
            });
        }
        if let Some(flag) = sources.either("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint") {
            self = self.fips(flag.is_true()?);
        }
        if let Some(flag) = sources.either("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint") {
            self = self.dual_stack(flag.is_true()?);
        }
        if let Some(flag) = sources.of_environment("STS3_ALLOW_HTTP") {
            self = self.allow_http(flag.is_true()?);
        }
        if let Some(flag) = sources.of_profile("s3.use_accelerate_endpoint") {
            self = self.accelerate(flag.is_true()?);
        }
        Ok(self)
    }

    fn configured_endpoints(mut self, sources: &Sources<'_>) -> Result<Self, Error> {
        let for_all = sources.of_environment("AWS_ENDPOINT_URL");
        if let Some(url) = for_all.clone().or_else(|| sources.of_profile("endpoint_url")) {
            self = self.configured_url(None, url.named());
        }
        for (service, variable, section) in SERVICES {
            let own = match (sources.of_environment(variable), sources.profile) {
                (None, Some(profile)) if for_all.is_none() => {
                    let url = profile.service_endpoint(section)?;
                    url.map(|(value, origin)| Setting { name: "endpoint_url", value, origin })
                }
                (own, _) => own,
            };
            if let Some(url) = own {
                self = self.configured_url(Some(service), url.named());
            }
        }
        Ok(self)
    }
}

/// Where settings stand.
struct Sources<'a> {
    environment: &'a Environment,
    profile: Option<&'a Profile>,
}

/// A value, the name under which its user finds it, and where it stands.
#[derive(Clone)]
struct Setting<'a> {
    name: &'static str,
    value: &'a str,
    origin: Option<Origin>,
}

impl<'a> Sources<'a> {
    fn of_environment(&self, name: &'static str) -> Option<Setting<'a>> {
        Some(Setting { name, value: self.environment.get(name)?, origin: Some(Origin::Variable(name)) })
    }

    fn of_profile(&self, name: &'static str) -> Option<Setting<'a>> {
        let profile = self.profile?;
        Some(Setting { name, value: profile.get(name)?, origin: profile.origin(name) })
    }

    fn either(&self, variable: &'static str, key: &'static str) -> Option<Setting<'a>> {
        self.of_environment(variable).or_else(|| self.of_profile(key))
    }
}

impl Setting<'_> {
    fn named(self) -> Named {
        Named { setting: self.name, value: self.value.to_owned(), origin: self.origin }
    }

    fn is_true(&self) -> Result<bool, InvalidInput> {
        Ok(self.one_of(&["true", "false"])? == "true")
    }

    /// The value as it is spelled here; users may write it in capitals.
    fn one_of(&self, known: &[&'static str]) -> Result<&'static str, InvalidInput> {
        let found = known.iter().find(|known| self.value.eq_ignore_ascii_case(known));
        found.copied().ok_or_else(|| {
            let (last, others) = known.split_last().unwrap_or((&"", &[]));
            self.fault(&format!("it can be {} or {last}", others.join(", ")))
        })
    }

    fn fault(&self, rule: &str) -> InvalidInput {
        let fault = InvalidInput::new(self.name, format!("is `{}`: {rule}", self.value.escape_debug()));
        match &self.origin {
            Some(origin @ Origin::Line { .. }) => fault.with_origin(origin.clone()),
            // The name of a variable is its place.
            _ => fault,
        }
    }
}

fn read_attempts(attempts: &Setting<'_>) -> Result<u32, InvalidInput> {
    let number = attempts.value.parse().ok().filter(|attempts| *attempts > 0);
    number.ok_or_else(|| attempts.fault("a whole number from 1 on is needed"))
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
        let client = ClientBuilder::default()
            .settings(&environment(&variables), None)
            .unwrap()
            .anonymous()
            .build()
            .unwrap();
        let url = |service| client.caller().endpoint().target(service, None).unwrap().url.to_string();
        assert_eq!(url(Service::Sts), "http://127.0.0.1:1");
        assert_eq!(url(Service::S3), "http://127.0.0.1:2");

        let ignoring = [&variables[..], &[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")]].concat();
        let client = ClientBuilder::default()
            .settings(&environment(&ignoring), None)
            .unwrap()
            .anonymous()
            .build()
            .unwrap();
        let target = client.caller().endpoint().target(Service::S3, None).unwrap();
        assert_eq!(target.url.to_string(), "https://s3.eu-west-1.amazonaws.com");
    }

    #[test]
    fn what_the_settings_do_not_say_stays_as_it_was_set() {
        let with = |pairs: &[(&str, &str)], profile: &[(&str, &str)]| {
            let set =
                ClientBuilder::default().region("eu-west-1").global_sts(true).global_s3(true).anonymous();
            let set = set.fips(true).dual_stack(true).accelerate(true).allow_http(true).max_attempts(9);
            let set = set.addressing(Addressing::Path);
            let read = set.settings(&environment(pairs), Some(&Profile::of_config(profile))).unwrap();
            assert_eq!((read.policy.max_attempts, read.addressing), (9, Addressing::Path));
            [read.fips, read.dual_stack, read.accelerate, read.allow_http, read.global_sts, read.global_s3]
        };
        assert_eq!(with(&[], &[]), [true; 6]);
        let variables = [
            ("AWS_USE_FIPS_ENDPOINT", "false"),
            ("AWS_USE_DUALSTACK_ENDPOINT", "false"),
            ("STS3_ALLOW_HTTP", "false"),
            ("AWS_STS_REGIONAL_ENDPOINTS", "regional"),
            ("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "regional"),
        ];
        assert_eq!(with(&variables, &[("s3.use_accelerate_endpoint", "false")]), [false; 6]);
    }

    #[test]
    fn unusable_settings_are_errors_that_name_them() {
        for attempts in ["0", "-1", "many"] {
            let bad = environment(&[("AWS_MAX_ATTEMPTS", attempts)]);
            let problem = ClientBuilder::default().settings(&bad, None).unwrap_err().to_string();
            assert!(problem.starts_with("AWS_MAX_ATTEMPTS is `"), "{problem}");
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
            let client = builder.anonymous().build().unwrap();
            let target = client.caller().endpoint().target(Service::S3, Some("demo")).unwrap();
            assert_eq!(target.url.to_string(), url);
        }
        let odd = Profile::of_config(&[("s3.addressing_style", "sideways")]);
        let problem = ClientBuilder::default().settings(&Environment::default(), Some(&odd)).unwrap_err();
        assert!(problem.to_string().contains("auto, path or virtual"), "{problem}");
    }
}
