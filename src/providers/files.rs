//! Which files are read whole, how large each may be, and that they are text.

use std::{io, path::Path};

use sigv4::Secret;

use crate::runtime::Files;

/// The largest settings file that is read.
const MAX_SETTINGS: u64 = 4 * 1024 * 1024;
/// No file of credentials or of a sign-in's token is that large.
pub(super) const MAX_FILE: u64 = 256 * 1024;

/// The text of a settings file, which must be UTF-8.
pub(super) fn read_settings(files: &dyn Files, path: &Path) -> io::Result<Secret> {
    text(files.read_settings(path, MAX_SETTINGS)?)
}

/// A bounded file of text, which must be UTF-8.
pub(super) fn read_text(files: &dyn Files, path: &Path, limit: u64) -> io::Result<Secret> {
    text(files.read(path, limit)?)
}

fn text(mut content: zeroize::Zeroizing<Vec<u8>>) -> io::Result<Secret> {
    if content.starts_with(&[0xff, 0xfe]) || content.starts_with(&[0xfe, 0xff]) {
        let problem = "it is UTF-16, as `>` of Windows PowerShell writes it: save it as UTF-8";
        return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
    }
    match String::from_utf8(std::mem::take(&mut *content)) {
        Ok(text) => Ok(Secret::from(text)),
        Err(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8")),
    }
}
