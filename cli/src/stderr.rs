//! Standard error, which may be gone: closed, or a pipe that nobody reads any more.

use std::{
    fmt::Display,
    io::{self, Write},
};

/// Write a line. Messages are for whoever watches: if nobody does, the work goes on and the exit code stays what
/// it is. (`eprintln!` would panic.)
pub(crate) fn say(text: impl Display) {
    is_said(text);
}

/// The same: whether it could be written.
pub(crate) fn is_said(text: impl Display) -> bool {
    // In one piece, so that lines of several processes do not mix.
    let line = format!("{text}\n");
    io::stderr().lock().write_all(line.as_bytes()).is_ok()
}
