use std::io;

/// Why a command did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The library's error: the service refused, could not be reached, or there are no credentials.
    Call(sts3::Error),
    /// The same of a bucket that does not exist; the account's bucket that may be meant.
    NoSuchBucket { error: sts3::Error, similar: String },
    /// An argument makes no sense.
    Usage(String),
    /// No argument, variable or file says who calls, nor where.
    NothingConfigured,
    /// Output could not be written.
    Output(io::Error),
    /// The operating system refused something else.
    System(String),
    /// The command of `exec` or `sandbox` cannot be started.
    CannotRun { program: String, error: io::Error },
    /// Somebody asked a command to stop that says how far it has come: with this exit code.
    Interrupted(u8),
    /// This signal ends the program.
    #[cfg(unix)]
    EndedBy(i32),
}

impl<E: Into<sts3::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Call(error.into())
    }
}
