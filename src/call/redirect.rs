//! A bucket that is in another region: sign again for that region, once.

use crate::{Error, endpoint::Region};

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

/// The region to go to, if the error says that it is another one than `current` and no redirect was followed
/// yet. Only the region's name is taken from the answer, never a host: credentials cannot be lured elsewhere.
pub(super) fn region_of(error: &Error, current: &Region, followed: bool) -> Option<Region> {
    let error = error.as_service_error()?;
    if followed || !CODES.contains(&error.code.as_str()) {
        return None;
    }
    let region = Region::new(error.region.as_deref()?).ok()?;
    (region != *current).then_some(region)
}
