//! A line on standard error that says how far a long listing is, for people who watch.

use std::{
    io::{IsTerminal, stderr, stdout},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::common::Common;

/// Short listings need none.
const AFTER: Duration = Duration::from_secs(1);

pub(crate) struct Progress {
    line: Option<ProgressBar>,
    began: Instant,
}

impl Progress {
    /// Shown only where somebody sees it and keys do not run through it.
    pub(crate) fn new(common: &Common) -> Self {
        let is_seen =
            stderr().is_terminal() && !stdout().is_terminal() && !common.no_progress && common.verbose < 2;
        Self { line: is_seen.then(line), began: Instant::now() }
    }

    /// So many keys, with so many requests; `ranges` are being listed.
    pub(crate) fn show(&self, keys: u64, requests: u64, ranges: usize) {
        let Some(line) = &self.line else { return };
        let elapsed = self.began.elapsed();
        if elapsed >= AFTER {
            let rate = keys as f64 / elapsed.as_secs_f64();
            line.set_message(format!("{keys} keys, {rate:.0}/s, {requests} requests, {ranges} ranges"));
            line.tick();
        }
    }

    pub(crate) fn clear(&self) {
        if let Some(line) = &self.line {
            line.finish_and_clear();
        }
    }
}

fn line() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5));
    // A template that is not understood leaves the default one, which shows the message too.
    match ProgressStyle::with_template("{spinner} {msg}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
