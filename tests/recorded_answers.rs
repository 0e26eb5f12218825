//! The recorded answers of three independent servers, read by us and by botocore (`fixtures/xml`): the same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{collections::BTreeMap, path::Path};

use serde_json::{Value, json};
use sts3::{
    Call, Credentials, Endpoint, Error, Operation, Region, RetryPolicy, Step,
    iam::{GetRole, GetUser},
    s3::{
        ListBuckets, ListObjectVersions, ListObjects, ListObjectsV2, OwnedObject, Owner, Page, VersionsPage,
    },
    sigv4,
    sts::{AssumeRole, GetCallerIdentity, GetSessionToken},
};
use time::OffsetDateTime;

fn fixtures() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/xml"))
}

fn recorded(name: &str) -> http::Response<Vec<u8>> {
    let raw = std::fs::read(fixtures().join(name)).unwrap();
    let end = raw.windows(2).position(|pair| pair == b"\n\n").unwrap();
    let head = std::str::from_utf8(&raw[..end]).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().strip_prefix("HTTP ").unwrap();
    let mut response = http::Response::builder().status(status);
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        response = response.header(name, value);
    }
    response.body(raw[end + 2..].to_vec()).unwrap()
}

/// Make the call with the recording as its only answer.
fn answered<O: Operation>(operation: &O, response: http::Response<Vec<u8>>) -> Result<O::Output, Error> {
    let endpoint = Endpoint::new(Region::us_east_1()).with_url("http://127.0.0.1:1".parse().unwrap());
    let credentials = Credentials::new("AKIDEXAMPLE", "secret");
    let policy = RetryPolicy::default().with_max_attempts(1);
    let mut call = Call::new(operation, &endpoint, Some(&credentials), policy, 1);
    let now = OffsetDateTime::from_unix_timestamp(1_795_500_000).unwrap();
    assert!(matches!(call.step(now), Step::Send(_)));
    call.receive(response);
    match call.step(now) {
        Step::Done(result) => result,
        _ => panic!("one answer must end the call"),
    }
}

/// Botocore leaves absent members out and so do we here.
fn present(pairs: &[(&str, Value)]) -> Value {
    pairs
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

fn seconds(time: Option<OffsetDateTime>) -> Value {
    json!(time.map(OffsetDateTime::unix_timestamp))
}

fn credentials(credentials: &Credentials) -> Value {
    json!({
        "AccessKeyId": credentials.access_key_id(),
        "SecretAccessKey": credentials.secret_access_key().expose(),
        "SessionToken": credentials.session_token().unwrap().expose(),
        "Expiration": seconds(credentials.expiration()),
    })
}

fn owner(owner: &Owner) -> Value {
    present(&[("ID", json!(owner.id)), ("DisplayName", json!(owner.display_name))])
}

fn object(object: &OwnedObject) -> Value {
    let algorithms = Some(&object.checksum_algorithms).filter(|list| !list.is_empty());
    present(&[
        ("Key", json!(object.key)),
        ("Size", json!(object.size)),
        ("LastModified", seconds(object.last_modified)),
        ("ETag", json!(object.etag.as_ref().map(|tag| format!("\"{tag}\"")))),
        ("StorageClass", json!(object.storage_class)),
        ("ChecksumAlgorithm", json!(algorithms)),
        ("ChecksumType", json!(object.checksum_type)),
        ("Owner", object.owner.as_ref().map_or(Value::Null, owner)),
    ])
}

fn page(page: &Page) -> Value {
    let list = |values: Vec<Value>| if values.is_empty() { Value::Null } else { Value::Array(values) };
    present(&[
        ("Name", json!(page.name)),
        ("Prefix", json!(page.prefix)),
        ("Delimiter", json!(page.delimiter)),
        ("MaxKeys", json!(page.max_keys)),
        ("KeyCount", json!(page.key_count)),
        ("IsTruncated", json!(page.is_truncated)),
        ("ContinuationToken", json!(page.continuation_token)),
        ("NextContinuationToken", json!(page.next_continuation_token)),
        ("StartAfter", json!(page.start_after)),
        ("Marker", json!(page.marker)),
        ("NextMarker", json!(page.next_marker)),
        ("Contents", list(page.objects().map(|entry| object(&entry.to_owned())).collect())),
        ("CommonPrefixes", list(page.common_prefixes().map(|prefix| json!({ "Prefix": prefix })).collect())),
    ])
}

/// Botocore keeps two lists of what came as one.
fn versions(page: &VersionsPage) -> Value {
    let list = |is_marker: bool| {
        let of_kind = page.versions.iter().filter(|version| version.is_delete_marker == is_marker);
        let members = |version: &sts3::s3::ObjectVersion| {
            present(&[
                ("Key", json!(version.key)),
                ("VersionId", json!(version.version_id)),
                ("IsLatest", json!(version.is_latest)),
                ("LastModified", seconds(version.last_modified)),
                ("Owner", version.owner.as_ref().map_or(Value::Null, owner)),
                ("Size", if is_marker { Value::Null } else { json!(version.size) }),
                ("ETag", json!(version.etag.as_ref().map(|tag| format!("\"{tag}\"")))),
                ("StorageClass", json!(version.storage_class)),
            ])
        };
        let found: Vec<Value> = of_kind.map(members).collect();
        if found.is_empty() { Value::Null } else { Value::Array(found) }
    };
    let prefixes: Vec<Value> =
        page.common_prefixes.iter().map(|prefix| json!({ "Prefix": prefix })).collect();
    present(&[
        ("Name", json!(page.name)),
        ("Prefix", json!(page.prefix)),
        ("Delimiter", json!(page.delimiter)),
        ("MaxKeys", json!(page.max_keys)),
        ("IsTruncated", json!(page.is_truncated)),
        ("KeyMarker", json!(page.key_marker)),
        ("VersionIdMarker", json!(page.version_id_marker)),
        ("NextKeyMarker", json!(page.next_key_marker)),
        ("NextVersionIdMarker", json!(page.next_version_id_marker)),
        ("Versions", list(false)),
        ("DeleteMarkers", list(true)),
        ("CommonPrefixes", if prefixes.is_empty() { Value::Null } else { Value::Array(prefixes) }),
    ])
}

/// What botocore lists but we leave out, or reports where we have nothing.
fn comparable(mut expected: Value) -> Value {
    if let Value::Object(members) = &mut expected {
        members.remove("EncodingType");
        // An empty element: botocore gives an empty text, we give nothing.
        members.retain(|_, value| *value != json!("") && !value.is_null());
        for object in members.get_mut("Contents").and_then(Value::as_array_mut).into_iter().flatten() {
            // Elements of the server's own invention that botocore does not read either.
            object.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        }
    }
    expected
}

fn role_members(role: &sts3::iam::Role) -> Value {
    present(&[
        ("Arn", json!(role.arn)),
        ("RoleName", json!(role.role_name)),
        ("RoleId", json!(role.role_id)),
        ("Path", json!(role.path)),
        ("AssumeRolePolicyDocument", json!(role.assume_role_policy_document)),
        ("CreateDate", seconds(role.create_date)),
        ("MaxSessionDuration", json!(role.max_session_duration)),
    ])
}

fn read(service: &str, operation: &str, response: http::Response<Vec<u8>>) -> Result<Value, Error> {
    const ROLE: &str = "arn:aws:iam::123456789012:role/reader";
    Ok(match (service, operation) {
        ("sts", "AssumeRole") => {
            let role = answered(&AssumeRole::new(ROLE, "record"), response)?;
            let user = present(&[("Arn", json!(role.arn)), ("AssumedRoleId", json!(role.assumed_role_id))]);
            present(&[
                ("Credentials", credentials(&role.credentials)),
                ("AssumedRoleUser", user),
                ("PackedPolicySize", json!(role.packed_policy_size)),
            ])
        }
        ("sts", "GetSessionToken") => {
            json!({ "Credentials": credentials(&answered(&GetSessionToken::new(), response)?.credentials) })
        }
        ("sts", "GetCallerIdentity") => {
            let identity = answered(&GetCallerIdentity::new(), response)?;
            json!({ "Account": identity.account, "Arn": identity.arn, "UserId": identity.user_id })
        }
        ("iam", "GetUser") => {
            let user = answered(&GetUser::new(), response)?;
            let id = Some(&user.user_id).filter(|id| !id.is_empty());
            json!({ "User": present(&[
                ("Arn", json!(user.arn)),
                ("UserName", json!(user.user_name)),
                ("UserId", json!(id)),
                ("Path", json!(user.path)),
                ("CreateDate", seconds(user.create_date)),
            ]) })
        }
        ("iam", "GetRole") => json!({ "Role": role_members(&answered(&GetRole::new("reader"), response)?) }),
        ("s3", "ListObjectsV2") => page(&answered(&ListObjectsV2::new("demo"), response)?),
        ("s3", "ListObjects") => page(&answered(&ListObjects::new("demo"), response)?),
        ("s3", "ListObjectVersions") => versions(&answered(&ListObjectVersions::new("versioned"), response)?),
        ("s3", "ListBuckets") => {
            let answer = answered(&ListBuckets::new(), response)?;
            let bucket = |bucket: &sts3::s3::Bucket| {
                present(&[
                    ("Name", json!(bucket.name)),
                    ("CreationDate", seconds(bucket.creation_date)),
                    ("BucketRegion", json!(bucket.region)),
                    ("BucketArn", json!(bucket.arn)),
                ])
            };
            present(&[
                ("Buckets", answer.buckets.iter().map(bucket).collect()),
                ("Owner", answer.owner.as_ref().map_or(Value::Null, owner)),
            ])
        }
        other => panic!("unexpected recording {other:?}"),
    })
}

#[test]
fn our_parsers_and_botocore_read_the_same_from_every_recorded_answer() {
    let expected = std::fs::read(fixtures().join("expected.json")).unwrap();
    let expected: BTreeMap<String, Value> = serde_json::from_slice(&expected).unwrap();
    assert_eq!(expected.len(), 69);
    for (name, expected) in &expected {
        let text = |key: &str| expected[key].as_str().unwrap();
        let result = read(text("service"), text("operation"), recorded(name));
        let parsed = expected["parsed"].clone();
        if expected["status"] == 200 {
            let ours = result.unwrap_or_else(|error| panic!("{name}: {error}"));
            let mut theirs = comparable(parsed);
            if let Some(role) = theirs.get_mut("Role").and_then(Value::as_object_mut) {
                // Not read by us: when the role was last used.
                role.remove("RoleLastUsed");
                // AWS and moto percent-encode the policy, Ceph does not; botocore leaves that to its handlers.
                let policy = role["AssumeRolePolicyDocument"].as_str().unwrap();
                let decoded = String::from_utf8(sigv4::percent_decode(policy).into_owned()).unwrap();
                role.insert("AssumeRolePolicyDocument".into(), json!(decoded));
            }
            let mut ours = comparable(ours);
            // Ceph spells it AssumeRoleId: botocore misses it, we do not.
            if name == "ceph-rgw/sts-AssumeRole.http" {
                assert!(ours["AssumedRoleUser"].as_object_mut().unwrap().remove("AssumedRoleId").is_some());
            }
            // Ceph encodes the names but not the marker: botocore decodes it all the same, and would go on
            // elsewhere.
            if name == "ceph-rgw/s3-ListObjectVersions-truncated.http" {
                assert_eq!(theirs["NextKeyMarker"], "a b c");
                theirs["NextKeyMarker"] = json!("a b+c");
            }
            assert_eq!(ours, theirs, "{name}");
        } else {
            let error = result.expect_err(name);
            let error = error.as_service_error().unwrap_or_else(|| panic!("{name}: {error}"));
            // Botocore looks for codes where AWS puts them, and leaves Ceph's bare form of STS errors as it is.
            let code = [&parsed["Error"]["Code"], &parsed["Code"]].into_iter().find_map(Value::as_str);
            assert_eq!(Some(error.code.as_str()), code, "{name}");
            assert_eq!(json!(error.status), expected["status"], "{name}");
            assert!(error.request_id.is_some(), "{name}: every server sends a request id");
        }
    }
}

#[test]
fn a_listing_cut_at_any_byte_is_an_error_never_a_shorter_listing() {
    for name in [
        "ceph-rgw/s3-ListObjectsV2-truncated.http",
        "seaweedfs/s3-ListObjectsV2-delimiter.http",
        "moto/s3-ListObjects-truncated.http",
    ] {
        let (parts, body) = recorded(name).into_parts();
        let whole = body.trim_ascii_end().len();
        for end in 0..whole {
            let cut = http::Response::from_parts(parts.clone(), body[..end].to_vec());
            assert!(answered(&ListObjectsV2::new("demo"), cut).is_err(), "{name} cut at {end}");
        }
        answered(&ListObjectsV2::new("demo"), http::Response::from_parts(parts, body)).unwrap();
    }
}
