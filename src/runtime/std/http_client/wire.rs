//! The bytes of a connection, and how long to wait for them.

use std::{
    error, fmt,
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use zeroize::Zeroizing;

/// What a connection reads from and writes to: a socket, or TLS over one.
pub(super) trait Bytes: Read + Write + Send {}

impl<T: Read + Write + Send> Bytes for T {}

/// A connection, with what has been read of it and not yet used.
pub(super) struct Wire {
    bytes: Box<dyn Bytes>,
    socket: Socket,
    /// Wiped when dropped: answers hold secrets.
    input: Zeroizing<Vec<u8>>,
    /// How much of the input has been used.
    used: usize,
}

/// How much is read at once.
const PART: usize = 32 * 1024;

impl Wire {
    pub(super) fn new(socket: Socket) -> Self {
        Self { bytes: Box::new(socket.clone()), socket, input: Vec::new().into(), used: 0 }
    }

    /// The same with another layer over what it has: TLS. What was read without it is not what the other end says
    /// through it, and is let go.
    pub(super) fn layered<E>(
        self,
        layer: impl FnOnce(Box<dyn Bytes>) -> Result<Box<dyn Bytes>, E>,
    ) -> Result<Self, E> {
        Ok(Self { bytes: layer(self.bytes)?, socket: self.socket, input: Vec::new().into(), used: 0 })
    }

    pub(super) fn socket(&self) -> &Socket {
        &self.socket
    }

    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.write_all(bytes)?;
        self.bytes.flush()
    }

    /// What has been read and not yet used.
    pub(super) fn input(&self) -> &[u8] {
        self.input.get(self.used..).unwrap_or_default()
    }

    pub(super) fn consume(&mut self, bytes: usize) {
        self.used += bytes;
    }

    /// Read more: how many bytes; none at the end.
    pub(super) fn fill(&mut self) -> io::Result<usize> {
        self.shift();
        let filled = self.input.len();
        self.input.resize(filled + PART, 0);
        let read = self.bytes.read(self.input.get_mut(filled..).unwrap_or_default());
        self.input.truncate(filled + read.as_ref().copied().unwrap_or_default());
        read
    }

    fn shift(&mut self) {
        let used = self.used.min(self.input.len());
        self.input.drain(..used);
        self.used = 0;
    }

    /// Let go of what has been used, which may be secret.
    pub(super) fn forget(&mut self) {
        self.shift();
        let (left, capacity) = (self.input.len(), self.input.capacity());
        self.input.resize(capacity, 0);
        self.input.truncate(left);
    }

    /// Whether the next exchange can use the connection: the server has neither sent unrequested bytes nor closed it.
    pub(super) fn is_quiet(&self) -> bool {
        self.input().is_empty() && self.socket.is_quiet()
    }
}

/// A socket whose reads and writes end at a moment, and whose pauses at their length. Clones are the same socket.
#[derive(Clone)]
pub(super) struct Socket {
    stream: Arc<TcpStream>,
    limits: Arc<Mutex<SocketLimits>>,
}

#[derive(Clone, Copy)]
struct SocketLimits {
    /// None: at the end of time.
    until: Option<Instant>,
    pause: Duration,
}

/// Which limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    /// The moment by which all had to be done.
    End,
    /// The longest pause.
    Pause,
}

impl fmt::Display for Reached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time limit was reached")
    }
}

impl error::Error for Reached {}

impl Reached {
    pub(super) fn error(self) -> io::Error {
        io::Error::new(io::ErrorKind::TimedOut, self)
    }

    /// The limit that an error tells of, if it does.
    pub(super) fn told_by(error: &(dyn error::Error + 'static)) -> Option<Self> {
        let held = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        error
            .downcast_ref::<Self>()
            .copied()
            .or_else(|| held.and_then(|held| Self::told_by(held)))
            .or_else(|| error.source().and_then(Self::told_by))
    }
}

impl Socket {
    pub(super) fn new(stream: TcpStream) -> Self {
        let limits = SocketLimits { until: None, pause: Duration::MAX };
        Self { stream: Arc::new(stream), limits: Arc::new(Mutex::new(limits)) }
    }

    pub(super) fn limit(&self, until: Option<Instant>, pause: Duration) {
        *self.limits() = SocketLimits { until, pause };
    }

    /// What ends a read or write that another thread is in.
    pub(super) fn interrupt(&self) -> impl FnOnce() + Send + 'static {
        let stream = Arc::downgrade(&self.stream);
        move || {
            if let Some(stream) = stream.upgrade() {
                // Whoever has it sees its end, or has closed it already.
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }

    fn limits(&self) -> MutexGuard<'_, SocketLimits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_quiet(&self) -> bool {
        let peeked = self.stream.set_nonblocking(true).and_then(|()| self.stream.peek(&mut [0]));
        let is_quiet = peeked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        is_quiet && self.stream.set_nonblocking(false).is_ok()
    }

    /// Do what blocks, within the limits.
    fn within<T>(
        &self,
        set: impl Fn(&TcpStream, Option<Duration>) -> io::Result<()>,
        mut act: impl FnMut(&TcpStream) -> io::Result<T>,
    ) -> io::Result<T> {
        let limits = *self.limits();
        loop {
            let left =
                limits.until.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Err(Reached::End.error());
            }
            let reached = if limits.pause < left { Reached::Pause } else { Reached::End };
            // What is shorter than a system's unit would mean for ever; what is very long does mean that.
            let limit = left.min(limits.pause).max(Duration::from_millis(1));
            set(&self.stream, (limit < Duration::from_secs(1 << 30)).then_some(limit))?;
            match act(&self.stream) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                    return Err(reached.error());
                }
                result => return result,
            }
        }
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.within(TcpStream::set_read_timeout, |mut stream| stream.read(buffer))
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.within(TcpStream::set_write_timeout, |mut stream| stream.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
