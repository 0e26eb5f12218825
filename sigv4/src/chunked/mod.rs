//! Bodies that are sent in chunks, `Content-Encoding: aws-chunked`: each chunk carries a signature that
//! covers the one before it, so a body can be signed while it is produced and verified while it arrives.
//!
//! The forms are those of `Framing`; `encoder` writes them; `announced` is what a request says of its body, `decoder` reads and
//! verifies it with `lines`, `trailers` and `checksum`; `strings` are what is signed.
//! <https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sigv4-streaming.html>

mod announced;
mod checksum;
mod decoder;
mod encoder;
mod error;
mod lines;
mod strings;
mod trailers;

pub(crate) use announced::Announced;
pub use decoder::{ChunkDecoder, MAX_CHUNK};
pub use encoder::ChunkEncoder;
pub use error::ChunkError;
pub(crate) use strings::Chain;
pub use trailers::Trailer;
