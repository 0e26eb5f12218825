//! The floor alone, for profilers.
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
fn main() {
    let text = "x".repeat(936);
    let sts = "y".repeat(137);
    let key = Hmac::<Sha256>::new_from_slice(&[7; 32]).unwrap();
    for _ in 0..2_000_000 {
        std::hint::black_box(Sha256::digest(std::hint::black_box(text.as_bytes())));
        std::hint::black_box(key.clone().chain_update(std::hint::black_box(sts.as_bytes())).finalize().into_bytes());
    }
}
