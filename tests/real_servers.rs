//! The main job against three independent servers, started by the scripts in `tests/servers/`.
//!
//! Runs only with `STS3_REAL_SERVERS=1`: it installs packages, and needs root for Ceph's.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "real_servers/spellings.rs"]
mod spellings;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    process::Command,
    time::Duration,
};

use serde_json::Value;
use sts3::{
    Client, ClientBuilder, Credentials, Error,
    providers::{AssumeRoleProvider, Environment, SessionTokenProvider},
    s3::{ListObjectVersions, ListObjects, ListObjectsV2, Page, Paged},
};

/// What differs from server to server.
struct Expected {
    name: &'static str,
    token_missing: &'static str,
    token_altered: &'static str,
    /// Whether GetSessionToken is there and its credentials are accepted.
    session_token: Result<(), &'static str>,
    /// Whether IAM tells about roles.
    iam: bool,
    /// Whether it verifies the encoding of a key, as S3 does, and not the path as it was sent.
    canonical_keys: bool,
}

#[tokio::test]
async fn ceph_rgw() {
    let expected = Expected {
        name: "ceph-rgw",
        token_missing: "AccessDenied",
        token_altered: "InvalidArgument",
        session_token: Ok(()),
        iam: true,
        canonical_keys: true,
    };
    run(expected).await;
}

#[tokio::test]
async fn seaweedfs() {
    let expected = Expected {
        name: "seaweedfs",
        token_missing: "InvalidAccessKeyId",
        token_altered: "InvalidAccessKeyId",
        session_token: Err("AccessDenied"),
        iam: false,
        canonical_keys: true,
    };
    run(expected).await;
}

#[tokio::test]
async fn moto() {
    let expected = Expected {
        name: "moto",
        token_missing: "InvalidAccessKeyId",
        token_altered: "InvalidToken",
        // It hands out a fixed key which its own authentication does not know.
        session_token: Err("InvalidAccessKeyId"),
        iam: true,
        canonical_keys: false,
    };
    run(expected).await;
}

/// A started server; stopped when dropped.
struct Server {
    name: &'static str,
    folder: PathBuf,
    variables: BTreeMap<String, String>,
}

fn script(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "servers", name].iter().collect()
}

impl Server {
    fn start(name: &'static str) -> Self {
        let folder = std::env::temp_dir().join(format!("sts3-{name}-{}", std::process::id()));
        // Ports that other runs are not likely to use; each server takes up to a hundred.
        let block = ["ceph-rgw", "seaweedfs", "moto"].iter().position(|other| *other == name).unwrap();
        let port = 20_000 + 300 * (std::process::id() % 30) as usize + 100 * block;
        let output =
            Command::new(script(name)).arg("start").arg(&folder).arg(port.to_string()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        // Lines of `export NAME=value NAME=value`.
        let words = text.split_whitespace().filter_map(|word| word.split_once('='));
        let variables = words.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { name, folder, variables }
    }

    fn client(&self) -> ClientBuilder {
        let environment: Environment = self.variables.clone().into_iter().collect();
        Client::builder().settings(&environment, None).unwrap().max_attempts(1)
    }

    fn user(&self) -> Credentials {
        Credentials::new(
            &self.variables["AWS_ACCESS_KEY_ID"],
            self.variables["AWS_SECRET_ACCESS_KEY"].as_str(),
        )
    }

    fn role(&self, variable: &str) -> AssumeRoleProvider {
        AssumeRoleProvider::new(&self.variables[variable], "real-servers")
            .duration(Duration::from_secs(900))
            .source(self.user())
    }

    /// What boto3 lists with the long-lived keys.
    fn boto3(&self, arguments: &[&str]) -> (Vec<String>, Vec<String>) {
        let venv = Command::new(script("venv")).arg("boto3>=1.44,<2").output().unwrap();
        let python = PathBuf::from(String::from_utf8(venv.stdout).unwrap().trim()).join("bin/python");
        let listed = Command::new(python)
            .arg(script("list.py"))
            .args(arguments)
            .envs(&self.variables)
            .output()
            .unwrap();
        assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
        let found: Value = serde_json::from_slice(&listed.stdout).unwrap();
        let list = |key: &str| serde_json::from_value(found[key].clone()).unwrap();
        (list("keys"), list("prefixes"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = Command::new(script(self.name)).arg("stop").arg(&self.folder).status();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Counts what was shown, for the line at the end.
struct Report {
    server: &'static str,
    passed: Vec<&'static str>,
}

impl Report {
    fn ok(&mut self, check: &'static str) {
        self.passed.push(check);
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        println!(
            "real server {}: {} checks passed: {}",
            self.server,
            self.passed.len(),
            self.passed.join(", ")
        );
    }
}

async fn run(expected: Expected) {
    if std::env::var_os("STS3_REAL_SERVERS").is_none_or(|value| value != "1") {
        println!("skipped: set STS3_REAL_SERVERS=1 to start {} and test against it", expected.name);
        return;
    }
    let server = Server::start(expected.name);
    let mut report = Report { server: expected.name, passed: Vec::new() };
    let reader = server.client().credentials(server.role("STS3_ROLE_ARN")).build().unwrap();
    listings(&server, &reader, &mut report).await;
    versions(&reader, &expected, &mut report).await;
    refusals(&server, &expected, &mut report).await;
    session_tokens(&server, &expected, &mut report).await;
    if expected.canonical_keys {
        spelled_keys(&server, &reader, &mut report).await;
    }
    if expected.iam {
        assert_eq!(iam(&server).get_role("reader").await.unwrap().unwrap().role_name, "reader");
        assert!(iam(&server).get_role("nobody").await.unwrap().is_none());
        report.ok("GetRole");
    }
}

/// Keys and prefixes in all spellings of the fixture: at least forty of each.
async fn spelled_keys(server: &Server, reader: &Client, report: &mut Report) {
    let variable = |name: &str| server.variables[name].clone();
    let wire = spellings::Wire::new(
        &variable("AWS_ENDPOINT_URL"),
        &variable("AWS_ACCESS_KEY_ID"),
        &variable("AWS_SECRET_ACCESS_KEY"),
    );
    let checked = tokio::task::spawn_blocking(move || spellings::write_read_and_list(&wire));
    let (paths, queries, keys) = checked.await.unwrap();
    assert!(paths >= 40 && queries >= 40, "{paths} {queries}");
    let (listed, _, _) = walk(reader, ListObjectsV2::new("spellings")).await.unwrap();
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), keys);
    println!("{}: {paths} spellings of paths, {queries} of queries", server.name);
    report.ok("keys in every spelling, written, read and listed");
}

fn iam(server: &Server) -> Client {
    server.client().credentials(server.user()).build().unwrap()
}

async fn listings(server: &Server, reader: &Client, report: &mut Report) {
    let (big, _, pages) = walk(reader, ListObjectsV2::new("big")).await.unwrap();
    let expected: Vec<String> = (0..2500).map(|index| format!("part-{index:05}.bin")).collect();
    assert_eq!((big == expected, pages), (true, 3));
    report.ok("AssumeRole then 2,500 keys in 3 pages");

    let (keys, prefixes) = server.boto3(&["demo"]);
    assert!(prefixes.is_empty() && keys.len() >= 25, "{keys:?}");
    let (ours, _, _) = walk(reader, ListObjectsV2::new("demo").max_keys(7)).await.unwrap();
    assert_eq!(ours, keys);
    report.ok("hostile names as boto3 lists them");

    let (keys, prefixes) = server.boto3(&["demo", "/"]);
    let ours = walk(reader, ListObjectsV2::new("demo").delimiter("/")).await.unwrap();
    assert_eq!((&ours.0, &ours.1), (&keys, &prefixes));
    report.ok("delimiter");
    // One entry a page: each is a marker once. Ceph does not encode markers as it encodes names. (moto
    // repeats common prefixes on every page, and does not encode them although it says so.)
    if server.name != "moto" {
        let ours = walk(reader, ListObjects::new("demo").delimiter("/").max_keys(1)).await.unwrap();
        assert_eq!((&ours.0, &ours.1), (&keys, &prefixes));
        report.ok("delimiter, version 1, page by page");
    }

    let after = ListObjectsV2::new("big").start_after("part-02490.bin");
    assert_eq!(walk(reader, after).await.unwrap().0, expected[2491..]);
    report.ok("start-after");

    let (v1, _, _) = walk(reader, ListObjects::new("big")).await.unwrap();
    assert!(v1 == expected);
    report.ok("version 1");

    let buckets: Vec<String> =
        reader.list_buckets().await.unwrap().into_iter().map(|bucket| bucket.name).collect();
    assert!(
        ["big", "demo", "empty"].iter().all(|name| buckets.iter().any(|other| other == name)),
        "{buckets:?}"
    );
    report.ok("ListBuckets");

    assert!(walk(reader, ListObjectsV2::new("empty")).await.unwrap().0.is_empty());
    assert!(reader.head_bucket("big").await.unwrap().is_some());
    assert!(reader.head_bucket("no-such-bucket").await.unwrap().is_none());
    report.ok("HeadBucket");
}

async fn versions(reader: &Client, expected: &Expected, report: &mut Report) {
    for size in [1000, 2, 1] {
        let mut pages = reader.pages(ListObjectVersions::new("versioned").max_keys(size));
        let mut found = Vec::new();
        while let Some(page) = pages.next().await.unwrap() {
            assert!(page.versions.len() <= size as usize, "{}", expected.name);
            found.extend(page.versions);
        }
        let mut ids: Vec<&str> = found.iter().map(|version| version.version_id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), found.len(), "{}: one version twice with pages of {size}", expected.name);
        let mut shown: Vec<_> = found
            .iter()
            .map(|version| (version.key.as_str(), !version.is_latest, version.is_delete_marker, version.size))
            .collect();
        shown.sort_unstable();
        let all = [
            ("a b+c", false, false, 5),
            ("a b+c", true, false, 5),
            ("gone", false, true, 0),
            ("gone", true, false, 4),
            ("p/1", false, false, 3),
            ("p/2", false, false, 3),
            ("ü", false, false, 2),
        ];
        assert_eq!(shown, all, "{} with pages of {size}", expected.name);
    }
    report.ok("versions and delete markers");
}

async fn refusals(server: &Server, expected: &Expected, report: &mut Report) {
    let limited = server.client().credentials(server.role("STS3_LIMITED_ROLE_ARN")).build().unwrap();
    assert!(walk(&limited, ListObjectsV2::new("demo")).await.is_ok());
    assert_eq!(code(walk(&limited, ListObjectsV2::new("big")).await), "AccessDenied");
    report.ok("limited role refused");

    let good = server.client().credentials(server.role("STS3_ROLE_ARN")).build().unwrap();
    let good = good.credentials().await.unwrap().unwrap();
    let (id, secret) = (good.access_key_id(), good.secret_access_key().expose());
    let token = good.session_token().unwrap().expose();
    let altered = format!("{}AAAA{}", &token[..20], &token[24..]);
    for (check, credentials, refusal) in [
        (
            "wrong secret",
            Credentials::new(id, "z".repeat(40)).with_session_token(token),
            "SignatureDoesNotMatch",
        ),
        ("token missing", Credentials::new(id, secret), expected.token_missing),
        ("token altered", Credentials::new(id, secret).with_session_token(altered), expected.token_altered),
    ] {
        let client = server.client().credentials(credentials).build().unwrap();
        let refused = walk(&client, ListObjectsV2::new("demo")).await.unwrap_err();
        assert!(
            refused.remedy().is_some() || refusal == "InvalidArgument",
            "{check}: {refused} has no remedy"
        );
        assert_eq!(code::<()>(Err(refused)), refusal, "{check}");
        report.ok(check);
    }
    let client = server.client().credentials(good).build().unwrap();
    assert_eq!(code(walk(&client, ListObjectsV2::new("no-such-bucket")).await), "NoSuchBucket");
    report.ok("missing bucket");
}

async fn session_tokens(server: &Server, expected: &Expected, report: &mut Report) {
    let session = SessionTokenProvider::new().duration(Duration::from_secs(7200)).source(server.user());
    let client = server.client().credentials(session).build().unwrap();
    let listed = walk(&client, ListObjectsV2::new("big")).await;
    match expected.session_token {
        Ok(()) => assert_eq!(listed.unwrap().0.len(), 2500),
        Err(refusal) => assert_eq!(code(listed), refusal),
    }
    report.ok(if expected.session_token.is_ok() { "GetSessionToken" } else { "GetSessionToken refused" });
}

type Walked = (Vec<String>, Vec<String>, usize);

async fn walk<O: Paged<Output = Page>>(client: &Client, operation: O) -> Result<Walked, Error> {
    let (mut keys, mut prefixes, mut count) = (Vec::new(), Vec::new(), 0);
    let mut pages = client.pages(operation);
    while let Some(page) = pages.next().await? {
        keys.extend(page.keys().map(str::to_owned));
        prefixes.extend(page.common_prefixes().map(str::to_owned));
        count += 1;
    }
    Ok((keys, prefixes, count))
}

fn code<T>(result: Result<T, Error>) -> String {
    let error = result.err().expect("it was not refused");
    error.as_service_error().unwrap_or_else(|| panic!("no service error: {error}")).code.clone()
}
