//! A service that lets in only requests which are signed with SigV4, as AWS services do, and says what
//! differs otherwise.
//!
//! It starts the service on loopback, sends it a request that is signed right, one that was changed on its
//! way, one that is not signed, and one with a header that no signature can cover, and prints the answers.
//!
//! ```sh
//! cargo run --example axum_verify
//! ```

use std::{
    error::Error,
    time::{Duration, SystemTime},
};

use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{Response, StatusCode},
    middleware::{self, Next},
    routing::post,
};
use sts3::{
    runtime::{HttpClient, Limits, Transport},
    sigv4::{
        self, Credentials, Payload, ReceivedBody, ReceivedParts, Scope, Secret, Signer, Timestamp, Verifier,
    },
};

const KEY: &str = "AKIDORDERS";
const SECRET: &str = "a-secret-that-the-service-keeps";

/// Whose key signed the request.
#[derive(Clone)]
struct Signed(String);

/// Refuse what is not signed, hand on what is.
async fn verify(request: Request, next: Next) -> Result<Response<Body>, (StatusCode, String)> {
    let refused = |problem: String| (StatusCode::FORBIDDEN, problem);
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1024 * 1024).await.map_err(|error| refused(error.to_string()))?;
    // All headers, or an error: one that was left out here would still reach the handler.
    let parts = ReceivedParts::new(&head).map_err(|mismatch| refused(mismatch.to_string()))?;
    let received = parts.with_body(ReceivedBody::Bytes(&body));
    let lookup = |id: &str| (id == KEY).then(|| Secret::from(SECRET));
    let verifier = Verifier::new(lookup).region("eu-west-1").service("orders");
    let verified = verifier
        .verify(&received, Timestamp::from(SystemTime::now()))
        .map_err(|mismatch| refused(mismatch.to_string()))?;
    // What was routed by is the path as it came; where that is not the one that was signed, the route may be another's.
    if verified.path != head.uri.path() {
        return Err(refused(format!("the path is written `{}` where it is signed", verified.path)));
    }
    let mut request = Request::from_parts(head, Body::from(body));
    request.extensions_mut().insert(Signed(verified.access_key_id));
    Ok(next.run(request).await)
}

async fn order(Extension(Signed(by)): Extension<Signed>, body: String) -> String {
    format!("ordered by {by}: {body}")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let service = Router::new().route("/orders", post(order)).layer(middleware::from_fn(verify));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let host = listener.local_addr()?.to_string();
    tokio::spawn(async move { axum::serve(listener, service).await });

    let client = HttpClient::builder().build()?;
    for (what, signed_body, sent_body, note) in [
        ("signed", Some("ten apples"), "ten apples", &b"gr\xC3\xBCn"[..]),
        ("changed", Some("ten apples"), "one apple", b""),
        ("unsigned", None, "ten apples", b""),
        ("unreadable", Some("ten apples"), "ten apples", b"gr\xFCn"),
    ] {
        let mut request = http::Request::post(format!("http://{host}/orders")).header("host", &host);
        if let Some(body) = signed_body {
            for (name, value) in sign(&host, body)? {
                request = request.header(name, value);
            }
        }
        if !note.is_empty() {
            request = request.header("note", note);
        }
        let answer =
            client.send(request.body(sent_body.into())?, Limits::new(Duration::from_secs(5))).await?;
        println!("{what}: {} {}", answer.status().as_u16(), String::from_utf8_lossy(answer.body()));
    }
    Ok(())
}

/// The headers that sign a POST of this body.
fn sign(host: &str, body: &str) -> Result<Vec<(&'static str, String)>, sigv4::Error> {
    let credentials = Credentials::new(KEY, SECRET);
    let signer = Signer::new(&credentials, Scope::new("eu-west-1", "orders"));
    let headers = [("host", host)];
    let request =
        sigv4::Request::new("POST", "/orders").headers(&headers).payload(Payload::Bytes(body.as_bytes()));
    let signed = signer.sign(&request, Timestamp::from(SystemTime::now()))?;
    Ok(signed.headers().map(|(name, value)| (name, value.to_owned())).collect())
}
