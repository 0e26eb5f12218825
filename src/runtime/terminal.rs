use sigv4::Secret;

use super::transport::BoxFuture;

/// Asks a person: for the digits of an MFA device.
pub trait Terminal: Send + Sync {
    /// Ask one question, and wait for the answer; what is wrong, in words, if there is none. The question is
    /// dropped when its future is.
    fn ask<'a>(&'a self, question: &'a str) -> BoxFuture<'a, Result<Secret, String>>;
}
