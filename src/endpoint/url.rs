use std::{fmt, str::FromStr};

use http::Uri;

use super::{AwsHost, Region};
use crate::InvalidInput;

/// An endpoint's URL: scheme, host, port and perhaps a path in front of every request's own.
///
/// ```
/// use sts3::endpoint::BaseUrl;
///
/// let url: BaseUrl = "http://127.0.0.1:9000".parse()?;
/// assert!(url.is_loopback() && !url.is_secure());
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    secure: bool,
    authority: String,
    path: String,
}

impl BaseUrl {
    pub(super) fn public(host: String) -> Self {
        Self { secure: true, authority: host, path: String::new() }
    }

    /// Whether it is `https`.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// Host and port; a scheme's default port is left out, as it is in `Host` headers.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Whether it is this machine: a loopback address, `localhost`, or a name that ends in `.localhost`. An
    /// [`HttpClient`](crate::runtime::HttpClient) sends such requests past any proxy and looks no such name up.
    pub fn is_loopback(&self) -> bool {
        is_loopback(self.host())
    }

    /// The path in front of every request's own, without trailing slash.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The host without its port and brackets.
    pub fn host(&self) -> &str {
        let host = match self.authority.strip_prefix('[') {
            Some(rest) => rest.split(']').next(),
            None => self.authority.split(':').next(),
        };
        host.unwrap_or_default()
    }

    pub(super) fn is_ip_address(&self) -> bool {
        self.host().parse::<std::net::IpAddr>().is_ok()
    }

    /// The same endpoint of S3 for another region; what is not S3's at AWS stays as it is.
    pub(super) fn in_region(&self, region: &Region) -> Self {
        match AwsHost::parse(self.host()).filter(|host| host.service == "s3") {
            Some(from) => {
                Self { authority: in_region(&self.authority, &from.region, region), ..self.clone() }
            }
            None => self.clone(),
        }
    }

    pub(super) fn with_label(&self, label: &str) -> Self {
        Self { authority: format!("{label}.{}", self.authority), ..self.clone() }
    }
}

/// `bucket.s3.eu-west-1.amazonaws.com` and `s3-eu-west-1.amazonaws.com` name the region, `s3.amazonaws.com` none.
fn in_region(authority: &str, from: &Region, to: &Region) -> String {
    let (from_old, to_old) = (format!("s3-{from}"), format!("s3-{to}"));
    let labels: Vec<&str> = authority.split('.').collect();
    let has_region = labels.iter().any(|label| *label == from.as_str() || *label == from_old);
    let renamed = labels.into_iter().map(|label| match label {
        label if label == from.as_str() => to.to_string(),
        label if label == from_old => to_old.clone(),
        "s3" if !has_region => format!("s3.{to}"),
        label => label.to_owned(),
    });
    renamed.collect::<Vec<_>>().join(".")
}

/// Whether a URL's host is this machine (RFC 6761, 6.3, for names).
pub(crate) fn is_loopback(host: &str) -> bool {
    let host = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let name = host.to_ascii_lowercase();
    let is_localhost = name == "localhost" || name.ends_with(".localhost");
    is_localhost || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What may be shown of a text that is perhaps no URL. What stands before an `@` may be a password, and so may what stands
/// where a port should be, or in a query.
pub(crate) fn shown_url(text: &str) -> &str {
    let host = text.rsplit_once('@').map_or(text, |(_, host)| host);
    let host = host.split(['?', '#']).next().unwrap_or_default();
    let start = host.find("://").map_or(0, |at| at + 3);
    let Some((before, port)) = host.get(start..).and_then(|rest| rest.rsplit_once(':')) else { return host };
    let is_address = before.starts_with('[') && port.ends_with(']');
    if is_address || port.trim_end_matches('/').bytes().all(|byte| byte.is_ascii_digit()) {
        return host;
    }
    host.get(..start + before.len()).unwrap_or_default()
}

impl FromStr for BaseUrl {
    type Err = InvalidInput;

    fn from_str(text: &str) -> Result<Self, InvalidInput> {
        let fault = |problem: &str| {
            let shown = shown_url(text).escape_debug();
            Err(InvalidInput::new(
                "endpoint URL",
                format!("`{shown}` {problem}; example: http://127.0.0.1:9000"),
            ))
        };
        let Ok(uri) = text.parse::<Uri>() else { return fault("is not a URL") };
        let (secure, default_port) = match uri.scheme_str() {
            Some("https") => (true, 443),
            Some("http") => (false, 80),
            _ => return fault("must start with http:// or https://"),
        };
        let Some(authority) = uri.authority() else { return fault("has no host") };
        // In the path too: with a `/` in the password, the user's name would be the host.
        if text.contains('@') {
            return fault("must not hold a user name or password (in a path, `@` is written %40)");
        }
        if uri.query().is_some() || text.contains('#') {
            return fault("must not have a query or fragment");
        }
        let host = authority.host().to_ascii_lowercase();
        if host.is_empty() {
            return fault("has no host");
        }
        let authority = match authority.port_u16() {
            Some(port) if port != default_port => format!("{host}:{port}"),
            Some(_) => host,
            None if authority.as_str().len() > host.len() => {
                return fault("has a port that is no port number");
            }
            None => host,
        };
        Ok(Self { secure, authority, path: uri.path().trim_end_matches('/').to_owned() })
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority, self.path)
    }
}

/// With the feature `url`, by the same rules as from a text: no user name, no password, no query, no fragment.
///
/// ```
/// use sts3::endpoint::BaseUrl;
///
/// let url = url::Url::parse("http://127.0.0.1:9000/")?;
/// assert_eq!(BaseUrl::try_from(&url)?.authority(), "127.0.0.1:9000");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "url")]
impl TryFrom<&url::Url> for BaseUrl {
    type Error = InvalidInput;

    fn try_from(url: &url::Url) -> Result<Self, InvalidInput> {
        url.as_str().parse()
    }
}

/// With the feature `url`; see the conversion from `&url::Url`.
#[cfg(feature = "url")]
impl TryFrom<url::Url> for BaseUrl {
    type Error = InvalidInput;

    fn try_from(url: url::Url) -> Result<Self, InvalidInput> {
        Self::try_from(&url)
    }
}

/// With the feature `url`. An address that `url` would write differently is an error, since requests would be signed for
/// another host or path than it names: it resolves `.` and `..` in paths and rewrites hosts such as `127.1`.
#[cfg(feature = "url")]
impl TryFrom<&BaseUrl> for url::Url {
    type Error = InvalidInput;

    fn try_from(base: &BaseUrl) -> Result<Self, InvalidInput> {
        let text = base.to_string();
        match Self::parse(&text) {
            // A URL without a path has the path `/`.
            Ok(url) if url.as_str().trim_end_matches('/') == text => Ok(url),
            _ => Err(InvalidInput::new(
                "endpoint URL",
                format!("`{text}` would be changed by `url::Url`: use its text"),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_as_clients_send_them() {
        for (text, shown, host) in [
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000", "127.0.0.1"),
            ("https://S3.Example:443/", "https://s3.example", "s3.example"),
            ("http://[::1]:9000/base/", "http://[::1]:9000/base", "::1"),
            ("http://localhost:80", "http://localhost", "localhost"),
        ] {
            let url: BaseUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), shown);
            assert_eq!(url.host(), host);
        }
        for text in [
            "",
            "localhost:9000",
            "ftp://x",
            "http://",
            "http://u:p@x",
            "http://x?q",
            "http://x:99999",
            "http://a b",
        ] {
            assert!(text.parse::<BaseUrl>().is_err(), "{text}");
        }
    }

    // The forms of S3's names: <https://docs.aws.amazon.com/general/latest/gr/s3.html>.
    #[test]
    fn an_endpoint_of_s3_follows_a_bucket_s_region_and_no_other_does() {
        for (host, expected) in [
            ("bucket.s3.eu-west-1.amazonaws.com", "bucket.s3.eu-central-1.amazonaws.com"),
            ("s3-eu-west-1.amazonaws.com", "s3-eu-central-1.amazonaws.com"),
            ("bucket.s3.dualstack.eu-west-1.amazonaws.com", "bucket.s3.dualstack.eu-central-1.amazonaws.com"),
            ("bucket.s3.amazonaws.com", "bucket.s3.eu-central-1.amazonaws.com"),
            ("s3.us-west-2.amazonaws.com:8443", "s3.eu-central-1.amazonaws.com:8443"),
            ("sts.eu-west-1.amazonaws.com", "sts.eu-west-1.amazonaws.com"),
            ("s3.eu-west-1.example.com", "s3.eu-west-1.example.com"),
            ("127.0.0.1:9000", "127.0.0.1:9000"),
        ] {
            let url: BaseUrl = format!("https://{host}").parse().unwrap();
            assert_eq!(url.in_region(&Region::new("eu-central-1").unwrap()).authority(), expected);
        }
    }

    // RFC 3986, 3.2: the authority ends at the first `/`, `?` or `#`.
    #[test]
    fn a_password_in_an_endpoint_s_url_is_refused_and_not_shown() {
        for text in [
            "http://user:hush@127.0.0.1:9000",
            "http://user:hush/hush@127.0.0.1:9000",
            "http://user:1/hush@127.0.0.1:9000",
            "http://user:hush?hush@127.0.0.1",
            "https://user:hush#hush@s3.example",
            "user:hush@s3.example",
            "https://user:hush",
            "https://[::1]:hush",
            "https://s3.example/?token=hush",
            "https://s3.example/#hush",
            "s3://user:hush@s3.example",
        ] {
            let problem = text.parse::<BaseUrl>().unwrap_err().to_string();
            assert!(!problem.contains("hush"), "{problem}");
        }
        assert_eq!(shown_url("http://[::1]"), "http://[::1]");
        assert_eq!(shown_url("http://s3.example:9000/"), "http://s3.example:9000/");
        assert_eq!(shown_url("http://"), "http://");
    }
}
