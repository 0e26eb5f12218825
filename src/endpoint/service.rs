use std::{borrow::Cow, fmt};

use crate::InvalidInput;

/// A service of AWS, or of a server that speaks its protocols. The variants are those whose endpoints have rules of
/// their own; every other one has a name and is found at `{endpoint prefix}.{region}.{DNS suffix of the partition}`.
///
/// ```
/// use sts3::{Endpoint, Region, endpoint::Service};
///
/// const SQS: Service = Service::from_static("sqs");
/// let ses = Service::new("ses")?.with_endpoint_prefix("email")?;
///
/// let endpoint = Endpoint::new(Region::new("eu-west-1")?);
/// assert_eq!(endpoint.target(SQS, None)?.url.to_string(), "https://sqs.eu-west-1.amazonaws.com");
/// assert_eq!(endpoint.target(ses, None)?.url.to_string(), "https://email.eu-west-1.amazonaws.com");
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Service {
    /// Security Token Service.
    Sts,
    /// Identity and Access Management.
    Iam,
    /// Simple Storage Service.
    S3,
    /// IAM Identity Center's portal, which gives the credentials of a role.
    Sso,
    /// IAM Identity Center's token service.
    SsoOidc,
    /// The console's sign-in.
    Signin,
    /// Any other: see [`Service::new`].
    Other(ServiceName),
}

/// The names of a service that has no variant of its own; [`Service::new`] makes them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceName {
    signing: Cow<'static, str>,
    endpoint_prefix: Cow<'static, str>,
}

/// The longest name: that of a DNS label.
const MAX_NAME: usize = 63;

impl Service {
    /// Those with a variant.
    const KNOWN: [Self; 6] = [Self::Sts, Self::Iam, Self::S3, Self::Sso, Self::SsoOidc, Self::Signin];

    /// A service by the name that it signs for (`sqs`, `dynamodb`, `execute-api`): in its model, `signingName`, or
    /// `endpointPrefix` where there is none. Names of services with a variant give that variant.
    ///
    /// Services with one endpoint for a whole partition (Route 53, CloudFront) are not where the rule looks for them:
    /// name their URL with [`Endpoint::with_service_url`](super::Endpoint::with_service_url).
    ///
    /// # Errors
    /// [`InvalidInput`]: the name is not 1 to 63 lower-case letters, digits, inner hyphens and dots. It becomes part of
    /// a host name.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Result<Self, InvalidInput> {
        let name = checked("service", name.into())?;
        let known = Self::KNOWN.into_iter().find(|known| known.signing_name() == name);
        Ok(known.unwrap_or_else(|| Self::Other(ServiceName { signing: name.clone(), endpoint_prefix: name })))
    }

    /// The same for a constant: `const SQS: Service = Service::from_static("sqs");`.
    ///
    /// # Panics
    /// If [`Service::new`] would refuse the name; in a constant, that does not compile.
    pub const fn from_static(name: &'static str) -> Self {
        assert!(is_name(name), "a service's name is 1 to 63 lower-case letters, digits, inner `-` and `.`");
        // Texts cannot be compared in a constant, but bytes can be matched.
        match name.as_bytes() {
            b"sts" => Self::Sts,
            b"iam" => Self::Iam,
            b"s3" => Self::S3,
            b"awsssoportal" => Self::Sso,
            b"sso-oauth" => Self::SsoOidc,
            b"signin" => Self::Signin,
            _ => Self::Other(ServiceName {
                signing: Cow::Borrowed(name),
                endpoint_prefix: Cow::Borrowed(name),
            }),
        }
    }

    /// Where the host name starts with something else than the name in signatures: `email` for `ses`, `api.ecr` for
    /// `ecr`, `runtime.sagemaker` for `sagemaker`. Services with a variant keep their own rules.
    ///
    /// # Errors
    /// [`InvalidInput`], as for [`Service::new`].
    pub fn with_endpoint_prefix(self, prefix: impl Into<Cow<'static, str>>) -> Result<Self, InvalidInput> {
        let prefix = checked("endpoint prefix", prefix.into())?;
        Ok(match self {
            Self::Other(name) => Self::Other(ServiceName { endpoint_prefix: prefix, ..name }),
            known => known,
        })
    }

    /// The name in credential scopes.
    pub fn signing_name(&self) -> &str {
        match self {
            Self::Sts => "sts",
            Self::Iam => "iam",
            Self::S3 => "s3",
            Self::Sso => "awsssoportal",
            Self::SsoOidc => "sso-oauth",
            Self::Signin => "signin",
            Self::Other(name) => &name.signing,
        }
    }
}

impl ServiceName {
    /// What host names start with.
    pub fn endpoint_prefix(&self) -> &str {
        &self.endpoint_prefix
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.signing_name())
    }
}

fn checked(parameter: &'static str, name: Cow<'static, str>) -> Result<Cow<'static, str>, InvalidInput> {
    if is_name(&name) {
        return Ok(name);
    }
    let shown: String = name.chars().take(MAX_NAME + 1).collect();
    let rule = "1 to 63 lower-case letters, digits, inner hyphens and dots, as `sqs`";
    Err(InvalidInput::new(parameter, format!("`{}` is not a service's name ({rule})", shown.escape_debug())))
}

/// Labels of a host name: between dots, letters and digits with hyphens inside.
const fn is_name(name: &str) -> bool {
    let (mut rest, mut before) = (name.as_bytes(), b'.');
    while let [byte, after @ ..] = rest {
        let is_allowed = match *byte {
            b'a'..=b'z' | b'0'..=b'9' => true,
            b'-' => before != b'.',
            b'.' => before != b'.' && before != b'-',
            _ => false,
        };
        if !is_allowed {
            return false;
        }
        (rest, before) = (after, *byte);
    }
    before != b'.' && before != b'-' && name.len() <= MAX_NAME
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Endpoint, Region};

    #[test]
    fn a_hostile_service_cannot_choose_our_host() {
        let long = "a".repeat(64);
        for name in [
            "", ".", "a.", ".a", "a..b", "-a", "a-", "a-.b", "a.-b", "A", "a/b", "a b", "a#", "a@b", "é",
            &long,
        ] {
            assert!(Service::new(name.to_owned()).is_err(), "{name:?}");
            assert!(Service::from_static("sqs").with_endpoint_prefix(name.to_owned()).is_err(), "{name:?}");
        }
        for name in ["sqs", "execute-api", "api.ecr", "s3express", "a", &"a".repeat(63)] {
            assert_eq!(Service::new(name.to_owned()).unwrap().signing_name(), name);
        }
    }

    #[test]
    fn names_of_services_with_rules_of_their_own_keep_these() {
        for service in Service::KNOWN {
            let name: &'static str = service.clone().signing_name().to_owned().leak();
            assert_eq!(Service::from_static(name), service);
            assert_eq!(Service::new(name).unwrap().with_endpoint_prefix("evil").unwrap(), service);
        }
    }

    // The hosts are those of botocore 1.44's rule sets (`sqs`, `ecr`), from its `endpoint-rule-set-1.json`.
    #[test]
    fn other_services_are_found_by_the_rule_of_most() {
        let url = |region: &str, service: &Service, set: fn(Endpoint) -> Endpoint| {
            let endpoint = set(Endpoint::new(Region::new(region).unwrap()));
            endpoint.target(service.clone(), None).unwrap().url.to_string()
        };
        let sqs = Service::from_static("sqs");
        let ecr = Service::new("ecr").unwrap().with_endpoint_prefix("api.ecr").unwrap();
        assert_eq!(url("cn-north-1", &sqs, |plain| plain), "https://sqs.cn-north-1.amazonaws.com.cn");
        assert_eq!(url("eu-west-1", &sqs, |e| e.with_fips(true)), "https://sqs-fips.eu-west-1.amazonaws.com");
        assert_eq!(url("eu-west-1", &sqs, |e| e.with_dual_stack(true)), "https://sqs.eu-west-1.api.aws");
        assert_eq!(url("us-east-1", &ecr, |plain| plain), "https://api.ecr.us-east-1.amazonaws.com");
    }
}
