use super::{Partition, Region};

/// The service and region which the name of an AWS endpoint stands for: what to sign for when only a URL is
/// given.
///
/// ```
/// use sts3::endpoint::AwsHost;
///
/// let host = AwsHost::parse("sts.eu-west-1.amazonaws.com").expect("a name of AWS");
/// assert_eq!((host.service.as_str(), host.region.as_str()), ("sts", "eu-west-1"));
/// assert_eq!(AwsHost::parse("storage.example.com"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AwsHost {
    /// The signing name of the service.
    pub service: String,
    /// The region to sign for.
    pub region: Region,
}

/// Labels of host names whose service signs under another name.
const SIGNING_NAMES: [(&str, &str); 12] = [
    ("bedrock-runtime", "bedrock"),
    ("bedrock-agent-runtime", "bedrock"),
    ("email", "ses"),
    ("git-codecommit", "codecommit"),
    ("lambda-url", "lambda"),
    ("models-v2-lex", "lex"),
    ("runtime-v2-lex", "lex"),
    ("s3-accelerate", "s3"),
    ("s3-accesspoint", "s3"),
    ("s3-control", "s3"),
    ("streams", "dynamodb"),
    ("transcribestreaming", "transcribe"),
];

impl AwsHost {
    /// Read a host name (no port): `sts.eu-west-1.amazonaws.com`, `bucket.s3.amazonaws.com`,
    /// `iam.amazonaws.com`, `abc.execute-api.us-east-2.amazonaws.com`, …. `None` for hosts of others.
    pub fn parse(host: &str) -> Option<Self> {
        let host = host.to_ascii_lowercase();
        let (labels, partition) = split_suffix(&host)?;
        let labels: Vec<&str> = labels.split('.').filter(|label| *label != "dualstack").collect();
        let last = *labels.last()?;
        let before = labels.len().checked_sub(2).and_then(|at| labels.get(at)).copied();
        let (label, region) = match before {
            Some(service) if is_region(last) => (service, last),
            // OpenSearch and others put the region in front of the service.
            Some(region) if is_region(region) && !last.starts_with("s3") => (last, region),
            // The oldest form: `s3-eu-west-1`.
            _ => match last.strip_prefix("s3-").filter(|region| is_region(region)) {
                Some(region) => ("s3", region),
                None if is_region(last) => return None,
                None => (last, partition.iam_region),
            },
        };
        let label = label.strip_suffix("-fips").unwrap_or(label);
        let service = SIGNING_NAMES.iter().find(|(other, _)| *other == label).map_or(label, |(_, name)| name);
        let region = Region::new(region).ok()?;
        (!service.is_empty()).then(|| Self { service: service.to_owned(), region })
    }
}

/// The labels in front of an AWS domain, and whose domain it is.
fn split_suffix(host: &str) -> Option<(&str, &'static Partition)> {
    let by_suffix = |suffix: &str| host.strip_suffix(suffix)?.strip_suffix('.');
    let own = Partition::all().map(|partition| (partition.dns_suffix, partition));
    let others = Partition::all().take(1).flat_map(|aws| [("api.aws", aws), ("on.aws", aws)]);
    // GovCloud has the public partition's suffix and comes after it; it is told by its regions.
    own.chain(others)
        .filter_map(|(suffix, partition)| Some((by_suffix(suffix)?, partition)))
        .min_by_key(|(labels, _)| labels.len())
}

/// `eu-west-1`, `us-gov-east-1`, `us-isob-east-1`.
fn is_region(label: &str) -> bool {
    let mut parts = label.split('-');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let is_word = |word: &str| word.len() >= 2 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    match rest.split_last() {
        Some((number, words)) => {
            is_word(first)
                && first.len() <= 4
                && !words.is_empty()
                && words.iter().all(|word| is_word(word))
                && !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Hosts from the endpoint tables of the AWS General Reference and botocore 1.44's rule sets.
    #[test]
    fn service_and_region_are_read_from_aws_hosts() {
        for (host, service, region) in [
            ("sts.eu-west-1.amazonaws.com", "sts", "eu-west-1"),
            ("sts.amazonaws.com", "sts", "us-east-1"),
            ("iam.amazonaws.com", "iam", "us-east-1"),
            ("sts-fips.us-east-2.amazonaws.com", "sts", "us-east-2"),
            ("s3.us-west-2.amazonaws.com", "s3", "us-west-2"),
            ("s3.amazonaws.com", "s3", "us-east-1"),
            ("bucket.s3.amazonaws.com", "s3", "us-east-1"),
            ("my.bucket.s3.eu-central-1.amazonaws.com", "s3", "eu-central-1"),
            ("bucket.s3.dualstack.eu-central-1.amazonaws.com", "s3", "eu-central-1"),
            ("bucket.s3-fips.us-east-1.amazonaws.com", "s3", "us-east-1"),
            ("s3-eu-west-1.amazonaws.com", "s3", "eu-west-1"),
            ("bucket.s3-eu-west-1.amazonaws.com", "s3", "eu-west-1"),
            ("name-123456789012.s3-accesspoint.eu-west-1.amazonaws.com", "s3", "eu-west-1"),
            ("S3.CN-NORTH-1.amazonaws.com.cn", "s3", "cn-north-1"),
            ("iam.cn-north-1.amazonaws.com.cn", "iam", "cn-north-1"),
            ("sts.us-gov-west-1.amazonaws.com", "sts", "us-gov-west-1"),
            ("sts.us-iso-east-1.c2s.ic.gov", "sts", "us-iso-east-1"),
            ("dynamodb.ap-southeast-2.amazonaws.com", "dynamodb", "ap-southeast-2"),
            ("a1b2c3.execute-api.us-east-2.amazonaws.com", "execute-api", "us-east-2"),
            ("abc123.lambda-url.us-east-1.on.aws", "lambda", "us-east-1"),
            ("search-logs-abc.us-east-1.es.amazonaws.com", "es", "us-east-1"),
            ("email.eu-west-1.amazonaws.com", "ses", "eu-west-1"),
            ("sts.eu-west-1.api.aws", "sts", "eu-west-1"),
        ] {
            let read = AwsHost::parse(host).unwrap_or_else(|| panic!("{host}"));
            assert_eq!((read.service.as_str(), read.region.as_str()), (service, region), "{host}");
        }
        for host in
            ["", "example.com", "amazonaws.com", "127.0.0.1", "notamazonaws.com", "eu-west-1.amazonaws.com"]
        {
            assert_eq!(AwsHost::parse(host), None, "{host}");
        }
    }
}
