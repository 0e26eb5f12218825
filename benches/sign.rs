//! Signing a ListObjectsV2 request with a session token of 420 bytes, beside the peers and the floor: one
//! SHA-256 over the canonical request and one HMAC with a key that is there already.
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench sign`

#[path = "signing/mod.rs"]
mod signing;

use sts3_benches::{measure, print};

fn main() {
    signing::headers(|contenders| {
        print("Header signing of a ListObjectsV2 GET, 420-byte token", &measure(contenders, 400, 200));
    });
    signing::presigning(|contenders| {
        print("Presigning the same, 420-byte token", &measure(contenders, 400, 100));
    });
}
