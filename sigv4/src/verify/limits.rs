//! How large a request may be before anything of it is hashed.
//!
//! AWS documents no limit for the head of a signed request. These are above what HTTP servers let through by default
//! (8 to 64 KiB, about 100 headers), so they hold where a server has none.

use super::Mismatch;

/// How many headers a request may have.
pub const MAX_HEADERS: usize = 256;
/// How many bytes method, path, query, and all names and values of headers may have together.
pub const MAX_HEAD: usize = 64 * 1024;
/// How many bytes the query may have.
pub const MAX_QUERY: usize = 32 * 1024;
/// How many bytes the list of signed headers may have.
pub const MAX_SIGNED_HEADERS: usize = 8 * 1024;
/// How many bytes the access key's id may have: the longest that STS takes
/// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html>).
pub const MAX_ACCESS_KEY_ID: usize = 128;
/// How many bytes the names and values of a POST form may have together, without the file: "The form data and boundaries
/// (excluding the contents of the file) cannot exceed 20KB"
/// (<https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sigv4-HTTPPOSTForms.html>); S3 names 20,480 bytes when
/// it refuses.
pub const MAX_FORM: usize = 20_480;

pub(crate) fn at_most(part: &'static str, size: usize, limit: usize) -> Result<(), Mismatch> {
    if size > limit { Err(Mismatch::TooLarge { part, limit }) } else { Ok(()) }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use alloc::{
        format,
        string::{String, ToString},
        vec::Vec,
    };

    use super::*;
    use crate::{
        Credentials, Payload, Received, ReceivedBody, Request, Scope, Secret, Signer, Timestamp, Verifier,
        work,
    };

    const TIME: Timestamp = Timestamp::from_unix_seconds(1_440_938_160);

    /// A signed GET with so many more headers, each with a value of so many bytes.
    fn signed(count: usize, size: usize, query: &str) -> Vec<(String, String)> {
        let value = "v".repeat(size);
        let mut headers: Vec<(String, String)> = [("host".into(), "h".into())].into();
        headers.extend((0..count).map(|index| (format!("x-amz-meta-{index:04}"), value.clone())));
        let view: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let credentials = Credentials::new("AKIDEXAMPLE", "secret");
        let signer = Signer::new(&credentials, Scope::new("us-east-1", "s3"));
        let request = Request::new("GET", "/").query(query).headers(&view).payload(Payload::EMPTY);
        let signed = signer.sign(&request, TIME).unwrap();
        let added: Vec<_> = signed.headers().map(|(n, v)| (n.to_string(), v.to_string())).collect();
        headers.extend(added);
        headers
    }

    /// Bytes hashed and names compared, and whether the request was accepted.
    fn steps(headers: &[(String, String)], query: &str) -> (usize, Result<(), Mismatch>) {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let body = ReceivedBody::Bytes(b"");
        let received = Received { method: "GET", path: "/", query, headers: &headers, body };
        let verifier = Verifier::new(|_: &str| Some(Secret::new("secret")));
        work::of(|| verifier.verify(&received, TIME).map(|_| ()))
    }

    #[test]
    fn verification_takes_work_in_proportion_to_the_request() {
        for size in [1, 200] {
            let [once, fourfold] = [50, 200].map(|count| {
                let (steps, verdict) = steps(&signed(count, size, ""), "");
                assert_eq!(verdict, Ok(()), "{count} headers");
                steps
            });
            assert!(fourfold <= 4 * once, "{fourfold} steps for four times what took {once}");
        }
        let [once, fourfold] = [500, 2000].map(|count| {
            let query: Vec<String> = (0..count).rev().map(|index| format!("p{index:04}=%20")).collect();
            let (steps, verdict) = steps(&signed(0, 0, &query.join("&")), &query.join("&"));
            assert_eq!(verdict, Ok(()), "{count} parameters");
            steps
        });
        assert!(fourfold <= 4 * once, "{fourfold} steps for four times what took {once}");
    }

    #[test]
    fn a_header_that_is_named_again_and_again_is_refused_before_anything_is_hashed() {
        let mut headers = signed(1, 1000, "");
        let (_, authorization) = headers.last_mut().unwrap();
        for count in [1, 100, 1000] {
            let again = ";x-amz-meta-0000".repeat(count);
            let mentions = authorization.replace("x-amz-meta-0000", &format!("x-amz-meta-0000{again}"));
            let mut spoiled = signed(1, 1000, "");
            spoiled.last_mut().unwrap().1 = mentions;
            let (steps, verdict) = steps(&spoiled, "");
            assert_eq!(steps, 0, "{count} mentions");
            assert!(
                matches!(verdict, Err(Mismatch::Malformed { .. } | Mismatch::TooLarge { .. })),
                "{verdict:?}"
            );
        }
    }

    #[test]
    fn what_is_too_large_is_refused_before_anything_is_hashed() {
        let many = signed(MAX_HEADERS, 1, "");
        let long = signed(10, MAX_HEAD / 10, "");
        let query = "q".repeat(MAX_QUERY + 1);
        let named = {
            let mut headers = signed(0, 0, "");
            let names: Vec<String> =
                (0..MAX_SIGNED_HEADERS / 8).map(|index| format!("a{index:07}")).collect();
            let (_, authorization) = headers.last_mut().unwrap();
            *authorization =
                authorization.replace("SignedHeaders=", &format!("SignedHeaders={};", names.join(";")));
            headers
        };
        let key = {
            let mut headers = signed(0, 0, "");
            let (_, authorization) = headers.last_mut().unwrap();
            *authorization = authorization.replace("AKIDEXAMPLE", &"A".repeat(MAX_ACCESS_KEY_ID + 1));
            headers
        };
        for (part, headers, query) in [
            ("the number of headers", many, ""),
            ("the head of the request", long, ""),
            ("the query", signed(0, 0, ""), query.as_str()),
            ("the list of signed headers", named, ""),
            ("the access key's id", key, ""),
        ] {
            let (steps, verdict) = steps(&headers, query);
            assert_eq!(steps, 0, "{part}");
            assert!(
                matches!(verdict, Err(Mismatch::TooLarge { part: found, .. }) if found == part),
                "{verdict:?}"
            );
        }
    }
}
