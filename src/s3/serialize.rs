//! What borrows from a page, as the command prints it: one object like an `OwnedObject`, a page with its objects.

use serde::{
    Serialize, Serializer,
    ser::{SerializeSeq, SerializeStruct},
};

use super::{Object, Page};

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.to_owned().serialize(to)
    }
}

struct Sequence<F>(F);

impl<T: Serialize, I: Iterator<Item = T>, F: Fn() -> I> Serialize for Sequence<F> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut sequence = to.serialize_seq(None)?;
        for element in (self.0)() {
            sequence.serialize_element(&element)?;
        }
        sequence.end()
    }
}

impl Serialize for Page {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut page = to.serialize_struct("Page", 14)?;
        page.serialize_field("name", &self.name)?;
        page.serialize_field("prefix", &self.prefix)?;
        page.serialize_field("delimiter", &self.delimiter)?;
        page.serialize_field("max_keys", &self.max_keys)?;
        page.serialize_field("key_count", &self.key_count)?;
        page.serialize_field("is_truncated", &self.is_truncated)?;
        page.serialize_field("continuation_token", &self.continuation_token)?;
        page.serialize_field("next_continuation_token", &self.next_continuation_token)?;
        page.serialize_field("start_after", &self.start_after)?;
        page.serialize_field("marker", &self.marker)?;
        page.serialize_field("next_marker", &self.next_marker)?;
        page.serialize_field("request_charged", &self.request_charged)?;
        page.serialize_field("objects", &Sequence(|| self.objects()))?;
        page.serialize_field("common_prefixes", &Sequence(|| self.common_prefixes()))?;
        page.end()
    }
}
