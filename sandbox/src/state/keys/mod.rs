//! Synthetic buckets: the key of any rank is computed, nothing is stored, so a billion keys cost as much as
//! ten.
//!
//! `distribution` names the forms of keys, `points` makes the randomness, `shape` makes keys of it, `synthetic`
//! finds ranks by key.

mod distribution;
mod points;
mod shape;
mod synthetic;

pub use distribution::Distribution;
pub(crate) use points::mix;
pub use synthetic::SyntheticKeys;
