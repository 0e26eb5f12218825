//! Connections: names to addresses, sockets, tunnels through proxies, TLS.

use std::{
    future::{Future, poll_fn},
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs},
    pin::Pin,
    task::Poll,
    time::{Duration, Instant},
};

use http::{Uri, uri::Scheme};

use super::{
    exchange::Exchange,
    http1::Head,
    tls::Fault,
    wire::{Reached, Socket, Wire},
};
use crate::{
    TransportError, TransportErrorKind, endpoint,
    runtime::{std::block_on::block_on_until, workers},
};

/// The most bytes of a proxy's answer.
const MAX_HEAD: usize = 64 * 1024;

/// Whom to connect to.
struct Peer<'a> {
    /// Without brackets.
    host: &'a str,
    port: u16,
    is_secure: bool,
}

impl<'a> Peer<'a> {
    fn of(url: &'a Uri) -> Self {
        let is_secure = url.scheme() == Some(&Scheme::HTTPS);
        let host = url.host().unwrap_or_default();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        Self {
            host: bare.unwrap_or(host),
            port: url.port_u16().unwrap_or(if is_secure { 443 } else { 80 }),
            is_secure,
        }
    }
}

impl Exchange<'_> {
    /// A new connection, ready for the request.
    pub(super) fn connect(&self, url: &Uri) -> Result<Wire, TransportError> {
        let until = match (Instant::now().checked_add(self.connect), self.end()) {
            (Some(connected), Some(end)) => Some(connected.min(end)),
            (connected, end) => connected.or(end),
        };
        let target = Peer::of(url);
        let Some(proxy) = self.proxy else {
            let wire = self.open(&target, until)?;
            return if target.is_secure { self.secure(wire, target.host) } else { Ok(wire) };
        };
        let proxy_url: Uri = proxy.address().parse().map_err(|error: http::uri::InvalidUri| {
            self.fault(TransportErrorKind::Proxy, format!("{proxy}: {error}"))
        })?;
        let hop = Peer::of(&proxy_url);
        let mut wire = self.open(&hop, until)?;
        if hop.is_secure {
            wire = self.secure(wire, hop.host)?;
        }
        // Plain requests go to the proxy itself, with their whole URL.
        if !target.is_secure {
            return Ok(wire);
        }
        self.tunnel(&mut wire, url.host().unwrap_or_default(), target.port, proxy.authorization())?;
        self.secure(wire, target.host)
    }

    fn open(&self, peer: &Peer<'_>, until: Option<Instant>) -> Result<Wire, TransportError> {
        let stream = self.stream(peer, until).map_err(|error| self.not_connected(error))?;
        let socket = Socket::new(stream);
        socket.limit(until, Duration::MAX);
        self.cancel.interrupt_by(socket.interrupt());
        Ok(Wire::new(socket))
    }

    /// One address after the other; each has its share of the time that is left.
    fn stream(&self, peer: &Peer<'_>, until: Option<Instant>) -> io::Result<TcpStream> {
        let addresses = self.addresses(peer, until)?;
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for (number, address) in addresses.iter().enumerate() {
            let left = until.map_or(self.connect, |until| until.saturating_duration_since(Instant::now()));
            let others = u32::try_from(addresses.len() - number).unwrap_or(u32::MAX);
            let share = left / others.max(1);
            if share.is_zero() {
                return Err(Reached::End.error());
            }
            match TcpStream::connect_timeout(address, share) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
                Err(error) if error.kind() == io::ErrorKind::TimedOut => last = Reached::End.error(),
                Err(error) => last = error,
            }
            if self.cancel.is_cancelled() {
                break;
            }
        }
        Err(last)
    }

    /// The addresses of a name. This machine's own are not looked up (RFC 6761, 6.3).
    fn addresses(&self, peer: &Peer<'_>, until: Option<Instant>) -> io::Result<Vec<SocketAddr>> {
        let port = peer.port;
        if let Ok(address) = peer.host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        if endpoint::is_loopback(peer.host) {
            let addresses = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
            return Ok(addresses.map(|address| SocketAddr::new(address, port)).to_vec());
        }
        // The system's resolver has no limit: another thread waits for it as long as it takes.
        let name = peer.host.to_owned();
        let mut looked_up =
            workers::run(move |_| (name.as_str(), port).to_socket_addrs().map(Iterator::collect))?;
        let found = poll_fn(|context| {
            let waker = context.waker().clone();
            self.cancel.interrupt_by(move || waker.wake());
            match Pin::new(&mut looked_up).poll(context) {
                Poll::Pending if self.cancel.is_cancelled() => Poll::Ready(Err(Reached::End.error())),
                found => found,
            }
        });
        block_on_until(found, until).unwrap_or_else(|| Err(Reached::End.error()))
    }

    /// Have the proxy connect us to the target (RFC 9110, 9.3.6).
    fn tunnel(
        &self,
        wire: &mut Wire,
        host: &str,
        port: u16,
        authorization: Option<String>,
    ) -> Result<(), TransportError> {
        let mut head = format!(
            "CONNECT {host}:{port} HTTP/1.1\r\nhost: {host}:{port}\r\nuser-agent: {}\r\n",
            self.user_agent
        );
        if let Some(authorization) = authorization {
            head += &format!("proxy-authorization: {authorization}\r\n");
        }
        head += "\r\n";
        wire.send(head.as_bytes()).map_err(|error| self.not_connected(error))?;
        let refused = |problem: String| self.not_connected(io::Error::other(problem));
        loop {
            match Head::parse(wire.input()) {
                Ok(Some((length, head))) if head.status.is_success() => {
                    wire.consume(length);
                    return Ok(());
                }
                Ok(Some((_, head))) => {
                    return Err(refused(format!("it refuses to connect us: {}", head.status)));
                }
                Ok(None) if wire.input().len() <= MAX_HEAD => {}
                Ok(None) => return Err(refused("its answer is too long".into())),
                Err(problem) => return Err(refused(format!("its answer is not HTTP: {problem}"))),
            }
            match wire.fill() {
                Ok(0) => return Err(refused("it has closed the connection".into())),
                Ok(_) => {}
                Err(error) => return Err(self.not_connected(error)),
            }
        }
    }

    fn secure(&self, wire: Wire, host: &str) -> Result<Wire, TransportError> {
        let secured = wire.layered(|bytes| self.tls.wrap(host, bytes));
        secured.map_err(|fault| match fault {
            Fault::Io(error) => self.not_connected(error),
            Fault::Refused(problem) => self.fault(TransportErrorKind::Tls, self.by_proxy(problem)),
        })
    }
}
