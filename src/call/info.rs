use http::{HeaderMap, HeaderName, HeaderValue};

use crate::endpoint::Region;

/// What a call took, and how the service names the answer: for logs, metrics, and questions to the service's support.
///
/// ```no_run
/// # #[cfg(feature = "client")]
/// # async fn run(client: sts3::Client) -> Result<(), sts3::Error> {
/// let (identity, info) = client.send_with_info(&sts3::sts::GetCallerIdentity::new()).await?;
/// println!("{} ({} attempts, request {:?})", identity.arn, info.attempts, info.request_id);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallInfo {
    /// How many requests were sent. Those that providers send for credentials are not counted.
    pub attempts: u32,
    /// How many of them repeat one that failed. One that is sent again for a corrected region or clock, or with renewed
    /// credentials, is no retry.
    pub retries: u32,
    /// The answer's `x-amz-request-id` or `x-amzn-requestid`.
    pub request_id: Option<String>,
    /// The answer's `x-amz-id-2`, which S3 gives too.
    pub host_id: Option<String>,
    /// The bucket's region, where that is another than the endpoint's: a redirect told it, of this call or an earlier one.
    pub corrected_region: Option<Region>,
    /// The seconds that were added to our clock for the signature: 0, or what answers have told.
    pub clock_offset: i64,
}

impl CallInfo {
    /// The same for an operation that took earlier calls too.
    #[cfg(feature = "providers")]
    pub(crate) fn after(mut self, earlier: &Self) -> Self {
        self.attempts = self.attempts.saturating_add(earlier.attempts);
        self.retries = self.retries.saturating_add(earlier.retries);
        self
    }
}

/// How a service names an answer.
#[derive(Default)]
pub(super) struct RequestIds {
    request: Option<HeaderValue>,
    host: Option<HeaderValue>,
}

impl RequestIds {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let first = |names: &[&'static str]| {
            names.iter().find_map(|name| headers.get(HeaderName::from_static(name))).cloned()
        };
        Self { request: first(&["x-amz-request-id", "x-amzn-requestid"]), host: first(&["x-amz-id-2"]) }
    }

    /// The request's, and the host's.
    pub(super) fn texts(&self) -> (Option<String>, Option<String>) {
        let text = |value: &Option<HeaderValue>| value.as_ref()?.to_str().ok().map(str::to_owned);
        (text(&self.request), text(&self.host))
    }
}
