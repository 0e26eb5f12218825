//! The formats on the wire: query forms out, XML in, percent coding and timestamps, limits of parameters.
//!
//! Nothing here knows an operation. Read `form` and `limits` for requests, `xml`, `reference`, `result`,
//! `service_error` and `signature_texts` for answers, `json` for JSON (`document` keeps one to be written again).

#[cfg(feature = "providers")]
pub(crate) mod document;
pub(crate) mod form;
#[cfg(feature = "providers")]
pub(crate) mod json;
pub(crate) mod limits;
pub(crate) mod query;
pub(crate) mod reference;
pub(crate) mod result;
pub(crate) mod service_error;
pub(crate) mod signature_texts;
pub(crate) mod timestamp;
pub(crate) mod xml;
