//! What a page keeps of each object: places in its text instead of copies.

use time::OffsetDateTime;

use crate::s3::details::RestoreStatus;

/// A stretch of a page's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::s3) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// Nothing, as opposed to an empty text.
    pub(super) const NONE: Self = Self { start: u32::MAX, end: u32::MAX };

    /// Bytes `start..end`. No page is larger than 4 GiB: [`MAX_BODY`](crate::runtime::MAX_BODY) is far less.
    pub(super) fn new(start: usize, end: usize) -> Self {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: place(start), end: place(end) }
    }

    pub(super) fn start(self) -> usize {
        self.start as usize
    }

    /// The same stretch of a text that has this many bytes less in front.
    pub(super) fn shifted(self, less: usize) -> Self {
        Self::new(self.start().saturating_sub(less), (self.end as usize).saturating_sub(less))
    }

    pub(in crate::s3) fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    pub(in crate::s3) fn of_some(self, text: &str) -> Option<&str> {
        (self != Self::NONE).then(|| self.of(text))
    }
}

/// One object.
#[derive(Clone, Copy, Debug)]
pub(in crate::s3) struct Record {
    pub(in crate::s3) key: Span,
    pub(in crate::s3) size: u64,
    pub(in crate::s3) last_modified: Option<OffsetDateTime>,
    pub(in crate::s3) etag: Span,
    pub(in crate::s3) storage_class: Span,
    /// The place of its [`More`], plus one; 0 if it has none.
    pub(in crate::s3) more: u32,
}

impl Record {
    pub(super) const EMPTY: Self = Self {
        key: Span::NONE,
        size: 0,
        last_modified: None,
        etag: Span::NONE,
        storage_class: Span::NONE,
        more: 0,
    };
}

/// What not every server sends.
#[derive(Clone, Debug)]
pub(in crate::s3) struct More {
    pub(in crate::s3) has_owner: bool,
    pub(in crate::s3) owner_id: Span,
    pub(in crate::s3) owner_name: Span,
    pub(in crate::s3) checksum_type: Span,
    /// Nearly always one: that needs no memory of its own.
    pub(in crate::s3) checksum_algorithm: Span,
    pub(in crate::s3) other_algorithms: Vec<Span>,
    pub(in crate::s3) restore_status: Option<Box<RestoreStatus>>,
}

impl Default for More {
    fn default() -> Self {
        Self {
            has_owner: false,
            owner_id: Span::NONE,
            owner_name: Span::NONE,
            checksum_type: Span::NONE,
            checksum_algorithm: Span::NONE,
            other_algorithms: Vec::new(),
            restore_status: None,
        }
    }
}

impl More {
    pub(super) fn push_algorithm(&mut self, name: Span) {
        if self.checksum_algorithm == Span::NONE {
            self.checksum_algorithm = name;
        } else {
            self.other_algorithms.push(name);
        }
    }

    /// The first one, and the others.
    pub(in crate::s3) fn algorithms(&self) -> (Option<Span>, &[Span]) {
        let first = (self.checksum_algorithm != Span::NONE).then_some(self.checksum_algorithm);
        (first, &self.other_algorithms)
    }
}
