//! Faults that were configured: errors, cut bodies, resets, stalls, throttling. Each run has the same sequence.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use super::{config::SandboxBuilder, keys::mix};

/// Decides which requests fail.
#[derive(Debug)]
pub(crate) struct Faults {
    error_rate: f64,
    truncate_rate: f64,
    reset_rate: f64,
    stall_rate: f64,
    slowdown_rps: Option<u32>,
    /// How many random numbers were used.
    drawn: AtomicU64,
    started: Instant,
    /// The current second and the requests in it.
    window: Mutex<(u64, u32)>,
}

impl Faults {
    pub(crate) fn new(config: &SandboxBuilder) -> Self {
        Self {
            error_rate: config.error_rate,
            truncate_rate: config.truncate_rate,
            reset_rate: config.reset_rate,
            stall_rate: config.stall_rate,
            slowdown_rps: config.slowdown_rps,
            drawn: AtomicU64::new(0),
            started: Instant::now(),
            window: Mutex::new((0, 0)),
        }
    }

    pub(crate) fn is_error(&self) -> bool {
        self.occurs(self.error_rate)
    }

    pub(crate) fn is_truncated(&self) -> bool {
        self.occurs(self.truncate_rate)
    }

    pub(crate) fn is_reset(&self) -> bool {
        self.occurs(self.reset_rate)
    }

    pub(crate) fn is_stalled(&self) -> bool {
        self.occurs(self.stall_rate)
    }

    /// Count a request; `true` if it is one too many in this second.
    pub(crate) fn is_too_fast(&self) -> bool {
        let Some(limit) = self.slowdown_rps else { return false };
        let second = self.started.elapsed().as_secs();
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.0 != second {
            *window = (second, 0);
        }
        window.1 = window.1.saturating_add(1);
        window.1 > limit
    }

    fn occurs(&self, rate: f64) -> bool {
        if rate <= 0.0 {
            return false;
        }
        let random = mix(self.drawn.fetch_add(1, Ordering::Relaxed).wrapping_add(0xFA01));
        (random >> 11) as f64 / ((1_u64 << 53) as f64) < rate
    }
}
