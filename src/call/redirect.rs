//! A bucket that is in another region: sign again for that region.

use crate::{ServiceError, endpoint::Region};

const CODES: &[&str] = &[
    "PermanentRedirect",
    "TemporaryRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    // HEAD answers have no body: the status is all there is.
    "301",
    "307",
    "400",
];

/// The region that the error names, if it is another one than `current`.
pub(super) fn region_of(error: &ServiceError, current: &Region) -> Option<Region> {
    if !CODES.contains(&error.code.as_str()) {
        return None;
    }
    let region = Region::new(error.region.as_deref()?).ok()?;
    (region != *current).then_some(region)
}

/// Whether an error says that the bucket is not where it was looked for.
#[cfg(feature = "providers")]
pub(crate) fn is_elsewhere(error: &ServiceError) -> bool {
    error.code == "NoSuchBucket" || CODES.contains(&error.code.as_str())
}
