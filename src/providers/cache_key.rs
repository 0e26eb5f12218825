//! What kept credentials depend on, and the name of their file that follows from it.

use std::{fmt, sync::OnceLock};

use sigv4::{Secret, SigningKey};

use crate::Credentials;

/// Parameters, and the identity to which they are given.
///
/// The file's name is an HMAC-SHA256 whose key is derived from the identity's own secret: whoever has another
/// secret (or the same key id with a wrong one) has other files, and a name tells nothing that could be tried out,
/// neither of the secret nor of the parameters.
#[derive(Clone)]
pub(super) struct CacheKey {
    secret: Secret,
    identity: String,
    parameters: Secret,
    /// The endpoint that was asked for first, and the name: made once, as to derive a key is the most that looking for a
    /// session costs.
    known: OnceLock<(String, String)>,
}

impl PartialEq for CacheKey {
    fn eq(&self, other: &Self) -> bool {
        let Self { secret, identity, parameters, known: _ } = self;
        (secret, identity, parameters) == (&other.secret, &other.identity, &other.parameters)
    }
}

impl CacheKey {
    /// Of parameters that say themselves whose they are.
    pub(super) fn public(parameters: impl Into<Secret>) -> Self {
        Self::new(Secret::from(""), String::new(), parameters)
    }

    /// Of what is made with an identity's keys.
    pub(super) fn of(base: &Credentials, parameters: impl Into<Secret>) -> Self {
        Self::new(base.secret_access_key().clone(), base.access_key_id().to_owned(), parameters)
    }

    /// Of what a sign-in's token gives.
    pub(super) fn of_token(token: &Secret, parameters: impl Into<Secret>) -> Self {
        Self::new(token.clone(), "token".into(), parameters)
    }

    fn new(secret: Secret, identity: String, parameters: impl Into<Secret>) -> Self {
        Self { secret, identity, parameters: parameters.into(), known: OnceLock::new() }
    }

    /// 64 hex digits, other ones for each endpoint of STS.
    pub(super) fn file_name(&self, endpoint: &str) -> String {
        let (known, name) = self.known.get_or_init(|| (endpoint.to_owned(), self.made_file_name(endpoint)));
        if known == endpoint { name.clone() } else { self.made_file_name(endpoint) }
    }

    fn made_file_name(&self, endpoint: &str) -> String {
        // No service signs under a date like this.
        let key = SigningKey::derive(&self.secret, "cache-1", "sts3", "file-name");
        // `Debug` of texts puts quotes around them and escapes those inside.
        let text = format!("{:?} {:?} {endpoint:?}", self.identity, self.parameters.expose());
        let text = zeroize::Zeroizing::new(text);
        key.sign(&text).as_str().to_owned()
    }
}

impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CacheKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_makes_another_name() {
        let alice = Credentials::new("ALICE", "s1");
        let name = |key: CacheKey| key.file_name("https://sts.example us-east-1");
        let names = [
            name(CacheKey::of(&alice, "role")),
            name(CacheKey::of(&Credentials::new("BOB", "s1"), "role")),
            name(CacheKey::of(&Credentials::new("ALICE", "s2"), "role")),
            name(CacheKey::of(&alice, "other role")),
            name(CacheKey::of_token(&"s1".into(), "role")),
            name(CacheKey::public("role")),
            CacheKey::of(&alice, "role").file_name("https://sts.example eu-west-1"),
        ];
        let different: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(different.len(), names.len());
        assert!(names.iter().all(|name| name.len() == 64), "{names:?}");
        assert_eq!(name(CacheKey::of(&alice, "role")), names[0]);
    }
}
