//! Requests to this machine: past any proxy, and to its loopback addresses whatever DNS says.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Resolves every name to the loopback addresses (RFC 6761, 6.3: what ends in `localhost` never goes to DNS). For
/// clients that are used for such names only.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loopback;

impl Resolve for Loopback {
    fn resolve(&self, _name: Name) -> Resolving {
        // Port 0 stands for the URL's.
        let addresses = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        let addresses: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
        Box::pin(async { Ok(addresses) })
    }
}
