//! Step 1: the canonical request, the form of a request on which client and service agree.
//!
//! ```text
//! method \n path \n query \n (header:value \n)* \n signed headers \n payload hash
//! ```
//!
//! It is written piece by piece into a [`Sink`]. Read `path`, `query` and `headers` for the three parts that
//! need rules.

mod headers;
mod path;
mod query;

use alloc::string::String;

pub(crate) use headers::CanonicalHeaders;
pub(crate) use path::check as check_path;
pub(crate) use query::{CanonicalQuery, Parameter, check_query, parameters};

use crate::{Rules, hasher::Hasher, payload::PayloadHash, sink::Sink};

/// All parts of a canonical request, not yet written.
pub(crate) struct CanonicalRequest<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: CanonicalQuery<'a>,
    pub(crate) headers: CanonicalHeaders<'a>,
    pub(crate) payload_hash: PayloadHash<'a>,
    pub(crate) rules: Rules,
}

impl CanonicalRequest<'_> {
    fn write(&self, sink: &mut impl Sink) {
        sink.put(self.method);
        sink.put_byte(b'\n');
        path::write(self.path, self.rules, sink);
        sink.put_byte(b'\n');
        self.query.write(sink);
        sink.put_byte(b'\n');
        self.headers.write(sink);
        sink.put_byte(b'\n');
        self.headers.write_names(sink);
        sink.put_byte(b'\n');
        sink.put(self.payload_hash.as_str());
    }

    /// The canonical request as text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    /// The path that is signed, as it stands in a request line: without the second encoding.
    pub(crate) fn sent_path(&self) -> String {
        path::encoded_once(self.path, self.rules).into_owned()
    }

    /// Its SHA-256, without building the text.
    pub(crate) fn sha256(&self) -> [u8; 32] {
        let mut hasher = Hasher::new();
        self.write(&mut hasher);
        hasher.finish()
    }
}
