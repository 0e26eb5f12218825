//! Buckets: those of the account, the one that is listed and where it is, others'.

use sts3::{
    Error, Region,
    s3::{HeadBucket, ListBuckets, ListObjectsV2},
};

use crate::{
    Live,
    report::{Outcome, Report},
};

pub(crate) async fn check(live: &Live, report: &mut Report) {
    report.line("ListBuckets, and page by page", all(live).await);
    let region = match live.client.head_bucket(&live.bucket).await {
        Ok(Some(info)) => {
            let holds = info.region.is_some();
            let saw = info.region.clone().unwrap_or_else(|| "the answer names no region".into());
            report.line("HeadBucket says where the bucket is", Outcome::on_aws(live.is_aws, holds, saw));
            info.region
        }
        Ok(None) => {
            let saw = format!("there is no bucket `{}`", live.bucket);
            report.line("HeadBucket says where the bucket is", Outcome::Differs(saw));
            None
        }
        Err(error) => {
            report.line("HeadBucket says where the bucket is", error.into());
            None
        }
    };
    report.line("a bucket is found from a wrong region", from_elsewhere(live, region).await);
    report.line("HeadBucket of a bucket of somebody else: 403", foreign(live).await);
    report.line("HeadBucket of another owner than expected: 403", other_owner(live).await);
    let none = format!("sts3-live-none-{}", sts3::time::OffsetDateTime::now_utc().unix_timestamp_nanos());
    let outcome = match live.client.head_bucket(&none).await {
        Ok(found) => Outcome::of(
            found.is_none(),
            format!("`{none}`: {}", if found.is_some() { "found" } else { "404" }),
        ),
        Err(error) => error.into(),
    };
    report.line("HeadBucket of none: 404", outcome);
}

async fn all(live: &Live) -> Outcome {
    // More pages than this say no more.
    const PAGES: usize = 5;
    let whole = match live.client.send(&ListBuckets::new()).await {
        Ok(page) => page.buckets,
        Err(error) => return error.into(),
    };
    let size = u32::try_from(whole.len().div_ceil(PAGES)).unwrap_or(u32::MAX).clamp(1, 1_000);
    let mut pages = live.client.pages(ListBuckets::new().max_buckets(size));
    let (mut one_by_one, mut count) = (Vec::new(), 0);
    while count < PAGES {
        match pages.next().await {
            Ok(Some(page)) => one_by_one.extend(page.buckets),
            Ok(None) => break,
            Err(error) => return error.into(),
        }
        count += 1;
    }
    let holds =
        whole.iter().take(one_by_one.len()).eq(&one_by_one) && one_by_one.len() >= whole.len().min(PAGES);
    Outcome::of(holds, format!("{} buckets, {} of them in {count} pages", whole.len(), one_by_one.len()))
}

async fn from_elsewhere(live: &Live, region: Option<String>) -> Outcome {
    let Some(region) = region else { return Outcome::NotHere("HeadBucket has not told its region".into()) };
    let wrong = Live::wrong_region(&region);
    let client = live.client.with_region(wrong.clone());
    match client.send_with_info(&ListObjectsV2::new(&live.bucket).max_keys(1)).await {
        Ok((_, info)) => {
            let corrected = info.corrected_region.as_ref().map(Region::as_str);
            let saw = format!("asked in {wrong}, answered from {}", corrected.unwrap_or("there"));
            Outcome::on_aws(live.is_aws, corrected == Some(&region), saw)
        }
        Err(error) => error.into(),
    }
}

/// Closed to the caller: HEAD has no body, so that the status is all.
fn is_closed(error: &Error) -> bool {
    error.as_service_error().is_some_and(|error| error.status == 403)
}

async fn foreign(live: &Live) -> Outcome {
    let Some(name) = &live.foreign_bucket else {
        return Outcome::NotHere("STS3_LIVE_FOREIGN_BUCKET names none".into());
    };
    match live.client.head_bucket(name).await {
        Err(error) if is_closed(&error) => Outcome::Agreed(format!("`{name}`: {error}")),
        Ok(Some(_)) => Outcome::NotHere(format!("`{name}` is open to this caller: name another")),
        Ok(None) => Outcome::NotHere(format!("there is no `{name}`: name another")),
        Err(error) => Outcome::Differs(error.to_string()),
    }
}

/// Nobody has the account of zeros.
async fn other_owner(live: &Live) -> Outcome {
    let operation = HeadBucket::new(&live.bucket).expected_bucket_owner("000000000000");
    match live.client.send(&operation).await {
        Err(error) => Outcome::on_aws(live.is_aws, is_closed(&error), error.to_string()),
        Ok(_) => Outcome::on_aws(live.is_aws, false, "the bucket was given out all the same"),
    }
}
