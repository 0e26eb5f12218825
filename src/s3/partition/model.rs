//! What keys look like: which characters stand where. Learned from every page, used to guess keys that may
//! exist.

use std::collections::BTreeMap;

use super::{calendar::Share, characters::Characters};

/// A place in a key: how many `/` stand before it, how many characters since the last of them, and which one
/// is right before it. Keys under different folders share what they have in common.
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
        let name = memchr::memrchr(b'/', text.as_bytes()).map_or(0, |at| at + 1);
        let (folders, name) = text.split_at_checked(name).unwrap_or((text, ""));
        Self {
            depth: memchr::memchr_iter(b'/', folders.as_bytes()).count(),
            offset: name.chars().count(),
            before: text.chars().next_back(),
        }
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
    /// Something has changed since the alphabet was worked out.
    is_new: bool,
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
    /// Learn from neighbours in order. Says whether anything was new.
    pub(super) fn learn(&mut self, keys: &[&str]) -> bool {
        let mut news = News::default();
        if let Some(first) = keys.first() {
            news |= self.at(first, Place::default(), 0, usize::MAX, |seen, character, _| seen.see(character));
        }
        for pair in keys.windows(2) {
            let [before, key] = pair else { continue };
            let same = common_prefix(before, key);
            let place = Place::behind(key.get(..same).unwrap_or_default());
            news |= self.at(key, place, same, LEARNED, |seen, character, _| seen.see(character));
            // The folders in which `before` is the last key.
            news |= self.at(before, place, same, LEARNED, |seen, _, behind| behind > 0 && seen.close());
        }
        self.refresh(news);
        news.anywhere
    }

    /// A guess brought nothing before `found` (or nothing at all): what stands in the guess behind their
    /// difference is beyond the end of a folder.
    pub(super) fn learn_gap(&mut self, guess: &str, found: Option<&str>) {
        let same = found.map_or(0, |found| common_prefix(guess, found));
        let place = Place::behind(guess.get(..same).unwrap_or_default());
        let news = self.at(guess, place, same, LEARNED, |seen, character, behind| {
            if behind > 0 {
                seen.limit = Some(seen.limit.map_or(character, |limit| limit.min(character)));
                seen.is_new = true;
            }
            true
        });
        self.refresh(news);
    }

    /// Visit what was seen at each place of a key from the byte `from` on, which is at `place`.
    fn at(
        &mut self,
        key: &str,
        mut place: Place,
        from: usize,
        most: usize,
        mut visit: impl FnMut(&mut Seen, char, usize) -> bool,
    ) -> News {
        let mut news = News::default();
        for (behind, character) in key.get(from..).unwrap_or_default().chars().take(most).enumerate() {
            let is_kept = place.depth < MOST_PLACES && place.offset < MOST_PLACES;
            let folder = if is_kept { entry(&mut self.places, place.depth) } else { None };
            if let Some(seen) = folder.and_then(|folder| entry(folder, place.offset)) {
                news.anywhere |= visit(seen, character, behind);
                news.at_large |= std::mem::take(&mut seen.is_new);
                // Counted digits depend on the one before; letters and random digits do not.
                if let Some(before) = place.before.filter(|_| seen.characters.are_digits()) {
                    let narrow = seen.by_before.entry(before).or_default();
                    news.anywhere |= visit(narrow, character, behind);
                    if std::mem::take(&mut narrow.is_new) {
                        narrow.alphabet = narrow.alphabet_of(Class::Digits, &Characters::default());
                    }
                }
            }
            place = place.after(character);
        }
        news
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

    /// The part of a place's alphabet that a guess may use: of a place that is not known well, up to the
    /// character behind the largest that was seen. Days go to 31, and who has seen 0 to 2 in front should try
    /// 3, not 9.
    pub(super) fn likely(&self, place: Place) -> &[char] {
        let alphabet = self.alphabet(place);
        let most = self.seen(place).and_then(|seen| seen.characters.iter().last());
        let Some(most) = most.filter(|_| !self.is_familiar(place)) else { return alphabet };
        let count = alphabet.partition_point(|character| *character <= most) + 1;
        alphabet.get(..count).unwrap_or(alphabet)
    }

    /// Whether only these digits were seen at a place.
    pub(super) fn has_only(&self, place: Place, digits: &[Share]) -> bool {
        let is_one = |character: char| digits.iter().any(|(digit, _)| *digit == character);
        let Some(seen) = self.seen(place) else { return false };
        // What stood behind other digits does not count: days go on behind a 2 as they do not behind a 3.
        let narrow = place.before.and_then(|before| seen.by_before.get(&before)).unwrap_or(seen);
        narrow.characters.len() > 0 && narrow.characters.iter().all(is_one)
    }

    /// Whether what may stand at a place is known well: it varies much, a folder was seen to end there, or it
    /// is counted.
    pub(super) fn is_familiar(&self, place: Place) -> bool {
        let Some(seen) = self.seen(place) else { return false };
        let narrow = place.before.and_then(|before| seen.by_before.get(&before));
        let is_number = Class::of(&seen.characters) == Class::Digits;
        match narrow.filter(|_| is_number) {
            Some(narrow) => narrow.characters.len() >= FAMILIAR || narrow.is_closed || self.is_counted(place),
            None => seen.characters.len() >= FAMILIAR || seen.is_closed,
        }
    }

    /// Whether all ten digits were seen right behind a place: then the digits at the place will come as well.
    fn is_counted(&self, place: Place) -> bool {
        let next = self.places.get(place.depth).and_then(|folder| folder.get(place.offset + 1));
        next.is_some_and(|next| next.characters.are_digits() && next.characters.len() == 10)
    }

    /// How many different characters were seen at a place, whatever stood before it.
    pub(super) fn variety(&self, place: Place) -> usize {
        self.seen(place).map_or(0, |seen| seen.characters.len())
    }

    /// Work out the alphabets anew, if there is reason to.
    fn refresh(&mut self, news: News) {
        if !news.at_large {
            return;
        }
        let others = self.others();
        for folder in &mut self.places {
            let classes = classes(folder);
            for (seen, class) in folder.iter_mut().zip(classes) {
                seen.alphabet = seen.alphabet_of(class, &others);
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

/// What learning has changed.
#[derive(Clone, Copy, Debug, Default)]
struct News {
    anywhere: bool,
    /// At a place whatever stands before it: that may change what is thought of other places.
    at_large: bool,
}

impl std::ops::BitOrAssign for News {
    fn bitor_assign(&mut self, other: Self) {
        self.anywhere |= other.anywhere;
        self.at_large |= other.at_large;
    }
}

impl Seen {
    fn see(&mut self, character: char) -> bool {
        let is_new = self.characters.insert(character);
        self.is_new |= is_new;
        is_new
    }

    fn close(&mut self) -> bool {
        let is_new = !std::mem::replace(&mut self.is_closed, true);
        self.is_new |= is_new;
        is_new
    }

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
        if all(|c| c.is_ascii_digit()) {
            Self::Digits
        } else if digits > 1 && all(|c| matches!(c, '0'..='9' | 'a'..='f')) {
            Self::Hex
        } else if digits > 1 && all(|c| matches!(c, '0'..='9' | 'A'..='F')) {
            Self::UpperHex
        } else {
            Self::Other
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
    let (left, right) = (a.as_bytes(), b.as_bytes());
    let words = left.chunks_exact(8).zip(right.chunks_exact(8)).take_while(|(a, b)| a == b).count() * 8;
    let tail = left.iter().skip(words).zip(right.iter().skip(words)).take_while(|(a, b)| a == b).count();
    let same = words + tail;
    (0..=same).rev().find(|at| a.is_char_boundary(*at) && b.is_char_boundary(*at)).unwrap_or(0)
}
