//! A program that prints something and ends, or is ended.

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    process::{ExitStatus, Stdio},
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, ReadBuf},
    process::{Child, ChildStdout, Command},
    time::timeout,
};
use zeroize::Zeroizing;

use crate::runtime::{
    processes::{Finished, GRACE, Processes, Program, ProgramError},
    transport::BoxFuture,
};

/// Programs by tokio. Where there is no terminal from which a person could stop it, a program runs in a process group
/// of its own, and all of that is killed when its time is over or its future is dropped. It never keeps the runtime
/// from ending.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemProcesses;

impl Processes for SystemProcesses {
    fn run<'a>(&'a self, program: Program<'a>) -> BoxFuture<'a, Result<Finished, ProgramError>> {
        Box::pin(run(program))
    }
}

async fn run(program: Program<'_>) -> Result<Finished, ProgramError> {
    let mut running = Running::start(program).map_err(ProgramError::Io)?;
    let ended = timeout(program.timeout, running.end()).await;
    // Whatever it was: from here on nothing of it is needed.
    let output = Zeroizing::new(std::mem::take(&mut running.output));
    drop(running);
    match ended {
        Err(_) => Err(ProgramError::TimedOut),
        Ok(Err(error)) => Err(ProgramError::Io(error)),
        Ok(Ok(Some(status))) if output.len() <= program.max_output => Ok(Finished { status, output }),
        Ok(Ok(_)) => Err(ProgramError::TooMuchOutput),
    }
}

/// A program that runs. When this is dropped, it does so no longer.
struct Running {
    max_output: usize,
    child: Child,
    /// What it prints to; none once that has come to its end.
    pipe: Option<ChildStdout>,
    output: Vec<u8>,
    /// The process group that is its own.
    #[cfg(unix)]
    group: Option<rustix::process::Pid>,
}

impl Running {
    fn start(program: Program<'_>) -> io::Result<Self> {
        let mut command = Command::new(program.path);
        program.add_arguments(command.as_std_mut());
        command.envs(program.environment.iter().copied()).stdout(Stdio::piped()).kill_on_drop(true);
        // In a group of its own a program could not ask on the terminal: it would be stopped.
        #[cfg(unix)]
        let has_group = !crate::runtime::processes::has_terminal();
        #[cfg(unix)]
        if has_group {
            command.process_group(0);
        }
        let mut child = command.spawn()?;
        let pipe = child.stdout.take();
        Ok(Self {
            max_output: program.max_output,
            pipe,
            output: Vec::new(),
            #[cfg(unix)]
            group: group_of(&child).filter(|_| has_group),
            child,
        })
    }

    /// Wait for its end, or until it has printed too much.
    async fn end(&mut self) -> io::Result<Option<ExitStatus>> {
        let Self { child, pipe, output, max_output, .. } = self;
        let most = *max_output;
        let mut wait = Box::pin(child.wait());
        let status = poll_fn(|context| {
            if let Err(error) = poll_output(pipe, output, most, context) {
                return Poll::Ready(Err(error));
            }
            if output.len() > most {
                return Poll::Ready(Ok(None));
            }
            wait.as_mut().poll(context).map_ok(Some)
        });
        let status = status.await?;
        if status.is_some() {
            let rest = poll_fn(|context| match poll_output(pipe, output, most, context) {
                Ok(()) if pipe.is_some() && output.len() <= most => Poll::Pending,
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
    most: usize,
    context: &mut Context<'_>,
) -> io::Result<()> {
    while let Some(open) = pipe.as_mut().filter(|_| output.len() <= most) {
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
