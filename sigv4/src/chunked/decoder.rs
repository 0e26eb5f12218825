use alloc::{borrow::ToOwned, string::String, vec::Vec};
use core::{fmt, mem};

use super::{
    announced::Announced,
    error::{ChunkError, malformed},
    lines::{self, Line},
    strings::Chain,
    trailers::{Trailer, Trailers},
};
use crate::Framing;

/// The largest signed chunk that is accepted: it must be held until its signature is known to be good. Unsigned chunks
/// are given out as they arrive and have no limit.
pub const MAX_CHUNK: usize = 16 * 1024 * 1024;
/// "The chunk size must be at least 8 KB. […] This chunk size applies to all chunks except the last one"
/// (<https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sigv4-streaming.html>).
const MIN_CHUNK: u64 = 8 * 1024;

/// Reads an `aws-chunked` body as it arrives, in pieces of any size.
///
/// Made by [`Verified::chunk_decoder`](crate::Verified::chunk_decoder) from what the verified request announces, it checks
/// each chunk's signature, the length (`x-amz-decoded-content-length`), that exactly the headers of `x-amz-trailer` follow,
/// their signature, and, with the feature `checksums`, the checksum they state. It holds at most one signed chunk
/// ([`MAX_CHUNK`]), and of unsigned ones nothing.
///
/// # What is left to the caller
/// - Signed chunks are given out as soon as their own signature holds; unsigned ones are given out unchecked. Either way
///   the object is whole only when [`finish`](Self::finish) succeeds: keep what was stored apart until then.
/// - Checksums that are not [`checked`](Trailer::checked), and those in headers of the request.
/// - To remove `aws-chunked` from `content-encoding`, as S3 does.
/// - HTTP's own `transfer-encoding: chunked`, which may be wrapped around this one.
pub struct ChunkDecoder {
    framing: Framing,
    /// `None` for unsigned chunks.
    chain: Option<Chain>,
    announced: u64,
    /// How much the heads of chunks have told of so far.
    received: u64,
    state: State,
    line: Line,
    /// A signed chunk whose signature is not known to be good yet.
    held: Vec<u8>,
    chunks: u64,
    last_length: Option<u64>,
    trailers: Trailers,
}

enum State {
    /// A chunk's head, up to its line break.
    Head,
    /// A chunk's data.
    Data {
        remaining: u64,
        signature: String,
    },
    /// The line break behind a chunk's data.
    DataEnd,
    /// Headers behind the last chunk, up to an empty line.
    Trailer,
    Done,
    /// It was refused; whatever follows is, too.
    Failed,
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
    pub(crate) fn new(announced: Announced) -> Self {
        let Announced { framing, decoded_length, trailers, chain } = announced;
        Self {
            framing,
            chain,
            announced: decoded_length,
            received: 0,
            state: State::Head,
            line: Line::default(),
            held: Vec::new(),
            chunks: 0,
            last_length: None,
            trailers: Trailers::new(trailers),
        }
    }

    /// Take what arrived; data is appended to `out`, signed data only after its chunk's signature was found good.
    ///
    /// # Errors
    /// The body is not what was signed, or not framed as it should be. Nothing after that can be trusted.
    pub fn decode(&mut self, mut arrived: &[u8], out: &mut Vec<u8>) -> Result<(), ChunkError> {
        while !arrived.is_empty() {
            // Where a step fails, the state stays failed.
            self.state = match mem::replace(&mut self.state, State::Failed) {
                State::Head => self.head(&mut arrived)?,
                State::Data { remaining, signature } => self.data(&mut arrived, remaining, signature, out)?,
                State::DataEnd => match self.line.take(&mut arrived)? {
                    None => State::DataEnd,
                    Some(line) if line.is_empty() => State::Head,
                    Some(_) => return malformed("no line break behind a chunk"),
                },
                State::Trailer => self.trailer(&mut arrived)?,
                State::Done => return malformed("something follows the last chunk"),
                State::Failed => return malformed("it was refused before"),
            };
        }
        Ok(())
    }

    /// After the last byte: the headers that followed the chunks.
    ///
    /// # Errors
    /// [`ChunkError::Incomplete`], or the body was refused before.
    pub fn finish(self) -> Result<Vec<Trailer>, ChunkError> {
        match self.state {
            State::Done => Ok(self.trailers.into_list()),
            State::Failed => malformed("it was refused before"),
            _ => Err(ChunkError::Incomplete),
        }
    }

    fn head(&mut self, arrived: &mut &[u8]) -> Result<State, ChunkError> {
        let Some(line) = self.line.take(arrived)? else { return Ok(State::Head) };
        let (length, signature) = lines::head(&line, self.framing.is_signed())?;
        if self.framing.is_signed() && length > MAX_CHUNK as u64 {
            return malformed("a signed chunk is too large");
        }
        if length == 0 {
            self.accept(signature)?;
            if self.received != self.announced {
                return Err(self.wrong_length());
            }
            return Ok(State::Trailer);
        }
        if self.last_length.is_some_and(|before| before < MIN_CHUNK) {
            return malformed("a chunk that is not the last has less than 8192 bytes");
        }
        self.last_length = Some(length);
        self.received = self.received.saturating_add(length);
        if self.received > self.announced {
            return Err(self.wrong_length());
        }
        Ok(State::Data { remaining: length, signature: signature.to_owned() })
    }

    fn data(
        &mut self,
        arrived: &mut &[u8],
        remaining: u64,
        signature: String,
        out: &mut Vec<u8>,
    ) -> Result<State, ChunkError> {
        let wanted = usize::try_from(remaining).unwrap_or(usize::MAX);
        let (part, rest) = arrived.split_at_checked(wanted).unwrap_or((arrived, &[]));
        *arrived = rest;
        let remaining = remaining - part.len() as u64;
        if self.chain.is_none() {
            self.trailers.update(part);
            out.extend_from_slice(part);
        } else {
            self.held.extend_from_slice(part);
        }
        if remaining > 0 {
            return Ok(State::Data { remaining, signature });
        }
        self.accept(&signature)?;
        self.trailers.update(&self.held);
        out.append(&mut self.held);
        Ok(State::DataEnd)
    }

    /// Whether the chunk that is held has this signature.
    fn accept(&mut self, signature: &str) -> Result<(), ChunkError> {
        let index = self.chunks;
        self.chunks += 1;
        let accepted = self.chain.as_mut().is_none_or(|chain| chain.accepts_chunk(&self.held, signature));
        if accepted { Ok(()) } else { Err(ChunkError::Chunk { index }) }
    }

    fn trailer(&mut self, arrived: &mut &[u8]) -> Result<State, ChunkError> {
        let Some(line) = self.line.take(arrived)? else { return Ok(State::Trailer) };
        if line.is_empty() {
            self.trailers.end(self.chain.as_mut().filter(|_| self.framing.has_trailer()))?;
            return Ok(State::Done);
        }
        if !self.framing.has_trailer() {
            return malformed("headers follow the last chunk, but none were announced");
        }
        let (name, value) = lines::trailer(&line)?;
        self.trailers.arrived(name, value, self.framing.is_signed())?;
        Ok(State::Trailer)
    }

    const fn wrong_length(&self) -> ChunkError {
        ChunkError::Length { announced: self.announced, received: self.received }
    }
}
