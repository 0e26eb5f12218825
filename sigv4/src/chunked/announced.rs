use alloc::{string::String, vec::Vec};

use super::strings::Chain;
use crate::Framing;

/// What a verified request announces of its chunked body: all that is needed to check it.
#[derive(Clone, Debug)]
pub(crate) struct Announced {
    pub(crate) framing: Framing,
    /// `x-amz-decoded-content-length`.
    pub(crate) decoded_length: u64,
    /// The names in `x-amz-trailer`, in lower case.
    pub(crate) trailers: Vec<String>,
    /// `None` for unsigned chunks.
    pub(crate) chain: Option<Chain>,
}
