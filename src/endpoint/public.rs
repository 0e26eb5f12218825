//! The names of AWS's own endpoints, by the rules of its services' rule sets.

use super::{BaseUrl, Endpoint, Partition, Region, Service, table::LEGACY_STS};
use crate::InvalidInput;

/// A region's name that stands for the public partition's endpoints without a region.
const GLOBAL: &str = "aws-global";

impl Endpoint {
    /// A service's public endpoint and the region to sign for; `bucket` is what S3 is asked about.
    pub(super) fn public(
        &self,
        service: &Service,
        bucket: Option<&str>,
    ) -> Result<(BaseUrl, Region), InvalidInput> {
        let partition = Partition::of(&self.region);
        let (host, region) = match service {
            Service::Sts => self.sts(&partition),
            Service::Iam => self.iam(&partition)?,
            Service::S3 => self.s3(&partition, bucket)?,
            Service::Sso => self.regional("portal.sso", &partition),
            Service::SsoOidc => self.regional("oidc", &partition),
            Service::Signin => self.signin(&partition),
            Service::Other(name) => self.regional(name.endpoint_prefix(), &partition),
        };
        Ok((BaseUrl::public(host), region))
    }

    /// `service.region.suffix`, as most services have it.
    fn regional(&self, label: &str, partition: &Partition) -> (String, Region) {
        let suffix = if self.dual_stack { partition.dual_stack_suffix } else { partition.dns_suffix };
        let named_fips = self.fips && (self.dual_stack || partition.fips_label);
        let fips = if named_fips { "-fips" } else { "" };
        (format!("{label}{fips}.{}.{suffix}", self.region), self.region.clone())
    }

    fn sts(&self, partition: &Partition) -> (String, Region) {
        let region = self.region.as_str();
        let is_global = region == GLOBAL || (self.global_sts && LEGACY_STS.contains(&region));
        if is_global && !self.fips && !self.dual_stack {
            return (format!("sts.{}", partition.dns_suffix), Region::us_east_1());
        }
        self.regional("sts", partition)
    }

    /// A domain of the console's; with flags as most services have it, but for GovCloud.
    fn signin(&self, partition: &Partition) -> (String, Region) {
        let (domain, region) = (partition.signin_domain, self.region.clone());
        match (self.fips, self.dual_stack) {
            (false, false) => (format!("{region}.{domain}"), region),
            (true, false) if !partition.fips_label => {
                let domain = domain.replacen("signin", "signin-fips", 1);
                let is_first = region.as_str() == partition.iam_region;
                (if is_first { domain } else { format!("{region}.{domain}") }, region)
            }
            _ => self.regional("signin", partition),
        }
    }

    /// One endpoint for a whole partition.
    fn iam(&self, partition: &Partition) -> Result<(String, Region), InvalidInput> {
        let [plain, fips, dual_stack, both] = partition.iam_hosts;
        let host = match (self.fips, self.dual_stack) {
            (false, false) => plain,
            (true, false) => fips,
            (false, true) => dual_stack,
            (true, true) => both,
        };
        Ok((host.to_owned(), Region::new(partition.iam_region)?))
    }

    fn s3(&self, partition: &Partition, bucket: Option<&str>) -> Result<(String, Region), InvalidInput> {
        if self.accelerate && self.fips {
            return Err(InvalidInput::new("accelerate endpoint", "has no FIPS variant"));
        }
        if self.fips && !partition.s3_fips {
            let name = partition.name;
            return Err(InvalidInput::new("FIPS endpoint", format!("of S3 does not exist in {name}")));
        }
        let is_global = self.region.as_str() == GLOBAL;
        let signing = if is_global { Region::us_east_1() } else { self.region.clone() };
        let suffix = partition.dns_suffix;
        if let Some(bucket) = bucket.filter(|_| self.accelerate) {
            let dual_stack = match (self.dual_stack, is_global) {
                (false, _) => "",
                (true, false) => ".dualstack",
                (true, true) => ".dualstack.us-east-1",
            };
            check_accelerate(bucket, partition)?;
            return Ok((format!("s3-accelerate{dual_stack}.{suffix}"), signing));
        }
        let is_legacy = is_global || (self.global_s3 && self.region.as_str() == "us-east-1");
        if is_legacy && !self.fips && !self.dual_stack {
            return Ok((format!("s3.{suffix}"), signing));
        }
        let fips = if self.fips { "-fips" } else { "" };
        let dual_stack = if self.dual_stack { "dualstack." } else { "" };
        Ok((format!("s3{fips}.{dual_stack}{signing}.{suffix}"), signing))
    }
}

/// China has no acceleration, and a bucket's name is one label of its host.
fn check_accelerate(bucket: &str, partition: &Partition) -> Result<(), InvalidInput> {
    let fault = |problem: String| Err(InvalidInput::new("accelerate endpoint", problem));
    if partition.name == "aws-cn" {
        return fault(format!("does not exist in {}", partition.name));
    }
    if bucket.contains('.') {
        return fault(format!("takes no bucket with a dot in its name, as `{}` has", bucket.escape_debug()));
    }
    Ok(())
}
