//! Which operation a request asks for.
//!
//! S3 names most operations by a query parameter (`PUT /b/k?tagging`). A parameter that is not known here may
//! change the meaning of the request, so it is refused: `DELETE /b/k?uploadId=…` must never
//! delete the object.

use super::address::Address;
use crate::wire::{Refusal, Request};

/// Parameters that all listings of a bucket take.
const LISTING: &[&str] = &["prefix", "delimiter", "max-keys", "encoding-type"];
/// Headers of the answer to GetObject and HeadObject that the caller sets:
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>.
pub(crate) const RESPONSE_HEADERS: [(&str, &str); 6] = [
    ("response-cache-control", "cache-control"),
    ("response-content-disposition", "content-disposition"),
    ("response-content-encoding", "content-encoding"),
    ("response-content-language", "content-language"),
    ("response-content-type", "content-type"),
    ("response-expires", "expires"),
];
/// Longer names are cut in messages.
const NAME_IN_MESSAGE: usize = 64;

/// What the sandbox can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    ListBuckets,
    ListObjectsV2,
    ListObjects,
    ListObjectVersions,
    GetBucketLocation,
    HeadBucket,
    CreateBucket,
    DeleteBucket,
    GetObject,
    HeadObject,
    PutObject,
    DeleteObject,
}

impl Operation {
    /// Read it from the method, the address and the query.
    ///
    /// # Errors
    ///
    /// `NotImplemented`, naming the method or the query parameter that is not known.
    pub(crate) fn read(request: &Request, address: &Address) -> Result<Self, Refusal> {
        let Some(operation) = Self::selected(request, address) else {
            return Err(not_implemented(request, address, None));
        };
        match names(&request.query).find(|name| !operation.takes(name)) {
            None => Ok(operation),
            Some(unknown) => Err(not_implemented(request, address, Some(&unknown))),
        }
    }

    /// By the method and the parameter that selects among a bucket's listings.
    fn selected(request: &Request, address: &Address) -> Option<Self> {
        Some(match (request.method.as_str(), &address.bucket, &address.key) {
            ("GET", None, _) => Self::ListBuckets,
            ("GET", Some(_), None) if request.has_parameter("location") => Self::GetBucketLocation,
            ("GET", Some(_), None) if request.parameter("list-type").as_deref() == Some("2") => {
                Self::ListObjectsV2
            }
            ("GET", Some(_), None) if request.has_parameter("versions") => Self::ListObjectVersions,
            ("GET", Some(_), None) => Self::ListObjects,
            ("HEAD", Some(_), None) => Self::HeadBucket,
            ("PUT", Some(_), None) => Self::CreateBucket,
            ("DELETE", Some(_), None) => Self::DeleteBucket,
            ("GET", Some(_), Some(_)) => Self::GetObject,
            ("HEAD", Some(_), Some(_)) => Self::HeadObject,
            ("PUT", Some(_), Some(_)) => Self::PutObject,
            ("DELETE", Some(_), Some(_)) => Self::DeleteObject,
            _ => return None,
        })
    }

    /// Whether the operation takes a query parameter of this name.
    fn takes(self, name: &str) -> bool {
        let own: &[&str] = match self {
            Self::ListBuckets => &["max-buckets", "continuation-token", "prefix", "bucket-region"],
            Self::ListObjectsV2 => &["list-type", "start-after", "continuation-token", "fetch-owner"],
            // It does not look at what only version 2 knows.
            Self::ListObjects => &["marker", "list-type", "start-after", "continuation-token", "fetch-owner"],
            Self::ListObjectVersions => &["versions", "key-marker", "version-id-marker"],
            Self::GetBucketLocation => &["location"],
            Self::GetObject | Self::HeadObject => {
                return is_of_every_operation(name)
                    || RESPONSE_HEADERS.iter().any(|(parameter, _)| *parameter == name);
            }
            Self::HeadBucket | Self::CreateBucket | Self::DeleteBucket => &[],
            Self::PutObject | Self::DeleteObject => &[],
        };
        let lists = matches!(self, Self::ListObjectsV2 | Self::ListObjects | Self::ListObjectVersions);
        own.contains(&name) || (lists && LISTING.contains(&name)) || is_of_every_operation(name)
    }

    /// As AWS calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ListBuckets => "ListBuckets",
            Self::ListObjectsV2 => "ListObjectsV2",
            Self::ListObjects => "ListObjects",
            Self::ListObjectVersions => "ListObjectVersions",
            Self::GetBucketLocation => "GetBucketLocation",
            Self::HeadBucket => "HeadBucket",
            Self::CreateBucket => "CreateBucket",
            Self::DeleteBucket => "DeleteBucket",
            Self::GetObject => "GetObject",
            Self::HeadObject => "HeadObject",
            Self::PutObject => "PutObject",
            Self::DeleteObject => "DeleteObject",
        }
    }
}

/// The names of the query's parameters, decoded.
fn names(query: &str) -> impl Iterator<Item = String> {
    query.split('&').filter(|piece| !piece.is_empty()).map(|piece| {
        let name = piece.split('=').next().unwrap_or_default();
        String::from_utf8_lossy(&sigv4::percent_decode(name)).into_owned()
    })
}

/// The parameters of a presigned URL, headers that presigners put there, and the SDKs' note on the operation.
fn is_of_every_operation(name: &str) -> bool {
    name == "x-id" || name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("x-amz-"))
}

/// S3's code for what is not implemented: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.
fn not_implemented(request: &Request, address: &Address, parameter: Option<&str>) -> Refusal {
    let resource = match (&address.bucket, &address.key) {
        (Some(_), Some(_)) => "object",
        (Some(_), None) => "bucket",
        (None, _) => "service",
    };
    let method = &request.method;
    let parameter = parameter.map(|name| name.chars().take(NAME_IN_MESSAGE).collect::<String>());
    let asked = parameter.as_ref().map(|name| format!(" with `?{name}`")).unwrap_or_default();
    let message =
        format!("The sandbox does not implement {method} of the {resource}{asked}; nothing was changed.");
    let refusal = Refusal::new("NotImplemented", 501, &message).detail("Method", method).because(message);
    match parameter {
        Some(name) => refusal.detail("Parameter", name),
        None => refusal,
    }
}
