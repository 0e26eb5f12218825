//! Requests and answers, and the forms in which AWS writes them. Nothing here knows what a sandbox holds.
//!
//! `request` and `form` are what a client sends; `answer` and `refusal` go back, written with `xml`, `json` and `date`.

mod answer;
pub(crate) mod date;
mod form;
mod json;
mod refusal;
mod request;
pub(crate) mod xml;

pub(crate) use answer::Answer;
pub(crate) use form::{Api, Form, Writer, validation};
pub(crate) use json::{JsonStyle, Parameters};
pub(crate) use refusal::{Outcome, Refusal};
pub(crate) use request::Request;
