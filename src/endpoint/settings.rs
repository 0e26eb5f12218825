//! An [`Endpoint`] in settings of users' own (feature `serde`).

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};

use super::{
    addressing::Addressing, configuration::Endpoint, region::Region, service::Service, url::BaseUrl,
};
use crate::InvalidInput;

/// What the document says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Endpoint")]
struct Written {
    region: Option<Region>,
    url: Option<BaseUrl>,
    #[serde(default)]
    service_urls: ServiceUrls,
    #[serde(default)]
    addressing: Addressing,
    #[serde(default)]
    global_sts: bool,
    #[serde(default)]
    global_s3: bool,
    #[serde(default)]
    accelerate: bool,
    #[serde(default)]
    fips: bool,
    #[serde(default)]
    dual_stack: bool,
    #[serde(default)]
    plain_http: bool,
}

impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(from)?;
        let has_url = written.url.is_some() || !written.service_urls.0.is_empty();
        let region = match written.region {
            Some(region) => region,
            None if has_url => Region::us_east_1(),
            None => return Err(D::Error::custom(Region::missing())),
        };
        Ok(Self {
            region,
            addressing: written.addressing,
            url: written.url,
            service_urls: written.service_urls.0,
            global_sts: written.global_sts,
            global_s3: written.global_s3,
            accelerate: written.accelerate,
            fips: written.fips,
            dual_stack: written.dual_stack,
            plain_http: written.plain_http,
            url_origins: BTreeMap::new(),
        })
    }
}

impl<'de> Deserialize<'de> for BaseUrl {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// A URL for each of some services. A service that comes twice is an error: one of its URLs would be ignored.
#[derive(Default)]
struct ServiceUrls(BTreeMap<Service, BaseUrl>);

impl<'de> Deserialize<'de> for ServiceUrls {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct UrlsVisitor;
        impl<'de> Visitor<'de> for UrlsVisitor {
            type Value = ServiceUrls;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a URL for each service")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ServiceUrls, A::Error> {
                let mut urls = BTreeMap::new();
                while let Some((name, url)) = map.next_entry::<String, BaseUrl>()? {
                    let service = service(&name).map_err(A::Error::custom)?;
                    if urls.insert(service, url).is_some() {
                        let problem = format!("of {name} is set twice: one of them would be ignored");
                        return Err(A::Error::custom(InvalidInput::new("service URL", problem)));
                    }
                }
                Ok(ServiceUrls(urls))
            }
        }
        from.deserialize_map(UrlsVisitor)
    }
}

/// A service by its name in a `services` section of AWS's shared files
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html>), where that is not the name in signatures,
/// or by that name.
fn service(name: &str) -> Result<Service, InvalidInput> {
    match name {
        "sso" => Ok(Service::Sso),
        "sso_oidc" => Ok(Service::SsoOidc),
        name => Service::new(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Endpoint, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    /// `Endpoint` has no equality: what it shows of itself has every field.
    fn same(json: &str, expected: &Endpoint) {
        assert_eq!(format!("{:?}", read(json).unwrap()), format!("{expected:?}"), "{json}");
    }

    fn url(text: &str) -> BaseUrl {
        text.parse().unwrap()
    }

    #[test]
    fn each_field_is_what_the_setter_of_its_name_sets() {
        let new = || Endpoint::new(Region::new("eu-west-1").unwrap());
        let with = |field: &str| format!(r#"{{"region": "eu-west-1", {field}}}"#);
        same(r#"{"region": "eu-west-1"}"#, &new());
        for (field, expected) in [
            (r#""url": "http://127.0.0.1:9000/""#, new().with_url(url("http://127.0.0.1:9000"))),
            (r#""addressing": "path""#, new().with_addressing(Addressing::Path)),
            (r#""addressing": "virtual""#, new().with_addressing(Addressing::Virtual)),
            (r#""addressing": "auto""#, new()),
            (r#""global_sts": true"#, new().with_global_sts(true)),
            (r#""global_s3": true"#, new().with_global_s3(true)),
            (r#""accelerate": true"#, new().with_accelerate(true)),
            (r#""fips": true"#, new().with_fips(true)),
            (r#""dual_stack": true"#, new().with_dual_stack(true)),
            (r#""plain_http": true"#, new().with_plain_http(true)),
        ] {
            same(&with(field), &expected);
        }
    }

    // The names of AWS's own settings: <https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html>.
    #[test]
    fn services_have_the_names_of_aws_s_settings_or_those_in_signatures() {
        for (name, expected) in [
            ("sts", Service::Sts),
            ("iam", Service::Iam),
            ("s3", Service::S3),
            ("signin", Service::Signin),
            ("sso", Service::Sso),
            ("awsssoportal", Service::Sso),
            ("sso_oidc", Service::SsoOidc),
            ("sso-oauth", Service::SsoOidc),
            ("sqs", Service::from_static("sqs")),
        ] {
            let json =
                format!(r#"{{"region": "eu-west-1", "service_urls": {{"{name}": "https://x.example"}}}}"#);
            let new = Endpoint::new(Region::new("eu-west-1").unwrap());
            same(&json, &new.with_service_url(expected, url("https://x.example")));
        }
    }

    #[test]
    fn a_region_is_needed_but_where_a_url_is_given() {
        let (new, local) = (Endpoint::new(Region::us_east_1()), "http://127.0.0.1:9000");
        same(&format!(r#"{{"url": "{local}"}}"#), &new.clone().with_url(url(local)));
        let of_s3 = new.with_service_url(Service::S3, url(local));
        same(&format!(r#"{{"service_urls": {{"s3": "{local}"}}}}"#), &of_s3);
        for json in ["{}", r#"{"fips": true}"#, r#"{"service_urls": {}}"#] {
            assert!(read(json).unwrap_err().contains("region is not set"), "{json}");
        }
    }

    #[test]
    fn bad_values_unknown_names_and_two_urls_of_a_service_are_refused() {
        for (fields, expected) in [
            (r#""region": "eu-west-1.evil.example""#, "is not a region's name"),
            (r#""region": "r", "url": "localhost:9000""#, "must start with http:// or https://"),
            (r#""region": "r", "url": "https://user:hush@s3.example""#, "must not hold a user name"),
            (r#""region": "r", "url": "https://s3.example/?hush""#, "must not have a query"),
            (r#""region": "r", "addressing": "dns""#, "unknown variant `dns`"),
            (r#""region": "r", "fips": "yes""#, "expected a boolean"),
            (r#""region": "r", "use_fips": true"#, "unknown field `use_fips`"),
            (r#""region": "r", "service_urls": {"S3!": "https://x.example"}"#, "S3!"),
            (r#""region": "r", "service_urls": {"s3": "x"}"#, "endpoint URL"),
            (
                r#""region": "r", "service_urls": {"s3": "https://a.example", "s3": "https://b.example"}"#,
                "of s3 is set twice",
            ),
            (
                r#""region": "r", "service_urls": {"sso": "https://a.example", "awsssoportal": "https://b.example"}"#,
                "is set twice",
            ),
        ] {
            let problem = read(&format!("{{{fields}}}")).unwrap_err();
            assert!(problem.contains(expected) && !problem.contains("hush"), "{fields}: {problem}");
        }
    }
}
