//! What the headers of a request say about an object: what is kept, what is checked, and what the sandbox cannot do.
//! Presigners put those that begin with `x-amz-` into the query.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>

use base64::{Engine, engine::general_purpose::STANDARD};
use md5::{Digest, Md5};

use super::access::invalid_argument;
use crate::wire::{Refusal, Request};

/// Given back with the object, besides `x-amz-meta-…`.
const KEPT: [&str; 6] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
];
const USER_METADATA: &str = "x-amz-meta-";
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>: names and values together.
const MAX_USER_METADATA: usize = 2048;
const CHECKSUM: &str = "x-amz-checksum-";
/// They say how the checksum is meant, or ask for those of an answer.
const ABOUT_CHECKSUMS: [&str; 3] = ["algorithm", "type", "mode"];

/// Headers that change what is stored, or who may read it; those that end in `-` are beginnings of names.
const NOT_IMPLEMENTED: [&str; 13] = [
    "x-amz-acl",
    "x-amz-bucket-object-lock-enabled",
    "x-amz-copy-source",
    "x-amz-grant-",
    "x-amz-mp-object-size",
    "x-amz-object-lock-",
    "x-amz-object-ownership",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-",
    "x-amz-storage-class",
    "x-amz-tagging",
    "x-amz-website-redirect-location",
    "x-amz-write-offset-bytes",
];
/// Values that ask for what S3 does without them:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html>.
const DEFAULTS: [(&str, &str); 6] = [
    ("x-amz-acl", "private"),
    ("x-amz-bucket-object-lock-enabled", "false"),
    ("x-amz-object-ownership", "BucketOwnerEnforced"),
    ("x-amz-server-side-encryption", "AES256"),
    ("x-amz-server-side-encryption-bucket-key-enabled", "false"),
    ("x-amz-storage-class", "STANDARD"),
];

/// Refuse a request whose headers ask for what the sandbox does not do: it would do something else.
///
/// # Errors
/// `NotImplemented`, naming the header.
pub(super) fn check_implemented(request: &Request) -> Result<(), Refusal> {
    let is_unknown = |(name, value): &(String, String)| {
        let is_meant = |known: &&str| *known == name || (known.ends_with('-') && name.starts_with(*known));
        NOT_IMPLEMENTED.iter().any(is_meant) && !DEFAULTS.iter().any(|default| *default == (name, value))
    };
    match request.settings().find(is_unknown) {
        None => Ok(()),
        Some((name, _)) => {
            let message = format!("The sandbox does not implement the header {name}; nothing was changed.");
            Err(Refusal::new("NotImplemented", 501, &message).detail("Header", name).because(message))
        }
    }
}

/// Compare the body with the digests that the request states.
///
/// # Errors
/// `BadDigest` if one is of another body; `InvalidDigest` or `InvalidRequest` if one is none;
/// `NotImplemented` for an algorithm that is not known:
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList>.
pub(super) fn check_digests(request: &Request) -> Result<(), Refusal> {
    if let Some(stated) = request.header("content-md5") {
        let computed = STANDARD.encode(Md5::digest(&request.body));
        let is_possible = STANDARD.decode(stated).is_ok_and(|bytes| bytes.len() == Md5::output_size());
        if !is_possible {
            return Err(Refusal::new("InvalidDigest", 400, "The Content-MD5 you specified was invalid.")
                .detail("Content-MD5", stated));
        }
        if stated != computed {
            let message = "The Content-MD5 you specified did not match what we received.";
            return Err(Refusal::new("BadDigest", 400, message)
                .detail("ExpectedDigest", stated)
                .detail("CalculatedDigest", computed));
        }
    }
    request.settings().try_for_each(|(name, stated)| check_checksum(&name, &stated, &request.body))
}

fn check_checksum(name: &str, stated: &str, body: &[u8]) -> Result<(), Refusal> {
    let Some(algorithm) = name.strip_prefix(CHECKSUM).filter(|part| !ABOUT_CHECKSUMS.contains(part)) else {
        return Ok(());
    };
    let Some(computed) = sigv4::checksum(name, body) else {
        let message = format!("The sandbox does not know the checksum of {name}; nothing was changed.");
        return Err(Refusal::new("NotImplemented", 501, message).detail("Header", name));
    };
    if stated == computed {
        return Ok(());
    }
    // As long as the right one, and base64.
    let is_possible = stated.len() == computed.len() && STANDARD.decode(stated).is_ok();
    if is_possible {
        let algorithm = algorithm.to_uppercase();
        let message = format!("The {algorithm} you specified did not match the calculated checksum.");
        return Err(Refusal::new("BadDigest", 400, message));
    }
    Err(Refusal::new("InvalidRequest", 400, format!("Value for {name} header is invalid.")))
}

/// The headers that are given back with the object.
///
/// # Errors
/// `MetadataTooLarge`, or `InvalidArgument` for a value that no header can have.
pub(super) fn kept(request: &Request) -> Result<Vec<(String, String)>, Refusal> {
    let is_kept = |name: &str| KEPT.contains(&name) || name.starts_with(USER_METADATA);
    let kept: Vec<_> = request.settings().filter(|(name, _)| is_kept(name)).collect();
    let own = kept.iter().filter_map(|(name, value)| Some((name.strip_prefix(USER_METADATA)?, value)));
    if own.map(|(name, value)| name.len() + value.len()).sum::<usize>() > MAX_USER_METADATA {
        let message = "Your metadata headers exceed the maximum allowed metadata size";
        return Err(Refusal::new("MetadataTooLarge", 400, message)
            .detail("MaxSizeAllowed", MAX_USER_METADATA.to_string()));
    }
    let is_header = |(name, value): &&(String, String)| {
        http::HeaderName::try_from(name).is_ok() && http::HeaderValue::try_from(value).is_ok()
    };
    match kept.iter().find(|header| !is_header(header)) {
        Some((name, value)) => {
            let name = if name.starts_with(USER_METADATA) { USER_METADATA } else { "header" };
            Err(invalid_argument(name, value, "Header value cannot be represented"))
        }
        None => Ok(kept),
    }
}
