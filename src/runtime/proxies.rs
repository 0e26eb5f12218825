//! The proxies that the environment or the program names: checked where a request needs one, and named in errors.

use std::fmt;

use http::Uri;

use super::no_proxy::NoProxy;
use crate::{InvalidInput, endpoint};

/// The variables that name a proxy, each in both spellings: the upper case one counts if it is there.
const HTTP: [&str; 2] = ["HTTP_PROXY", "http_proxy"];
const HTTPS: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const ALL: [&str; 2] = ["ALL_PROXY", "all_proxy"];
const NONE: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// What the environment says of proxies.
#[derive(Clone, Debug, Default)]
pub(super) struct Proxies {
    http: Option<Setting>,
    https: Option<Setting>,
    exceptions: NoProxy,
}

/// A proxy, or why what a variable says is none.
type Setting = Result<Proxy, InvalidInput>;

/// A proxy for HTTP.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Proxy {
    variable: &'static str,
    /// Scheme, host and port, without the password that the URL may hold.
    address: String,
    /// Name and password as they stand in the URL.
    user: Option<String>,
    is_secure: bool,
}

impl fmt::Debug for Proxy {
    /// Without name and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("variable", &self.variable)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Proxies {
    /// Read the variables.
    pub(super) fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        // In a CGI program a client's header would become HTTP_PROXY.
        if get("REQUEST_METHOD").is_some() {
            return Self::default();
        }
        let first = |names: [&'static str; 2]| names.into_iter().find_map(|name| Some((name, get(name)?)));
        let proxy = |names| {
            let (variable, value) = first(names).filter(|(_, value)| !value.is_empty())?;
            Some(Proxy::read(variable, &value))
        };
        let all = proxy(ALL);
        let (http, https) = (proxy(HTTP).or_else(|| all.clone()), proxy(HTTPS).or(all));
        let exceptions = first(NONE).map(|(_, value)| NoProxy::read(&value)).unwrap_or_default();
        Self { http, https, exceptions }
    }

    /// This one for everything.
    ///
    /// # Errors
    /// It is no proxy that can be used.
    #[cfg(feature = "blocking")]
    pub(super) fn only(url: &str) -> Result<Self, InvalidInput> {
        let proxy = Some(Ok(Proxy::read("HttpClientBuilder::proxy", url)?));
        Ok(Self { http: proxy.clone(), https: proxy, exceptions: NoProxy::default() })
    }

    /// The proxy that a request goes by.
    ///
    /// # Errors
    /// The variable names no proxy that can be used. The request would go past it otherwise, silently.
    pub(super) fn of(&self, url: &Uri) -> Result<Option<&Proxy>, InvalidInput> {
        let setting = match url.scheme_str() {
            Some("http") => &self.http,
            Some("https") => &self.https,
            _ => return Ok(None),
        };
        match (setting, url.host()) {
            (Some(setting), Some(host)) if !self.exceptions.contains(host) => {
                setting.as_ref().map(Some).map_err(Clone::clone)
            }
            _ => Ok(None),
        }
    }

    /// Whether no request goes by a proxy.
    #[cfg(feature = "tokio")]
    pub(super) fn is_empty(&self) -> bool {
        self.http.is_none() && self.https.is_none()
    }

    /// Whether plain requests too may go by TLS: to a proxy.
    #[cfg(feature = "tokio")]
    pub(super) fn has_secure_for_plain(&self) -> bool {
        self.http.as_ref().is_some_and(|proxy| proxy.as_ref().is_ok_and(|proxy| proxy.is_secure))
    }
}

impl Proxy {
    fn read(variable: &'static str, value: &str) -> Result<Self, InvalidInput> {
        let shown = endpoint::shown_url(value).escape_debug().to_string();
        let fault = |problem: &str| {
            let example = "example: http://proxy.example:3128";
            Err(InvalidInput::new(variable, format!("is `{shown}`: {problem}; {example}")))
        };
        let Ok(url) = value.parse::<Uri>() else { return fault("that is no URL of a proxy") };
        // Read as a URL, the user would be the host: his name would be looked up, and a piece of the password shown.
        if url.path_and_query().is_some_and(|path| path.as_str().contains('@')) {
            return fault("in a user's name or password `/`, `?` and `#` are written %2F, %3F and %23");
        }
        let is_secure = match url.scheme_str() {
            None | Some("http") => false,
            Some("https") => true,
            Some(_) => return fault("only http and https proxies can be used"),
        };
        let Some(authority) = url.authority().filter(|authority| !authority.host().is_empty()) else {
            return fault("it names no host");
        };
        let (user, host) = match authority.as_str().rsplit_once('@') {
            Some((user, host)) => (Some(user.to_owned()), host),
            None => (None, authority.as_str()),
        };
        if host.ends_with(':') || host.len() > authority.host().len() && authority.port_u16().is_none() {
            return fault("its port is no number from 0 to 65535");
        }
        let scheme = if is_secure { "https" } else { "http" };
        Ok(Self { variable, address: format!("{scheme}://{host}"), user, is_secure })
    }

    /// Its URL with name and password, as HTTP libraries take it.
    #[cfg(feature = "tokio")]
    pub(super) fn url(&self) -> String {
        match (&self.user, self.address.split_once("://")) {
            (Some(user), Some((scheme, host))) => format!("{scheme}://{user}@{host}"),
            _ => self.address.clone(),
        }
    }

    /// Scheme, host and port.
    #[cfg(feature = "blocking")]
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The value of the header `Proxy-Authorization` (RFC 7617), if the URL has a name or a password.
    #[cfg(feature = "blocking")]
    pub(super) fn authorization(&self) -> Option<String> {
        use base64::{Engine, prelude::BASE64_STANDARD};
        let user = self.user.as_ref()?;
        let (name, password) = user.split_once(':').unwrap_or((user, ""));
        let (name, password) = (sigv4::percent_decode(name), sigv4::percent_decode(password));
        let pair = [&*name, b":", &*password].concat();
        Some(format!("Basic {}", BASE64_STANDARD.encode(pair)))
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy {} of {}", self.address, self.variable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Proxies {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Proxies::read(|name| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()))
    }

    fn of(proxies: &Proxies, url: &str) -> Result<Option<String>, InvalidInput> {
        proxies.of(&url.parse().unwrap()).map(|proxy| proxy.map(ToString::to_string))
    }

    #[test]
    fn an_unusable_proxy_is_an_error_that_names_its_variable_and_no_password() {
        for (variable, value) in [
            ("HTTPS_PROXY", "nonsense://"),
            ("https_proxy", "socks5://127.0.0.1:1080"),
            ("ALL_PROXY", "http://"),
            ("ALL_PROXY", "http://user:hush@a b"),
            ("https_proxy", "/a/path"),
        ] {
            let proxies = read(&[(variable, value), ("NO_PROXY", "inside.example")]);
            let error = of(&proxies, "https://s3.example/").unwrap_err();
            assert_eq!(error.parameter, variable, "{value}");
            assert!(!error.to_string().contains("hush"), "{error}");
            // It is not needed there.
            assert_eq!(of(&proxies, "https://inside.example/"), Ok(None));
        }
        let plain = "http://minio:9000/";
        assert_eq!(of(&read(&[("HTTPS_PROXY", "nonsense://")]), plain), Ok(None));
        assert_eq!(of(&read(&[("HTTP_PROXY", ""), ("http_proxy", "nonsense://")]), plain), Ok(None));
        assert_eq!(of(&read(&[("REQUEST_METHOD", "GET"), ("HTTP_PROXY", "nonsense://")]), plain), Ok(None));
        // Many have both: what is for other programs is no fault of ours.
        let both = read(&[("all_proxy", "socks5://127.0.0.1:7890"), ("http_proxy", "http://127.0.0.1:7890")]);
        assert!(of(&both, plain).unwrap().is_some() && of(&both, "https://s3.example/").is_err());
    }

    // RFC 3986, 3.2: the authority ends at the first `/`, `?` or `#`.
    #[test]
    fn a_password_that_breaks_the_url_is_neither_shown_nor_taken_for_a_host() {
        for value in [
            "http://user:hush/hush@proxy:3128",
            "http://user:hush?hush@proxy:3128",
            "http://user:hush#hush@proxy:3128",
            "http://user:1/hush@proxy:3128",
            "user:hush/hush@proxy",
            "socks5h://user:hush",
            "http://user:hush",
            "http://[::1]:hush",
            "http://proxy:99999",
            "http://proxy:",
        ] {
            let error = of(&read(&[("https_proxy", value)]), "https://s3.example/").unwrap_err();
            assert_eq!(error.parameter, "https_proxy", "{value}");
            assert!(!error.to_string().contains("hush"), "{error}");
        }
        for value in ["http://[::1]:3128", "http://[::1]", "http://user:hush@[::1]:3128/", "proxy"] {
            let proxy = of(&read(&[("https_proxy", value)]), "https://s3.example/").unwrap().unwrap();
            assert!(!proxy.contains("hush"), "{proxy}");
        }
    }

    #[test]
    fn the_proxy_of_a_request_is_named_with_its_variable() {
        let proxies = read(&[
            ("http_proxy", "https://user:hush@inside:8443/"),
            ("ALL_PROXY", "proxy:3128"),
            ("NO_PROXY", ".internal,10.0.0.0/8"),
        ]);
        let named = |url: &str| of(&proxies, url).unwrap();
        assert_eq!(named("https://s3.amazonaws.com/x").unwrap(), "the proxy http://proxy:3128 of ALL_PROXY");
        assert_eq!(named("http://minio:9000/").unwrap(), "the proxy https://inside:8443 of http_proxy");
        assert_eq!((named("https://s3.internal/"), named("http://10.1.2.3/")), (None, None));
        #[cfg(feature = "tokio")]
        assert!(proxies.has_secure_for_plain());
        assert_eq!(of(&read(&[]), "https://x/"), Ok(None));
    }

    // RFC 7617, 2: `Aladdin` and `open sesame`, here with the blank as it stands in a URL.
    #[test]
    fn name_and_password_of_a_proxy_are_sent_decoded_and_never_shown() {
        let proxies = read(&[("HTTPS_PROXY", "http://Aladdin:open%20sesame@proxy:3128")]);
        let proxy = proxies.of(&"https://s3.example/".parse().unwrap()).unwrap().unwrap();
        #[cfg(feature = "blocking")]
        assert_eq!(proxy.authorization().as_deref(), Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
        #[cfg(feature = "tokio")]
        assert_eq!(proxy.url(), "http://Aladdin:open%20sesame@proxy:3128");
        assert!(!format!("{proxies:?} {proxy}").contains("sesame"));
    }
}
