//! The formats on the wire: query forms out, XML in, percent coding and timestamps, limits of parameters.
//!
//! Nothing here knows an operation. Read `form` and `limits` for requests, `xml`, `reference`, `result`,
//! `service_error` and `signature_texts` for answers, `document` for JSON.

#[cfg(feature = "providers")]
pub(crate) mod document;
pub(crate) mod form;
pub(crate) mod limits;
pub(crate) mod query;
pub(crate) mod reference;
pub(crate) mod result;
pub(crate) mod service_error;
pub(crate) mod signature_texts;
pub(crate) mod timestamp;
pub(crate) mod xml;
