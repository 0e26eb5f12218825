use http::Method;

use super::{Entry, Extent, ListingOptions, Page, Paged, listing_setters};
use crate::{
    Error,
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
};

/// List a bucket's objects, up to 1,000 a page, in ascending order of their keys' bytes.
///
/// Needs `s3:ListBucket` on the bucket's ARN.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
///
/// ```
/// use sts3::s3::ListObjectsV2;
///
/// let one_level = ListObjectsV2::new("logs").prefix("2026/").delimiter("/");
/// ```
#[derive(Clone, Debug)]
pub struct ListObjectsV2 {
    bucket: String,
    options: ListingOptions,
    start_after: Option<String>,
    continuation_token: Option<String>,
    fetch_owner: bool,
}

impl ListObjectsV2 {
    /// All objects of a bucket.
    pub fn new(bucket: impl Into<String>) -> Self {
        Self {
            bucket: bucket.into(),
            options: ListingOptions::default(),
            start_after: None,
            continuation_token: None,
            fetch_owner: false,
        }
    }

    listing_setters!();

    /// Start behind this key, which need not exist. Directory buckets do not support it.
    #[must_use]
    pub fn start_after(mut self, key: impl Into<String>) -> Self {
        self.start_after = Some(key.into());
        self
    }

    /// Continue with the token of an earlier page; the start is ignored then.
    #[must_use]
    pub fn continuation_token(mut self, token: impl Into<String>) -> Self {
        self.continuation_token = Some(token.into());
        self
    }

    /// Ask for each object's owner.
    #[must_use]
    pub fn fetch_owner(mut self, fetch: bool) -> Self {
        self.fetch_owner = fetch;
        self
    }
}

impl ListObjectsV2 {
    /// The same listing from its beginning, or from behind a key.
    pub(crate) fn behind(&self, name: Option<&str>) -> Self {
        Self { start_after: name.map(str::to_owned), continuation_token: None, ..self.clone() }
    }
}

#[cfg(feature = "client")]
impl ListObjectsV2 {
    /// Whether keys come in the order of their bytes, so that a listing may start anywhere in them.
    pub(crate) fn is_ordered(&self) -> bool {
        self.is_sorted() && self.options.delimiter.is_none() && self.continuation_token.is_none()
    }

    /// It goes on where a token says.
    pub(crate) fn has_token(&self) -> bool {
        self.continuation_token.is_some()
    }

    /// Directory buckets say by their names that they do not sort.
    pub(crate) fn is_sorted(&self) -> bool {
        !self.bucket.ends_with("--x-s3")
    }
}

impl Operation for ListObjectsV2 {
    type Output = Page;

    fn name(&self) -> &str {
        "ListObjectsV2"
    }

    fn service(&self) -> Service {
        Service::S3
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        let mut query = self.options.query()?;
        query.parameter("list-type", "2");
        query.optional("start-after", self.start_after.as_ref());
        query.optional("continuation-token", self.continuation_token.as_ref());
        query.optional("fetch-owner", self.fetch_owner.then_some("true"));
        let mut request = UnsignedRequest::reading(Method::GET, query.into_text());
        self.options.headers(&mut request)?;
        Ok(request)
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<Page, Error> {
        Page::read(response)
    }

    fn bucket(&self) -> Option<&str> {
        Some(&self.bucket)
    }

    fn carries_secrets(&self) -> bool {
        false
    }
}

impl Paged for ListObjectsV2 {
    fn next(&self, page: &Page) -> Result<Option<Self>, Error> {
        if !page.is_truncated {
            return Ok(None);
        }
        match &page.next_continuation_token {
            // A server that returns the token it was given would be asked without end.
            Some(token) if Some(token) == self.continuation_token.as_ref() => {
                Err(Error::parse("ListBucketResult", "it continues with the token that was just used"))
            }
            Some(token) => Ok(Some(Self { continuation_token: Some(token.clone()), ..self.clone() })),
            // Huawei OBS did so (minio-go#1703). A start behind the last key may lead on, or to the same page again.
            None => Err(Error::parse(
                "ListBucketResult",
                "IsTruncated is true but there is no NextContinuationToken",
            )),
        }
    }

    fn extent(&self) -> Extent<'_> {
        let position = self.continuation_token.as_deref();
        let start_after = self.start_after.as_deref().filter(|_| position.is_none());
        Extent { start_after, position, ..self.options.extent() }
    }

    fn starting_after(&self, name: Option<&str>) -> Option<Self> {
        Some(self.behind(name))
    }

    fn entries(page: &Page) -> Vec<Entry<'_>> {
        page.entries()
    }

    fn retain(page: &mut Page, keep: &mut dyn FnMut(&Entry<'_>) -> bool) {
        page.retain(keep);
    }
}
