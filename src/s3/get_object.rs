use http::{Method, Response};

use super::object_address::{ObjectAddress, of_an_object};
use crate::{
    Error, InvalidInput,
    operation::{Operation, UnsignedRequest},
};

/// An object's content, whole or in part, as an answer in memory. Its main use is to be presigned.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
///
/// ```
/// use sts3::{Operation, s3::GetObject};
///
/// let operation = GetObject::new("logs", "2026/a b.csv").response_content_type("text/csv").range("bytes=0-99");
/// let request = operation.request()?;
/// assert_eq!((&*request.path, &*request.query), ("/2026/a%20b.csv", "response-content-type=text%2Fcsv"));
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GetObject {
    address: ObjectAddress,
    range: Option<String>,
    response: Vec<(&'static str, String)>,
}

macro_rules! response_setters {
    ($($setter:ident, $parameter:literal, $header:literal;)*) => {$(
        #[doc = concat!("The value of the answer's `", $header, "` header, instead of the object's own.")]
        #[must_use]
        pub fn $setter(mut self, value: impl Into<String>) -> Self {
            self.response.push(($parameter, value.into()));
            self
        }
    )*};
}

impl GetObject {
    /// An object by its bucket and key (1 to 1,024 bytes).
    pub fn new(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self { address: ObjectAddress::new(bucket, key), range: None, response: Vec::new() }
    }

    /// This version of it.
    #[must_use]
    pub fn version_id(mut self, id: impl Into<String>) -> Self {
        self.address.version_id = Some(id.into());
        self
    }

    /// Only these bytes, in the form of the `Range` header: `bytes=0-99`, `bytes=100-`, `bytes=-100`. Whoever uses a
    /// presigned URL must send that header.
    #[must_use]
    pub fn range(mut self, range: impl Into<String>) -> Self {
        self.range = Some(range.into());
        self
    }

    response_setters! {
        response_cache_control, "response-cache-control", "Cache-Control";
        response_content_disposition, "response-content-disposition", "Content-Disposition";
        response_content_encoding, "response-content-encoding", "Content-Encoding";
        response_content_language, "response-content-language", "Content-Language";
        response_content_type, "response-content-type", "Content-Type";
        response_expires, "response-expires", "Expires";
    }
}

impl Operation for GetObject {
    type Output = Response<Vec<u8>>;

    fn request(&self) -> Result<UnsignedRequest, Error> {
        let mut request = UnsignedRequest::new(Method::GET, self.address.path()?);
        let mut query = self.address.query();
        for (name, value) in &self.response {
            query.parameter(name, value);
        }
        request.query = query.into_text();
        if let Some(range) = &self.range {
            if !range.starts_with("bytes=") {
                let problem = format!("`{}` is no range of bytes, as bytes=0-99", range.escape_debug());
                return Err(InvalidInput::new("Range", problem).into());
            }
            request.header("range", range)?;
        }
        Ok(request)
    }

    fn parse(&self, response: Response<Vec<u8>>) -> Result<Response<Vec<u8>>, Error> {
        Ok(response)
    }

    of_an_object!("GetObject");
}
