//! Reading a page in the plain form that servers send: no attributes but one namespace, no comments, no
//! CDATA, no prefixes, elements that are known. Whatever else there is makes it give up, and `walk` reads the
//! page instead. So it may never take a page that `walk` would not take, nor read another one.

use time::OffsetDateTime;

use super::{
    draft::{DOCUMENT, Draft},
    records::{More, Record, Span},
    walk::not_empty,
};
use crate::wire::{reference, timestamp};

/// The page, if it has the plain form.
pub(super) fn scan(body: &str) -> Option<Draft> {
    // XML has line ends normalized: rare in an answer, and not worth a second look at every text.
    if memchr::memchr(b'\r', body.as_bytes()).is_some() {
        return None;
    }
    let mut scanner = Scanner { body, bytes: body.as_bytes(), at: 0 };
    let mut draft = Draft::new(body);
    scanner.root()?;
    loop {
        scanner.space();
        if scanner.eat(b"</ListBucketResult>") {
            break;
        }
        scanner.element(&mut draft)?;
    }
    scanner.space();
    (scanner.at == body.len()).then_some(draft)
}

struct Scanner<'a> {
    body: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Go past these bytes, if they come next. As their number is known, no function is called to compare them.
    fn eat<const N: usize>(&mut self, expected: &[u8; N]) -> bool {
        let comes = self.rest().first_chunk() == Some(expected);
        if comes {
            self.at += N;
        }
        comes
    }

    fn must_eat<const N: usize>(&mut self, expected: &[u8; N]) -> Option<()> {
        self.eat(expected).then_some(())
    }

    fn must_eat_name(&mut self, name: &str) -> Option<()> {
        let comes = self.rest().starts_with(name.as_bytes());
        self.at += name.len();
        comes.then_some(())
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    /// The declaration, if there is one, and the root's start.
    fn root(&mut self) -> Option<()> {
        if self.eat(b"<?xml ") {
            let end = memchr::memchr(b'>', self.rest())?;
            let declaration = self.body.get(self.at..self.at + end)?;
            // Without another `<` or a `?` inside, it ends where it seems to.
            let inside = declaration.strip_suffix('?')?;
            if inside.contains(['<', '?', '&']) {
                return None;
            }
            self.at += end + 1;
        }
        self.space();
        self.must_eat(b"<")?;
        self.must_eat_name(DOCUMENT)?;
        if self.eat(b" xmlns=\"") {
            let end = memchr::memchr(b'"', self.rest())?;
            if self.body.get(self.at..self.at + end)?.contains(['<', '>', '&']) {
                return None;
            }
            self.at += end + 1;
        }
        self.must_eat(b">")
    }

    /// An element of the root.
    fn element(&mut self, draft: &mut Draft) -> Option<()> {
        if self.eat(b"<Contents>") {
            return self.object(draft);
        }
        if self.eat(b"<CommonPrefixes>") {
            self.space();
            self.must_eat(b"<Prefix>")?;
            let prefix = self.span(b"</Prefix>", draft)?;
            draft.page.common_prefixes.push(prefix);
            self.space();
            return self.must_eat(b"</CommonPrefixes>");
        }
        self.must_eat(b"<")?;
        let length = self.rest().iter().position(|byte| !byte.is_ascii_alphabetic())?;
        let name = self.body.get(self.at..self.at + length)?;
        self.at += length;
        let text = if self.eat(b"/>") { String::new() } else { self.text_of(name)? };
        let page = &mut draft.page;
        match name {
            "Name" => page.name = text,
            "Prefix" => page.prefix = text,
            "Delimiter" => page.delimiter = not_empty(text),
            "MaxKeys" => page.max_keys = Some(text.parse().ok()?),
            "KeyCount" => page.key_count = Some(text.parse().ok()?),
            "IsTruncated" => draft.is_truncated = Some(text.parse().ok()?),
            "ContinuationToken" => page.continuation_token = not_empty(text),
            "NextContinuationToken" => page.next_continuation_token = not_empty(text),
            "StartAfter" => page.start_after = not_empty(text),
            "Marker" => page.marker = not_empty(text),
            "NextMarker" => page.next_marker = not_empty(text),
            "EncodingType" => draft.encoding_type = not_empty(text),
            _ => return None,
        }
        Some(())
    }

    /// The text of an element of this name, whose `>` comes next.
    fn text_of(&mut self, name: &str) -> Option<String> {
        self.must_eat(b">")?;
        let text = self.raw()?;
        self.must_eat(b"</")?;
        self.must_eat_name(name)?;
        self.must_eat(b">")?;
        if text.contains('&') { reference::unescape(text) } else { Some(text.to_owned()) }
    }

    /// Everything up to the next `<`.
    fn raw(&mut self) -> Option<&'a str> {
        let start = self.at;
        self.at += memchr::memchr(b'<', self.rest())?;
        self.body.get(start..self.at)
    }

    /// Everything up to the element's end, which is `end`; nothing in it is resolved.
    fn raw_to<const N: usize>(&mut self, end: &[u8; N]) -> Option<(usize, &'a str)> {
        let start = self.at;
        let text = self.raw()?;
        self.must_eat(end)?;
        Some((start, text))
    }

    /// The text up to the element's end, where it stands or, if it has references, resolved.
    fn span<const N: usize>(&mut self, end: &[u8; N], draft: &mut Draft) -> Option<Span> {
        let (start, rest) = (self.at, self.rest());
        let length = memchr::memchr2(b'<', b'&', rest)?;
        if rest.get(length) == Some(&b'<') {
            self.at += length;
            self.must_eat(end)?;
            return Some(Span::new(start, self.at - end.len()));
        }
        let (_, text) = self.raw_to(end)?;
        Some(draft.keep(&reference::unescape(text)?))
    }

    /// An entity tag without its quotes, which most servers write as references.
    fn etag(&mut self, draft: &mut Draft) -> Option<Span> {
        let quoted =
            self.quoted(b"&quot;", b"&quot;</ETag>").or_else(|| self.quoted(b"&#34;", b"&#34;</ETag>"));
        if quoted.is_some() {
            return quoted;
        }
        let (start, text) = self.raw_to(b"</ETag>")?;
        if text.contains('&') {
            let text = reference::unescape(text)?;
            return Some(draft.keep(text.trim_matches('"')));
        }
        let inner = text.trim_matches('"');
        let start = start + (text.len() - text.trim_start_matches('"').len());
        Some(Span::new(start, start + inner.len()))
    }

    /// What stands between these two and has neither references nor other quotes; otherwise nothing is read.
    fn quoted<const N: usize, const M: usize>(&mut self, start: &[u8; N], end: &[u8; M]) -> Option<Span> {
        let before = self.at;
        if !self.eat(start) {
            return None;
        }
        let inside = self.at;
        self.at += memchr::memchr3(b'<', b'&', b'"', self.rest()).unwrap_or_default();
        let inner = Span::new(inside, self.at);
        if self.eat(end) {
            return Some(inner);
        }
        self.at = before;
        None
    }

    /// A time; nearly all servers write 24 characters, with milliseconds.
    fn time(&mut self) -> Option<OffsetDateTime> {
        const USUAL: usize = 24;
        let usual = self.body.get(self.at..self.at + USUAL);
        if let Some(time) = usual.and_then(timestamp::iso_8601_utc) {
            let before = self.at;
            self.at += USUAL;
            if self.eat(b"</LastModified>") {
                return Some(time);
            }
            self.at = before;
        }
        let (_, text) = self.raw_to(b"</LastModified>")?;
        // What looks like a reference to one reader is a separator to the other's parser.
        if text.contains('&') { None } else { timestamp::iso_8601(text) }
    }

    /// A number of at most 19 digits, which always fits.
    fn size(&mut self) -> Option<u64> {
        let digits = self.rest().iter().take(20).take_while(|byte| byte.is_ascii_digit());
        let (mut number, mut length) = (0_u64, 0);
        for digit in digits {
            number = number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            length += 1;
        }
        self.at += length;
        self.must_eat(b"</Size>")?;
        (1..=19).contains(&length).then_some(number)
    }

    /// The elements of an object, whose start was just read.
    fn object(&mut self, draft: &mut Draft) -> Option<()> {
        let mut record = Record::EMPTY;
        let mut more: Option<More> = None;
        loop {
            self.space();
            let letter = *self.bytes.get(self.at + 1)?;
            match letter {
                b'K' => {
                    self.must_eat(b"<Key>")?;
                    record.key = self.span(b"</Key>", draft)?;
                }
                b'L' => {
                    self.must_eat(b"<LastModified>")?;
                    record.last_modified = Some(self.time()?);
                }
                b'E' => {
                    self.must_eat(b"<ETag>")?;
                    record.etag = self.etag(draft)?;
                }
                b'S' if self.eat(b"<Size>") => {
                    record.size = self.size()?;
                }
                b'S' => {
                    self.must_eat(b"<StorageClass>")?;
                    record.storage_class = self.span(b"</StorageClass>", draft)?;
                }
                b'C' if self.eat(b"<ChecksumAlgorithm>") => {
                    let name = self.span(b"</ChecksumAlgorithm>", draft)?;
                    more.get_or_insert_default().push_algorithm(name);
                }
                b'C' => {
                    self.must_eat(b"<ChecksumType>")?;
                    more.get_or_insert_default().checksum_type = self.span(b"</ChecksumType>", draft)?;
                }
                b'O' => {
                    self.must_eat(b"<Owner>")?;
                    self.owner(more.get_or_insert_default(), draft)?;
                }
                b'/' => {
                    self.must_eat(b"</Contents>")?;
                    break;
                }
                _ => return None,
            }
        }
        if record.key == Span::NONE {
            return None;
        }
        draft.push(record, more);
        Some(())
    }

    fn owner(&mut self, more: &mut More, draft: &mut Draft) -> Option<()> {
        (more.has_owner, more.owner_id, more.owner_name) = (true, Span::NONE, Span::NONE);
        loop {
            self.space();
            if self.eat(b"</Owner>") {
                return Some(());
            }
            if self.eat(b"<ID>") {
                more.owner_id = self.span(b"</ID>", draft)?;
            } else {
                self.must_eat(b"<DisplayName>")?;
                more.owner_name = self.span(b"</DisplayName>", draft)?;
            }
        }
    }
}
