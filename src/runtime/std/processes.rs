//! A program that prints something and ends, or is ended: run by a thread.

use std::{
    io::{self, Read},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use zeroize::Zeroizing;

use crate::runtime::{
    processes::{Finished, GRACE, Processes, Program, ProgramError},
    transport::BoxFuture,
    workers::{self, Cancel},
};

/// How often a program whose output is still open is asked whether it has ended.
const LOOK: Duration = Duration::from_millis(10);

/// Programs by threads. Where there is no terminal from which a person could stop it, a program runs in a process group
/// of its own, and all of that is killed when its time is over or its future is dropped.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemProcesses;

impl Processes for SystemProcesses {
    fn run<'a>(&'a self, program: Program<'a>) -> BoxFuture<'a, Result<Finished, ProgramError>> {
        Box::pin(async move {
            let (path, arguments) = (program.path.to_owned(), program.arguments.to_vec());
            let (timeout, max_output) = (program.timeout, program.max_output);
            let own = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
            let (environment, is_raw) =
                (program.environment.iter().map(own).collect::<Vec<_>>(), program.raw_arguments);
            let job = workers::run(move |cancel| {
                let arguments = Zeroizing::new(arguments);
                let environment: Vec<_> =
                    environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                let program = Program::new(&path, &arguments, timeout, max_output).environment(&environment);
                run(if is_raw { program.raw_arguments() } else { program }, cancel)
            });
            job.map_err(ProgramError::Io)?.await
        })
    }
}

fn run(program: Program<'_>, cancel: &Cancel) -> Result<Finished, ProgramError> {
    let until = Instant::now().checked_add(program.timeout);
    let mut running = Running::start(program).map_err(ProgramError::Io)?;
    let printed = Arc::new(Printed::default());
    let pipe = running.child.stdout.take();
    // Threads hold this open no longer than something holds the pipe open.
    let reader = printed.clone();
    workers::start(move || reader.read(pipe, program.max_output)).map_err(ProgramError::Io)?;
    let ended = running.end(&printed, until, cancel);
    // Whatever it was: from here on nothing of it is needed.
    drop(running);
    let output = printed.take();
    match ended? {
        Some(status) if output.len() <= program.max_output => Ok(Finished { status, output }),
        _ => Err(ProgramError::TooMuchOutput),
    }
}

/// What a program has printed so far.
#[derive(Default)]
struct Printed {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    output: Zeroizing<Vec<u8>>,
    fault: Option<io::Error>,
    is_done: bool,
}

impl Printed {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Take what comes until it ends, or is more than it may be.
    fn read(&self, pipe: Option<ChildStdout>, most: usize) {
        let mut part = Zeroizing::new([0; 4096]);
        let mut result = Ok(());
        if let Some(mut pipe) = pipe {
            loop {
                let read = match pipe.read(&mut *part) {
                    Ok(0) => break,
                    Ok(read) => read,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => {
                        result = Err(error);
                        break;
                    }
                };
                let mut state = self.state();
                state.output.extend_from_slice(part.get(..read).unwrap_or_default());
                if state.output.len() > most {
                    break;
                }
            }
        }
        let mut state = self.state();
        (state.is_done, state.fault) = (true, result.err());
        self.changed.notify_all();
    }

    /// Wait until there is nothing more to come, but no longer than this.
    fn wait(&self, limit: Duration) -> MutexGuard<'_, State> {
        let waited = self.changed.wait_timeout_while(self.state(), limit, |state| !state.is_done);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn take(&self) -> Zeroizing<Vec<u8>> {
        std::mem::take(&mut self.state().output)
    }
}

/// A program that runs. When this is dropped, it does so no longer.
struct Running {
    max_output: usize,
    child: Child,
    has_ended: bool,
    /// Whether it has a process group that is its own.
    #[cfg(unix)]
    has_group: bool,
}

impl Running {
    fn start(program: Program<'_>) -> io::Result<Self> {
        let mut command = Command::new(program.path);
        program.add_arguments(&mut command);
        command.envs(program.environment.iter().copied()).stdout(Stdio::piped());
        // In a group of its own a program could not ask on the terminal: it would be stopped.
        #[cfg(unix)]
        let has_group = !crate::runtime::processes::has_terminal();
        #[cfg(unix)]
        if has_group {
            std::os::unix::process::CommandExt::process_group(&mut command, 0);
        }
        Ok(Self {
            max_output: program.max_output,
            child: command.spawn()?,
            has_ended: false,
            #[cfg(unix)]
            has_group,
        })
    }

    /// Wait for its end; nothing where it has printed too much.
    fn end(
        &mut self,
        printed: &Printed,
        until: Option<Instant>,
        cancel: &Cancel,
    ) -> Result<Option<ExitStatus>, ProgramError> {
        loop {
            if let Some(status) = self.child.try_wait().map_err(ProgramError::Io)? {
                self.has_ended = true;
                // Something that it has left running may hold the pipe open: past the grace, what has come is all.
                let mut state = printed.wait(GRACE);
                return state.fault.take().map_or(Ok(Some(status)), |fault| Err(ProgramError::Io(fault)));
            }
            if cancel.is_cancelled() || until.is_some_and(|until| Instant::now() >= until) {
                return Err(ProgramError::TimedOut);
            }
            let mut state = printed.wait(LOOK);
            if let Some(fault) = state.fault.take() {
                return Err(ProgramError::Io(fault));
            }
            if state.output.len() > self.max_output {
                return Ok(None);
            }
            // It has closed its output and lives on.
            if state.is_done {
                drop(state);
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // What it has left running after a good end is its own affair.
        if self.has_ended {
            return;
        }
        #[cfg(unix)]
        if self.has_group {
            let id = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
            if let Some(group) = id {
                // The group may have ended by itself.
                let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            }
        }
        // It has ended by now, or does at once.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
