//! Files that the command reads, each with a limit of its own: whatever is named (`/dev/zero`, a pipe that
//! somebody keeps writing to), no more than that is kept in memory.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, Read},
    path::Path,
};

use crate::{failure::Failure, signals::while_reading};

const MIB: u64 = 1024 * 1024;

/// `--policy`: STS takes 2,048 characters, blanks included.
pub(crate) const MAX_POLICY: u64 = 64 * 1024;
/// `--ca-bundle` and AWS_CA_BUNDLE: a system's whole bundle has a quarter of a mebibyte.
#[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
pub(crate) const MAX_CA_BUNDLE: u64 = 16 * MIB;
/// `--trust-anchor`.
#[cfg(all(feature = "x509", feature = "sandbox"))]
pub(crate) const MAX_CERTIFICATE: u64 = MIB;
/// The refusal that `explain` reads: S3 sends what it signed as text and as hexadecimal bytes, each of which is as
/// large as a request's head.
pub(crate) const MAX_REFUSAL: u64 = MIB;
/// A file of `vectors`; this project's largest has less than two mebibytes.
#[cfg(feature = "vectors")]
pub(crate) const MAX_VECTORS: u64 = 64 * MIB;
/// The body of a request, which is kept in memory until it is sent; and a recorded request, with its body.
pub(crate) const MAX_BODY: u64 = 1024 * MIB;

/// A file or a pipe, whole; `what` is it in messages, as in `the policy`.
///
/// # Errors
/// If it cannot be read, or is larger than the limit.
pub(crate) fn read(what: &str, path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let content = while_reading(|| File::open(path).and_then(|file| read_file(file, limit)));
    content.map_err(|error| unreadable(what, path, &error))
}

/// The same for text.
pub(crate) fn read_text(what: &str, path: &Path, limit: u64) -> Result<String, Failure> {
    text(read(what, path, limit)?).map_err(|problem| unreadable(what, path, &problem))
}

/// A policy as awscli takes it: the JSON itself, `file://` and a path, or a path alone.
pub(crate) fn read_policy(value: &OsStr) -> Result<String, Failure> {
    let text = value.to_str().unwrap_or_default();
    if text.trim_start().starts_with('{') {
        return Ok(text.to_owned());
    }
    let path =
        text.strip_prefix("file://").or(text.strip_prefix("fileb://")).map_or(Path::new(value), Path::new);
    let policy = read_text("the policy", path, MAX_POLICY)?;
    // Editors on Windows write a byte order mark, which JSON has none of.
    Ok(policy.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(policy))
}

/// Standard input, whole.
pub(crate) fn read_standard_input(limit: u64) -> Result<Vec<u8>, Failure> {
    while_reading(|| read_all(io::stdin().lock(), limit))
        .map_err(|error| Failure::Usage(format!("cannot read standard input: {error}")))
}

/// A file that was found in a folder: there, a pipe is nobody's wish, and would be waited for.
#[cfg(feature = "vectors")]
pub(crate) fn read_regular(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    if !path.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    read_file(File::open(path)?, limit)
}

fn read_file(file: File, limit: u64) -> io::Result<Vec<u8>> {
    // Pipes and devices have no size; a regular file that is too large is not read at all.
    if file.metadata()?.len() > limit {
        return Err(too_large(limit));
    }
    read_all(file, limit)
}

/// UTF-8 without the mark that editors of Windows put in front; or what is not UTF-8, and from where on.
pub(crate) fn text(content: Vec<u8>) -> Result<String, String> {
    if content.starts_with(&[0xff, 0xfe]) || content.starts_with(&[0xfe, 0xff]) {
        return Err("it is UTF-16, as `>` of Windows PowerShell writes it: save it as UTF-8".into());
    }
    let text = String::from_utf8(content)
        .map_err(|error| format!("it is not UTF-8 from byte {} on", error.utf8_error().valid_up_to()))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn read_all(source: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    source.take(limit + 1).read_to_end(&mut content)?;
    if content.len() as u64 > limit { Err(too_large(limit)) } else { Ok(content) }
}

fn too_large(limit: u64) -> io::Error {
    io::Error::new(
        io::ErrorKind::FileTooLarge,
        format!("it is larger than {limit} bytes, the most that is read"),
    )
}

fn unreadable(what: &str, path: &Path, problem: &impl std::fmt::Display) -> Failure {
    Failure::Usage(format!("cannot read {what} {}: {problem}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts what is asked of it, and has no end.
    struct Endless(u64);

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += buffer.len() as u64;
            buffer.fill(b'x');
            Ok(buffer.len())
        }
    }

    #[test]
    fn a_source_without_end_is_read_up_to_its_limit_and_refused() {
        for limit in [0, 1, 100_000] {
            let mut source = Endless(0);
            let refused = read_all(&mut source, limit).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::FileTooLarge);
            assert_eq!(source.0, limit + 1);
            let exact = read_all(Endless(0).take(limit), limit).unwrap();
            assert_eq!(exact.len() as u64, limit);
        }
    }
}
