use std::str::FromStr;

/// `s3://bucket/prefix`. Everything behind the first slash is the prefix, taken as it is: nothing is decoded,
/// so a key with `%`, `?` or `#` can be named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct S3Url {
    pub(crate) bucket: String,
    pub(crate) key: String,
}

impl FromStr for S3Url {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix("s3://").ok_or("it must start with s3://, as in s3://bucket/prefix")?;
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err("the bucket's name is missing, as in s3://bucket/prefix".into());
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_taken_as_it_is() {
        for (text, bucket, key) in [
            ("s3://logs", "logs", ""),
            ("s3://logs/", "logs", ""),
            ("s3://logs/a%20b?c#d//", "logs", "a%20b?c#d//"),
            ("s3://logs//x", "logs", "/x"),
        ] {
            let url: S3Url = text.parse().unwrap();
            assert_eq!((url.bucket.as_str(), url.key.as_str()), (bucket, key));
        }
        for text in ["", "logs", "s3://", "s3:///key", "http://logs"] {
            assert!(text.parse::<S3Url>().is_err(), "{text}");
        }
    }
}
