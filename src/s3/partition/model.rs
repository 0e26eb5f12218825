//! What keys look like: which characters stand where. Learned from every page, used to guess keys that may exist.

use std::collections::{BTreeMap, BTreeSet};

/// A place in a key: how many `/` stand before it, and how many characters since the last of them. Keys under
/// different folders share what they have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    depth: u16,
    offset: u16,
}

impl Place {
    /// The place behind this one, which holds `character`.
    pub(super) fn after(self, character: char) -> Self {
        match character {
            '/' => Self { depth: self.depth.saturating_add(1), offset: 0 },
            _ => Self { depth: self.depth, offset: self.offset.saturating_add(1) },
        }
    }

    fn is_behind(self, other: Self) -> bool {
        self.depth == other.depth && self.offset == other.offset.saturating_add(1)
    }
}

/// How many characters behind the first difference of two neighbours are learned. What follows is noise.
const LEARNED: usize = 8;

#[derive(Debug, Default)]
struct Seen {
    characters: BTreeSet<char>,
    /// How often the character before this place changed while this one started anew: all that can stand here has had
    /// its chance.
    rounds: u32,
    /// What may stand here, in order.
    alphabet: Vec<char>,
}

/// Characters by place.
#[derive(Debug, Default)]
pub(super) struct Model {
    places: BTreeMap<Place, Seen>,
}

impl Model {
    /// Learn from neighbours in order.
    pub(super) fn learn(&mut self, keys: &[&str]) {
        let mut changed = false;
        for (index, key) in keys.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|before| keys.get(before)).copied();
            changed |= self.learn_key(before, key);
        }
        if changed {
            self.refresh();
        }
    }

    fn learn_key(&mut self, before: Option<&str>, key: &str) -> bool {
        let same = before.map_or(0, |before| common_prefix(before, key));
        let learned = if before.is_some() { LEARNED } else { usize::MAX };
        let mut place = Place::default();
        let mut changed = false;
        let mut behind = 0;
        for (at, character) in key.char_indices() {
            if at >= same {
                if behind == learned {
                    break;
                }
                let seen = self.places.entry(place).or_default();
                changed |= seen.characters.insert(character);
                if before.is_some() && behind > 0 {
                    changed |= seen.rounds == 0;
                    seen.rounds += 1;
                }
                behind += 1;
            }
            place = place.after(character);
        }
        changed
    }

    /// What may stand at a place, in order; empty if nothing was ever seen there.
    pub(super) fn alphabet(&self, place: Place) -> &[char] {
        self.places.get(&place).map_or(&[], |seen| &seen.alphabet)
    }

    /// How many different characters were seen at a place.
    pub(super) fn variety(&self, place: Place) -> usize {
        self.places.get(&place).map_or(0, |seen| seen.characters.len())
    }

    fn refresh(&mut self) {
        let others = self.others();
        let runs = self.runs();
        for (place, seen) in &mut self.places {
            let run = runs.get(place).copied().unwrap_or(Class::Other);
            seen.alphabet = match run {
                _ if seen.rounds > 0 => seen.characters.iter().copied().collect(),
                Class::Digits => ('0'..='9').collect(),
                Class::Hex => ('0'..='9').chain('a'..='f').collect(),
                Class::UpperHex => ('0'..='9').chain('A'..='F').collect(),
                Class::Other if seen.characters.len() > 1 => seen.characters.union(&others).copied().collect(),
                Class::Other => seen.characters.iter().copied().collect(),
            };
        }
    }

    /// The characters of all places that vary and are neither digits nor hexadecimal.
    fn others(&self) -> BTreeSet<char> {
        let varied = self.places.values().filter(|seen| seen.characters.len() > 1);
        let varied = varied.filter(|seen| Class::of(&seen.characters) == Class::Other);
        varied.flat_map(|seen| seen.characters.iter().copied()).collect()
    }

    /// The class of each place, which is that of the run of letters and digits in which it stands.
    fn runs(&self) -> BTreeMap<Place, Class> {
        let mut classes = BTreeMap::new();
        let mut run: Vec<Place> = Vec::new();
        let mut union = BTreeSet::new();
        for (place, seen) in &self.places {
            let continues = run.last().is_some_and(|last| place.is_behind(*last));
            let is_word = seen.characters.iter().all(|character| character.is_ascii_alphanumeric());
            if !continues || !is_word {
                let class = Class::of(&union);
                classes.extend(run.drain(..).map(|place| (place, class)));
                union.clear();
            }
            if is_word {
                run.push(*place);
                union.extend(&seen.characters);
            }
        }
        let class = Class::of(&union);
        classes.extend(run.into_iter().map(|place| (place, class)));
        classes
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Digits,
    Hex,
    UpperHex,
    Other,
}

impl Class {
    fn of(characters: &BTreeSet<char>) -> Self {
        let all = |is: fn(&char) -> bool| !characters.is_empty() && characters.iter().all(is);
        let digits = characters.iter().filter(|c| c.is_ascii_digit()).count();
        match () {
            () if all(char::is_ascii_digit) => Self::Digits,
            () if digits > 1 && all(|c| matches!(c, '0'..='9' | 'a'..='f')) => Self::Hex,
            () if digits > 1 && all(|c| matches!(c, '0'..='9' | 'A'..='F')) => Self::UpperHex,
            () => Self::Other,
        }
    }
}

/// How many bytes two keys have in common, cut to whole characters.
pub(super) fn common_prefix(a: &str, b: &str) -> usize {
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    (0..=same).rev().find(|at| a.is_char_boundary(*at) && b.is_char_boundary(*at)).unwrap_or(0)
}
