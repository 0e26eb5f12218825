//! The keys of synthetic buckets.

mod points;
mod shape;
mod synthetic;

pub(crate) use points::mix;
pub use synthetic::{Distribution, SyntheticKeys};
