//! Signals: being asked to stop (`stop`), and what is handed on to a child (`unix`).
//!
//! Signals that were ignored when this program was started (`nohup`) stay ignored, for a child too.
//!
//! What a terminal sends reaches its whole foreground group, and is not handed on. A process that signals a whole
//! group looks like one that signals us alone: the child gets it twice then, as from sudo.
//!
//! SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGCHLD and SIGWINCH are left alone: the kernel stops, continues and
//! resizes parent and child alike, and a shell's job control sees both as one job. SIGQUIT ends a command at once, as
//! whoever sends it wants its memory as it is.

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod stop;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub(crate) use other::{asked_to_stop, until_stopped, while_asking, while_reading};
#[cfg(unix)]
pub(crate) use stop::{asked_to_stop, leave_to_child, leave_to_successor, until_stopped, while_reading};
#[cfg(unix)]
pub(crate) use unix::{Arrival, arrivals, end_by, exit_code, hand_on, while_asking};
