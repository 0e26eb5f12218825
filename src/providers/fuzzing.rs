//! Open to `fuzz/` only: the readers of what programs, services and files print.

use sigv4::Secret;

use super::{container, instance_metadata, login, process, sso};

/// Read the bytes as each of the documents that credentials come in.
pub fn read_documents(bytes: &[u8]) {
    let answers = [process::parse(bytes), container::read(bytes), instance_metadata::read(bytes)];
    for credentials in answers.into_iter().flatten() {
        let token = credentials.session_token().map(Secret::expose);
        for value in
            [credentials.access_key_id(), credentials.secret_access_key().expose()].into_iter().chain(token)
        {
            assert!(!value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic()));
        }
    }
    if let Ok(name) = instance_metadata::role_name(bytes) {
        // It becomes part of a path.
        assert!(!name.contains('/') && !name.is_empty());
    }
    if let Ok(line) = str::from_utf8(bytes) {
        process::read_line(line);
    }
    sso::read_token(bytes);
    login::read_file(bytes);
}
