//! No secret in what `Debug` shows of any public type: each is built with a secret in every field that can hold one.
//!
//! `.ci/debug` fails if a public type with `Debug` stands in none of the lists here. Who adds one puts it into
//! `calls`, `signing` or `sources` with a constructor, or into `NOTHING_SECRET` if no field of it is for secrets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod calls;
mod signing;
mod sources;

use std::fmt::Debug;

/// In place of every secret: keys, tokens, assertions, external IDs.
const HUSH: &str = "HUSHsecretHUSHsecret";
/// In place of every one-time code.
const CODE: &str = "314159";

/// What a type, by its name in `.ci/api.txt`, shows of itself.
type Shown = (&'static str, Vec<String>);

fn shown(name: &'static str, values: &[&dyn Debug]) -> Shown {
    (name, values.iter().flat_map(|value| [format!("{value:?}"), format!("{value:#?}")]).collect())
}

/// Types whose fields are none for secrets, and why.
const NOTHING_SECRET: &[(&str, &[&str])] = &[
    (
        "names of variants, numbers and times only",
        &[
            "sts3_sigv4/enum.Algorithm",
            "sts3_sigv4/enum.ChunkError",
            "sts3_sigv4/enum.Framing",
            "sts3_sigv4/enum.How",
            "sts3_sigv4/enum.TokenPlacement",
            "sts3_sigv4/struct.Rules",
            "sts3_sigv4/struct.Timestamp",
            "sts3/blocking/struct.SystemClock",
            "sts3/blocking/struct.SystemProcesses",
            "sts3/call/struct.MonotonicTime",
            "sts3/call/struct.Now",
            "sts3/call/struct.RetryPolicy",
            "sts3/call/struct.RetryQuota",
            "sts3/endpoint/enum.Addressing",
            "sts3/endpoint/enum.Service",
            "sts3/endpoint/struct.ServiceName",
            "sts3/wire/enum.JsonVersion",
            "sts3/enum.Concurrency",
            "sts3/enum.TransportErrorKind",
            "sts3/s3/struct.RestoreStatus",
            "sts3/sts/struct.GetCallerIdentity",
            "sts3/runtime/enum.ProgramError",
            "sts3/runtime/struct.BlockingTerminal",
            "sts3/runtime/struct.FileLock",
            "sts3/runtime/struct.Limits",
            "sts3/runtime/struct.NoProcesses",
            "sts3/runtime/struct.SystemClock",
            "sts3/runtime/struct.SystemFiles",
            "sts3/runtime/struct.SystemProcesses",
            "sts3/runtime/struct.SystemRandom",
            "sts3/runtime/trait.Files",
            "sts3_sandbox/enum.Distribution",
            "sts3_sandbox/struct.SyntheticKeys",
        ],
    ),
    (
        "regions, services, hosts and URLs, which hold no user name or password",
        &[
            "sts3_sigv4/struct.CredentialScope",
            "sts3_sigv4/struct.Scope",
            "sts3/call/enum.Correction",
            "sts3/call/struct.SignedFor",
            "sts3/providers/struct.InstanceMetadataProvider",
            "sts3/endpoint/struct.AwsHost",
            "sts3/endpoint/struct.BaseUrl",
            "sts3/endpoint/struct.Endpoint",
            "sts3/endpoint/struct.Partition",
            "sts3/endpoint/struct.Region",
            "sts3/endpoint/struct.Target",
        ],
    ),
    ("checksums, which everybody may see who sees the body", &["sts3_sigv4/struct.Trailer"]),
    (
        "names and properties of buckets and objects: what a listing prints",
        &[
            "sts3/s3/partition/enum.Unplannable",
            "sts3/s3/partition/struct.Part",
            "sts3/s3/partition/struct.Planner",
            "sts3/s3/partition/struct.Request",
            "sts3/enum.ListingFault",
            "sts3/s3/struct.Bucket",
            "sts3/s3/struct.BucketInfo",
            "sts3/s3/struct.Entry",
            "sts3/s3/struct.Extent",
            "sts3/struct.ListingError",
            "sts3/struct.Parts",
            "sts3/s3/struct.BucketsPage",
            "sts3/s3/struct.DeleteObject",
            "sts3/s3/struct.DeletedObject",
            "sts3/s3/struct.GetObject",
            "sts3/s3/struct.HeadBucket",
            "sts3/s3/struct.HeadObject",
            "sts3/s3/struct.ObjectInfo",
            "sts3/s3/struct.WrittenObject",
            "sts3/s3/struct.ListBuckets",
            "sts3/s3/struct.ListObjectVersions",
            "sts3/s3/struct.ListObjects",
            "sts3/s3/struct.ListObjectsV2",
            "sts3/s3/struct.Object",
            "sts3/s3/struct.ObjectVersion",
            "sts3/s3/struct.Objects",
            "sts3/s3/struct.OwnedObject",
            "sts3/s3/struct.Owner",
            "sts3/s3/struct.Page",
            "sts3/s3/struct.VersionsPage",
            "sts3_sandbox/struct.BucketSpec",
        ],
    ),
    (
        "names and properties of users, roles and callers, public ids of keys",
        &[
            "sts3/iam/struct.CreateUser",
            "sts3/iam/struct.GetRole",
            "sts3/iam/struct.GetUser",
            "sts3/iam/struct.Role",
            "sts3/iam/struct.User",
            "sts3/sts/struct.AssumeRoot",
            "sts3/sts/struct.CallerIdentity",
            "sts3/sts/struct.GetAccessKeyInfo",
            "sts3/sts/struct.GetFederationToken",
            "sts3/sts/struct.Tag",
        ],
    ),
    (
        "messages of our own, which quote no secret (`cli/tests/secrets.rs`)",
        &[
            "sts3_sigv4/enum.Error",
            "sts3/enum.CredentialsError",
            "sts3/enum.Remedy",
            "sts3/struct.Cause",
            "sts3/struct.InvalidInput",
            "sts3/enum.Origin",
            "sts3/struct.ParseError",
            "sts3/struct.TransportError",
        ],
    ),
    ("public by its purpose: it is what others verify with", &["sts3_sigv4/struct.EcdsaPublicKey"]),
    (
        "what is sent in the open: it proves possession of a key and tells nothing of it",
        &["sts3_sigv4/struct.Signature"],
    ),
    ("which part differs, by its name", &["sts3_sigv4/enum.Part"]),
    (
        "operation, host and path, times, and errors that are listed here themselves",
        &["sts3/runtime/enum.Event"],
    ),
    (
        "names of accounts, roles and files: the sign-in's token is read when it is used",
        &[
            "sts3/providers/struct.LoginProvider",
            "sts3/providers/struct.SsoProvider",
            "sts3/providers/struct.SsoSession",
            "sts3/sso/struct.Account",
            "sts3/sso/struct.RegisterClient",
            "sts3/sso/struct.SsoPage",
        ],
    ),
    (
        "names of roles and files: the token is read when it is used",
        &["sts3/providers/struct.WebIdentityProvider", "sts3/providers/struct.TokenFile"],
    ),
    ("the folder, and a label that may not hold one", &["sts3/providers/struct.FileCache"]),
    (
        "names of files, key ids and times; names of roles and profiles",
        &[
            "sts3/providers/enum.SourceKind",
            "sts3/providers/struct.CacheEntry",
            "sts3/providers/struct.Outline",
        ],
    ),
    (
        "names of accounts, roles and files, and serial numbers: the key is read when it is used",
        &[
            "sts3/providers/struct.RolesAnywhereProvider",
            "sts3/rolesanywhere/struct.Certificate",
            "sts3/rolesanywhere/struct.CreateSession",
        ],
    ),
    (
        "shown in a test of its own (`no_type_of_roles_anywhere_shows_its_private_key`), or made of types that are listed",
        &[
            "sts3/rolesanywhere/struct.PrivateKey",
            "sts3/rolesanywhere/struct.RolesAnywhereSession",
            "sts3/rolesanywhere/struct.SignedCreateSession",
            "sts3/rolesanywhere/struct.X509Identity",
        ],
    ),
    ("a constant: its key cannot be told by its Debug", &["sts3/signin/struct.DpopKey"]),
    (
        "the page without its query, which holds the state; the client's secret as in RegisteredClient",
        &["sts3/sso/struct.Authorization", "sts3/providers/struct.SsoCodeSignIn"],
    ),
    ("what the service says of a refusal", &["sts3/sso/enum.RedirectError"]),
];

/// The bytes of a text as `Debug` writes a `Vec<u8>`.
fn in_numbers(text: &str) -> String {
    text.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(",")
}

#[tokio::test]
async fn no_public_type_shows_a_secret() {
    let mut all = signing::all();
    all.extend(calls::all());
    all.extend(sources::all().await);
    #[cfg(feature = "blocking")]
    all.extend(sources::blocking());
    for (name, texts) in &all {
        for text in texts {
            let numbers = text.replace(char::is_whitespace, "");
            for secret in [HUSH, CODE] {
                assert!(!text.contains(secret), "{name} shows a secret: {text}");
                assert!(!numbers.contains(&in_numbers(secret)), "{name} shows a secret's bytes: {text}");
            }
            assert!(!text.is_empty(), "{name}");
        }
    }
    assert!(all.len() > 45, "{}", all.len());
    let listed: Vec<_> = NOTHING_SECRET.iter().flat_map(|(_, names)| names.iter()).collect();
    for (name, _) in &all {
        assert!(!listed.contains(&name), "{name} stands in two lists");
    }
}

/// The list tells a secret from other texts: what is meant to be seen is seen.
#[test]
fn a_type_that_shows_a_secret_would_be_found() {
    #[derive(Debug)]
    #[allow(dead_code, reason = "read by Debug")]
    struct Leaking(String, Vec<u8>);
    let (_, texts) = shown("leaking", &[&Leaking(HUSH.into(), CODE.into())]);
    assert!(texts.iter().all(|text| text.contains(HUSH)));
    assert!(texts.iter().all(|text| text.replace(char::is_whitespace, "").contains(&in_numbers(CODE))));
}
