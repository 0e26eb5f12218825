//! Requests and answers, and the forms in which AWS writes them. Nothing here knows what a sandbox holds.
//!
//! `request` and `form` are read; `xml` and `date` write what `answer` carries, `refusal` a service's error.

mod answer;
pub(crate) mod date;
mod form;
mod refusal;
mod request;
pub(crate) mod xml;

pub(crate) use answer::Answer;
pub(crate) use form::{Api, Form, Writer, validation};
pub(crate) use refusal::{Outcome, Refusal};
pub(crate) use request::Request;
