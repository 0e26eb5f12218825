use alloc::{borrow::ToOwned, string::String, vec::Vec};
use core::{fmt, mem};

use super::{Framing, encoder::canonical_trailer, strings::Chain};

/// The largest chunk that is accepted: it must be held until its signature is known to be good.
pub const MAX_CHUNK: usize = 16 * 1024 * 1024;
/// The longest line: a chunk's head or a trailing header.
const MAX_LINE: usize = 8 * 1024;
/// How many headers may follow the last chunk.
const MAX_TRAILERS: usize = 32;

/// Why an `aws-chunked` body is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChunkError {
    /// The framing is broken.
    Malformed {
        /// What is wrong.
        problem: &'static str,
    },
    /// A chunk's signature does not hold: it, or one before it, was changed.
    Chunk {
        /// Which one, counted from 0; the empty one at the end counts.
        index: u64,
    },
    /// The signature of the trailing headers does not hold.
    Trailer,
    /// The body ends before its last chunk.
    Incomplete,
}

impl fmt::Display for ChunkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { problem } => write!(f, "the aws-chunked body is malformed: {problem}"),
            Self::Chunk { index } => write!(f, "the signature of chunk {index} does not match its data"),
            Self::Trailer => f.write_str("the signature of the trailing headers does not match them"),
            Self::Incomplete => f.write_str("the aws-chunked body ends before its last chunk"),
        }
    }
}

impl core::error::Error for ChunkError {}

/// Reads an `aws-chunked` body as it arrives, in pieces of any size, and gives out only data whose signature
/// holds.
///
/// Made by [`Verifier::chunk_decoder`](crate::Verifier::chunk_decoder).
pub struct ChunkDecoder {
    framing: Framing,
    /// `None` for unsigned chunks.
    chain: Option<Chain>,
    state: State,
    /// What arrived and is not used yet.
    pending: Vec<u8>,
    chunks: u64,
    trailers: Vec<(String, String)>,
    trailer_signature: Option<String>,
}

#[derive(Debug)]
enum State {
    /// A chunk's head, up to its line break.
    Head,
    /// A chunk's data and the line break behind it.
    Data {
        length: usize,
        signature: String,
    },
    /// Headers behind the last chunk, up to an empty line.
    Trailer,
    Done,
}

const fn malformed<T>(problem: &'static str) -> Result<T, ChunkError> {
    Err(ChunkError::Malformed { problem })
}

impl fmt::Debug for ChunkDecoder {
    /// Without what has arrived of the body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkDecoder")
            .field("framing", &self.framing)
            .field("chunks", &self.chunks)
            .finish_non_exhaustive()
    }
}

impl ChunkDecoder {
    /// Without a chain, chunks are not signed.
    pub(crate) fn new(framing: Framing, chain: Option<Chain>) -> Self {
        Self {
            framing,
            chain,
            state: State::Head,
            pending: Vec::new(),
            chunks: 0,
            trailers: Vec::new(),
            trailer_signature: None,
        }
    }

    /// Take what arrived; verified data is appended to `out`.
    ///
    /// # Errors
    /// The body is not what was signed, or not framed as it should be. Nothing after that can be trusted.
    pub fn decode(&mut self, arrived: &[u8], out: &mut Vec<u8>) -> Result<(), ChunkError> {
        self.pending.extend_from_slice(arrived);
        let mut used = 0;
        while let Some(step) = self.step(used, out)? {
            used += step;
        }
        self.pending.drain(..used);
        Ok(())
    }

    /// After the last byte.
    ///
    /// # Errors
    /// [`ChunkError::Incomplete`].
    pub fn finish(self) -> Result<Vec<(String, String)>, ChunkError> {
        match self.state {
            State::Done if self.pending.is_empty() => Ok(self.trailers),
            State::Done => malformed("something follows the last chunk"),
            _ => Err(ChunkError::Incomplete),
        }
    }

    /// Use as much as one state needs; `None` if more must arrive first.
    fn step(&mut self, used: usize, out: &mut Vec<u8>) -> Result<Option<usize>, ChunkError> {
        let rest = self.pending.get(used..).unwrap_or_default();
        match mem::replace(&mut self.state, State::Done) {
            State::Done if rest.is_empty() => Ok(None),
            State::Done => malformed("something follows the last chunk"),
            State::Head => {
                let Some(line) = line(rest)? else {
                    self.state = State::Head;
                    return Ok(None);
                };
                let step = line.len() + 2;
                let (length, signature) = head(line, self.framing.is_signed())?;
                let signature = signature.to_owned();
                if length == 0 {
                    self.accept(b"", &signature)?;
                    self.state = State::Trailer;
                } else {
                    self.state = State::Data { length, signature };
                }
                Ok(Some(step))
            }
            State::Data { length, signature } => match rest.get(..length + 2) {
                None => {
                    self.state = State::Data { length, signature };
                    Ok(None)
                }
                Some(framed) => {
                    let Some(data) = framed.strip_suffix(b"\r\n") else {
                        return malformed("no line break behind a chunk");
                    };
                    let data = data.to_vec();
                    self.accept(&data, &signature)?;
                    out.extend_from_slice(&data);
                    self.state = State::Head;
                    Ok(Some(length + 2))
                }
            },
            State::Trailer => {
                let Some(line) = line(rest)? else {
                    self.state = State::Trailer;
                    return Ok(None);
                };
                let step = line.len() + 2;
                if line.is_empty() {
                    self.end()?;
                } else {
                    let line = line.to_owned();
                    self.trailer(&line)?;
                    self.state = State::Trailer;
                }
                Ok(Some(step))
            }
        }
    }

    fn accept(&mut self, data: &[u8], signature: &str) -> Result<(), ChunkError> {
        let index = self.chunks;
        self.chunks += 1;
        let accepted = self.chain.as_mut().is_none_or(|chain| chain.accepts_chunk(data, signature));
        if accepted { Ok(()) } else { Err(ChunkError::Chunk { index }) }
    }

    fn trailer(&mut self, line: &str) -> Result<(), ChunkError> {
        if !self.framing.has_trailer() {
            return malformed("headers follow the last chunk, but none were announced");
        }
        if self.trailer_signature.is_some() {
            return malformed("headers follow their signature");
        }
        let Some((name, value)) = line.split_once(':') else {
            return malformed("a trailing header has no colon");
        };
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().to_owned());
        if name == "x-amz-trailer-signature" {
            self.trailer_signature = Some(value);
        } else if self.trailers.len() == MAX_TRAILERS {
            return malformed("too many trailing headers");
        } else {
            self.trailers.push((name, value));
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), ChunkError> {
        let (true, Some(chain)) = (self.framing.has_trailer(), &mut self.chain) else { return Ok(()) };
        let Some(signature) = &self.trailer_signature else { return Err(ChunkError::Trailer) };
        let headers: Vec<(&str, &str)> =
            self.trailers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        if chain.accepts_trailer(&canonical_trailer(&headers), signature) {
            Ok(())
        } else {
            Err(ChunkError::Trailer)
        }
    }
}

/// The line at the beginning, without its line break; `None` if that has not arrived.
fn line(rest: &[u8]) -> Result<Option<&str>, ChunkError> {
    let Some(end) = rest.windows(2).take(MAX_LINE).position(|pair| pair == b"\r\n") else {
        return if rest.len() > MAX_LINE { malformed("a line is too long") } else { Ok(None) };
    };
    match core::str::from_utf8(rest.get(..end).unwrap_or_default()) {
        Ok(line) => Ok(Some(line)),
        Err(_) => malformed("a line is not text"),
    }
}

/// `10000;chunk-signature=…`, or the length alone.
fn head(line: &str, is_signed: bool) -> Result<(usize, &str), ChunkError> {
    let (length, extension) = line.split_once(';').unwrap_or((line, ""));
    let is_hex =
        !length.is_empty() && length.len() <= 8 && length.bytes().all(|byte| byte.is_ascii_hexdigit());
    let length = usize::from_str_radix(length, 16).ok().filter(|_| is_hex);
    let Some(length) = length else { return malformed("a chunk's length is no hexadecimal number") };
    if length > MAX_CHUNK {
        return malformed("a chunk is too large");
    }
    match extension.strip_prefix("chunk-signature=") {
        Some(signature) => Ok((length, signature)),
        None if is_signed => malformed("a chunk has no signature"),
        None => Ok((length, "")),
    }
}
