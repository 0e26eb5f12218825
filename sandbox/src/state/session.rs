//! Sessions: temporary credentials and whose they are.

use std::hash::{BuildHasher, RandomState};

use sigv4::Secret;
use time::OffsetDateTime;

use super::caller::Caller;

/// Temporary credentials that were issued.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: Secret,
    pub(crate) token: Secret,
    pub(crate) expiration: OffsetDateTime,
    pub(crate) caller: Caller,
}

impl Session {
    /// New random keys and a new token.
    pub(super) fn new(caller: Caller, expiration: OffsetDateTime) -> Self {
        Self {
            access_key_id: format!("ASIA{}", random_text(16).to_ascii_uppercase()),
            secret_access_key: Secret::new(format!("{}/+{}", random_text(20), random_text(18))),
            // As long as AWS's own, and with the characters that clients get wrong.
            token: Secret::new(format!("FwoGZXIvYXdzE+/{}/+{}==", random_text(190), random_text(190))),
            expiration,
            caller,
        }
    }
}

/// Random hex digits: the keys of the standard library's hasher are random in each process, which is enough for a
/// sandbox.
pub(super) fn random_text(length: usize) -> String {
    let random = RandomState::new();
    let words = (0..length.div_ceil(16)).map(|index| format!("{:016x}", random.hash_one(index)));
    words.collect::<String>().chars().take(length).collect()
}
