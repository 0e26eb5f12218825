//! The lines between the data: heads of chunks and trailing headers.

use alloc::{string::String, vec::Vec};

use super::error::{ChunkError, malformed};

/// The longest line: a chunk's head or a trailing header.
const MAX_LINE: usize = 8 * 1024;

/// Collects a line from pieces of any size; each byte is looked at once.
#[derive(Default)]
pub(super) struct Line(Vec<u8>);

impl Line {
    /// Take bytes up to the next CRLF; the line without it, if that has arrived.
    pub(super) fn take(&mut self, arrived: &mut &[u8]) -> Result<Option<String>, ChunkError> {
        while let Some((&byte, rest)) = arrived.split_first() {
            *arrived = rest;
            self.0.push(byte);
            if self.0.ends_with(b"\r\n") {
                let mut line = core::mem::take(&mut self.0);
                line.truncate(line.len() - 2);
                return match String::from_utf8(line) {
                    Ok(line) => Ok(Some(line)),
                    Err(_) => malformed("a line is not text"),
                };
            }
            if self.0.len() > MAX_LINE {
                return malformed("a line is too long");
            }
        }
        Ok(None)
    }
}

/// `10000;chunk-signature=…`, or the length alone where chunks are not signed: the length and the signature.
///
/// "string(IntHexBase(chunk-size))"
/// (<https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sigv4-streaming.html>): in lower case there and from
/// botocore, in upper case from awscrt; none has leading zeros.
pub(super) fn head(line: &str, is_signed: bool) -> Result<(u64, &str), ChunkError> {
    let (length, signature) = match line.split_once(';') {
        Some((length, extension)) if is_signed => match extension.strip_prefix("chunk-signature=") {
            Some(signature) => (length, signature),
            None => return malformed("a chunk has no signature"),
        },
        Some(_) => return malformed("a chunk has an extension, though chunks are not signed"),
        None if is_signed => return malformed("a chunk has no signature"),
        None => (line, ""),
    };
    let is_hex = length.len() <= 16 && length.bytes().all(|byte| byte.is_ascii_hexdigit());
    let has_zeros = length.len() > 1 && length.starts_with('0');
    match u64::from_str_radix(length, 16) {
        Ok(length) if is_hex && !has_zeros => Ok((length, signature)),
        _ => malformed("a chunk's length is not a hexadecimal number"),
    }
}

/// `name:value`, the name in lower case. "The usage of the linefeed \n at the end of the checksum value might vary across
/// clients"
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html#trailing-checksums>).
pub(super) fn trailer(line: &str) -> Result<(String, &str), ChunkError> {
    let Some((name, value)) = line.split_once(':') else {
        return malformed("a trailing header has no colon");
    };
    let value = value.strip_suffix('\n').unwrap_or(value).trim_matches([' ', '\t']);
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_name || !value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return malformed("a trailing header has a character that headers cannot have");
    }
    Ok((name.to_ascii_lowercase(), value))
}
