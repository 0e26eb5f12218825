//! Keys as numbers: where a key stands among those that share a prefix, in units of the next character's
//! alphabet.

use super::{
    calendar::{self, Share},
    model::{Model, Place},
};

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

/// What may stand at a place.
#[derive(Clone, Copy)]
pub(super) enum Choices<'a> {
    /// Characters that share what follows evenly.
    Even(&'a [char]),
    /// The digits of a date.
    Dated(&'static [Share]),
}

impl Choices<'_> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Even(characters) => characters.len(),
            Self::Dated(shares) => shares.len(),
        }
    }

    /// Those behind a character.
    pub(super) fn behind(&self, own: char) -> Vec<char> {
        let all: &mut dyn Iterator<Item = char> = match self {
            Self::Even(characters) => &mut characters.iter().copied(),
            Self::Dated(shares) => &mut shares.iter().map(|(digit, _)| *digit),
        };
        all.filter(|character| *character > own).collect()
    }

    /// Where a character's share begins and how large it is, of 1; of one that is none of them, where it
    /// would begin.
    fn share(&self, character: char) -> (f64, Option<f64>) {
        match self {
            Self::Even(characters) => {
                let one = 1.0 / characters.len() as f64;
                match characters.binary_search(&character) {
                    Ok(rank) => (rank as f64 * one, Some(one)),
                    Err(rank) => (rank as f64 * one, None),
                }
            }
            Self::Dated(shares) => {
                let sum = |shares: &mut dyn Iterator<Item = &Share>| {
                    shares.map(|(_, share)| f64::from(*share)).sum::<f64>()
                };
                let all = sum(&mut shares.iter());
                let before = sum(&mut shares.iter().filter(|(digit, _)| *digit < character)) / all;
                let own = shares.iter().find(|(digit, _)| *digit == character);
                (before, own.map(|(_, share)| f64::from(*share) / all))
            }
        }
    }

    /// The character in whose share a number below 1 lies.
    fn at(&self, number: f64) -> Option<char> {
        match self {
            Self::Even(characters) => {
                let rank = (number * characters.len() as f64) as usize;
                characters.get(rank.min(characters.len().checked_sub(1)?)).copied()
            }
            Self::Dated(shares) => {
                let found = shares.iter().rev().find(|(digit, _)| self.share(*digit).0 <= number);
                found.or(shares.first()).map(|(digit, _)| *digit)
            }
        }
    }
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

    /// What may stand right behind the prefix.
    pub(super) fn choices(&self) -> Choices<'a> {
        self.choices_at(self.prefix, calendar::behind_year(self.prefix), self.place)
    }

    /// What may stand at a place behind `text`, which has a year that ends at `year`.
    fn choices_at(&self, text: &str, year: Option<usize>, place: Place) -> Choices<'a> {
        let rest = year.and_then(|year| text.get(year..));
        match rest.and_then(calendar::following).filter(|digits| self.model.has_only(place, digits)) {
            Some(digits) => Choices::Dated(digits),
            None => Choices::Even(self.model.alphabet(place)),
        }
    }

    /// Whether what may stand right behind the prefix is known well.
    pub(super) fn is_familiar(&self) -> bool {
        matches!(self.choices(), Choices::Dated(_)) || self.model.is_familiar(self.place)
    }

    /// Whether it is known how far the keys go that stand between two keys of the frame: there is a whole
    /// folder (a digit, a letter) between them, or what ends between them has a familiar end.
    pub(super) fn is_familiar_between(&self, low: &str, high: &str) -> bool {
        let choices = self.choices();
        let next = |key: &str| key.get(self.prefix.len()..).and_then(|rest| rest.chars().next());
        let (Some(own), Some(other)) = (next(low), next(high)) else { return true };
        if choices.behind(own).first().is_some_and(|first| *first < other) {
            return true;
        }
        let (mut place, year) = (self.place, calendar::behind_year(low));
        for (at, character) in low.char_indices().filter(|(at, _)| *at >= self.prefix.len()) {
            place = place.after(character);
            let text = low.get(..at + character.len_utf8()).unwrap_or_default();
            match self.choices_at(text, year, place) {
                Choices::Dated(_) => return true,
                Choices::Even(alphabet) if alphabet.len() > 1 => return self.model.is_familiar(place),
                Choices::Even(_) => {}
            }
        }
        true
    }

    /// The number behind all keys of the frame.
    pub(super) fn size(&self) -> f64 {
        self.choices().len() as f64
    }

    /// Where a key of the frame stands: the whole part is its next character's rank, the rest is where it
    /// stands among keys with the same one.
    pub(super) fn number(&self, key: &str) -> f64 {
        let (mut place, mut number, mut unit) = (self.place, 0.0, self.size());
        let year = calendar::behind_year(key);
        let rest = key.char_indices().filter(|(at, _)| *at >= self.prefix.len());
        for (at, character) in rest.take(PRECISION) {
            let choices = self.choices_at(key.get(..at).unwrap_or_default(), year, place);
            if choices.len() == 0 {
                break;
            }
            let (before, own) = choices.share(character);
            number += before * unit;
            let Some(own) = own else { break };
            unit *= own;
            place = place.after(character);
        }
        number
    }

    /// A key that stands at a number, as exact as `resolution`.
    pub(super) fn key(&self, number: f64, resolution: f64) -> String {
        let mut key = self.prefix.to_owned();
        let (mut place, mut unit) = (self.place, self.size());
        let mut left = (number / unit.max(1.0)).clamp(0.0, 1.0);
        for index in 0..PRECISION * 4 {
            let mut choices = self.choices_at(&key, calendar::behind_year(&key), place);
            if matches!(choices, Choices::Even(_)) && (index > 1 || self.is_careful && index > 0) {
                choices = Choices::Even(self.model.likely(place));
            }
            let Some(character) = choices.at(left) else { break };
            let (before, own) = choices.share(character);
            let own = own.unwrap_or(1.0);
            left = ((left - before) / own).clamp(0.0, 1.0);
            unit *= own;
            key.push(character);
            place = place.after(character);
            if unit < resolution && choices.len() > 1 {
                break;
            }
        }
        key
    }
}
