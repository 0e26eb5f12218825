//! Which bucket and which object a request is about.

use crate::wire::{Refusal, Request};

/// What a request is about: bucket and key, decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
}

impl Address {
    /// From the path (`/bucket/key`), or from the host (`bucket.localhost`) and the path (`/key`).
    pub(crate) fn read(request: &Request) -> Result<Self, Refusal> {
        let decode = |text: &str| {
            let decoded = sigv4::percent_decode(text).into_owned();
            let text = String::from_utf8(decoded)
                .map_err(|_| Refusal::new("InvalidURI", 400, "Couldn't parse the specified URI."))?;
            Ok(Some(text).filter(|text| !text.is_empty()))
        };
        let path = request.path.strip_prefix('/').unwrap_or(&request.path);
        let host = request.header("host").unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default();
        if let Some(bucket) = host.strip_suffix(".localhost") {
            return Ok(Self { bucket: Some(bucket.to_owned()), key: decode(path)? });
        }
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        Ok(Self { bucket: decode(bucket)?, key: decode(key)? })
    }

    pub(crate) fn arn(&self) -> String {
        match (&self.bucket, &self.key) {
            (Some(bucket), Some(key)) => format!("arn:aws:s3:::{bucket}/{key}"),
            (Some(bucket), None) => format!("arn:aws:s3:::{bucket}"),
            (None, _) => "arn:aws:s3:::*".into(),
        }
    }
}
