//! In which ways a server may list oddly.

use std::{
    cmp::Ordering,
    hash::{DefaultHasher, Hash, Hasher},
};

/// What becomes of a start that was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Start {
    Honoured,
    /// DigitalOcean 2020, Scality 2016.
    Ignored,
    /// RustFS 2025.
    Inclusive,
    /// s3ninja: nothing follows a start that is no key.
    ExistingOrNothing,
    /// The listing begins anew behind a start that is no key.
    ExistingOrAll,
    Refused(u16),
    /// Keys come, and are said to be the last.
    SaysNothingFollows,
    /// MinIO 2025: the token that it gives with a start that is no key leads one key too far (minio#21463).
    TokenSkipsOne,
    /// R2 until 2022: names that begin with a digit are left out.
    SkipsDigits,
    /// One key too far, behind every start.
    SkipsOne,
    /// No further than the keys that begin with the same character, and these are said to be the last.
    OneShard,
}

/// The answer to a start at or behind the last key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Beyond {
    Nothing,
    LastPage,
    All,
    NotFound,
    NothingAndMore,
}

/// What the tokens of a plain sequence lead to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tokens {
    Honest,
    /// The second page for ever, each with a token of its own (noobaa-core#5476).
    SamePage,
    /// Two pages in turn.
    TwoPages,
    /// The same token for ever.
    SameToken,
    /// Empty pages for ever.
    NothingAndMore,
    /// More is to come, but no token (Huawei OBS 2022).
    None,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    Bytes,
    /// Dell ECS.
    Utf16,
    NoCase,
    ReversedNames,
    Length,
    Hash,
}

#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub start: Start,
    pub beyond: Beyond,
    pub tokens: Tokens,
    pub order: Order,
    /// Of another order: whether a start means a place in it, or keys with larger bytes.
    pub starts_by_bytes: bool,
    pub ignores_prefix: bool,
    /// SeaweedFS, Garage.
    pub below_prefix_is_nothing: bool,
    /// Pages have fewer keys than asked for, as many as it likes.
    pub fewer_keys: bool,
    /// Now and then an empty page before one with keys.
    pub empty_pages: bool,
    /// Every fifth key comes and goes.
    pub changes: bool,
    /// Once in so many requests the answer is lost, the transport panics, or never answers. 0: never.
    pub lost: u64,
    pub panics: u64,
    pub hangs: u64,
    /// SlowDown once in so many requests.
    pub throttles: u64,
}

impl Kind {
    pub const HONEST: Self = Self {
        start: Start::Honoured,
        beyond: Beyond::Nothing,
        tokens: Tokens::Honest,
        order: Order::Bytes,
        starts_by_bytes: false,
        ignores_prefix: false,
        below_prefix_is_nothing: false,
        fewer_keys: false,
        empty_pages: false,
        changes: false,
        lost: 0,
        panics: 0,
        hangs: 0,
        throttles: 0,
    };

    pub fn has_faults(&self) -> bool {
        self.lost + self.panics + self.hangs + self.throttles > 0
    }

    pub fn compare(&self, a: &str, b: &str) -> Ordering {
        let hash = |text: &str| {
            let mut hasher = DefaultHasher::new();
            text.hash(&mut hasher);
            hasher.finish()
        };
        let first = match self.order {
            Order::Bytes => Ordering::Equal,
            Order::Utf16 => a.encode_utf16().cmp(b.encode_utf16()),
            Order::NoCase => a.to_lowercase().cmp(&b.to_lowercase()),
            Order::ReversedNames => a.bytes().rev().cmp(b.bytes().rev()),
            Order::Length => a.len().cmp(&b.len()),
            Order::Hash => hash(a).cmp(&hash(b)),
        };
        first.then_with(|| a.cmp(b))
    }
}
