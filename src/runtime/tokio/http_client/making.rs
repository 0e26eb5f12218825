//! reqwest's clients: what the program wants of them, and after that our rules.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, HeaderValue, header::ACCEPT_ENCODING};
use zeroize::Zeroizing;

use super::{super::tls, this_machine::Loopback};
use crate::{
    InvalidInput,
    runtime::{
        causes::causes,
        proxies::{Proxies, Proxy},
        user_agent::user_agent,
    },
};

/// What reqwest decides for a client and not for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) route: Route,
    /// Whether it trusts certificates: the system's, or the given ones. Plain HTTP needs none.
    pub(super) has_roots: bool,
    pub(super) connect: Duration,
}

/// How to get to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// By the proxies that the environment names, if any.
    Usual,
    /// Past any proxy: metadata services.
    Direct,
    /// The same, to the loopback addresses.
    Loopback,
}

/// What a program wants of reqwest beside that.
pub(super) type Configure = dyn Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync;

/// Of a transport's settings what each client has.
#[derive(Clone, Default)]
pub(super) struct Making {
    pub(super) ca_bundle: Option<Vec<u8>>,
    pub(super) client_certificate: Option<Zeroizing<Vec<u8>>>,
    pub(super) app_id: Option<String>,
    pub(super) configure: Option<Arc<Configure>>,
}

impl Making {
    pub(super) fn client(&self, way: Way, proxies: &Proxies) -> Result<reqwest::Client, InvalidInput> {
        let certificate = self.client_certificate.as_ref().map(|pem| pem.as_slice());
        let builder = reqwest::Client::builder()
            .user_agent(user_agent(self.app_id.as_deref()))
            // S3 closes idle connections after some seconds: let go of them first.
            .pool_idle_timeout(Duration::from_secs(15))
            .tcp_nodelay(true);
        let builder = match way.route {
            Route::Usual if !proxies.is_empty() => builder.proxy(by(proxies.clone())),
            Route::Usual => builder.no_proxy(),
            Route::Direct | Route::Loopback => builder,
        };
        let builder = match &self.configure {
            Some(change) => change(builder),
            None => builder,
        };
        let builder = with_our_rules(builder).connect_timeout(way.connect);
        let builder = match way.route {
            Route::Usual => builder,
            Route::Direct => builder.no_proxy(),
            Route::Loopback => builder.no_proxy().dns_resolver(Loopback),
        };
        let builder = if way.has_roots {
            tls::with_roots(builder, self.ca_bundle.as_deref(), certificate)?
        } else {
            tls::without_roots(builder)?
        };
        builder.build().map_err(|error| {
            InvalidInput::new("HTTP client", format!("cannot be set up: {}", causes(&error)))
        })
    }
}

/// A session token must not follow a redirect, nor be written into a log.
fn with_our_rules(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    // Another crate of the program may have switched decompression on, for all clients: a signature, a checksum
    // or a length would no longer fit what is handed out.
    let identity = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))]);
    builder
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .default_headers(identity)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .http1_only()
        .connection_verbose(false)
}

/// Requests go by the proxies that we read, as errors name them. (Those that name none fail before they get here.)
fn by(proxies: Proxies) -> reqwest::Proxy {
    reqwest::Proxy::custom(move |url| {
        let url = url.as_str().parse::<http::Uri>().ok()?;
        proxies.of(&url).ok().flatten().map(Proxy::url)
    })
}
