use http::Method;
use time::OffsetDateTime;

use super::{Entry, Extent, Owner, Paged};
use crate::{
    Error, InvalidInput,
    endpoint::{Region, Service, nearest},
    operation::{Operation, UnsignedRequest},
    wire::{query::Query, timestamp, xml::Xml},
};

/// List the account's buckets.
///
/// Needs `s3:ListAllMyBuckets`. `max-buckets` is always sent (1,000 unless set): without it AWS ignores the
/// filters and answers everything at once.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>
///
/// ```
/// use sts3::{Operation, s3::ListBuckets};
///
/// let request = ListBuckets::new().max_buckets(100).prefix("logs-").request()?;
/// assert_eq!(request.query, "max-buckets=100&prefix=logs-");
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ListBuckets {
    max_buckets: u32,
    prefix: Option<String>,
    bucket_region: Option<Region>,
    continuation_token: Option<String>,
}

/// One page of [`ListBuckets`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct BucketsPage {
    /// The buckets in order of their names.
    pub buckets: Vec<Bucket>,
    /// Whose they are.
    pub owner: Option<Owner>,
    /// Ask for the next page with it; absent on the last one.
    pub continuation_token: Option<String>,
    /// The prefix that was asked for.
    pub prefix: Option<String>,
}

/// One bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Bucket {
    /// The name.
    #[cfg_attr(feature = "serde", serde(rename = "bucket"))]
    pub name: String,
    /// When it was created.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::timestamp::serialize"))]
    pub creation_date: Option<OffsetDateTime>,
    /// Where it is.
    pub region: Option<String>,
    /// Its ARN.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub arn: Option<String>,
}

impl Default for ListBuckets {
    fn default() -> Self {
        Self::new()
    }
}

impl ListBuckets {
    /// All buckets.
    pub fn new() -> Self {
        Self { max_buckets: 1000, prefix: None, bucket_region: None, continuation_token: None }
    }

    /// At most this many buckets a page: 1 to 10,000.
    #[must_use]
    pub fn max_buckets(mut self, buckets: u32) -> Self {
        self.max_buckets = buckets;
        self
    }

    /// Only buckets whose names start with this.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Only buckets of this region.
    #[must_use]
    pub fn bucket_region(mut self, region: Region) -> Self {
        self.bucket_region = Some(region);
        self
    }

    /// Continue with the token of an earlier page.
    #[must_use]
    pub fn continuation_token(mut self, token: impl Into<String>) -> Self {
        self.continuation_token = Some(token.into());
        self
    }
}

impl BucketsPage {
    /// The bucket of this page that somebody may have meant by a name that is misspelt: at most one letter in four is wrong,
    /// missing or too much, or in its neighbour's place. None if no name is so near, or if the name is that of a bucket.
    ///
    /// ```
    /// # let xml = "<ListAllMyBucketsResult><Buckets><Bucket><Name>invoices</Name></Bucket></Buckets></ListAllMyBucketsResult>";
    /// use sts3::{Operation, s3::ListBuckets};
    ///
    /// let page = ListBuckets::new().parse(http::Response::new(xml.into()))?;
    /// assert_eq!(page.similar("invoises"), Some("invoices"));
    /// assert_eq!(page.similar("logs"), None);
    /// # Ok::<(), sts3::Error>(())
    /// ```
    pub fn similar(&self, name: &str) -> Option<&str> {
        let mut names = self.buckets.iter().map(|bucket| bucket.name.as_str());
        if names.clone().any(|other| other == name) { None } else { nearest(name, &mut names) }
    }
}

impl Operation for ListBuckets {
    type Output = BucketsPage;

    fn name(&self) -> &str {
        "ListBuckets"
    }

    fn service(&self) -> Service {
        Service::S3
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        if !(1..=10_000).contains(&self.max_buckets) {
            let problem = format!("is {}: 1 to 10000 are allowed", self.max_buckets);
            return Err(InvalidInput::new("max-buckets", problem).into());
        }
        let mut query = Query::default();
        query.parameter("max-buckets", &self.max_buckets.to_string());
        query.optional("prefix", self.prefix.as_ref());
        query.optional("bucket-region", self.bucket_region.as_ref().map(Region::as_str));
        query.optional("continuation-token", self.continuation_token.as_ref());
        Ok(UnsignedRequest::reading(Method::GET, query.into_text()))
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<BucketsPage, Error> {
        let mut xml = Xml::new(response.body(), "ListAllMyBucketsResult")?;
        xml.root_named("ListAllMyBucketsResult")?;
        let mut page = BucketsPage::default();
        while let Some(element) = xml.child()? {
            match element.name() {
                "Buckets" => {
                    while let Some(bucket) = xml.child()? {
                        match bucket.name() {
                            "Bucket" => page.buckets.push(Bucket::read(&mut xml)?),
                            _ => xml.skip()?,
                        }
                    }
                }
                "Owner" => page.owner = Some(Owner::read(&mut xml)?),
                "ContinuationToken" => {
                    page.continuation_token = Some(xml.text()?).filter(|text| !text.is_empty())
                }
                "Prefix" => page.prefix = Some(xml.text()?),
                _ => xml.skip()?,
            }
        }
        xml.finish()?;
        Ok(page)
    }

    fn carries_secrets(&self) -> bool {
        false
    }
}

impl Bucket {
    fn read(xml: &mut Xml<'_>) -> Result<Self, Error> {
        let mut bucket = Self::default();
        while let Some(element) = xml.child()? {
            match element.name() {
                "Name" => bucket.name = xml.text()?,
                "CreationDate" => bucket.creation_date = Some(xml.parsed(timestamp::iso_8601, "a time")?),
                "BucketRegion" => bucket.region = Some(xml.text()?),
                "BucketArn" => bucket.arn = Some(xml.text()?),
                _ => xml.skip()?,
            }
        }
        if bucket.name.is_empty() { Err(xml.error("a bucket has no Name")) } else { Ok(bucket) }
    }
}

impl Paged for ListBuckets {
    fn next(&self, page: &BucketsPage) -> Result<Option<Self>, Error> {
        match &page.continuation_token {
            None => Ok(None),
            Some(token) if Some(token) == self.continuation_token.as_ref() => {
                Err(Error::parse("ListAllMyBucketsResult", "it continues with the token that was just used"))
            }
            Some(token) => Ok(Some(Self { continuation_token: Some(token.clone()), ..self.clone() })),
        }
    }

    fn extent(&self) -> Extent<'_> {
        Extent {
            prefix: self.prefix.as_deref().unwrap_or_default(),
            position: self.continuation_token.as_deref(),
            page_size: Some(self.max_buckets),
            ..Extent::default()
        }
    }

    fn entries(page: &BucketsPage) -> Vec<Entry<'_>> {
        page.buckets.iter().map(|bucket| Entry::new(&bucket.name)).collect()
    }

    fn retain(page: &mut BucketsPage, keep: &mut dyn FnMut(&Entry<'_>) -> bool) {
        page.buckets.retain(|bucket| keep(&Entry::new(&bucket.name)));
    }
}
