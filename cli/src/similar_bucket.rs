//! The bucket that somebody may have meant, where there is none of the name.

use std::{
    io::{IsTerminal, stderr},
    time::Duration,
};

use sts3::{Client, Error, Remedy, s3::ListBuckets};

use crate::{common::Common, failure::Failure};

/// How long whoever has been refused waits for a suggestion.
const PATIENCE: Duration = Duration::from_secs(2);

/// The result of a command that asked for this bucket; where there is none of the name, with the one that may be meant.
/// Scripts read no suggestions, and what they call is what they asked for: only people are told, on a terminal or with `-v`.
pub(crate) async fn suggest<T>(
    common: &Common,
    client: &Client,
    bucket: &str,
    result: Result<T, Failure>,
) -> Result<T, Failure> {
    let is_watched = common.verbose > 0 || stderr().is_terminal();
    match result {
        Err(Failure::Call(error)) if is_watched && !common.no_sign_request => {
            Err(match similar(client, bucket, &error).await {
                Some(similar) => Failure::NoSuchBucket { error, similar },
                None => Failure::Call(error),
            })
        }
        result => result,
    }
}

/// The account's bucket whose name is nearest, by one page of ListBuckets. None if the error is another, and if the account's
/// buckets may not be listed or that takes long.
pub(crate) async fn similar(client: &Client, bucket: &str, error: &Error) -> Option<String> {
    if error.remedy() != Some(Remedy::CheckBucketName) {
        return None;
    }
    let operation = ListBuckets::new();
    let page = tokio::time::timeout(PATIENCE, client.send(&operation)).await.ok()?.ok()?;
    page.similar(bucket).map(str::to_owned)
}
