//! What a refusal says about the next attempt: another region, or another clock.

use http::HeaderMap;

use super::{
    redirect,
    skew::{self, ServerTime, SignedFor},
};
use crate::{ServiceError, endpoint::Region};

/// What to change before a refused request is sent again. Each kind is worth one attempt in a call: if the
/// service refuses again, it was not that.
///
/// Only a region's *name* and a time are ever taken from an answer, never a host: credentials cannot be lured
/// elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Correction {
    /// The bucket is in this region: address and sign for it.
    Region(Region),
    /// Our clock is off: sign for our time plus so many seconds.
    ClockOffset(i64),
}

impl Correction {
    /// What a refusal asks to change, if it does.
    ///
    /// ```
    /// use sts3::{Region, ServiceError, call::{Correction, SignedFor}};
    ///
    /// let body = "<Error><Code>PermanentRedirect</Code><Region>eu-central-1</Region></Error>";
    /// let answer = http::Response::builder().status(301).body(body.into())?;
    /// let refusal = ServiceError::from_response("GetObject", &answer);
    /// let signed = SignedFor { region: &Region::us_east_1(), time: time::OffsetDateTime::now_utc(), clock_offset: 0 };
    /// let correction = Correction::of(&refusal, answer.headers(), &signed);
    /// assert_eq!(correction, Some(Correction::Region(Region::new("eu-central-1")?)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(error: &ServiceError, headers: &HeaderMap, signed: &SignedFor<'_>) -> Option<Self> {
        Self::with_clock(error, skew::server_time(headers, signed.time), signed)
    }

    pub(super) fn with_clock(
        error: &ServiceError,
        clock: ServerTime,
        signed: &SignedFor<'_>,
    ) -> Option<Self> {
        redirect::region_of(error, signed.region)
            .map(Self::Region)
            .or_else(|| skew::offset_of(error, clock, signed).map(Self::ClockOffset))
    }
}
