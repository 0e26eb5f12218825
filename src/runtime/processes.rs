use std::{error, fmt, io, process::ExitStatus, sync::Arc, time::Duration};

use zeroize::Zeroizing;

use super::transport::BoxFuture;

/// A program to run: its standard output taken, its standard input and error the user's own.
///
/// `Debug` leaves the arguments out: they may be secrets.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Program<'a> {
    /// Its name or path.
    pub path: &'a str,
    /// Its arguments.
    pub arguments: &'a [String],
    /// How long it may take.
    pub timeout: Duration,
    /// How many bytes it may print.
    pub max_output: usize,
    /// What is set in its environment, beside all that this process has in its own.
    pub environment: &'a [(&'a str, &'a str)],
    /// On Windows: whether its arguments, with blanks between, are the end of its command line as they stand, without quotes
    /// and escapes around each. cmd.exe knows no escapes. (Elsewhere arguments are never put together.)
    pub raw_arguments: bool,
}

impl<'a> Program<'a> {
    /// A program with its arguments and limits.
    pub fn new(path: &'a str, arguments: &'a [String], timeout: Duration, max_output: usize) -> Self {
        Self { path, arguments, timeout, max_output, environment: &[], raw_arguments: false }
    }

    /// The same with variables in its environment.
    #[must_use]
    pub fn environment(mut self, variables: &'a [(&'a str, &'a str)]) -> Self {
        self.environment = variables;
        self
    }

    /// The same with [`raw_arguments`](Self::raw_arguments).
    #[must_use]
    pub fn raw_arguments(mut self) -> Self {
        self.raw_arguments = true;
        self
    }
}

#[cfg(any(feature = "tokio", feature = "blocking"))]
impl Program<'_> {
    pub(super) fn add_arguments(&self, command: &mut std::process::Command) {
        #[cfg(windows)]
        if self.raw_arguments {
            use std::os::windows::process::CommandExt;

            for argument in self.arguments {
                command.raw_arg(argument);
            }
            return;
        }
        command.args(self.arguments);
    }
}

impl fmt::Debug for Program<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program")
            .field("path", &self.path)
            .field("timeout", &self.timeout)
            .field("max_output", &self.max_output)
            .finish_non_exhaustive()
    }
}

/// How a program ended, and what it printed, which is wiped when dropped.
pub struct Finished {
    /// Its exit status.
    pub status: ExitStatus,
    /// Its standard output.
    pub output: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finished").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Why a program was not run to its end.
#[derive(Debug)]
#[non_exhaustive]
pub enum ProgramError {
    /// It could not be started, or its output not be read.
    Io(io::Error),
    /// It took longer than it may, and was ended.
    TimedOut,
    /// It printed more than it may, and was ended.
    TooMuchOutput,
}

impl fmt::Display for ProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "it could not be run: {error}"),
            Self::TimedOut => f.write_str("it did not end in time"),
            Self::TooMuchOutput => f.write_str("it printed too much"),
        }
    }
}

impl error::Error for ProgramError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::TimedOut | Self::TooMuchOutput => None,
        }
    }
}

/// How long to wait for the end of the output once the command has ended. Something that it has left running may hold
/// the pipe open; what the command itself has written is there at once.
#[cfg(any(feature = "tokio", feature = "blocking"))]
pub(super) const GRACE: Duration = Duration::from_millis(200);

/// Whether somebody sits at a terminal that controls this process.
#[cfg(all(unix, any(feature = "tokio", feature = "blocking")))]
pub(crate) fn has_terminal() -> bool {
    std::fs::File::open("/dev/tty").is_ok()
}

/// Runs programs: for `credential_process`. A program is ended when its future is dropped.
pub trait Processes: Send + Sync {
    /// Run a program to its end, within its limits.
    ///
    /// # Errors
    /// It was not run to its end.
    fn run<'a>(&'a self, program: Program<'a>) -> BoxFuture<'a, Result<Finished, ProgramError>>;
}

/// What points to an effect is one.
macro_rules! through {
    ($($pointer:ty),*) => {$(
        impl<T: Processes + ?Sized> Processes for $pointer {
            fn run<'a>(&'a self, program: Program<'a>) -> BoxFuture<'a, Result<Finished, ProgramError>> {
                (**self).run(program)
            }
        }
    )*};
}

through!(&T, Box<T>, Arc<T>);

/// For runtimes that run no programs.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProcesses;

impl Processes for NoProcesses {
    fn run<'a>(&'a self, _program: Program<'a>) -> BoxFuture<'a, Result<Finished, ProgramError>> {
        let problem = "this runtime runs no programs (`ClientBuilder::processes` and `Caller::with_processes` take other means)";
        Box::pin(async move { Err(ProgramError::Io(io::Error::new(io::ErrorKind::Unsupported, problem))) })
    }
}
