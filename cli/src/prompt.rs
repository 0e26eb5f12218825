//! Questions to whoever sits at the terminal.

/// The current digits of an MFA device. The terminal itself is asked (`/dev/tty`), whatever standard input
/// and output are connected to: as a `credential_process` they are the caller's. Without one it fails at
/// once.
pub(crate) fn mfa_code(device: &str) -> Result<String, String> {
    let answer = rpassword::prompt_password(format!("MFA code of {device}: "));
    let code = answer.map_err(|error| {
        format!("there is no terminal to ask on ({error}): give it with --mfa-code, or run `sts3 credentials` once in one")
    })?;
    let code: String = code.split_whitespace().collect();
    if code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(code);
    }
    Err("six digits are needed, and something else was typed".into())
}
