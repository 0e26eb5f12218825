//! A program that prints something and ends, or is ended.

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    process::{ExitStatus, Stdio},
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, ReadBuf},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

/// The most that is read of a command's output.
pub(super) const MAX_OUTPUT: usize = 1024 * 1024;

/// How long to wait for the end of the output once the command has ended. Something that it has left running may hold
/// the pipe open; what the command itself has written is there at once.
const GRACE: Duration = Duration::from_millis(200);

/// A program that runs. When this is dropped, it does so no longer.
pub(super) struct Running {
    child: Child,
    /// What it prints to; none once that has come to its end.
    pipe: Option<ChildStdout>,
    pub(super) output: Vec<u8>,
    /// The process group that is its own.
    #[cfg(unix)]
    group: Option<rustix::process::Pid>,
}

impl Running {
    pub(super) fn start(program: &str, arguments: &[String]) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.args(arguments).stdout(Stdio::piped()).kill_on_drop(true);
        // In a group of its own a program could not ask on the terminal: it would be stopped.
        #[cfg(unix)]
        let has_group = !has_terminal();
        #[cfg(unix)]
        if has_group {
            command.process_group(0);
        }
        let mut child = command.spawn()?;
        let pipe = child.stdout.take();
        Ok(Self {
            pipe,
            output: Vec::new(),
            #[cfg(unix)]
            group: group_of(&child).filter(|_| has_group),
            child,
        })
    }

    /// Wait for its end, or until it has printed too much.
    pub(super) async fn end(&mut self) -> io::Result<Option<ExitStatus>> {
        let Self { child, pipe, output, .. } = self;
        let mut wait = Box::pin(child.wait());
        let status = poll_fn(|context| {
            if let Err(error) = poll_output(pipe, output, context) {
                return Poll::Ready(Err(error));
            }
            if output.len() > MAX_OUTPUT {
                return Poll::Ready(Ok(None));
            }
            wait.as_mut().poll(context).map_ok(Some)
        });
        let status = status.await?;
        if status.is_some() {
            let rest = poll_fn(|context| match poll_output(pipe, output, context) {
                Ok(()) if pipe.is_some() && output.len() <= MAX_OUTPUT => Poll::Pending,
                read => Poll::Ready(read),
            });
            // Past the grace, what has come is all.
            timeout(GRACE, rest).await.unwrap_or(Ok(()))?;
        }
        Ok(status)
    }
}

/// Take what is there to read, and be woken when there is more.
fn poll_output(
    pipe: &mut Option<ChildStdout>,
    output: &mut Vec<u8>,
    context: &mut Context<'_>,
) -> io::Result<()> {
    while let Some(open) = pipe.as_mut().filter(|_| output.len() <= MAX_OUTPUT) {
        let mut part = [0; 4096];
        let mut read = ReadBuf::new(&mut part);
        match Pin::new(open).poll_read(context, &mut read) {
            Poll::Pending => break,
            Poll::Ready(Err(error)) => return Err(error),
            Poll::Ready(Ok(())) if read.filled().is_empty() => *pipe = None,
            Poll::Ready(Ok(())) => output.extend_from_slice(read.filled()),
        }
    }
    Ok(())
}

impl Drop for Running {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.output);
        // What it has left running after a good end is its own affair.
        #[cfg(unix)]
        if let Some(group) = self.group.filter(|_| self.child.id().is_some()) {
            // The group may have ended by itself.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        // The child itself is killed by `kill_on_drop`, and reaped by the runtime.
    }
}

#[cfg(unix)]
fn group_of(child: &Child) -> Option<rustix::process::Pid> {
    rustix::process::Pid::from_raw(i32::try_from(child.id()?).ok()?)
}

/// Whether somebody sits at a terminal that controls this process.
#[cfg(unix)]
pub(super) fn has_terminal() -> bool {
    std::fs::File::open("/dev/tty").is_ok()
}
