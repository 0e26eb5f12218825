/// A closed world of regions with its own domain and identities.
///
/// ```
/// use sts3::{Region, endpoint::Partition};
///
/// assert_eq!(Partition::of(&Region::new("cn-north-1")?).dns_suffix, "amazonaws.com.cn");
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Partition {
    /// The name in ARNs: `aws`, `aws-cn`, …
    pub name: &'static str,
    /// The end of its host names.
    pub dns_suffix: &'static str,
    /// The end of its host names that have IPv6 addresses as well.
    pub dual_stack_suffix: &'static str,
    /// How the names of its regions start.
    pub(super) region_prefix: &'static str,
    /// Where IAM is: plain, FIPS, dual-stack, both.
    pub(super) iam_hosts: [&'static str; 4],
    /// Where the console's sign-in is, behind a region's name.
    pub(crate) signin_domain: &'static str,
    /// The region for which IAM requests are signed.
    pub(super) iam_region: &'static str,
    /// Whether FIPS endpoints are called so; in GovCloud all are.
    pub(super) fips_label: bool,
    /// Whether S3 has FIPS endpoints.
    pub(super) s3_fips: bool,
}
