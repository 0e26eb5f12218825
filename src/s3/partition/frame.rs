//! Keys as numbers: where a key stands among those that share a prefix, in units of the next character's alphabet.

use super::model::{Model, Place};

/// No number needs more characters than this: a f64 has 53 bits.
const PRECISION: usize = 24;

/// All keys that start with a prefix.
pub(super) struct Frame<'a> {
    model: &'a Model,
    prefix: &'a str,
    place: Place,
    /// Guesses keep to what is likely where little is known.
    is_careful: bool,
}

impl<'a> Frame<'a> {
    pub(super) fn new(model: &'a Model, prefix: &'a str) -> Self {
        Self { model, prefix, place: Place::behind(prefix), is_careful: false }
    }

    /// The same, where there are keys beyond: guesses keep to what is likely where little is known.
    pub(super) fn careful(self, is_careful: bool) -> Self {
        Self { is_careful, ..self }
    }

    pub(super) fn holds(&self, key: &str) -> bool {
        key.starts_with(self.prefix)
    }

    pub(super) fn place(&self) -> Place {
        self.place
    }

    /// Whether it is known how far the keys go that stand between two keys of the frame: there is a whole folder (a
    /// digit, a letter) between them, or what ends between them has a familiar end.
    pub(super) fn is_familiar_between(&self, low: &str, high: &str) -> bool {
        let alphabet = self.model.alphabet(self.place);
        let next = |key: &str| key.get(self.prefix.len()..).and_then(|rest| rest.chars().next());
        let rank = |character| alphabet.partition_point(|other| *other < character);
        let (Some(own), Some(other)) = (next(low), next(high)) else { return true };
        if rank(other) > rank(own) + 1 {
            return true;
        }
        let mut place = self.place;
        for character in low.get(self.prefix.len()..).unwrap_or_default().chars() {
            place = place.after(character);
            if self.model.alphabet(place).len() > 1 {
                return self.model.is_familiar(place);
            }
        }
        true
    }

    /// The number behind all keys of the frame.
    pub(super) fn size(&self) -> f64 {
        self.model.alphabet(self.place).len() as f64
    }

    /// Where a key of the frame stands: the whole part is its next character's rank, the rest is where it stands among
    /// keys with the same one.
    pub(super) fn number(&self, key: &str) -> f64 {
        let rest = key.get(self.prefix.len()..).unwrap_or_default();
        let (mut place, mut number, mut unit) = (self.place, 0.0, 1.0);
        for (index, character) in rest.chars().take(PRECISION).enumerate() {
            let alphabet = self.model.alphabet(place);
            if alphabet.is_empty() {
                break;
            }
            let size = alphabet.len() as f64;
            let (rank, is_member) = match alphabet.binary_search(&character) {
                Ok(rank) => (rank, true),
                Err(rank) => (rank, false),
            };
            if index > 0 {
                unit /= size;
            }
            number += rank as f64 * unit;
            if !is_member {
                break;
            }
            place = place.after(character);
        }
        number
    }

    /// A key that stands at a number, as exact as `resolution`.
    pub(super) fn key(&self, number: f64, resolution: f64) -> String {
        let mut key = self.prefix.to_owned();
        let (mut place, mut unit, mut left) = (self.place, 1.0, number.max(0.0));
        for index in 0..PRECISION * 4 {
            let alphabet = match index {
                1.. if self.is_careful => self.model.likely(place),
                2.. => self.model.likely(place),
                _ => self.model.alphabet(place),
            };
            let Some(last) = alphabet.len().checked_sub(1) else { break };
            if index > 0 {
                // What is left is a share of this place, however many characters it turns out to have.
                unit /= alphabet.len() as f64;
                left *= alphabet.len() as f64;
            }
            let rank = (left as usize).min(last);
            let Some(character) = alphabet.get(rank) else { break };
            left = (left - rank as f64).clamp(0.0, 1.0);
            key.push(*character);
            place = place.after(*character);
            if unit < resolution && last > 0 {
                break;
            }
        }
        key
    }
}
