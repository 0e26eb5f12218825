//! Bodies that are sent in chunks, `Content-Encoding: aws-chunked`: each chunk carries a signature that
//! covers the one before it, so a body can be signed while it is produced and verified while it arrives.
//!
//! `framing` lists the forms, `encoder` writes them, `decoder` reads and verifies them, `strings` are what is
//! signed. <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>

mod decoder;
mod encoder;
mod framing;
mod strings;

pub use decoder::{ChunkDecoder, ChunkError, MAX_CHUNK};
pub use encoder::ChunkEncoder;
pub use framing::Framing;
pub(crate) use strings::Chain;
