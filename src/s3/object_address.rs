use crate::{InvalidInput, wire::query::Query};

/// The most bytes of a key: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>.
const MAX_KEY: usize = 1024;

/// An object, and perhaps one version of it.
#[derive(Clone, Debug)]
pub(super) struct ObjectAddress {
    pub(super) bucket: String,
    key: String,
    pub(super) version_id: Option<String>,
}

impl ObjectAddress {
    pub(super) fn new(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), key: key.into(), version_id: None }
    }

    /// The key as a path below the bucket. Dots and slashes in it stay: to S3 they mean nothing.
    pub(super) fn path(&self) -> Result<String, InvalidInput> {
        if !(1..=MAX_KEY).contains(&self.key.len()) {
            let problem = format!("is {} bytes long: 1 to {MAX_KEY} are allowed", self.key.len());
            return Err(InvalidInput::new("Key", problem));
        }
        Ok(format!("/{}", sigv4::percent_encode_path(&self.key)))
    }

    pub(super) fn query(&self) -> Query {
        let mut query = Query::default();
        query.optional("versionId", self.version_id.as_ref());
        query
    }
}

/// A header of an answer that is text.
pub(super) fn text(response: &http::Response<Vec<u8>>, name: &str) -> Option<String> {
    Some(response.headers().get(name)?.to_str().ok()?.to_owned())
}

/// What all operations on an object share of [`Operation`](crate::Operation).
macro_rules! of_an_object {
    ($name:literal) => {
        fn name(&self) -> &str {
            $name
        }

        fn service(&self) -> $crate::endpoint::Service {
            $crate::endpoint::Service::S3
        }

        fn bucket(&self) -> Option<&str> {
            Some(&self.address.bucket)
        }

        fn carries_secrets(&self) -> bool {
            false
        }

        // The answer is the object, whatever it holds, or empty.
        fn has_xml_answer(&self) -> bool {
            false
        }
    };
}
pub(super) use of_an_object;
