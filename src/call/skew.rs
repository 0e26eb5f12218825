//! A clock that is off: correct it by the server's, once.

use http::HeaderMap;
use time::{Duration, OffsetDateTime};

use super::now::{MonotonicTime, Now};
use crate::{ServiceError, endpoint::Region, wire::timestamp};

/// A smaller difference does not explain a refusal.
const THRESHOLD: Duration = Duration::minutes(4);
const CODES: &[&str] = &[
    "RequestTimeTooSkewed",
    "RequestExpired",
    "RequestInTheFuture",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "AuthFailure",
    // Answers to HEAD have no body.
    "403",
];

/// How a request was signed that has been refused.
#[derive(Clone, Copy, Debug)]
pub struct SignedFor<'a> {
    /// The region of the signature.
    pub region: &'a Region,
    /// Our clock when it was signed.
    pub time: OffsetDateTime,
    /// The seconds that were added to our clock.
    pub clock_offset: i64,
}

/// What the headers of an answer say about the service's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ServerTime {
    Told(OffsetDateTime),
    /// There is no date that can be read.
    Untold,
    /// The answer came from a cache: nothing in it says anything about now.
    Stale,
}

/// Our clock's offset from the server's, for one call.
#[derive(Default)]
pub(super) struct Skew {
    offset: Duration,
    sent: Option<Now>,
    learned_at: Option<MonotonicTime>,
}

impl Skew {
    pub(super) fn known(seconds: i64) -> Self {
        Self { offset: Duration::seconds(seconds), ..Self::default() }
    }

    pub(super) fn sent_at(&mut self, now: Now) {
        self.sent = Some(now);
    }

    pub(super) fn adjust(&self, now: OffsetDateTime) -> OffsetDateTime {
        now.checked_add(self.offset).unwrap_or(now)
    }

    /// Our clock when the last request was sent.
    pub(super) fn sent(&self) -> Option<OffsetDateTime> {
        self.sent.map(|sent| sent.wall)
    }

    /// The time that the last request was signed for.
    pub(super) fn signed_at(&self) -> Option<OffsetDateTime> {
        self.sent().map(|sent| self.adjust(sent))
    }

    pub(super) fn offset(&self) -> i64 {
        self.offset.whole_seconds()
    }

    /// The offset that this call has learned, and when the request was sent whose answer told it.
    pub(super) fn learned(&self) -> Option<(i64, MonotonicTime)> {
        Some((self.offset(), self.learned_at?))
    }

    pub(super) fn correct(&mut self, seconds: i64) {
        self.offset = Duration::seconds(seconds);
        self.learned_at = self.sent.map(|sent| sent.monotonic);
    }

    /// An unsigned request was accepted, which proves nothing about our clock: the answer's date does.
    pub(super) fn observe(&mut self, clock: ServerTime) {
        let (ServerTime::Told(server), Some(sent)) = (clock, self.sent()) else { return };
        let offset = server - sent;
        if (offset - self.offset).abs() > THRESHOLD {
            self.correct(offset.whole_seconds());
        }
    }
}

/// The offset that explains a refusal, by the answer's date or, without one, by the time that its body names.
pub(super) fn offset_of(error: &ServiceError, clock: ServerTime, signed: &SignedFor<'_>) -> Option<i64> {
    if !CODES.contains(&error.code.as_str()) {
        return None;
    }
    let server = match clock {
        ServerTime::Told(time) => time,
        ServerTime::Untold => time_of(error.server_time?)?,
        ServerTime::Stale => return None,
    };
    let offset = server - signed.time;
    let is_off = (offset - Duration::seconds(signed.clock_offset)).abs() > THRESHOLD;
    is_off.then_some(offset.whole_seconds())
}

fn time_of(timestamp: sigv4::Timestamp) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(i64::try_from(timestamp.unix_seconds()).ok()?).ok()
}

/// The `Date` of an answer. One with an `Age` came from a cache, and its date says nothing about now.
pub(super) fn server_time(headers: &HeaderMap, now: OffsetDateTime) -> ServerTime {
    if headers.contains_key("age") {
        return ServerTime::Stale;
    }
    let date = headers.get("date").and_then(|date| timestamp::http_date(date.to_str().ok()?, now));
    date.map_or(ServerTime::Untold, ServerTime::Told)
}
