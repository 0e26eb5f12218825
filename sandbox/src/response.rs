//! HTTP responses from answers; their bodies can be cut on purpose.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use hyper::body::{Bytes, Frame, SizeHint};
use time::OffsetDateTime;

use crate::wire::{Answer, date};

/// The response to this request, with the headers that all answers have.
pub(crate) fn respond(
    answer: Answer,
    request_id: &str,
    now: OffsetDateTime,
    cut: bool,
) -> http::Response<Payload> {
    let mut builder = http::Response::builder()
        .status(answer.status)
        .header("date", date::http(now))
        .header("server", "sts3-sandbox")
        .header("x-amz-request-id", request_id)
        .header("x-amzn-requestid", request_id)
        .header("x-amz-id-2", "sts3-sandbox");
    let has_length = answer.headers.iter().any(|(name, _)| *name == "content-length");
    if !has_length && !matches!(answer.status, 204 | 304) {
        builder = builder.header("content-length", answer.body.len());
    }
    for (name, value) in &answer.headers {
        builder = builder.header(*name, value);
    }
    let payload = Payload { data: answer.body, cut, sent: false };
    builder.body(payload).unwrap_or_else(|_| {
        let mut failed = http::Response::new(Payload { data: Bytes::new(), cut: false, sent: true });
        *failed.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
        failed
    })
}

/// A body. A cut one ends half-way with an error, which closes the connection.
pub(crate) struct Payload {
    data: Bytes,
    cut: bool,
    sent: bool,
}

impl http_body::Body for Payload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(match (self.sent, self.cut) {
            (false, _) => {
                self.sent = true;
                let end = if self.cut { self.data.len() / 2 } else { self.data.len() };
                let part = self.data.split_to(end);
                (!part.is_empty()).then_some(Ok(Frame::data(part)))
            }
            (true, true) => Some(Err(io::ErrorKind::ConnectionReset.into())),
            (true, false) => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        !self.cut && (self.sent || self.data.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        if self.sent { SizeHint::default() } else { SizeHint::with_exact(self.data.len() as u64) }
    }
}
