//! The arguments of `sign` and `request`, which are those of curl, and what they say once they are read.

use std::path::Path;

use sts3::{
    Endpoint, InvalidInput, Raw, Region,
    endpoint::{AwsHost, BaseUrl, Service},
    providers::Environment,
    sigv4::percent_encode_path,
};

use crate::{common::Common, failure::Failure, input};

/// Arguments that describe a request.
#[derive(Debug, clap::Args)]
pub(crate) struct RequestArgs {
    /// URL to call. Service and region are read from AWS host names.
    url: String,
    /// Method; POST if there is data, GET otherwise.
    #[arg(short = 'X', long, value_name = "METHOD", value_parser = read_method)]
    method: Option<String>,
    /// Header, "Name: value".
    #[arg(short = 'H', long, value_name = "HEADER", value_parser = read_header)]
    header: Vec<(String, String)>,
    /// Data to send: text, @FILE or @- for standard input (at most 1 GiB).
    #[arg(short = 'd', long, value_name = "DATA", allow_hyphen_values = true)]
    data: Option<String>,
    /// Signing name of the service (s3, sts, execute-api, …).
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
}

/// A token of RFC 9110: letters, digits and a few signs.
pub(crate) fn read_method(text: &str) -> Result<String, String> {
    match http::Method::from_bytes(text.as_bytes()) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("it must be one word, as GET or PUT".into()),
    }
}

fn read_header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("it must be \"Name: value\"")?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_name {
        return Err(format!("`{}` is no header name", name.escape_debug()));
    }
    Ok((name.to_owned(), value.trim().to_owned()))
}

/// A request, and the region and service to sign it for.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) method: String,
    secure: bool,
    authority: String,
    /// As it will be sent.
    path: String,
    query: String,
    /// With `host` first.
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    region: Region,
    service: Service,
}

impl RequestArgs {
    /// Read the URL, the data and the scope.
    pub(crate) fn read(&self, common: &Common) -> Result<Message, Failure> {
        let (secure, authority, path, query) = split_url(&self.url).map_err(Failure::Usage)?;
        let body = match &self.data {
            None => Vec::new(),
            Some(data) => match data.strip_prefix('@') {
                Some("-") => input::read_standard_input(input::MAX_BODY)?,
                Some(path) => input::read("the data", Path::new(path), input::MAX_BODY)?,
                None => data.clone().into_bytes(),
            },
        };
        let default = if self.data.is_some() { "POST" } else { "GET" };
        let has = |wanted: &str| self.header.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
        let mut headers = Vec::with_capacity(self.header.len() + 2);
        // One that is given replaces the URL's, as curl has it.
        if !has("host") {
            headers.push(("host".to_owned(), authority.clone()));
        }
        headers.extend(self.header.iter().cloned());
        if self.data.is_some() && !has("content-type") {
            // As curl has it.
            headers.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
        }
        let (region, service) = self.scope(common, &authority)?;
        let method = self.method.clone().unwrap_or_else(|| default.into());
        Ok(Message { method, secure, authority, path, query, headers, body, region, service })
    }

    /// What was said explicitly, then what the host's name says, then the environment's region.
    fn scope(&self, common: &Common, authority: &str) -> Result<(Region, Service), Failure> {
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
        let read = AwsHost::parse(host);
        let service = self.service.clone().or_else(|| read.as_ref().map(|host| host.service.clone()));
        let Some(service) = service else {
            return Err(Failure::Usage(format!(
                "--service is needed: `{host}` is no AWS host that would tell it"
            )));
        };
        let environment = Environment::from_process();
        let region = common
            .region
            .clone()
            .or_else(|| read.map(|host| host.region.to_string()))
            .or_else(|| environment.region().map(str::to_owned))
            .unwrap_or_else(|| "us-east-1".into());
        Ok((Region::new(region)?, Service::new(service)?))
    }
}

impl Message {
    /// As an operation of the library.
    pub(crate) fn into_raw(self) -> Result<Raw, Failure> {
        let method = http::Method::from_bytes(self.method.as_bytes());
        let method = method.map_err(|_| Failure::Usage("the method must be one word".into()))?;
        let carries_secrets = self.carries_secrets();
        let mut raw = Raw::new(method, self.service, self.path).encoded_query(&self.query);
        for (name, value) in &self.headers {
            // The library writes the host of the address that it sends to.
            if !(name.eq_ignore_ascii_case("host") && *value == self.authority) {
                raw = raw.header(name, value);
            }
        }
        Ok(raw.body(self.body).with_secrets(carries_secrets))
    }

    /// Whether the request or its answer may hold secrets.
    pub(crate) fn carries_secrets(&self) -> bool {
        self.service != Service::S3
    }

    /// Where the library finds the address. It was given, and the settings of endpoints are for others.
    pub(crate) fn endpoint(&self, settings: &Endpoint) -> Result<Endpoint, InvalidInput> {
        let endpoint =
            settings.clone().with_fips(false).with_dual_stack(false).with_region(self.region.clone());
        Ok(endpoint.with_service_url(self.service.clone(), self.base_url()?))
    }

    /// The URL that is called.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        let separator = if self.query.is_empty() { "" } else { "?" };
        format!("{scheme}://{}{}{separator}{}", self.authority, self.path, self.query)
    }

    fn base_url(&self) -> Result<BaseUrl, InvalidInput> {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.authority).parse()
    }
}

/// Scheme, authority, path and query; the path and query stay as they are but for characters that no URL may
/// hold.
fn split_url(url: &str) -> Result<(bool, String, String, String), String> {
    let (secure, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return Err(format!("`{}` must start with https:// or http://", url.escape_debug())),
    };
    let rest = rest.split('#').next().unwrap_or_default();
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(end);
    // Checks host and port, and drops a default port as HTTP clients do.
    let base: BaseUrl = format!("{}://{authority}", if secure { "https" } else { "http" })
        .parse()
        .map_err(|e: InvalidInput| e.to_string())?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = if path.is_empty() { "/" } else { path };
    // HTTP clients escape apostrophes in queries (https://url.spec.whatwg.org/#special-query-percent-encode-set), and for
    // the signature both spellings are one.
    let query = only_url_characters(query).replace('\'', "%27");
    Ok((secure, base.authority().to_owned(), only_url_characters(path), query))
}

/// Encode what may not stand in a URL (spaces, control characters, what is not ASCII, quotes); keep escapes.
fn only_url_characters(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c) {
            kept.push(c);
        } else {
            kept.push_str(&percent_encode_path(c.encode_utf8(&mut [0; 4])));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_as_they_are() {
        for (url, expected) in [
            ("https://h", (true, "h", "/", "")),
            ("https://H:443/a//../b%20c?x=%2f&y#f", (true, "h", "/a//../b%20c", "x=%2f&y")),
            ("http://127.0.0.1:9000?a", (false, "127.0.0.1:9000", "/", "a")),
            ("https://h/a b/ü?q=\"x\"", (true, "h", "/a%20b/%C3%BC", "q=%22x%22")),
            ("https://h/it's?q=it's", (true, "h", "/it's", "q=it%27s")),
        ] {
            let (secure, authority, path, query) = split_url(url).unwrap();
            assert_eq!((secure, &*authority, &*path, &*query), expected, "{url}");
        }
        for url in ["", "h/x", "ftp://h", "https://", "https:///x", "https://u:p@h", "https://h:99999"] {
            assert!(split_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn headers_have_a_name_and_a_value() {
        assert_eq!(read_header("X-A:  b: c "), Ok(("X-A".into(), "b: c".into())));
        for text in ["", "x", ": v", "a b: c", "a\n: b"] {
            assert!(read_header(text).is_err(), "{text:?}");
        }
    }
}
