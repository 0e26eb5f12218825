//! Questions to whoever sits at the terminal.

#[cfg(unix)]
use std::{fs::File, sync::Mutex, time::Duration};

#[cfg(unix)]
use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};

use crate::signals;

/// The terminal and its settings from before the question that is being asked.
#[cfg(unix)]
static BEFORE: Mutex<Option<(File, Termios)>> = Mutex::new(None);

/// The current digits of an MFA device. The terminal itself is asked (`/dev/tty`), whatever standard input
/// and output are connected to: as a `credential_process` they are the caller's. Without one it fails at
/// once.
pub(crate) fn mfa_code(device: &str) -> Result<String, String> {
    let question = format!("MFA code of {device}: ");
    remember_terminal();
    let answer = signals::while_asking(|| rpassword::prompt_password(question));
    restore_terminal();
    let code = answer.map_err(|error| {
        format!("there is no terminal to ask on ({error}): give it with --mfa-code, or run `sts3 credentials` once in one")
    })?;
    let code: String = code.split_whitespace().collect();
    if code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(code);
    }
    Err("six digits are needed, and something else was typed".into())
}

#[cfg(unix)]
fn remember_terminal() {
    let Ok(terminal) = File::open("/dev/tty") else { return };
    if let Ok(settings) = tcgetattr(&terminal)
        && let Ok(mut before) = BEFORE.lock()
    {
        *before = Some((terminal, settings));
    }
}

/// If a question has not been answered: leave the terminal as it was before it. Typed text would stay invisible.
#[cfg(unix)]
pub(crate) fn abandon() {
    /// Longer than the question's thread takes from its text to the terminal's settings, which it would change after they
    /// were restored.
    const SETTLING: Duration = Duration::from_millis(200);
    if BEFORE.lock().is_ok_and(|before| before.is_some()) {
        std::thread::sleep(SETTLING);
        restore_terminal();
    }
}

#[cfg(unix)]
fn restore_terminal() {
    if let Ok(mut before) = BEFORE.lock()
        && let Some((terminal, settings)) = before.take()
    {
        // A terminal that is gone needs no settings.
        let _ = tcsetattr(terminal, SetArg::TCSANOW, &settings);
    }
}

#[cfg(not(unix))]
fn remember_terminal() {}

#[cfg(not(unix))]
pub(crate) fn abandon() {}

#[cfg(not(unix))]
fn restore_terminal() {}
