use super::{
    addressing::Addressing, configuration::Endpoint, host::AwsHost, region::Region, service::Service,
    url::BaseUrl,
};
use crate::{InvalidInput, error::Origin};

/// The address of one request and the scope of its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where to connect.
    pub url: BaseUrl,
    /// What stands before the operation's own path: a base path, and the bucket in path style.
    pub path_prefix: String,
    /// For which region to sign.
    pub region: Region,
    /// Secrets may go there, and long-lived keys may be used there.
    pub is_trusted: bool,
}

impl Endpoint {
    /// The target of a request to a service, and of one to a bucket of S3.
    ///
    /// # Errors
    /// [`InvalidInput`]: a bucket's name that cannot be addressed, or flags for which there is no endpoint.
    pub fn target(&self, service: Service, bucket: Option<&str>) -> Result<Target, InvalidInput> {
        let given = self.given(&service);
        let (url, region) = match given {
            Some(url) => (url.clone(), self.region.clone()),
            None => self.public(&service, bucket)?,
        };
        if given.is_some() && (self.fips || self.dual_stack) {
            let problem = "cannot be FIPS or dual-stack: those are names of public endpoints";
            return Err(InvalidInput::new("endpoint URL", problem));
        }
        let (url, bucket_in_path) = match bucket {
            None => (url, None),
            Some(bucket) => {
                check_bucket(bucket)?;
                if self.is_virtual(bucket, given) {
                    (url.with_label(bucket), None)
                } else {
                    (url, Some(bucket))
                }
            }
        };
        let path_prefix = match bucket_in_path {
            Some(bucket) => format!("{}/{bucket}", url.path()),
            None => url.path().to_owned(),
        };
        let is_trusted = match service {
            Service::Signin => url.is_secure() || url.is_loopback(),
            _ => self.trusts(&url),
        };
        Ok(Target { url, path_prefix, region, is_trusted })
    }

    /// The URL that replaces a service's public endpoint. A sign-in's token is for AWS: what everything else goes
    /// to (MinIO, a sandbox) does not get it by the way, least of all in the clear.
    fn given(&self, service: &Service) -> Option<&BaseUrl> {
        let follows = |url: &&BaseUrl| match service {
            Service::Signin => false,
            Service::Sso | Service::SsoOidc => url.is_secure() || url.is_loopback(),
            Service::Sts | Service::Iam | Service::S3 | Service::Other(_) => true,
        };
        self.service_urls.get(service).or_else(|| self.url.as_ref().filter(follows))
    }

    /// Whether a service's requests go to AWS: to a public endpoint, or to a URL whose host has a name of AWS.
    pub(crate) fn is_aws(&self, service: &Service) -> bool {
        self.given(service).is_none_or(|url| AwsHost::parse(url.host()).is_some())
    }

    /// Where the setting stands that says where a service is, if a variable or a file has it.
    pub(crate) fn url_origin(&self, service: &Service) -> Option<&Origin> {
        let own = Some(service.clone()).filter(|service| self.service_urls.contains_key(service));
        self.url_origins.get(&own)
    }

    /// Which settings can say where a service is.
    pub(crate) fn url_settings(&self, service: &Service) -> &'static str {
        match (self.service_urls.contains_key(service), service) {
            (false, _) => {
                "the endpoint URL of all services (--endpoint-url, AWS_ENDPOINT_URL or the profile's endpoint_url)"
            }
            (true, Service::Sts) => "that of STS (AWS_ENDPOINT_URL_STS or the profile's services section)",
            (true, Service::Iam) => "that of IAM (AWS_ENDPOINT_URL_IAM or the profile's services section)",
            (true, Service::S3) => "that of S3 (AWS_ENDPOINT_URL_S3 or the profile's services section)",
            (true, Service::Sso) => {
                "that of the SSO portal (AWS_ENDPOINT_URL_SSO or the profile's services section)"
            }
            (true, Service::SsoOidc) => {
                "that of SSO's tokens (AWS_ENDPOINT_URL_SSO_OIDC or the profile's services section)"
            }
            (true, Service::Other(_)) => "that of the service (Endpoint::with_service_url)",
            (true, Service::Signin) => {
                "that of the sign-in (--federation-url, AWS_ENDPOINT_URL_SIGNIN or the profile's services section)"
            }
        }
    }

    fn is_virtual(&self, bucket: &str, given: Option<&BaseUrl>) -> bool {
        let dns_name = bucket.len() <= 63
            && bucket.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'));
        match (self.addressing, given) {
            (Addressing::Path, _) => false,
            // A name under an address is no name: `bucket.127.0.0.1` does not resolve.
            (Addressing::Virtual, Some(url)) => dns_name && !url.is_ip_address(),
            (Addressing::Virtual, None) => dns_name,
            (Addressing::Auto, Some(_)) => false,
            // The certificate is for `*.s3.…`: one label, no dots.
            (Addressing::Auto, None) => dns_name && !bucket.contains('.'),
        }
    }
}

/// What S3 ever allowed (before 2018, us-east-1 took up to 255 characters with upper case and `_`).
fn check_bucket(bucket: &str) -> Result<(), InvalidInput> {
    let fault = |problem: String| Err(InvalidInput::new("bucket name", problem));
    let shown: String = bucket.chars().take(80).collect();
    if !(3..=255).contains(&bucket.len()) {
        return fault(format!(
            "`{}` is {} bytes long: 3 to 63 are allowed",
            shown.escape_debug(),
            bucket.len()
        ));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if let Some(found) = bucket.chars().find(|c| !allowed(*c)) {
        return fault(format!(
            "`{}` contains {found:?}: allowed are letters, digits, `-` and `.`",
            shown.escape_debug()
        ));
    }
    if bucket.starts_with('.') || bucket.ends_with('.') || bucket.contains("..") {
        return fault(format!("`{bucket}` has a dot at its edge or two in a row"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(endpoint: &Endpoint, service: Service, bucket: Option<&str>) -> (String, String, String) {
        let target = endpoint.target(service, bucket).unwrap();
        (target.url.to_string(), target.path_prefix, target.region.to_string())
    }

    #[test]
    fn a_given_url_takes_all_services_and_path_style() {
        let endpoint =
            Endpoint::new(Region::us_east_1()).with_url("http://localhost:9000/base".parse().unwrap());
        assert_eq!(address(&endpoint, Service::Sts, None).1, "/base");
        assert_eq!(address(&endpoint, Service::S3, Some("logs")).1, "/base/logs");
        let virtual_host = endpoint.with_addressing(Addressing::Virtual);
        assert_eq!(address(&virtual_host, Service::S3, Some("logs")).0, "http://logs.localhost:9000/base");
        let own = virtual_host.with_service_url(Service::S3, "http://127.0.0.1:1".parse().unwrap());
        assert_eq!(
            address(&own, Service::S3, Some("logs")),
            ("http://127.0.0.1:1".into(), "/logs".into(), "us-east-1".into())
        );
    }

    #[test]
    fn sign_ins_ignore_the_general_endpoint_and_sso_one_in_the_clear() {
        let at = |url: &str| Endpoint::new(Region::us_east_1()).with_url(url.parse().unwrap());
        let url = |endpoint: &Endpoint, service| endpoint.target(service, None).unwrap().url.to_string();
        for general in ["http://minio.example:9000", "https://minio.example", "http://127.0.0.1:9000"] {
            for endpoint in [at(general), at(general).with_plain_http(true)] {
                assert_eq!(url(&endpoint, Service::Signin), "https://us-east-1.signin.aws.amazon.com");
                assert_eq!(url(&endpoint, Service::Sts), general);
                let follows = !general.contains("http://minio");
                for service in [Service::Sso, Service::SsoOidc] {
                    assert_eq!(url(&endpoint, service) == general, follows, "{general}");
                }
            }
        }
        let own = at("https://minio.example")
            .with_service_url(Service::Signin, "http://signin.example".parse().unwrap())
            .with_service_url(Service::Sso, "http://sso.example".parse().unwrap());
        assert_eq!(url(&own, Service::Signin), "http://signin.example");
        for (allowed, service, trusted) in [
            (false, Service::Sso, false),
            (true, Service::Sso, true),
            (false, Service::Signin, false),
            (true, Service::Signin, false),
        ] {
            let target = own.clone().with_plain_http(allowed).target(service.clone(), None).unwrap();
            assert_eq!(target.is_trusted, trusted, "{service:?}");
        }
    }

    #[test]
    fn names_that_are_no_bucket_are_refused() {
        let endpoint = Endpoint::new(Region::us_east_1());
        for name in ["", "ab", "a/b", "a b", "..", "a..b", ".abc", "bücket", "evil#x", &"a".repeat(256)] {
            assert!(endpoint.target(Service::S3, Some(name)).is_err(), "{name}");
        }
    }
}
