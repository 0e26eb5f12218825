//! A bucket as it is configured, and what is in it at the start.

use time::OffsetDateTime;

use super::{
    bucket::{Bucket, is_bucket_name},
    keys::{Distribution, SyntheticKeys},
    object::StoredObject,
};

/// Keys of a `demo` bucket: a small directory tree, and the names that listers get wrong.
const DEMO_KEYS: &[&str] = &[
    "readme.md",
    "logs/2026/01/01/app.log",
    "logs/2026/01/02/app.log",
    "logs/2026/01/03/app.log",
    "logs/2026/02/01/app.log",
    "a b/space key.txt",
    "plus+sign/a+b.txt",
    "amp&lt<gt>/quote\"apos'.txt",
    "percent/100%25 done%.txt",
    "unicode/한국어/파일.txt",
    "unicode/ünïcödé.txt",
    "unicode/emoji-🦀.txt",
    "double//slash.txt",
    "/leading-slash.txt",
    "tilde~/~.txt",
    "equals=and?query/x=1&y=2.txt",
    "hash#tag.txt",
    "semi;colon,comma.txt",
    "trailing-space .txt",
    "UPPER/lower/Mixed.txt",
    "paren(1)[2]{3}.txt",
    "control/escape-\u{1b}[31m-and-tab-\t.txt",
    "control/line\nbreak\r.txt",
    "very/deep/path/that/goes/on/and/on/until/the/end.txt",
];

/// A bucket to start with.
#[derive(Clone, Debug)]
pub struct BucketSpec {
    pub(crate) name: String,
    region: Option<String>,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Demo,
    Empty,
    Synthetic(Distribution, u64),
}

impl BucketSpec {
    /// A bucket with some dozen objects, among them names that listers get wrong.
    pub fn demo(name: impl Into<String>) -> Self {
        Self { name: name.into(), region: None, content: Content::Demo }
    }

    /// A bucket without objects.
    pub fn empty(name: impl Into<String>) -> Self {
        Self { name: name.into(), region: None, content: Content::Empty }
    }

    /// A bucket of `count` generated keys.
    pub fn synthetic(name: impl Into<String>, distribution: Distribution, count: u64) -> Self {
        Self { name: name.into(), region: None, content: Content::Synthetic(distribution, count) }
    }

    /// Put it into another region than the sandbox's: requests signed for the wrong one are redirected.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// The bucket, made at this time, with what is in it at the start.
    pub(super) fn create(&self, default_region: &str, now: OffsetDateTime) -> Bucket {
        let region = self.region.as_deref().unwrap_or(default_region).to_owned();
        let keys = match self.content {
            Content::Synthetic(distribution, count) => Some(SyntheticKeys::new(distribution, count)),
            Content::Demo | Content::Empty => None,
        };
        let mut bucket = Bucket::new(region, now, keys);
        if matches!(self.content, Content::Demo) {
            for key in DEMO_KEYS {
                bucket.put(key, StoredObject::new(format!("{key}\n").into(), Vec::new(), now));
            }
        }
        bucket
    }
}

impl std::str::FromStr for BucketSpec {
    type Err = String;

    /// `NAME`, `NAME:empty` or `NAME:DISTRIBUTION:COUNT`.
    fn from_str(text: &str) -> Result<Self, String> {
        let shape = "is not NAME, NAME:empty or NAME:DISTRIBUTION:COUNT";
        let parts: Vec<&str> = text.split(':').collect();
        let name = parts.first().copied().unwrap_or_default();
        if !is_bucket_name(name) {
            return Err(format!(
                "`{}` is no bucket name: 3 to 63 of a-z, 0-9, `-` and `.`",
                name.escape_debug()
            ));
        }
        match parts.as_slice() {
            [name] => Ok(Self::demo(*name)),
            [name, "empty"] => Ok(Self::empty(*name)),
            [name, distribution, count] => {
                let distribution = distribution.parse()?;
                let count = count.replace('_', "").parse().map_err(|_| {
                    format!("`{}` is no number of keys, in `{}`", count.escape_debug(), text.escape_debug())
                })?;
                Ok(Self::synthetic(*name, distribution, count))
            }
            _ => Err(format!("`{}` {shape}", text.escape_debug())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_arguments_are_read_or_refused_with_the_reason() {
        assert!(matches!("demo".parse::<BucketSpec>().unwrap().content, Content::Demo));
        assert!(matches!("demo:empty".parse::<BucketSpec>().unwrap().content, Content::Empty));
        let dated = "logs:dated:1_000_000".parse::<BucketSpec>().unwrap();
        assert!(matches!(dated.content, Content::Synthetic(Distribution::Dated, 1_000_000)));
        for (text, reason) in [
            ("", "no bucket name"),
            ("Demo", "no bucket name"),
            ("demo:dated", "NAME:DISTRIBUTION:COUNT"),
            ("demo:other:5", "flat-uuid, dated"),
            ("demo:dated:many", "`many` is no number"),
        ] {
            let problem = text.parse::<BucketSpec>().unwrap_err();
            assert!(problem.contains(reason), "{text}: {problem}");
        }
    }
}
