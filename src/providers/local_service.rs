//! Asking a service of this machine (instance metadata, a container's endpoint): tries, and what a refusal says.

use std::time::Duration;

use http::{Request, Response, StatusCode};
use serde::Deserialize;

use crate::{
    Error, TransportError, TransportErrorKind,
    runtime::{Caller, Limits},
    wire::{
        json::{self, Member},
        service_error,
    },
};

/// Tries after answers that ask for another: as the SDKs have it.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);
/// The largest answer that is read: a session token has some thousand characters.
const MAX_ANSWER: usize = 256 * 1024;

/// Send what `request` makes until there is an answer that is worth reading: at most `silent` times when none comes,
/// and three times when the service is busy or broken. `shown_path` stands for a path that is secret where requests
/// are told.
pub(super) async fn ask(
    caller: &Caller,
    operation: &str,
    limits: Limits,
    silent: u32,
    shown_path: Option<&str>,
    request: impl Fn() -> Result<Request<Vec<u8>>, Error> + Send,
) -> Result<Result<Response<Vec<u8>>, TransportError>, Error> {
    let mut attempt = 1;
    loop {
        let request = request()?;
        let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        let answer = caller.exchange_shown(operation, attempt, request, limits, shown_path).await;
        let answer = answer.and_then(|answer| {
            if answer.body().len() <= MAX_ANSWER {
                return Ok(answer);
            }
            let problem = format!("it is larger than {MAX_ANSWER} bytes");
            Err(TransportError::new(TransportErrorKind::TooLarge, host, problem))
        });
        let is_over = match &answer {
            Ok(answer) => !is_transient(answer.status()) || attempt >= ATTEMPTS,
            Err(_) => attempt >= silent,
        };
        if is_over {
            return Ok(answer);
        }
        attempt += 1;
        caller.clock().sleep(PAUSE).await;
    }
}

fn is_transient(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// What an answer to a request (`to /path`) that refuses says: its status, and the message of its body.
pub(super) fn refusal(answer: &Response<Vec<u8>>, to: &str) -> String {
    let (status, message) = (answer.status().as_u16(), message(answer.body()));
    let message = message.map(|message| format!(": {}", service_error::shown(&message))).unwrap_or_default();
    format!("answered HTTP {status}{to}{message}")
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    message: Member<String>,
    #[serde(rename = "Message")]
    upper_message: Member<String>,
}

/// `{"code": "...", "message": "..."}` as the ECS agent and EKS Pod Identity have it, or else a line of text. (A page for a
/// browser says no more than the status.)
fn message(body: &[u8]) -> Option<String> {
    let refusal: Refusal = json::parse(body).unwrap_or_default();
    let member = refusal.message.get().or(refusal.upper_message.get());
    let text = member.map_or_else(|| String::from_utf8_lossy(body), Into::into);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    (!line.starts_with('<')).then(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use super::*;
    use crate::runtime::testing;

    /// What comes of it when a service plays these statuses (0: no answer), the last one for ever; and how often it was
    /// asked.
    async fn outcome(statuses: &'static [u16], silent: u32) -> (Result<u16, TransportErrorKind>, u32) {
        let asked = Arc::new(AtomicU32::new(0));
        let counted = asked.clone();
        let (caller, _) = testing::playing(move |_| {
            let number = counted.fetch_add(1, Ordering::Relaxed) as usize;
            match statuses.get(number).or(statuses.last()).copied().unwrap() {
                0 => Err(TransportError::new(TransportErrorKind::Timeout, "host", "nothing")),
                status => Ok(Response::builder().status(status).body(Vec::new()).unwrap()),
            }
        });
        let limits = Limits::direct(PAUSE, PAUSE);
        let request = || Ok(Request::new(Vec::new()));
        let answer = ask(&caller, "test", limits, silent, None, request).await.unwrap();
        let answer = answer.map(|answer| answer.status().as_u16()).map_err(|error| error.kind);
        (answer, asked.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn a_busy_or_broken_service_is_asked_three_times_and_a_silent_one_as_often_as_wanted() {
        assert_eq!(outcome(&[503, 200], 1).await, (Ok(200), 2));
        assert_eq!(outcome(&[429, 500, 200], 1).await, (Ok(200), 3));
        assert_eq!(outcome(&[429], 1).await, (Ok(429), 3));
        assert_eq!(outcome(&[400, 200], 3).await, (Ok(400), 1));
        assert_eq!(outcome(&[0, 200], 1).await, (Err(TransportErrorKind::Timeout), 1));
        assert_eq!(outcome(&[0, 0, 200], 3).await, (Ok(200), 3));
    }

    #[tokio::test]
    async fn an_answer_that_no_such_service_gives_is_not_read() {
        let (caller, _) = testing::playing(|_| Ok(Response::new(vec![b' '; MAX_ANSWER + 1])));
        let request = || Ok(Request::new(Vec::new()));
        let answer = ask(&caller, "test", Limits::direct(PAUSE, PAUSE), 1, None, request).await.unwrap();
        assert_eq!(answer.unwrap_err().kind, TransportErrorKind::TooLarge);
    }

    #[test]
    fn a_refusal_is_told_with_its_message_in_one_bounded_line() {
        let said = |body: &str| refusal(&Response::builder().status(400).body(body.into()).unwrap(), "");
        let json = r#"{"code":"InvalidPermissionsException","message":"no task role\u001b[2J"}"#;
        assert_eq!(said(json), "answered HTTP 400: no task role\\u{1b}[2J");
        assert_eq!(said("\r\nbad token\nmore"), "answered HTTP 400: bad token");
        assert_eq!(said(""), "answered HTTP 400");
        assert_eq!(said("<?xml version=\"1.0\"?>\n<html>"), "answered HTTP 400");
        assert!(said(&"x".repeat(100_000)).len() < 400);
    }
}
