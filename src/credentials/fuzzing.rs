//! What `fuzz/` reaches that nobody else may: the readers of what programs, services and files print.

use super::{container, instance_metadata, process, sso};

/// Read the bytes as each of the documents that credentials come in.
pub fn read_documents(bytes: &[u8]) {
    let answers = [process::parse(bytes), container::read(bytes), instance_metadata::read(bytes)];
    for credentials in answers.into_iter().flatten() {
        assert!(!credentials.access_key_id().is_empty());
    }
    if let Ok(name) = instance_metadata::role_name(bytes) {
        // It becomes part of a path.
        assert!(!name.contains('/') && !name.is_empty());
    }
    sso::read_token(bytes);
}
