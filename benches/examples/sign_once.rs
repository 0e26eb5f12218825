//! One signature a thousand times: for `valgrind --tool=callgrind`. `cargo build --release --example
//! sign_once`.
use std::{hint::black_box, time::Duration};

use sts3_sigv4::{Credentials, Payload, Request, Scope, Signer, Timestamp};

fn main() {
    let token = "IQoJb3JpZ2luX2VjEPT//////////wEaCXVzLWVhc3QtMSJHMEUCIQD+".repeat(8);
    let credentials = Credentials::new("ASIAIOSFODNN7EXAMPLE", "secret").with_session_token(&token[..420]);
    let signer = Signer::new(&credentials, Scope::new("eu-west-1", "s3"));
    let headers = [("host", "examplebucket.s3.eu-west-1.amazonaws.com")];
    let query = "encoding-type=url&list-type=2&prefix=logs%2F2026%2F&start-after=logs%2F2026%2F01%2F02%2Fapp.log";
    let request = Request::new("GET", "/").query(query).headers(&headers).payload(Payload::EMPTY);
    let time = Timestamp::from_unix_seconds(1_795_478_400);
    let presign = std::env::args().nth(1).is_some_and(|argument| argument == "presign");
    let rounds = std::env::var("ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1000);
    for _ in 0..rounds {
        if presign {
            black_box(signer.presign(black_box(&request), Duration::from_secs(3600), time).unwrap());
        } else {
            black_box(signer.sign(black_box(&request), time).unwrap());
        }
    }
}
