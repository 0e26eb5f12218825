//! The headers behind the last chunk: those that were announced, each once, and their checksums.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use super::{
    checksum::Checksum,
    encoder::canonical_trailer,
    error::{ChunkError, malformed},
    strings::Chain,
};

/// A header that followed the chunks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trailer {
    /// Its name in lower case.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether it was held against the data: the checksums `x-amz-checksum-crc32`, `-crc32c`, `-crc64nvme`, `-sha1` and
    /// `-sha256` are with the feature `checksums`. Any other is left to the caller.
    pub checked: bool,
}

/// What is known of them while the body arrives.
pub(super) struct Trailers {
    expected: Vec<Expected>,
    signature: Option<String>,
}

struct Expected {
    name: String,
    value: Option<String>,
    checksum: Option<Checksum>,
}

impl Trailers {
    pub(super) fn new(names: Vec<String>) -> Self {
        let expected = |name: String| Expected { checksum: Checksum::of(&name), name, value: None };
        Self { expected: names.into_iter().map(expected).collect(), signature: None }
    }

    /// Data that was let through.
    pub(super) fn update(&mut self, data: &[u8]) {
        for checksum in self.expected.iter_mut().filter_map(|expected| expected.checksum.as_mut()) {
            checksum.update(data);
        }
    }

    /// A header that arrived. Their signature is the last.
    pub(super) fn arrived(&mut self, name: String, value: &str, is_signed: bool) -> Result<(), ChunkError> {
        if self.signature.is_some() {
            return malformed("headers follow their signature");
        }
        if is_signed && name == "x-amz-trailer-signature" {
            self.signature = Some(value.to_owned());
            return Ok(());
        }
        match self.expected.iter_mut().find(|expected| expected.name == name && expected.value.is_none()) {
            Some(expected) => {
                expected.value = Some(value.to_owned());
                Ok(())
            }
            None => Err(ChunkError::TrailerUnexpected { name }),
        }
    }

    /// After the last of them: all must be there, be signed (if there is a chain), and hold for the data.
    pub(super) fn end(&mut self, chain: Option<&mut Chain>) -> Result<(), ChunkError> {
        if let Some(missing) = self.expected.iter().find(|expected| expected.value.is_none()) {
            return Err(ChunkError::TrailerMissing { name: missing.name.clone() });
        }
        if let Some(chain) = chain {
            let headers: Vec<(&str, &str)> = self
                .expected
                .iter()
                .map(|expected| (expected.name.as_str(), expected.value.as_deref().unwrap_or_default()))
                .collect();
            let signature = self.signature.as_deref().unwrap_or_default();
            if !chain.accepts_trailer(&canonical_trailer(&headers), signature) {
                return Err(ChunkError::Trailer);
            }
        }
        for Expected { name, value, checksum } in &self.expected {
            let stated = value.as_deref().unwrap_or_default();
            let computed = checksum.as_ref().map(Checksum::value);
            if let Some(computed) = computed.filter(|computed| computed != stated) {
                let (name, stated) = (name.clone(), stated.to_owned());
                return Err(ChunkError::Checksum { name, stated, computed });
            }
        }
        Ok(())
    }

    pub(super) fn into_list(self) -> Vec<Trailer> {
        let trailer = |Expected { name, value, checksum }| {
            Some(Trailer { name, value: value?, checked: checksum.is_some() })
        };
        self.expected.into_iter().filter_map(trailer).collect()
    }
}
