use super::Region;

/// A closed world of regions with its own domain and identities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Partition {
    /// The name in ARNs: `aws`, `aws-cn`, …
    pub name: &'static str,
    /// The end of its host names.
    pub dns_suffix: &'static str,
    /// Host label between `iam` and the suffix, if any.
    pub(super) iam_label: Option<&'static str>,
    /// The region for which IAM requests are signed.
    pub(super) iam_region: &'static str,
}

/// Partitions with the prefixes of their regions' names (botocore `partitions.json` and the IAM rule set). A
/// longer prefix stands before a shorter one that it starts with.
static PARTITIONS: &[(&str, Partition)] = &[
    ("cn-", partition("aws-cn", "amazonaws.com.cn", Some("cn-north-1"), "cn-north-1")),
    ("us-gov-", partition("aws-us-gov", "amazonaws.com", Some("us-gov"), "us-gov-west-1")),
    ("us-isob-", partition("aws-iso-b", "sc2s.sgov.gov", Some("us-isob-east-1"), "us-isob-east-1")),
    ("us-isof-", partition("aws-iso-f", "csp.hci.ic.gov", Some("us-isof-south-1"), "us-isof-south-1")),
    ("eu-isoe-", partition("aws-iso-e", "cloud.adc-e.uk", Some("eu-isoe-west-1"), "eu-isoe-west-1")),
    ("us-iso-", partition("aws-iso", "c2s.ic.gov", Some("us-iso-east-1"), "us-iso-east-1")),
    ("eusc-", partition("aws-eusc", "amazonaws.eu", Some("eusc-de-east-1"), "eusc-de-east-1")),
];

static AWS: Partition = partition("aws", "amazonaws.com", None, "us-east-1");

const fn partition(
    name: &'static str,
    dns_suffix: &'static str,
    iam_label: Option<&'static str>,
    iam_region: &'static str,
) -> Partition {
    Partition { name, dns_suffix, iam_label, iam_region }
}

impl Partition {
    /// All partitions, the public one first.
    pub(super) fn all() -> impl Iterator<Item = &'static Self> {
        std::iter::once(&AWS).chain(PARTITIONS.iter().map(|(_, partition)| partition))
    }

    /// The partition that a region belongs to; unknown regions fall to `aws`.
    pub fn of(region: &Region) -> Self {
        PARTITIONS
            .iter()
            .find(|(prefix, _)| region.as_str().starts_with(prefix))
            .map_or(AWS, |(_, partition)| *partition)
    }
}
