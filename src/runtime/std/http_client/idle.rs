//! Connections that wait for their next exchange.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::wire::Wire;
use crate::s3::partition::MAX_WIDTH;

/// S3 closes idle connections after some seconds: let go of them first.
const LONGEST: Duration = Duration::from_secs(15);

/// At most as many as a listing may have requests under way, in all.
const MOST: usize = MAX_WIDTH;

/// Where a connection leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) is_secure: bool,
    /// Host and port.
    pub(super) authority: String,
    /// The proxy in between.
    pub(super) proxy: Option<String>,
}

#[derive(Default)]
pub(super) struct Idle(Mutex<Vec<(Place, Instant, Wire)>>);

impl Idle {
    /// The one that was used last, if its other end is still there.
    pub(super) fn take(&self, place: &Place) -> Option<Wire> {
        loop {
            let wire = {
                let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                kept.retain(|(_, since, _)| since.elapsed() < LONGEST);
                let at = kept.iter().rposition(|(known, ..)| known == place)?;
                kept.remove(at).2
            };
            if wire.is_quiet() {
                return Some(wire);
            }
        }
    }

    pub(super) fn keep(&self, place: Place, wire: Wire) {
        if !wire.is_quiet() {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(_, since, _)| since.elapsed() < LONGEST);
        if kept.len() >= MOST {
            kept.remove(0);
        }
        kept.push((place, Instant::now(), wire));
    }
}

impl fmt::Debug for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Idle")
    }
}
