//! What keys look like: which characters stand where. Learned from every page, used to guess keys that may exist.

use std::collections::BTreeMap;

use super::characters::Characters;

/// A place in a key: how many `/` stand before it, how many characters since the last of them, and which one is right
/// before it. Keys under different folders share what they have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    depth: usize,
    offset: usize,
    before: Option<char>,
}

impl Place {
    /// The place behind this one, which holds `character`.
    pub(super) fn after(self, character: char) -> Self {
        let before = Some(character);
        match character {
            '/' => Self { depth: self.depth + 1, offset: 0, before },
            _ => Self { depth: self.depth, offset: self.offset + 1, before },
        }
    }

    /// The place at the end of a text.
    pub(super) fn behind(text: &str) -> Self {
        text.chars().fold(Self::default(), Self::after)
    }
}

/// How many characters behind the first difference of two neighbours are learned. What follows is noise.
const LEARNED: usize = 8;
/// A place where so many different characters were seen has all that its alphabet has.
const FAMILIAR: usize = 3;
/// Folders and names longer than this are not learned beyond it.
const MOST_PLACES: usize = 256;

/// What was seen at a place.
#[derive(Debug, Default)]
struct Seen {
    characters: Characters,
    /// A folder ended here: all that can stand at this place has had its chance.
    is_closed: bool,
    /// Nothing was found behind this character where a guess looked for it.
    limit: Option<char>,
    /// What may stand here, in order.
    alphabet: Vec<char>,
    /// The same by the character before: months have a second digit of 0 to 2 behind a 1.
    by_before: BTreeMap<char, Seen>,
}

/// Characters by place.
#[derive(Debug, Default)]
pub(super) struct Model {
    /// By depth and offset.
    places: Vec<Vec<Seen>>,
}

impl Model {
    /// Learn from neighbours in order.
    pub(super) fn learn(&mut self, keys: &[&str]) {
        let mut changed = keys.first().is_some_and(|first| self.see(first, 0, usize::MAX));
        for pair in keys.windows(2) {
            let [before, key] = pair else { continue };
            let same = common_prefix(before, key);
            changed |= self.see(key, same, LEARNED);
            changed |= self.close(before, same);
        }
        if changed {
            self.refresh();
        }
    }

    /// A guess brought nothing before `found` (or nothing at all): what stands in the guess behind their difference is
    /// beyond the end of a folder.
    pub(super) fn learn_gap(&mut self, guess: &str, found: Option<&str>) {
        let same = found.map_or(0, |found| common_prefix(guess, found));
        self.at(guess, same, LEARNED, |seen, character, behind| {
            if behind > 0 {
                seen.limit = Some(seen.limit.map_or(character, |limit| limit.min(character)));
            }
            true
        });
        self.refresh();
    }

    /// Visit what was seen at each place of a key from the byte `from` on.
    fn at(
        &mut self,
        key: &str,
        from: usize,
        most: usize,
        mut visit: impl FnMut(&mut Seen, char, usize) -> bool,
    ) -> bool {
        let Some((prefix, rest)) = key.split_at_checked(from) else { return false };
        let mut place = Place::behind(prefix);
        let mut changed = false;
        for (behind, character) in rest.chars().take(most).enumerate() {
            let is_kept = place.depth < MOST_PLACES && place.offset < MOST_PLACES;
            let folder = if is_kept { entry(&mut self.places, place.depth) } else { None };
            if let Some(seen) = folder.and_then(|folder| entry(folder, place.offset)) {
                changed |= visit(seen, character, behind);
                if let Some(before) = place.before {
                    changed |= visit(seen.by_before.entry(before).or_default(), character, behind);
                }
            }
            place = place.after(character);
        }
        changed
    }

    fn see(&mut self, key: &str, from: usize, most: usize) -> bool {
        self.at(key, from, most, |seen, character, _| seen.characters.insert(character))
    }

    /// The folders in which `key` is the last one, whose neighbour differs from byte `from` on.
    fn close(&mut self, key: &str, from: usize) -> bool {
        self.at(key, from, LEARNED, |seen, _, behind| {
            behind > 0 && !std::mem::replace(&mut seen.is_closed, true)
        })
    }

    fn seen(&self, place: Place) -> Option<&Seen> {
        self.places.get(place.depth)?.get(place.offset)
    }

    /// What may stand at a place, in order; empty if nothing was ever seen there.
    pub(super) fn alphabet(&self, place: Place) -> &[char] {
        let Some(seen) = self.seen(place) else { return &[] };
        let narrow = place.before.and_then(|before| seen.by_before.get(&before));
        match narrow.filter(|narrow| narrow.is_closed || narrow.limit.is_some()) {
            Some(narrow) => &narrow.alphabet,
            None => &seen.alphabet,
        }
    }

    /// Whether what may stand at a place is known well: it varies much, or a folder was seen to end there.
    pub(super) fn is_familiar(&self, place: Place) -> bool {
        let Some(seen) = self.seen(place) else { return false };
        let narrow = place.before.and_then(|before| seen.by_before.get(&before));
        let is_counted = Class::of(&seen.characters) == Class::Digits;
        match narrow.filter(|_| is_counted) {
            Some(narrow) => narrow.characters.len() >= FAMILIAR || narrow.is_closed,
            None => seen.characters.len() >= FAMILIAR || seen.is_closed,
        }
    }

    /// How many different characters were seen at a place, whatever stood before it.
    pub(super) fn variety(&self, place: Place) -> usize {
        self.seen(place).map_or(0, |seen| seen.characters.len())
    }

    /// Work out all alphabets anew.
    fn refresh(&mut self) {
        let others = self.others();
        for folder in &mut self.places {
            let classes = classes(folder);
            for (seen, class) in folder.iter_mut().zip(classes) {
                seen.alphabet = seen.alphabet_of(class, &others);
                for narrow in seen.by_before.values_mut() {
                    narrow.alphabet = narrow.alphabet_of(class, &others);
                }
            }
        }
    }

    /// The characters of all places that vary and are neither digits nor hexadecimal.
    fn others(&self) -> Characters {
        let mut others = Characters::default();
        for seen in self.places.iter().flatten() {
            if seen.characters.len() > 1 && Class::of(&seen.characters) == Class::Other {
                others.extend(&seen.characters);
            }
        }
        others
    }
}

impl Seen {
    fn alphabet_of(&self, class: Class, others: &Characters) -> Vec<char> {
        let unseen: Characters = match class {
            Class::Digits => ('0'..='9').collect(),
            Class::Hex => ('0'..='9').chain('a'..='f').collect(),
            Class::UpperHex => ('0'..='9').chain('A'..='F').collect(),
            Class::Other if self.characters.len() > 1 => others.clone(),
            Class::Other => Characters::default(),
        };
        let limit = if self.is_closed { self.characters.iter().last() } else { self.limit };
        let limit = limit.unwrap_or(char::MAX);
        let mut alphabet = self.characters.clone();
        alphabet.extend(&unseen.iter().filter(|character| *character <= limit).collect());
        alphabet.iter().collect()
    }
}

/// What kind of characters a run of letters and digits is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Digits,
    Hex,
    UpperHex,
    Other,
}

impl Class {
    fn of(characters: &Characters) -> Self {
        let all = |is: fn(char) -> bool| characters.len() > 0 && characters.iter().all(is);
        let digits = characters.iter().filter(char::is_ascii_digit).count();
        match () {
            () if all(|c| c.is_ascii_digit()) => Self::Digits,
            () if digits > 1 && all(|c| matches!(c, '0'..='9' | 'a'..='f')) => Self::Hex,
            () if digits > 1 && all(|c| matches!(c, '0'..='9' | 'A'..='F')) => Self::UpperHex,
            () => Self::Other,
        }
    }
}

/// The class of each place of a folder, which is that of the run in which it stands.
fn classes(folder: &[Seen]) -> Vec<Class> {
    let mut classes = Vec::with_capacity(folder.len());
    let is_word = |seen: &Seen| seen.characters.iter().all(|character| character.is_ascii_alphanumeric());
    for run in folder.chunk_by(|a, b| is_word(a) && is_word(b)) {
        let mut union = Characters::default();
        for seen in run.iter().filter(|seen| is_word(seen)) {
            union.extend(&seen.characters);
        }
        classes.extend(std::iter::repeat_n(Class::of(&union), run.len()));
    }
    classes
}

/// The element of this index, made if there is none.
fn entry<T: Default>(list: &mut Vec<T>, index: usize) -> Option<&mut T> {
    if list.len() <= index {
        list.resize_with(index + 1, T::default);
    }
    list.get_mut(index)
}

/// How many bytes two keys have in common, cut to whole characters.
pub(super) fn common_prefix(a: &str, b: &str) -> usize {
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    (0..=same).rev().find(|at| a.is_char_boundary(*at) && b.is_char_boundary(*at)).unwrap_or(0)
}
