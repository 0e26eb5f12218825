//! What `-v` tells of calls, and the count of requests.

use std::{
    io::{self, Write},
    sync::atomic::{AtomicU64, Ordering},
};

use sts3::runtime::Event;

static REQUESTS: AtomicU64 = AtomicU64::new(0);

/// How many requests this program has sent, whatever for.
pub(crate) fn requests() -> u64 {
    REQUESTS.load(Ordering::Relaxed)
}

/// Counts requests; with `-v` tells retries, redirects, corrections of the clock and renewals that failed, with `-vv` every request
/// and renewal.
pub(crate) fn observer(level: u8) -> impl Fn(&Event<'_>) + Send + Sync + 'static {
    move |event| {
        let is_exchange = match event {
            Event::Sent { .. } => {
                REQUESTS.fetch_add(1, Ordering::Relaxed);
                true
            }
            Event::Answered { .. } | Event::Unanswered { .. } | Event::Refreshed { .. } => true,
            // Where no old ones are left, the command fails and says so itself.
            Event::RefreshFailed { is_bridged, .. } => !is_bridged,
            _ => false,
        };
        if level > u8::from(is_exchange) {
            // Standard error is for whoever watches: if it is gone, nobody does.
            let _ = writeln!(io::stderr(), "sts3: {event}");
        }
    }
}
