use http::Method;

use super::object_address::{ObjectAddress, of_an_object, text};
use crate::{
    Error,
    operation::{Operation, UnsignedRequest},
};

/// Delete an object, or hide it behind a delete marker in a versioned bucket. One that does not exist is no error.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html>
#[derive(Clone, Debug)]
pub struct DeleteObject {
    address: ObjectAddress,
}

/// The answer to [`DeleteObject`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct DeletedObject {
    /// Whether a delete marker was made, or was what was deleted.
    pub is_delete_marker: bool,
    /// The marker's version, or the one that was deleted.
    pub version_id: Option<String>,
}

impl DeleteObject {
    /// An object by its bucket and key (1 to 1,024 bytes).
    pub fn new(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self { address: ObjectAddress::new(bucket, key) }
    }

    /// This version of it, for good.
    #[must_use]
    pub fn version_id(mut self, id: impl Into<String>) -> Self {
        self.address.version_id = Some(id.into());
        self
    }
}

impl Operation for DeleteObject {
    type Output = DeletedObject;

    fn request(&self) -> Result<UnsignedRequest, Error> {
        let query = self.address.query().into_text();
        Ok(UnsignedRequest { query, ..UnsignedRequest::new(Method::DELETE, self.address.path()?) })
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<DeletedObject, Error> {
        Ok(DeletedObject {
            is_delete_marker: text(&response, "x-amz-delete-marker").as_deref() == Some("true"),
            version_id: text(&response, "x-amz-version-id"),
        })
    }

    of_an_object!("DeleteObject");
}
