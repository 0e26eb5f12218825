//! A clock that is off: correct it by the server's, once.

use http::HeaderMap;
use time::{Duration, OffsetDateTime};

use crate::{Error, wire::timestamp};

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

/// Our clock's offset from the server's.
#[derive(Default)]
pub(super) struct Skew {
    offset: Duration,
    sent: Option<OffsetDateTime>,
    corrected: bool,
}

impl Skew {
    pub(super) fn known(seconds: i64) -> Self {
        Self { offset: Duration::seconds(seconds), ..Self::default() }
    }

    pub(super) fn sent_at(&mut self, now: OffsetDateTime) {
        self.sent = Some(now);
    }

    pub(super) fn adjust(&self, now: OffsetDateTime) -> OffsetDateTime {
        now.checked_add(self.offset).unwrap_or(now)
    }

    /// The time that the last request was signed for.
    pub(super) fn signed_at(&self) -> Option<OffsetDateTime> {
        self.sent.map(|sent| self.adjust(sent))
    }

    pub(super) fn offset(&self) -> i64 {
        self.offset.whole_seconds()
    }

    /// Take the server's time if the error may come from ours; `true` if that changes anything.
    pub(super) fn correct(&mut self, error: &Error, server: Option<OffsetDateTime>) -> bool {
        let (Some(error), Some(server), Some(sent)) = (error.as_service_error(), server, self.sent) else {
            return false;
        };
        let offset = server - sent;
        let explains = (offset - self.offset).abs() > THRESHOLD && CODES.contains(&error.code.as_str());
        if self.corrected || !explains {
            return false;
        }
        self.offset = offset;
        self.corrected = true;
        true
    }
}

/// The `Date` of an answer. One with an `Age` came from a cache, and its date says nothing about now.
pub(super) fn server_time(headers: &HeaderMap) -> Option<OffsetDateTime> {
    if headers.contains_key("age") {
        return None;
    }
    timestamp::http_date(headers.get("date")?.to_str().ok()?)
}
