//! S3 (version 2006-03-01), its listings above all: one file per operation, with its parameters and answer.
//!
//! `page` reads what all listings of a bucket have in common; `object` is one entry. `paged` is what a walk over
//! pages needs, `progress` checks that each goes forward; `partition` plans many requests at once, and `coverage`
//! proves that what came of them is whole. `encoding-type=url` is
//! always asked for, so that keys with control characters survive XML, and undone only when the answer echoes
//! it. <https://docs.aws.amazon.com/AmazonS3/latest/API/>

#[cfg(feature = "client")]
pub(crate) mod coverage;
mod delete_object;
mod details;
mod get_object;
mod head_bucket;
mod head_object;
mod list_buckets;
mod list_object_versions;
mod list_objects;
mod list_objects_v2;
mod object;
mod object_address;
mod page;
mod paged;
pub mod partition;
#[cfg(feature = "client")]
pub(crate) mod progress;
mod put_object;
#[cfg(feature = "serde")]
mod serialize;

pub use delete_object::{DeleteObject, DeletedObject};
pub use details::{Owner, RestoreStatus};
pub use get_object::GetObject;
pub use head_bucket::{BucketInfo, HeadBucket};
pub use head_object::{HeadObject, ObjectInfo};
pub use list_buckets::{Bucket, BucketsPage, ListBuckets};
pub use list_object_versions::{ListObjectVersions, ObjectVersion, VersionsPage};
pub use list_objects::ListObjects;
pub use list_objects_v2::ListObjectsV2;
pub use object::{Object, Objects, OwnedObject};
pub use page::Page;
pub use paged::{Entry, Extent, Paged};
pub use put_object::{PutObject, WrittenObject};

use crate::{Error, InvalidInput};

/// Parameters that both versions of the bucket listing share.
#[derive(Clone, Debug, Default)]
struct ListingOptions {
    prefix: Option<String>,
    delimiter: Option<String>,
    max_keys: Option<u32>,
    request_payer: bool,
    expected_bucket_owner: Option<String>,
    restore_status: bool,
}

impl ListingOptions {
    /// # Errors
    /// A page of no keys: no listing would come to its end by such pages, or it would end before it began.
    fn query(&self) -> Result<crate::wire::query::Query, Error> {
        if self.max_keys == Some(0) {
            return Err(InvalidInput::new("max-keys", "is 0: a page has 1 to 1000 keys").into());
        }
        let mut query = crate::wire::query::Query::default();
        query.parameter("encoding-type", "url");
        query.optional("prefix", self.prefix.as_ref());
        query.optional("delimiter", self.delimiter.as_ref());
        query.optional("max-keys", self.max_keys.map(|keys| keys.to_string()));
        Ok(query)
    }

    /// What is asked for; the start and the position are the operation's.
    fn extent(&self) -> Extent<'_> {
        Extent {
            prefix: self.prefix.as_deref().unwrap_or_default(),
            page_size: self.max_keys,
            is_grouped: self.delimiter.is_some(),
            ..Extent::default()
        }
    }

    fn headers(&self, request: &mut crate::operation::UnsignedRequest) -> Result<(), Error> {
        if self.request_payer {
            request.header("x-amz-request-payer", "requester")?;
        }
        if let Some(owner) = &self.expected_bucket_owner {
            head_bucket::check_account(owner)?;
            request.header("x-amz-expected-bucket-owner", owner)?;
        }
        if self.restore_status {
            request.header("x-amz-optional-object-attributes", "RestoreStatus")?;
        }
        Ok(())
    }
}

/// The setters of [`ListingOptions`], with their documentation, for both listings.
macro_rules! listing_setters {
    () => {
        /// List only keys that start with this.
        #[must_use]
        pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
            self.options.prefix = Some(prefix.into());
            self
        }

        /// Group keys that share what stands between the prefix and the next delimiter into common prefixes:
        /// with `/`, one level of "folders".
        #[must_use]
        pub fn delimiter(mut self, delimiter: impl Into<String>) -> Self {
            self.options.delimiter = Some(delimiter.into());
            self
        }

        /// At most this many keys and common prefixes a page, from 1 on; the service gives 1,000 at most.
        #[must_use]
        pub fn max_keys(mut self, keys: u32) -> Self {
            self.options.max_keys = Some(keys);
            self
        }

        /// Agree to pay for the request: needed for requester-pays buckets, listings included.
        #[must_use]
        pub fn request_payer(mut self, pay: bool) -> Self {
            self.options.request_payer = pay;
            self
        }

        /// Fail unless the bucket belongs to this account (12 digits).
        #[must_use]
        pub fn expected_bucket_owner(mut self, account: impl Into<String>) -> Self {
            self.options.expected_bucket_owner = Some(account.into());
            self
        }

        /// Ask for each object's restore status (objects in archive storage classes).
        #[must_use]
        pub fn restore_status(mut self, ask: bool) -> Self {
            self.options.restore_status = ask;
            self
        }

        /// The bucket's name.
        pub fn bucket_name(&self) -> &str {
            &self.bucket
        }
    };
}
use listing_setters;
