use http::Method;

use super::object_address::{ObjectAddress, of_an_object, text};
use crate::{
    Error,
    operation::{Operation, UnsignedRequest},
};

/// Write an object, from memory and in one request (at most 5 GB). Its main use is to be presigned: then whoever uses
/// the URL sends the content.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
#[derive(Clone, Debug)]
pub struct PutObject {
    address: ObjectAddress,
    body: Body,
    content_type: Option<String>,
}

/// `Debug` shows its length only.
#[derive(Clone, Default)]
struct Body(Vec<u8>);

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// The answer to [`PutObject`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct WrittenObject {
    /// The entity tag, with its quotes.
    pub e_tag: Option<String>,
    /// The version that was made, in versioned buckets.
    pub version_id: Option<String>,
}

impl PutObject {
    /// An empty object under this key (1 to 1,024 bytes).
    pub fn new(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self { address: ObjectAddress::new(bucket, key), body: Body::default(), content_type: None }
    }

    /// Its content.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Body(body.into());
        self
    }

    /// Its media type. Whoever uses a presigned URL must send it, too.
    #[must_use]
    pub fn content_type(mut self, media_type: impl Into<String>) -> Self {
        self.content_type = Some(media_type.into());
        self
    }
}

impl Operation for PutObject {
    type Output = WrittenObject;

    fn request(&self) -> Result<UnsignedRequest, Error> {
        let mut request = UnsignedRequest::new(Method::PUT, self.address.path()?);
        if let Some(media_type) = &self.content_type {
            request.header("content-type", media_type)?;
        }
        request.body.clone_from(&self.body.0);
        Ok(request)
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<WrittenObject, Error> {
        Ok(WrittenObject { e_tag: text(&response, "etag"), version_id: text(&response, "x-amz-version-id") })
    }

    of_an_object!("PutObject");
}
