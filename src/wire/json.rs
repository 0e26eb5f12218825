//! JSON of services, programs and files, read by `serde` into structs: secrets go straight into [`Secret`], and a member
//! of the wrong type is told by its name.
//!
//! Nothing of a document is ever quoted: `serde`'s own messages would quote the value that does not fit.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use sigv4::Secret;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::timestamp;

/// Read an object, or say why it is none.
pub(crate) fn parse<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, String> {
    let read = serde_json::from_slice::<Member<Object<T>>>(bytes);
    match read {
        Ok(Member::Is(Object(value))) => Ok(value),
        Ok(_) => Err("is no JSON object".into()),
        Err(error) => {
            let place = format!("line {}, column {}", error.line(), error.column());
            Err(match error.classify() {
                // Members of any type are read; what is left is a name that stands twice.
                serde_json::error::Category::Data => format!("has one member twice ({place})"),
                _ => format!("is not JSON ({place})"),
            })
        }
    }
}

/// Write a struct of texts, which cannot fail.
pub(crate) fn to_text(value: &impl Serialize) -> Zeroizing<String> {
    serde_json::to_string(value).unwrap_or_default().into()
}

/// The same for a body.
pub(crate) fn to_bytes(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

/// A member of an object: there and of its type, or not. `null` counts as no member.
///
/// A member that is there and cannot be read is an error, never left out: without its token a session is refused, and
/// without its expiration it would never be renewed.
#[derive(Default, Clone)]
pub(crate) enum Member<T> {
    #[default]
    Absent,
    Is(T),
    OfOtherType,
}

impl<T: Value> Member<T> {
    /// The value, if there is one.
    pub(crate) fn optional(self, name: &str) -> Result<Option<T>, String> {
        match self {
            Self::Absent => Ok(None),
            Self::Is(value) => Ok(Some(value)),
            Self::OfOtherType => Err(format!("has a `{name}` that is not {}", T::KIND)),
        }
    }

    /// The value.
    pub(crate) fn required(self, name: &str) -> Result<T, String> {
        self.optional(name)?.ok_or_else(|| format!("has no `{name}`"))
    }

    /// The value, where one of another type is as good as none.
    pub(crate) fn get(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Absent | Self::OfOtherType => None,
        }
    }
}

/// What a member can be read as: each from the kinds of JSON that fit it.
pub(crate) trait Value: Sized {
    /// In words.
    const KIND: &'static str;

    fn of_text(_: &str) -> Option<Self> {
        None
    }

    /// A text that had to be put together (from escapes): taken over, for a copy would not be wiped.
    fn of_string(text: String) -> Option<Self> {
        Self::of_text(&text)
    }

    fn of_number(_: i64) -> Option<Self> {
        None
    }

    fn of_list<'de, A: SeqAccess<'de>>(mut elements: A) -> Result<Option<Self>, A::Error> {
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn of_fraction(_: f64) -> Option<Self> {
        None
    }

    fn of_object<'de, A: MapAccess<'de>>(mut members: A) -> Result<Option<Self>, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

impl Value for Secret {
    const KIND: &'static str = "a text";

    fn of_text(text: &str) -> Option<Self> {
        Some(text.into())
    }

    fn of_string(text: String) -> Option<Self> {
        Some(text.into())
    }
}

impl Value for String {
    const KIND: &'static str = "a text";

    fn of_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl Value for i64 {
    const KIND: &'static str = "a whole number";

    fn of_number(number: i64) -> Option<Self> {
        Some(number)
    }

    /// `1.0` is a whole number, however it is written.
    fn of_fraction(number: f64) -> Option<Self> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        #[allow(clippy::cast_possible_truncation)]
        (number.fract() == 0.0 && number.abs() < EXACT).then_some(number as i64)
    }
}

/// A time, in any form of ISO 8601, or as a number since 1970 (a text of its digits as well).
impl Value for OffsetDateTime {
    const KIND: &'static str = "a time of ISO 8601 with its zone, nor a number of seconds since 1970";

    fn of_text(text: &str) -> Option<Self> {
        timestamp::iso_8601(text).or_else(|| timestamp::unix_time(text.trim().parse().ok()?))
    }

    fn of_number(number: i64) -> Option<Self> {
        timestamp::unix_time(number)
    }

    fn of_fraction(number: f64) -> Option<Self> {
        // Whole seconds will do; what is no number of them becomes the nearest end of the range, which is no time.
        #[allow(clippy::cast_possible_truncation)]
        timestamp::unix_time(number.trunc() as i64)
    }
}

/// A struct that is read from an object only: derived structs would take a list, too.
pub(crate) struct Object<T>(pub(crate) T);

impl<T: for<'de> Deserialize<'de>> Value for Object<T> {
    const KIND: &'static str = "an object";

    fn of_object<'de, A: MapAccess<'de>>(members: A) -> Result<Option<Self>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members)).map(|value| Some(Self(value)))
    }
}

/// A list of texts, and of nothing else.
pub(crate) struct Texts(pub(crate) Vec<String>);

impl Value for Texts {
    const KIND: &'static str = "a list of texts";

    fn of_list<'de, A: SeqAccess<'de>>(mut elements: A) -> Result<Option<Self>, A::Error> {
        let mut texts = Some(Vec::new());
        while let Some(element) = elements.next_element::<Member<String>>()? {
            match (&mut texts, element) {
                (Some(texts), Member::Is(text)) => texts.push(text),
                _ => texts = None,
            }
        }
        Ok(texts.map(Self))
    }
}

/// A list of such structs, and of nothing else.
pub(crate) struct Objects<T>(pub(crate) Vec<T>);

impl<T: for<'de> Deserialize<'de>> Value for Objects<T> {
    const KIND: &'static str = "a list of objects";

    fn of_list<'de, A: SeqAccess<'de>>(mut elements: A) -> Result<Option<Self>, A::Error> {
        let mut objects = Some(Vec::new());
        while let Some(element) = elements.next_element::<Member<Object<T>>>()? {
            match (&mut objects, element) {
                (Some(objects), Member::Is(Object(value))) => objects.push(value),
                _ => objects = None,
            }
        }
        Ok(objects.map(Self))
    }
}

impl<'de, T: Value> Deserialize<'de> for Member<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MemberVisitor(PhantomData))
    }
}

struct MemberVisitor<T>(PhantomData<T>);

fn member<T>(value: Option<T>) -> Member<T> {
    value.map_or(Member::OfOtherType, Member::Is)
}

impl<'de, T: Value> Visitor<'de> for MemberVisitor<T> {
    type Value = Member<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E>(self, text: &str) -> Result<Member<T>, E> {
        Ok(member(T::of_text(text)))
    }

    fn visit_string<E>(self, text: String) -> Result<Member<T>, E> {
        Ok(member(T::of_string(text)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Member<T>, E> {
        Ok(member(T::of_number(number)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Member<T>, E> {
        Ok(member(i64::try_from(number).ok().and_then(T::of_number)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Member<T>, E> {
        Ok(member(T::of_fraction(number)))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Member<T>, E> {
        Ok(Member::OfOtherType)
    }

    fn visit_unit<E>(self) -> Result<Member<T>, E> {
        Ok(Member::Absent)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<Member<T>, A::Error> {
        T::of_list(elements).map(member)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Member<T>, A::Error> {
        T::of_object(members).map(member)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Inner {
        end: Member<i64>,
    }

    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Outer {
        key: Member<Secret>,
        inner: Member<Object<Inner>>,
    }

    fn key(json: &str) -> Result<Secret, String> {
        parse::<Outer>(json.as_bytes())?.key.required("key")
    }

    #[test]
    fn what_is_no_object_of_these_members_is_an_error_that_quotes_nothing() {
        for (json, expected) in [
            ("hush", "is not JSON (line 1, column 1)"),
            (r#"{"key": "hush""#, "is not JSON (line 1"),
            (r#"{"key": "a"} hush"#, "is not JSON (line 1"),
            (r#""hush""#, "is no JSON object"),
            (r#"["hush"]"#, "is no JSON object"),
            ("null", "is no JSON object"),
            (r#"{"key": "hush", "key": "hush2"}"#, "has one member twice"),
            (r#"{"key": 1893456000}"#, "has a `key` that is not a text"),
            (r#"{"key": {"hush": "hush"}}"#, "has a `key` that is not a text"),
            (r#"{"key": ["hush"]}"#, "has a `key` that is not a text"),
            (r#"{"key": null}"#, "has no `key`"),
            ("{}", "has no `key`"),
        ] {
            let problem = key(json).unwrap_err();
            assert!(problem.contains(expected) && !problem.contains("hush"), "{json}: {problem}");
        }
    }

    #[test]
    fn members_that_nobody_asked_for_are_passed_over() {
        let json = r#"{"other": {"key": ["x", 1.5]}, "key": "a\u002fb", "inner": {"end": 5, "more": true}}"#;
        let outer: Outer = parse(json.as_bytes()).unwrap();
        assert_eq!(outer.key.required("key").unwrap().expose(), "a/b");
        assert_eq!(outer.inner.required("inner").unwrap().0.end.get(), Some(&5));
    }

    #[test]
    fn an_object_is_not_read_from_a_list() {
        let outer: Outer = parse(br#"{"key": "a", "inner": [5]}"#).unwrap();
        assert_eq!(outer.inner.required("inner").err().unwrap(), "has a `inner` that is not an object");
    }

    #[test]
    fn numbers_are_whole() {
        let end = |json: &str| parse::<Inner>(json.as_bytes()).unwrap().end.required("end");
        assert_eq!(end(r#"{"end": -7}"#), Ok(-7));
        assert_eq!(end(r#"{"end": 7.0}"#), Ok(7));
        assert_eq!(end(r#"{"end": 1e3}"#), Ok(1000));
        for other in ["1.5", "1e300", "18446744073709551615", "\"7\"", "true"] {
            assert!(end(&format!(r#"{{"end": {other}}}"#)).unwrap_err().contains("whole number"), "{other}");
        }
    }
}
