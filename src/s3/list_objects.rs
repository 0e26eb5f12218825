use http::Method;

use super::{Entry, Extent, ListingOptions, Page, Paged, listing_setters};
use crate::{
    Error,
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
};

/// The first version of the bucket listing, for servers that do not know the second.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html>
///
/// ```
/// use sts3::{Operation, s3::ListObjects};
///
/// let request = ListObjects::new("logs").prefix("2026/").marker("2026/01/01").request()?;
/// assert_eq!(request.query, "encoding-type=url&marker=2026%2F01%2F01&prefix=2026%2F");
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ListObjects {
    bucket: String,
    options: ListingOptions,
    marker: Option<String>,
}

impl ListObjects {
    /// All objects of a bucket.
    pub fn new(bucket: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), options: ListingOptions::default(), marker: None }
    }

    listing_setters!();

    /// Start behind this key, which need not exist.
    #[must_use]
    pub fn marker(mut self, key: impl Into<String>) -> Self {
        self.marker = Some(key.into());
        self
    }
}

impl Operation for ListObjects {
    type Output = Page;

    fn name(&self) -> &str {
        "ListObjects"
    }

    fn service(&self) -> Service {
        Service::S3
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        let mut query = self.options.query()?;
        query.optional("marker", self.marker.as_ref());
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

impl Paged for ListObjects {
    fn next(&self, page: &Page) -> Result<Option<Self>, Error> {
        if !page.is_truncated {
            return Ok(None);
        }
        // AWS sends NextMarker only with a delimiter; otherwise the last key is the marker.
        let marker = page.next_marker.as_deref().or_else(|| page.last());
        match marker {
            Some(marker) if Some(marker) == self.marker.as_deref() => {
                Err(Error::parse("ListBucketResult", "it continues after the marker that was just used"))
            }
            Some(marker) => Ok(Some(Self { marker: Some(marker.to_owned()), ..self.clone() })),
            None => Err(Error::parse(
                "ListBucketResult",
                "IsTruncated is true but there is nothing to continue after",
            )),
        }
    }

    fn extent(&self) -> Extent<'_> {
        Extent {
            start_after: self.marker.as_deref(),
            position: self.marker.as_deref(),
            ..self.options.extent()
        }
    }

    fn starting_after(&self, name: Option<&str>) -> Option<Self> {
        Some(Self { marker: name.map(str::to_owned), ..self.clone() })
    }

    fn entries(page: &Page) -> Vec<Entry<'_>> {
        page.entries()
    }

    fn retain(page: &mut Page, keep: &mut dyn FnMut(&Entry<'_>) -> bool) {
        page.retain(keep);
    }
}
