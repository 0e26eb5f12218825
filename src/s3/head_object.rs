use http::Method;

use super::object_address::{ObjectAddress, of_an_object, text};
use crate::{
    Error,
    operation::{Operation, UnsignedRequest},
};

/// What is known of an object without its content. Answers that refuse have no body: the status is the code.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>
#[derive(Clone, Debug)]
pub struct HeadObject {
    address: ObjectAddress,
}

/// The answer to [`HeadObject`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ObjectInfo {
    /// Bytes.
    pub size: Option<u64>,
    /// The entity tag, with its quotes.
    pub e_tag: Option<String>,
    /// As the server wrote it: `Tue, 24 Nov 2026 12:00:00 GMT`.
    pub last_modified: Option<String>,
    /// The media type.
    pub content_type: Option<String>,
    /// The version, in versioned buckets.
    pub version_id: Option<String>,
}

impl HeadObject {
    /// An object by its bucket and key (1 to 1,024 bytes).
    pub fn new(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self { address: ObjectAddress::new(bucket, key) }
    }

    /// This version of it.
    #[must_use]
    pub fn version_id(mut self, id: impl Into<String>) -> Self {
        self.address.version_id = Some(id.into());
        self
    }
}

impl Operation for HeadObject {
    type Output = ObjectInfo;

    fn request(&self) -> Result<UnsignedRequest, Error> {
        let query = self.address.query().into_text();
        Ok(UnsignedRequest { query, ..UnsignedRequest::new(Method::HEAD, self.address.path()?) })
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<ObjectInfo, Error> {
        Ok(ObjectInfo {
            size: text(&response, "content-length").and_then(|length| length.parse().ok()),
            e_tag: text(&response, "etag"),
            last_modified: text(&response, "last-modified"),
            content_type: text(&response, "content-type"),
            version_id: text(&response, "x-amz-version-id"),
        })
    }

    of_an_object!("HeadObject");
}
