use alloc::string::String;
use core::fmt;

use crate::text::Shown;

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
    /// The data are not as long as `x-amz-decoded-content-length` said.
    Length {
        /// What the request announced.
        announced: u64,
        /// What arrived; where it is more, as far as the heads of chunks were read.
        received: u64,
    },
    /// A header that `x-amz-trailer` announced did not follow.
    TrailerMissing {
        /// Its name.
        name: String,
    },
    /// A header followed that `x-amz-trailer` did not announce, or one of them twice.
    TrailerUnexpected {
        /// Its name.
        name: String,
    },
    /// The signature of the trailing headers does not hold.
    Trailer,
    /// The data do not have the checksum that follows them (feature `checksums`).
    Checksum {
        /// The header's name.
        name: String,
        /// What it states.
        stated: String,
        /// What was computed.
        computed: String,
    },
    /// The body ends before its last chunk.
    Incomplete,
}

impl fmt::Display for ChunkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { problem } => write!(f, "the aws-chunked body is malformed: {problem}"),
            Self::Chunk { index } => write!(f, "the signature of chunk {index} does not match its data"),
            Self::Length { announced, received } => write!(
                f,
                "x-amz-decoded-content-length is {announced}, and the chunks hold {received} bytes{}",
                if received > announced { " or more" } else { "" }
            ),
            Self::TrailerMissing { name } => {
                write!(f, "x-amz-trailer announces `{}`, which does not follow the chunks", Shown(name))
            }
            Self::TrailerUnexpected { name } => {
                write!(
                    f,
                    "`{}` follows the chunks, but x-amz-trailer does not announce it, or it came twice",
                    Shown(name)
                )
            }
            Self::Trailer => f.write_str("the signature of the trailing headers does not match them"),
            Self::Checksum { name, stated, computed } => {
                write!(f, "{} of the data is {computed}, and `{}` was sent", Shown(name), Shown(stated))
            }
            Self::Incomplete => f.write_str("the aws-chunked body ends before its last chunk"),
        }
    }
}

impl core::error::Error for ChunkError {}

pub(super) const fn malformed<T>(problem: &'static str) -> Result<T, ChunkError> {
    Err(ChunkError::Malformed { problem })
}
