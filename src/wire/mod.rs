//! The formats on the wire: query forms out, XML in, percent coding and timestamps, limits of parameters.
//!
//! Nothing here knows an operation. Read `form` and `limits` for requests, `xml`, `result` and `service_error` for answers.

pub(crate) mod form;
pub(crate) mod limits;
pub(crate) mod query;
pub(crate) mod result;
pub(crate) mod service_error;
pub(crate) mod timestamp;
pub(crate) mod xml;
