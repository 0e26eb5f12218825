use http::Method;

use crate::{
    Error, InvalidInput,
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
};

/// Whether a bucket exists, may be listed, and where it is.
///
/// Success: it exists and the caller may list it. The answers that refuse have no body, so the status is the
/// code: `404` there is none, `403` it exists but is not open to the caller.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>
///
/// ```
/// use sts3::{Operation, s3::HeadBucket};
///
/// let operation = HeadBucket::new("logs").expected_bucket_owner("123456789012");
/// assert_eq!(operation.request()?.method, http::Method::HEAD);
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HeadBucket {
    bucket: String,
    expected_bucket_owner: Option<String>,
}

/// The answer to [`HeadBucket`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct BucketInfo {
    /// Where it is.
    pub region: Option<String>,
    /// Its ARN (directory buckets).
    pub arn: Option<String>,
    /// `AvailabilityZone` or `LocalZone` (directory buckets).
    pub location_type: Option<String>,
    /// The zone's name (directory buckets).
    pub location_name: Option<String>,
    /// Whether the name is an access point's alias.
    pub access_point_alias: bool,
}

impl HeadBucket {
    /// A bucket's name.
    pub fn new(bucket: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), expected_bucket_owner: None }
    }

    /// Fail unless the bucket belongs to this account (12 digits).
    #[must_use]
    pub fn expected_bucket_owner(mut self, account: impl Into<String>) -> Self {
        self.expected_bucket_owner = Some(account.into());
        self
    }
}

/// An account id: twelve digits.
pub(super) fn check_account(account: &str) -> Result<(), InvalidInput> {
    if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    let problem = format!("`{}` is not an account id of 12 digits", account.escape_debug());
    Err(InvalidInput::new("expected bucket owner", problem))
}

impl Operation for HeadBucket {
    type Output = BucketInfo;

    fn name(&self) -> &str {
        "HeadBucket"
    }

    fn service(&self) -> Service {
        Service::S3
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        let mut request = UnsignedRequest::reading(Method::HEAD, String::new());
        if let Some(owner) = &self.expected_bucket_owner {
            check_account(owner)?;
            request.header("x-amz-expected-bucket-owner", owner)?;
        }
        Ok(request)
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<BucketInfo, Error> {
        let header = |name: &str| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
        Ok(BucketInfo {
            region: header("x-amz-bucket-region"),
            arn: header("x-amz-bucket-arn"),
            location_type: header("x-amz-bucket-location-type"),
            location_name: header("x-amz-bucket-location-name"),
            access_point_alias: header("x-amz-access-point-alias").as_deref() == Some("true"),
        })
    }

    fn bucket(&self) -> Option<&str> {
        Some(&self.bucket)
    }

    fn carries_secrets(&self) -> bool {
        false
    }
}
