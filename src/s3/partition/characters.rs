use std::collections::BTreeSet;

/// A set of characters, quick for ASCII.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Characters {
    ascii: u128,
    others: BTreeSet<char>,
}

impl Characters {
    /// Whether it was not in there yet.
    pub(super) fn insert(&mut self, character: char) -> bool {
        match u8::try_from(character).ok().filter(u8::is_ascii) {
            Some(byte) => {
                let bit = 1 << byte;
                let is_new = self.ascii & bit == 0;
                self.ascii |= bit;
                is_new
            }
            None => self.others.insert(character),
        }
    }

    /// Whether there are digits only.
    pub(super) fn are_digits(&self) -> bool {
        const DIGITS: u128 = 0x3FF << b'0';
        self.ascii & !DIGITS == 0 && self.others.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.ascii.count_ones() as usize + self.others.len()
    }

    /// In ascending order, which is that of their UTF-8 bytes.
    pub(super) fn iter(&self) -> impl Iterator<Item = char> {
        let ascii = (0..128_u8).filter(|byte| self.ascii >> byte & 1 == 1).map(char::from);
        ascii.chain(self.others.iter().copied())
    }

    pub(super) fn extend(&mut self, more: &Self) {
        self.ascii |= more.ascii;
        self.others.extend(&more.others);
    }
}

impl FromIterator<char> for Characters {
    fn from_iter<I: IntoIterator<Item = char>>(characters: I) -> Self {
        let mut set = Self::default();
        for character in characters {
            set.insert(character);
        }
        set
    }
}
