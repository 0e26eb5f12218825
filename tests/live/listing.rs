//! The bucket's keys: in sequence and in parallel, and each parameter against the whole.

use std::{collections::BTreeSet, time::Duration};

use sts3::{
    Concurrency, Error, Raw,
    endpoint::Service,
    runtime::{HttpClient, Limits, Transport},
    s3::ListObjectsV2,
};

use crate::{
    Live,
    report::{Outcome, Report},
};

/// The first keys of the bucket, and whether they are all.
struct Known {
    keys: Vec<String>,
    is_whole: bool,
}

/// Keys and common prefixes.
type Level = (Vec<String>, Vec<String>);

pub(crate) async fn check(live: &Live, report: &mut Report) {
    let known = match in_sequence(live).await {
        Ok(known) => known,
        Err(error) => return report.line("a recursive listing", error.into()),
    };
    let count = format!("{} keys{}", known.keys.len(), if known.is_whole { ", all" } else { ", the first" });
    let is_ascending = known.keys.is_sorted_by(|one, other| one.as_bytes() < other.as_bytes());
    report.line("a recursive listing is in the order of its keys' bytes", Outcome::of(is_ascending, count));
    report.line("in parallel it has the same keys", parallel(live, &known).await);
    report.line("one level has what the whole has there", one_level(live, &known).await);
    report.line("start-after", start_after(live, &known).await);
    report.line("prefix", prefix(live, &known).await);
    report.line("encoding-type: special keys come and go as they are", special(live, &known).await);
    report.line("encoding-type is echoed", echoed(live).await);
    report.line(
        "a presigned listing needs no keys, and no other signature will do",
        presigned(live, &known).await,
    );
}

async fn in_sequence(live: &Live) -> Result<Known, Error> {
    let mut pages = live.client.list_objects_v2(&live.bucket).pages();
    let mut known = Known { keys: Vec::new(), is_whole: false };
    while known.keys.len() < live.limit {
        match pages.next().await? {
            Some(page) => known.keys.extend(page.keys().map(str::to_owned)),
            None => {
                known.is_whole = true;
                break;
            }
        }
    }
    known.is_whole &= known.keys.len() <= live.limit;
    known.keys.truncate(live.limit);
    Ok(known)
}

/// A page with these parameters.
async fn page(live: &Live, operation: ListObjectsV2) -> Result<Level, Error> {
    let page = live.client.send(&operation).await?;
    let owned = |names: &mut dyn Iterator<Item = &str>| names.map(str::to_owned).collect();
    Ok((owned(&mut page.keys()), owned(&mut page.common_prefixes())))
}

async fn parallel(live: &Live, known: &Known) -> Outcome {
    let listing = live.client.list_objects_v2(&live.bucket);
    let mut pages = listing.parallel(Concurrency::Requests(8)).limit(live.limit as u64);
    let mut keys = Vec::new();
    loop {
        match pages.next().await {
            Ok(Some(page)) => keys.extend(page.keys().map(str::to_owned)),
            Ok(None) => break,
            Err(error) => return error.into(),
        }
    }
    keys.truncate(live.limit);
    let saw = format!("{} keys in {} requests", keys.len(), pages.requests());
    if keys == known.keys {
        return Outcome::Agreed(saw);
    }
    // Others may write meanwhile.
    match in_sequence(live).await {
        Ok(again) if again.keys == known.keys => Outcome::Differs(saw),
        Ok(_) => Outcome::NotHere("the bucket changes while it is listed".into()),
        Err(error) => error.into(),
    }
}

async fn one_level(live: &Live, known: &Known) -> Outcome {
    let (keys, prefixes) = match page(live, ListObjectsV2::new(&live.bucket).delimiter("/")).await {
        Ok(level) => level,
        Err(error) => return error.into(),
    };
    let saw = format!("{} keys and {} prefixes of a first page", keys.len(), prefixes.len());
    // As far as both go: what lies behind the last of either is not known.
    let last = |names: [Option<&String>; 2]| names.into_iter().flatten().max().cloned();
    let is_whole_page = keys.len() + prefixes.len() < 1_000;
    let of_page = last([keys.last(), prefixes.last()]).filter(|_| !is_whole_page);
    // The group in which the known keys end may be told, but ends the comparison.
    let of_known =
        known.keys.last().filter(|_| !known.is_whole).map(|key| group(key).unwrap_or(key).to_owned());
    let end = [of_page, of_known].into_iter().flatten().min();
    let is_before = |name: &str| end.as_deref().is_none_or(|end| name <= end);
    let expected_keys: Vec<&str> =
        known.keys.iter().map(String::as_str).filter(|key| group(key).is_none() && is_before(key)).collect();
    let expected: BTreeSet<&str> =
        known.keys.iter().filter_map(|key| group(key)).filter(|name| is_before(name)).collect();
    let holds = keys.iter().filter(|key| is_before(key)).eq(expected_keys)
        && prefixes.iter().filter(|name| is_before(name)).eq(expected);
    Outcome::of(holds, saw)
}

/// Under what a key is grouped, by the delimiter `/`.
fn group(key: &str) -> Option<&str> {
    key.find('/').map(|at| &key[..=at])
}

/// Whether a page has just these of the known keys, as far as they go.
fn has_all(page: &[String], expected: &[&String], known: &Known) -> bool {
    let count = page.len().min(expected.len());
    let is_end = known.is_whole && page.len() < 1_000;
    page.iter().take(count).eq(expected.iter().take(count).copied())
        && (!is_end || page.len() == expected.len())
}

async fn start_after(live: &Live, known: &Known) -> Outcome {
    let middle = known.keys.len() / 2;
    let Some(start) = known.keys.get(middle) else { return Outcome::NotHere("the bucket is empty".into()) };
    match page(live, ListObjectsV2::new(&live.bucket).start_after(start)).await {
        Ok((keys, _)) => {
            let expected: Vec<&String> = known.keys.iter().skip(middle + 1).collect();
            Outcome::of(has_all(&keys, &expected, known), format!("{} keys after `{start}`", keys.len()))
        }
        Err(error) => error.into(),
    }
}

async fn prefix(live: &Live, known: &Known) -> Outcome {
    // A folder if there is one: it leaves keys out.
    let middle = known.keys.get(known.keys.len() / 2);
    let Some(prefix) = middle.map(|key| group(key).unwrap_or(key)) else {
        return Outcome::NotHere("the bucket is empty".into());
    };
    match page(live, ListObjectsV2::new(&live.bucket).prefix(prefix)).await {
        Ok((keys, _)) => {
            let expected: Vec<&String> = known.keys.iter().filter(|key| key.starts_with(prefix)).collect();
            let holds = !keys.is_empty() && has_all(&keys, &expected, known);
            Outcome::of(holds, format!("{} keys with `{prefix}`", keys.len()))
        }
        Err(error) => error.into(),
    }
}

/// Keys with anything else than letters, digits and what urls leave alone.
async fn special(live: &Live, known: &Known) -> Outcome {
    const TRIED: usize = 10;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
    let special: Vec<&String> =
        known.keys.iter().filter(|key| !key.chars().all(is_plain)).take(TRIED).collect();
    if special.is_empty() {
        return Outcome::NotHere(format!("the {} keys have only letters, digits and /-_.", known.keys.len()));
    }
    for key in &special {
        // The first key that begins with a key is that key itself.
        match page(live, ListObjectsV2::new(&live.bucket).prefix(*key).max_keys(1)).await {
            Ok((keys, _)) if keys.first() == Some(*key) => {}
            Ok((keys, _)) => return Outcome::Differs(format!("`{key}` was asked for, and {keys:?} came")),
            Err(error) => return Outcome::Differs(format!("`{key}`: {error}")),
        }
    }
    Outcome::Agreed(format!("{} keys, `{}` among them", special.len(), special[0]))
}

/// Without it a decoded key would be decoded twice.
async fn echoed(live: &Live) -> Outcome {
    let request = Raw::get(Service::S3, "").in_bucket(&live.bucket);
    let request = request.query("list-type", "2").query("encoding-type", "url").query("max-keys", "1");
    match live.client.send(&request).await {
        Ok(answer) => {
            let text = String::from_utf8_lossy(answer.body()).into_owned();
            let holds = text.contains("<EncodingType>url</EncodingType>");
            Outcome::on_aws(live.is_aws, holds, if holds { "url" } else { "the answer does not name it" })
        }
        Err(error) => error.into(),
    }
}

async fn presigned(live: &Live, known: &Known) -> Outcome {
    let operation = ListObjectsV2::new(&live.bucket).max_keys(3);
    let url = match live.client.presign(&operation, Duration::from_secs(60)).await {
        Ok(url) => url.as_str().to_owned(),
        Err(error) => return error.into(),
    };
    // Its signature is 64 hexadecimal digits, of which one is changed.
    let at = url.find("X-Amz-Signature=").expect("it is presigned") + "X-Amz-Signature=".len();
    let changed = if url[at..].starts_with('0') { "1" } else { "0" };
    let altered = format!("{}{changed}{}", &url[..at], &url[at + 1..]);
    let (good, bad) = match (get(&url).await, get(&altered).await) {
        (Ok(good), Ok(bad)) => (good, bad),
        (Err(error), _) | (_, Err(error)) => return Outcome::Differs(error),
    };
    let has_first = known.keys.first().is_none_or(|_| good.1.contains("<Key>"));
    let is_refused = bad.0 == 403 && bad.1.contains("SignatureDoesNotMatch");
    let holds = good.0 == 200 && good.1.contains("<ListBucketResult") && has_first && is_refused;
    Outcome::of(holds, format!("HTTP {}, and {} with one digit changed", good.0, bad.0))
}

/// As any program would, without credentials: status and text.
async fn get(url: &str) -> Result<(u16, String), String> {
    let bundle =
        crate::set("AWS_CA_BUNDLE").map(std::fs::read).transpose().map_err(|error| error.to_string())?;
    let builder = bundle.into_iter().fold(HttpClient::builder(), sts3::runtime::HttpClientBuilder::ca_bundle);
    let client = builder.build().map_err(|error| error.to_string())?;
    let request = sts3::http::Request::get(url).body(Vec::new()).map_err(|error| error.to_string())?;
    let answer = client
        .send(request, Limits::new(Duration::from_secs(30)))
        .await
        .map_err(|error| error.to_string())?;
    Ok((answer.status().as_u16(), String::from_utf8_lossy(answer.body()).into_owned()))
}
