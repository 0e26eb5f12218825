//! Messages of HTTP/1.1 (RFC 9112) as bytes: a request, the head of an answer, where its body ends. No I/O.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING},
};
use httparse::Status;
use zeroize::Zeroizing;

/// The most headers of an answer.
const MAX_HEADERS: usize = 128;
/// The longest line that says how long a chunk is, and the most bytes of what follows the last one.
const MAX_LINE: usize = 16 * 1024;

/// A request's bytes, wiped when dropped: tokens and codes are among them. (Names, values and methods of the crate
/// `http` hold no line breaks.)
pub(super) fn request(method: &Method, target: &str, headers: &HeaderMap, body: &[u8]) -> Zeroizing<Vec<u8>> {
    let line = [method.as_str(), " ", target, " HTTP/1.1\r\n"].map(str::as_bytes);
    let fields = headers.iter().flat_map(|(name, value)| {
        [name.as_str().as_bytes(), b": ".as_slice(), value.as_bytes(), b"\r\n".as_slice()]
    });
    let parts: Vec<&[u8]> = line.into_iter().chain(fields).chain([b"\r\n".as_slice(), body]).collect();
    // All at once: a vector that grows would leave copies.
    parts.concat().into()
}

/// Whether a head may have come to its end, of whose bytes so many have been looked at before. (Lines end as httparse
/// reads them.)
pub(super) fn may_have_ended(input: &[u8], looked_at: usize) -> bool {
    let new = input.get(looked_at.saturating_sub(2)..).unwrap_or_default();
    new.windows(2).any(|pair| pair == b"\n\n") || new.windows(3).any(|end| end == b"\n\r\n")
}

/// What an answer begins with.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    is_old: bool,
}

impl Head {
    /// The head that these bytes begin with, and its length; nothing if it has not come to its end.
    ///
    /// # Errors
    /// In words: that is no HTTP.
    pub(super) fn parse(input: &[u8]) -> Result<Option<(usize, Self)>, String> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Response::new(&mut headers);
        let length = match parsed.parse(input) {
            Ok(Status::Complete(length)) => length,
            Ok(Status::Partial) => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        let status =
            StatusCode::from_u16(parsed.code.unwrap_or_default()).map_err(|error| error.to_string())?;
        let mut headers = HeaderMap::with_capacity(parsed.headers.len());
        for header in parsed.headers.iter() {
            let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|error| error.to_string())?;
            headers.append(name, HeaderValue::from_bytes(header.value).map_err(|error| error.to_string())?);
        }
        Ok(Some((length, Self { status, headers, is_old: parsed.version == Some(0) })))
    }

    /// Whether another head follows, that of the answer itself (RFC 9110, 15.2).
    pub(super) fn is_interim(&self) -> bool {
        self.status.is_informational() && self.status != StatusCode::SWITCHING_PROTOCOLS
    }

    /// How the body ends (RFC 9112, 6.3).
    ///
    /// # Errors
    /// In words: that cannot be known.
    pub(super) fn framing(&self, method: &Method) -> Result<Framing, String> {
        let has_none = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&self.status);
        if *method == Method::HEAD || has_none || self.status.is_informational() {
            return Ok(Framing::Length(0));
        }
        let mut codings = values(&self.headers, &TRANSFER_ENCODING).peekable();
        if codings.peek().is_some() {
            // With another transfer coding the caller would get encoded bytes, which it did not ask for.
            return match (codings.next(), codings.next()) {
                (Some(coding), None) if coding.eq_ignore_ascii_case("chunked") && !self.is_old => {
                    Ok(Framing::Chunks(Chunks::Size))
                }
                _ => Err("its Transfer-Encoding is not `chunked` alone".into()),
            };
        }
        if !self.headers.contains_key(CONTENT_LENGTH) {
            return Ok(Framing::UntilTheEnd);
        }
        let mut lengths = values(&self.headers, &CONTENT_LENGTH);
        let length = lengths.next().unwrap_or_default();
        if lengths.any(|other| other != length) {
            return Err("it has more than one Content-Length".into());
        }
        // Not `+5`, which the parser would take.
        let is_number = length.bytes().all(|byte| byte.is_ascii_digit());
        match length.parse() {
            Ok(length) if is_number => Ok(Framing::Length(length)),
            _ => Err("its Content-Length is no number".into()),
        }
    }

    /// Whether the connection may be used again once the body has come (RFC 9112, 9.3). Where two headers speak of the
    /// body's length, perhaps somebody in between reads the other one.
    pub(super) fn keeps_connection(&self) -> bool {
        let is_closed = values(&self.headers, &CONNECTION).any(|option| option.eq_ignore_ascii_case("close"));
        let has_two =
            self.headers.contains_key(TRANSFER_ENCODING) && self.headers.contains_key(CONTENT_LENGTH);
        !is_closed && !has_two && !self.is_old && self.status != StatusCode::SWITCHING_PROTOCOLS
    }
}

/// The members of a header that is a list (RFC 9110, 5.6.1). What is not text stands as it is no member.
fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lists = headers.get_all(name).into_iter().map(|value| value.to_str().unwrap_or("?"));
    lists.flat_map(|list| list.split(',')).map(str::trim).filter(|member| !member.is_empty())
}

/// How much of a body is still to come.
#[derive(Debug)]
pub(super) enum Framing {
    /// So many bytes.
    Length(u64),
    Chunks(Chunks),
    /// All that comes before the connection ends.
    UntilTheEnd,
}

/// What comes next of a body in chunks (RFC 9112, 7.1).
#[derive(Debug)]
pub(super) enum Chunks {
    Size,
    Data(u64),
    LineBreak,
    /// Headers behind the last chunk, of which so many bytes have come.
    Trailer(usize),
    Done,
}

impl Framing {
    pub(super) fn is_done(&self) -> bool {
        matches!(self, Self::Length(0) | Self::Chunks(Chunks::Done))
    }

    /// Whether the connection may end here.
    pub(super) fn may_end(&self) -> bool {
        matches!(self, Self::UntilTheEnd)
    }

    /// Take what is there of the body: how many bytes of the input have been used.
    ///
    /// # Errors
    /// In words: those are no chunks.
    pub(super) fn read(&mut self, input: &[u8], body: &mut Vec<u8>) -> Result<usize, String> {
        match self {
            Self::UntilTheEnd => {
                body.extend_from_slice(input);
                Ok(input.len())
            }
            Self::Length(left) => Ok(take(left, input, body)),
            Self::Chunks(chunks) => {
                let mut used = 0;
                while let Some(step) = chunks.read(input.get(used..).unwrap_or_default(), body)? {
                    used += step;
                }
                Ok(used)
            }
        }
    }
}

impl Chunks {
    /// One step: how many bytes it has used; nothing if more have to come, or none.
    fn read(&mut self, input: &[u8], body: &mut Vec<u8>) -> Result<Option<usize>, String> {
        match self {
            // The parser takes a line without any digit for a last chunk.
            Self::Size if input.first().is_some_and(|byte| !byte.is_ascii_hexdigit()) => {
                Err("a chunk has no size".into())
            }
            Self::Size => match httparse::parse_chunk_size(input) {
                Ok(Status::Complete((used, size))) if used <= MAX_LINE => {
                    *self = if size == 0 { Self::Trailer(0) } else { Self::Data(size) };
                    Ok(Some(used))
                }
                Ok(Status::Partial) if input.len() <= MAX_LINE => Ok(None),
                _ => Err("the size of a chunk cannot be read".into()),
            },
            Self::Data(left) => {
                let used = take(left, input, body);
                if *left == 0 {
                    *self = Self::LineBreak;
                }
                Ok((used > 0).then_some(used))
            }
            Self::LineBreak => match input {
                [b'\r', b'\n', ..] => {
                    *self = Self::Size;
                    Ok(Some(2))
                }
                [] | [b'\r'] => Ok(None),
                _ => Err("a chunk is longer than it says".into()),
            },
            Self::Trailer(seen) => {
                let Some(end) = input.windows(2).position(|pair| pair == b"\r\n") else {
                    let is_endless = *seen + input.len() > MAX_LINE;
                    return if is_endless { Err("its trailer is too long".into()) } else { Ok(None) };
                };
                // Whether too long does not depend on how it arrives.
                if *seen + end + 1 > MAX_LINE {
                    return Err("its trailer is too long".into());
                }
                *self = if end == 0 { Self::Done } else { Self::Trailer(*seen + end + 2) };
                Ok(Some(end + 2))
            }
            Self::Done => Ok(None),
        }
    }
}

fn take(left: &mut u64, input: &[u8], body: &mut Vec<u8>) -> usize {
    let wanted = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
    body.extend_from_slice(input.get(..wanted).unwrap_or_default());
    *left -= wanted as u64;
    wanted
}

/// For tests and `fuzz/`: an answer that comes in pieces of so many bytes: its body, if it comes to an end.
#[cfg(any(test, fuzzing))]
#[cfg_attr(test, allow(unreachable_pub, reason = "for `fuzz/`"))]
pub fn read(answer: &[u8], piece: usize) -> Result<Option<Vec<u8>>, String> {
    let (mut input, mut body, mut framing) = (Vec::new(), Vec::new(), None::<Framing>);
    for part in answer.chunks(piece) {
        input.extend_from_slice(part);
        while framing.is_none() {
            let Some((used, head)) = Head::parse(&input)? else { break };
            input.drain(..used);
            if !head.is_interim() {
                framing = Some(head.framing(&Method::GET)?);
            }
        }
        let Some(framing) = &mut framing else { continue };
        let used = framing.read(&input, &mut body)?;
        input.drain(..used);
    }
    Ok(framing.filter(|framing| framing.is_done() || framing.may_end()).map(|_| body))
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 9112, 7.1 and 7.1.3: sizes in both cases, extensions, a trailer.
    #[test]
    fn a_body_is_the_same_however_its_bytes_arrive() {
        let answers: [&[u8]; 4] = [
            b"HTTP/1.1 200 OK\r\ncontent-length: 26\r\n\r\nabcdefghijklmnopqrstuvwxyz",
            b"HTTP/1.1 200 OK\r\nContent-Length: 26, 26\r\nContent-Length: 26\r\n\r\nabcdefghijklmnopqrstuvwxyz",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\ncontent-length: 3\r\n\r\n\
              A\r\nabcdefghij\r\n0f;x=\"y\"\r\nklmnopqrstuvwxy\r\n1\r\nz\r\n0\r\nx-sum: 1\r\n\r\n",
            b"HTTP/1.0 200 OK\r\n\r\nabcdefghijklmnopqrstuvwxyz",
        ];
        for answer in answers {
            for piece in [1, 2, 3, 7, 1000] {
                let body = read(answer, piece).unwrap().unwrap();
                assert_eq!(body, b"abcdefghijklmnopqrstuvwxyz", "{piece}");
            }
            // No shorter one is whole, but for what the connection's end ends.
            if !answer.starts_with(b"HTTP/1.0") {
                for length in 1..answer.len() {
                    assert_eq!(read(&answer[..length], 5), Ok(None), "{length}");
                }
            }
        }
    }

    #[test]
    fn lengths_that_contradict_each_other_or_are_none_are_errors() {
        for headers in [
            "content-length: 1\r\ncontent-length: 2",
            "content-length: 1, 2",
            "content-length: +1",
            "content-length: -1",
            "content-length: 0x1",
            "content-length: 99999999999999999999",
            "content-length:",
            "content-length: ,",
            "transfer-encoding: gzip",
            "transfer-encoding: gzip, chunked",
            "transfer-encoding: chunked, chunked",
        ] {
            let answer = format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\nx");
            assert!(read(answer.as_bytes(), 1000).is_err(), "{headers}");
        }
        // A line without a size is no last chunk, whatever follows.
        for chunks in [
            "1\r\na\r\n\r\n\r\n",
            ";x\r\n\r\n",
            " 1\r\na\r\n",
            "x\r\n",
            "1\r\nab\r\n",
            "-1\r\na\r\n",
            "fffffffffffffffff\r\n",
        ] {
            let answer = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunks}");
            assert!(read(answer.as_bytes(), 1000).is_err(), "{chunks}");
        }
        let endless =
            format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n{}", "a: b\r\n".repeat(9000));
        // The same for one line, and for one that says how long a chunk is.
        let line = format!(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\na: {}\r\n\r\n",
            "b".repeat(MAX_LINE)
        );
        let size = format!(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;{}\r\na\r\n0\r\n\r\n",
            "b".repeat(MAX_LINE)
        );
        for answer in [endless, line, size] {
            for piece in [61, 4096, usize::MAX] {
                assert!(read(answer.as_bytes(), piece).is_err(), "{piece}");
            }
        }
    }

    #[test]
    fn a_connection_is_kept_only_where_both_sides_know_where_the_answer_ended() {
        let keeps = |head: &str| Head::parse(head.as_bytes()).unwrap().unwrap().1.keeps_connection();
        assert!(keeps("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n"));
        for head in [
            "HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nconnection: x, Close\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 1\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        ] {
            assert!(!keeps(head), "{head}");
        }
    }
}
