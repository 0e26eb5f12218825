//! The async client over a hyper client of one's own: implement [`Transport`], and everything above it stays.
//!
//! ```sh
//! cargo run --example hyper -- demo
//! ```

use std::{env, error::Error};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::{
    client::legacy::{Client as Hyper, connect::HttpConnector},
    rt::TokioExecutor,
};
use sts3::{
    Client, TransportError, TransportErrorKind, providers,
    runtime::{BoxFuture, Limits, Transport},
};
use tokio::time::timeout;

struct OwnTransport(Hyper<HttpConnector, Full<Bytes>>);

impl Transport for OwnTransport {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        limits: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let late = TransportError::new(TransportErrorKind::Timeout, host.as_str(), "no whole answer in time");
        let lost = move |error: &dyn Error| {
            TransportError::new(TransportErrorKind::Interrupted, host.clone(), error.to_string())
        };
        let exchange = async move {
            let request = request.map(|body| Full::new(Bytes::from(body)));
            let response = self.0.request(request).await.map_err(|error| lost(&error))?;
            let (head, body) = response.into_parts();
            let body = body.collect().await.map_err(|error| lost(&error))?.to_bytes().to_vec();
            Ok(http::Response::from_parts(head, body))
        };
        // A transport holds its limits itself. This one knows no proxies, so `limits.direct` is always met.
        Box::pin(async move { timeout(limits.total, exchange).await.unwrap_or(Err(late)) })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let bucket = env::args().nth(1).ok_or("usage: hyper BUCKET")?;
    let transport = OwnTransport(Hyper::builder(TokioExecutor::new()).build_http());
    let client = Client::from_environment()?
        .transport(transport)
        .credentials(providers::default_chain().await?)
        .build()?;
    let mut pages = client.list_objects_v2(&bucket).pages();
    let mut keys = 0;
    while let Some(page) = pages.next().await? {
        keys += page.objects().len();
    }
    println!("{keys} keys over a transport of our own");
    Ok(())
}
