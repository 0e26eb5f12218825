//! The formats on the wire: query forms out, XML in, percent coding and timestamps, limits of parameters.
//!
//! What is public is what an [`Operation`](crate::Operation) of one's own needs: [`Form`] and [`Query`] for its request,
//! [`Xml`] and [`read_result`] for its answer.
//!
//! Nothing here knows an operation. Read `form`, `query` and `limits` for requests, `xml`, `reference`, `result`,
//! `service_error`, `json_error` and `signature_texts` for answers, `json` for JSON (`document` keeps one to be written again), `uuid` for ids.

#[cfg(feature = "providers")]
pub(crate) mod document;
pub(crate) mod form;
#[cfg(feature = "providers")]
pub(crate) mod json;
#[cfg(feature = "providers")]
mod json_error;
mod json_version;
pub(crate) mod limits;
pub(crate) mod query;
pub(crate) mod reference;
pub(crate) mod result;
pub(crate) mod service_error;
pub(crate) mod signature_texts;
pub(crate) mod timestamp;
#[cfg(feature = "login")]
pub(crate) mod uuid;
pub(crate) mod xml;

pub use form::Form;
pub use json_version::JsonVersion;
pub use query::Query;
pub use result::read as read_result;
pub use xml::{Element, Xml};
