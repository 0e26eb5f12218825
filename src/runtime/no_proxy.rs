//! Which hosts are spoken to past any proxy: the variable `NO_PROXY`.

use std::net::IpAddr;

/// A list of hosts, separated by commas: `*` for all, addresses, networks (`10.0.0.0/8`), and domains with all below
/// them, with or without a dot in front, as curl and reqwest read it.
/// <https://curl.se/libcurl/c/CURLOPT_NOPROXY.html>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NoProxy(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    All,
    /// An address, and how many of its first bits count.
    Network(IpAddr, u32),
    /// In lower case, without a dot in front.
    Domain(String),
}

impl NoProxy {
    pub(super) fn read(list: &str) -> Self {
        Self(list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(Entry::read).collect())
    }

    /// Whether a URL's host is on the list.
    pub(super) fn contains(&self, host: &str) -> bool {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        match bare.parse::<IpAddr>() {
            Ok(address) => self.0.iter().any(|entry| entry.has_address(address)),
            Err(_) => {
                let host = host.to_ascii_lowercase();
                self.0.iter().any(|entry| entry.has_name(&host))
            }
        }
    }
}

impl Entry {
    fn read(text: &str) -> Self {
        if text == "*" {
            return Self::All;
        }
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        if let Ok(address) = address.parse::<IpAddr>() {
            let all = if address.is_ipv4() { 32 } else { 128 };
            if let Some(bits) = bits.map_or(Some(all), |bits| bits.parse().ok()).filter(|bits| *bits <= all) {
                return Self::Network(address, bits);
            }
        }
        Self::Domain(text.strip_prefix('.').unwrap_or(text).to_ascii_lowercase())
    }

    fn has_address(&self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::Network(IpAddr::V4(network), bits), IpAddr::V4(address)) => {
                let differing = network.to_bits() ^ address.to_bits();
                differing.leading_zeros() >= *bits
            }
            (Self::Network(IpAddr::V6(network), bits), IpAddr::V6(address)) => {
                let differing = network.to_bits() ^ address.to_bits();
                differing.leading_zeros() >= *bits
            }
            _ => false,
        }
    }

    fn has_name(&self, host: &str) -> bool {
        match self {
            Self::All => true,
            Self::Domain(domain) => host
                .strip_suffix(domain.as_str())
                .is_some_and(|before| before.is_empty() || before.ends_with('.')),
            Self::Network(..) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper_util::client::proxy::matcher::Matcher;

    use super::*;

    /// hyper-util's reader is the one that reqwest, and with it most of Rust, uses.
    #[test]
    fn the_list_is_read_as_hyper_util_reads_it() {
        const LISTS: [&str; 12] = [
            "",
            "*",
            "example.com",
            ".example.com",
            "EXAMPLE.com, other.example",
            "10.0.0.0/8,192.168.1.7",
            "10.0.0.0/33, 10.0.0.0/x",
            "0.0.0.0/0",
            "::1, fd00::/8",
            "*.example.com",
            "169.254.169.254,minio",
            " , ,com",
        ];
        const HOSTS: [&str; 14] = [
            "example.com",
            "www.Example.com",
            "notexample.com",
            "a.b.example.com",
            "other.example",
            "minio",
            "minio.internal",
            "10.1.2.3",
            "11.1.2.3",
            "192.168.1.7",
            "169.254.169.254",
            "[::1]",
            "[fd12:3456::1]",
            "[2001:db8::1]",
        ];
        let mut passed_by = 0;
        for list in LISTS {
            let theirs = Matcher::builder().http("http://proxy").no(list).build();
            let ours = NoProxy::read(list);
            for host in HOSTS {
                let url = format!("http://{host}/").parse().unwrap();
                let expected = theirs.intercept(&url).is_none();
                assert_eq!(ours.contains(host), expected, "{host} in `{list}`");
                passed_by += usize::from(expected);
            }
        }
        assert!(passed_by > 20, "the table tells something");
    }
}
