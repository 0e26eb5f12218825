//! sts3 in a browser: requests by `fetch`, time and randomness of the page.
//!
//! The bucket's CORS configuration must allow the page's origin and the headers `authorization`, `x-amz-date`,
//! `x-amz-content-sha256` and `x-amz-security-token`. Give a page temporary credentials only.
//!
//! `cargo check --target wasm32-unknown-unknown`

use std::time::Duration;

use js_sys::{Array, Date, Promise, Uint8Array};
use sts3::{
    Client, Credentials, Error, InvalidInput, TransportError, TransportErrorKind,
    call::MonotonicTime,
    http,
    runtime::{BoxFuture, Clock, Limits, Random, Transport},
    time::OffsetDateTime,
};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, RequestRedirect, Response, Window};

/// Requests by `fetch`.
struct Fetch;

impl Transport for Fetch {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        limits: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async move {
            let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
            fetch(request, limits).await.map_err(|problem| {
                // `AbortSignal.timeout` ends a request with an exception of this name.
                let name = js_sys::Reflect::get(&problem, &"name".into()).ok().and_then(|name| name.as_string());
                let is_late = name.as_deref() == Some("TimeoutError");
                let kind = if is_late { TransportErrorKind::Timeout } else { TransportErrorKind::Interrupted };
                let text = js_sys::Error::from(problem).message();
                TransportError::new(kind, host, String::from(text))
            })
        })
    }
}

async fn fetch(request: http::Request<Vec<u8>>, limits: Limits) -> Result<http::Response<Vec<u8>>, JsValue> {
    let (head, body) = request.into_parts();
    let headers = Headers::new()?;
    for (name, value) in &head.headers {
        // The browser sets the host itself, to the one that was signed.
        if name != http::header::HOST {
            headers.append(name.as_str(), value.to_str().map_err(|error| error.to_string())?)?;
        }
    }
    let init = RequestInit::new();
    init.set_method(head.method.as_str());
    init.set_headers(&headers);
    // A session token must not follow a redirect.
    init.set_redirect(RequestRedirect::Error);
    let milliseconds = u32::try_from(limits.total.as_millis()).unwrap_or(u32::MAX);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(milliseconds)));
    if !body.is_empty() {
        init.set_body(&Uint8Array::from(body.as_slice()));
    }
    let answer = window()?.fetch_with_str_and_init(&head.uri.to_string(), &init);
    let answer: Response = JsFuture::from(answer).await?.dyn_into()?;
    let mut response = http::Response::builder().status(answer.status());
    let entries = js_sys::try_iter(&answer.headers())?;
    for entry in entries.into_iter().flatten() {
        let entry: Array = entry?.dyn_into()?;
        if let (Some(name), Some(value)) = (entry.get(0).as_string(), entry.get(1).as_string()) {
            response = response.header(name, value);
        }
    }
    let body = JsFuture::from(answer.array_buffer()?).await?;
    response.body(Uint8Array::new(&body).to_vec()).map_err(|error| error.to_string().into())
}

fn window() -> Result<Window, JsValue> {
    web_sys::window().ok_or_else(|| "there is no window".into())
}

/// The page's clocks.
struct PageClock;

impl Clock for PageClock {
    fn now(&self) -> OffsetDateTime {
        let milliseconds = Date::now() as i128;
        OffsetDateTime::from_unix_timestamp_nanos(milliseconds * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    fn monotonic(&self) -> MonotonicTime {
        let performance = web_sys::window().and_then(|window| window.performance());
        let milliseconds = performance.map_or(0.0, |performance| performance.now());
        MonotonicTime::since_origin(Duration::from_secs_f64(milliseconds / 1000.0))
    }

    fn sleep_until(&self, deadline: MonotonicTime) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let left = deadline.duration_since(self.monotonic());
            let milliseconds = i32::try_from(left.as_millis()).unwrap_or(i32::MAX);
            let timer = Promise::new(&mut |resolve, _| {
                if let Some(window) = web_sys::window() {
                    let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
                }
            });
            let _ = JsFuture::from(timer).await;
        })
    }
}

/// `crypto.getRandomValues`.
struct PageRandom;

impl Random for PageRandom {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), Error> {
        let filled = window().and_then(|window| window.crypto()).and_then(|crypto| {
            crypto.get_random_values_with_u8_array(buffer)
        });
        filled.map(drop).map_err(|_| InvalidInput::new("random source", "gives no bytes in this page").into())
    }
}

/// The keys below a prefix, at most a thousand: `await list("eu-west-1", "logs", "2026/", id, secret, token)`.
#[wasm_bindgen]
pub async fn list(
    region: String,
    bucket: String,
    prefix: String,
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
) -> Result<Array, JsValue> {
    let keys = Credentials::new(access_key_id, secret_access_key).with_session_token(session_token);
    let client = Client::builder()
        .region(region)
        .credentials(keys)
        .transport(Fetch)
        .clock(PageClock)
        .random(PageRandom)
        .build()
        .map_err(said)?;
    let page = client.send(&sts3::s3::ListObjectsV2::new(bucket).prefix(prefix)).await.map_err(said)?;
    Ok(page.keys().map(JsValue::from_str).collect())
}

fn said(error: Error) -> JsValue {
    js_sys::Error::new(&error.to_string()).into()
}
