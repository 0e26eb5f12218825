//! Requests and answers, and the forms in which AWS writes them. Nothing here knows what a sandbox holds.

mod answer;
mod refusal;
mod request;
pub(crate) mod xml;

pub(crate) use answer::Answer;
pub(crate) use refusal::{Refusal, query_mismatch, s3_mismatch};
pub(crate) use request::Request;
