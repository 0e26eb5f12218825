//! The one request that a browser brings back after a sign-in, on a port of this machine only.

use std::{collections::VecDeque, convert::Infallible, io, sync::Arc, time::Duration};

use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::{
    body::{Bytes, Incoming},
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use sts3::{
    sigv4::Secret,
    sso::{Authorization, RedirectError},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::{AbortHandle, JoinSet},
};

use crate::{failure::Failure, output::printable};

/// How long a client may take to send its headers. Browsers open connections that they may need, and say nothing on them.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// The page's answer has to reach the browser before the program ends.
const FAREWELL: Duration = Duration::from_millis(200);
const MAX_CONNECTIONS: usize = 32;
/// How long to wait after a connection could not be accepted: file descriptors may be used up.
const PAUSE: Duration = Duration::from_millis(100);

/// An open port.
pub(super) struct Listener {
    listener: TcpListener,
    port: u16,
}

type Brought = Result<Secret, RedirectError>;

impl Listener {
    /// Listen on 127.0.0.1; port 0 picks a free one.
    pub(super) async fn bind(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Wait for the redirect of this sign-in; what else comes is answered and passed over.
    pub(super) async fn code(self, authorization: Authorization, limit: Duration) -> Result<Secret, Failure> {
        let (bring, mut brought) = mpsc::channel(1);
        let authorization = Arc::new(authorization);
        let mut tasks = JoinSet::new();
        let mut connections = VecDeque::new();
        let waiting = async {
            loop {
                tokio::select! {
                    accepted = self.listener.accept() => {
                        let Ok((stream, _)) = accepted else {
                            tokio::time::sleep(PAUSE).await;
                            continue;
                        };
                        while tasks.try_join_next().is_some() {}
                        make_room(&mut connections);
                        connections.push_back(tasks.spawn(serve(stream, authorization.clone(), bring.clone())));
                    }
                    Some(code) = brought.recv() => return code,
                }
            }
        };
        let code = tokio::time::timeout(limit, waiting).await;
        tokio::time::sleep(FAREWELL).await;
        match code {
            Ok(Ok(code)) => Ok(code),
            Ok(Err(error)) => Err(refused(&error)),
            Err(_) => {
                let minutes = limit.as_secs() / 60;
                Err(Failure::System(format!("nobody has signed in within {minutes} minutes: start over")))
            }
        }
    }
}

/// Anybody on this machine can open connections and say nothing: the oldest goes. The redirect is read at once.
fn make_room(connections: &mut VecDeque<AbortHandle>) {
    connections.retain(|connection| !connection.is_finished());
    while connections.len() >= MAX_CONNECTIONS {
        if let Some(oldest) = connections.pop_front() {
            oldest.abort();
        }
    }
}

fn refused(error: &RedirectError) -> Failure {
    let RedirectError::Refused { error, description } = error else {
        return Failure::System("the browser came back without a code".to_owned());
    };
    let words = description.as_deref().map(|words| format!(": {}", printable(words))).unwrap_or_default();
    Failure::System(format!("the sign-in was refused in the browser ({}{words})", printable(error)))
}

async fn serve(stream: TcpStream, authorization: Arc<Authorization>, bring: mpsc::Sender<Brought>) {
    let answer = |request: Request<Incoming>| {
        let answer = respond(&request, &authorization, &bring);
        std::future::ready(Ok::<_, Infallible>(answer))
    };
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service_fn(answer));
    // A browser that leaves in between is no concern of ours.
    let _ = served.await;
}

fn respond(
    request: &Request<Incoming>,
    authorization: &Authorization,
    bring: &mpsc::Sender<Brought>,
) -> Response<Full<Bytes>> {
    let target = request.uri().path_and_query().map_or("", |target| target.as_str());
    // Nothing of what came stands in the answer.
    let (status, words) = match authorization.code(target) {
        Err(RedirectError::Unrelated) => (StatusCode::NOT_FOUND, "Nothing is here."),
        brought => {
            let words = if brought.is_ok() {
                "You have signed in: close this page and go back to your terminal."
            } else {
                "The sign-in was refused: see your terminal."
            };
            // The first one counts.
            let _ = bring.try_send(brought);
            (StatusCode::OK, words)
        }
    };
    let mut response = Response::new(Full::new(Bytes::from_static(words.as_bytes())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert("content-type", http::HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert("cache-control", http::HeaderValue::from_static("no-store"));
    headers.insert("referrer-policy", http::HeaderValue::from_static("no-referrer"));
    response
}

#[cfg(test)]
mod tests {
    use sts3::{Endpoint, Region};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// What a client is answered; the state is `A` 32 times, as the random bytes are 0.
    async fn answered(port: u16, request: String) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A connection that is cut has said all that it does.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }

    fn get(target: &str) -> String {
        format!("GET {target} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
    }

    #[tokio::test]
    async fn silent_huge_and_unrelated_connections_do_not_keep_the_redirect_out() {
        let listener = Listener::bind(0).await.unwrap();
        let port = listener.port();
        let endpoint = Endpoint::new(Region::new("us-east-1").unwrap());
        let authorization = Authorization::new(&endpoint, "client", &[], port, &[0; 96]).unwrap();
        let code = tokio::spawn(listener.code(authorization, Duration::from_secs(60)));
        let mut silent = Vec::new();
        for _ in 0..2 * MAX_CONNECTIONS {
            silent.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
        }
        for target in ["/favicon.ico", "/oauth/callback?code=theirs&state=guessed", "/oauth/callback?error=x"]
        {
            let answer = answered(port, get(target)).await;
            assert!(answer.starts_with("HTTP/1.1 404") && !answer.contains("theirs"), "{answer}");
        }
        let huge = answered(port, get(&format!("/{}", "x".repeat(1 << 20)))).await;
        assert!(!huge.starts_with("HTTP/1.1 200"), "{huge}");
        let state = "A".repeat(32);
        let ours = answered(port, get(&format!("/oauth/callback?code=ours&state={state}"))).await;
        assert!(ours.starts_with("HTTP/1.1 200"), "{ours}");
        assert_eq!(code.await.unwrap().ok().unwrap().expose(), "ours");
    }
}
