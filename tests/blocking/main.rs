//! The client without async, over its runtime of threads: the same answers, errors and limits. Client, providers,
//! refreshing and parallel listing run here without tokio (`--no-default-features --features blocking`); the sandbox
//! has a runtime of its own.

#![cfg(feature = "blocking")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod dropping;
#[path = "../support/mod.rs"]
mod support;

use std::{collections::BTreeSet, net::TcpListener, ops::Deref, thread, time::Duration};

use sts3::{
    Concurrency, Error, TransportErrorKind,
    blocking::{Client, ClientBuilder, block_on},
    providers::{AssumeRoleProvider, ChainProvider, Mfa, MfaCode, ProcessProvider, SessionTokenProvider},
    runtime::{BlockingTerminal, Limits, Transport},
    s3::{GetObject, ListObjects, ListObjectsV2},
    sts,
};
use sts3_sandbox::{BucketSpec, Distribution, Sandbox, SandboxBuilder, SyntheticKeys};
use support::{LIMITED, READER, code, environment, outcomes, user};

/// A sandbox with threads of its own.
struct Running {
    sandbox: Sandbox,
    _runtime: tokio::runtime::Runtime,
}

impl Deref for Running {
    type Target = Sandbox;

    fn deref(&self) -> &Sandbox {
        &self.sandbox
    }
}

fn start(builder: SandboxBuilder) -> Running {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    Running { sandbox: runtime.block_on(builder.start()).unwrap(), _runtime: runtime }
}

fn client(sandbox: &Sandbox) -> ClientBuilder {
    Client::builder().settings(&environment(sandbox), None).unwrap()
}

fn bucket(keys: u64) -> SandboxBuilder {
    Sandbox::builder().bucket(BucketSpec::synthetic("big", Distribution::FlatUuid, keys))
}

fn all(count: u64) -> Vec<String> {
    let keys = SyntheticKeys::new(Distribution::FlatUuid, count);
    (0..count).map(|rank| keys.key(rank).unwrap()).collect()
}

#[test]
fn every_way_to_list_gives_all_keys_in_their_order() {
    let sandbox = start(bucket(20_000).latency(Duration::from_millis(20)));
    let (client, expected) = (client(&sandbox).credentials(user()).build().unwrap(), all(20_000));
    let listing = || client.list_objects_v2("big");
    let keys = |pages: &mut dyn Iterator<Item = Result<sts3::s3::Page, Error>>| {
        pages.flat_map(|page| page.unwrap().keys().map(str::to_owned).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    let mut sequence = listing().pages();
    assert!(keys(&mut sequence) == expected);
    assert_eq!(sequence.requests(), 20);
    assert!(keys(&mut listing().parallel(Concurrency::Requests(16))) == expected);
    let mut unordered = keys(&mut listing().parallel(Concurrency::Requests(16)).unordered());
    unordered.sort();
    assert!(unordered == expected);
    assert!(listing().keys().collect::<Result<Vec<_>, _>>().unwrap() == expected);
    // The closure borrows, and ends when the listing does.
    let mut seen = Vec::new();
    listing().for_each_page(|page| seen.extend(page.keys().map(str::to_owned))).unwrap();
    assert!(seen == expected);
    // A width that is out of limits is the error of the first page, and the end.
    let mut refused = listing().parallel(Concurrency::Requests(0));
    assert!(matches!(refused.next(), Some(Err(Error::InvalidInput(_)))));
    assert!(refused.next().is_none());
    let parts = listing().prefix("").split(4).unwrap().parts;
    assert_eq!(parts.len(), 4);
}

#[test]
fn many_requests_are_under_way_at_once() {
    let sandbox = start(bucket(60_000).latency(Duration::from_millis(50)));
    let client = client(&sandbox).credentials(user()).build().unwrap();
    let mut pages = client.list_objects_v2("big").parallel(Concurrency::Requests(16));
    let (mut ranges, mut keys) = (0, 0);
    while let Some(page) = pages.next_page().unwrap() {
        keys += page.keys().len();
        ranges = ranges.max(pages.active_ranges());
    }
    assert_eq!(keys, 60_000);
    assert!(ranges >= 8, "{ranges}");
}

#[test]
fn roles_and_users_are_found_and_refusals_keep_their_codes() {
    let sandbox = start(bucket(1).bucket(BucketSpec::demo("demo")));
    let mfa = SessionTokenProvider::from_operation(
        sts::GetSessionToken::new().mfa(sts3_sandbox::MFA_SERIAL, "123456"),
    );
    let client = client(&sandbox).credentials(mfa.source(user())).build().unwrap();
    assert_eq!(client.caller_identity().unwrap().account, sts3_sandbox::ACCOUNT);
    assert_eq!(client.get_role("reader").unwrap().unwrap().role_name, "reader");
    assert!(client.get_role("nobody").unwrap().is_none() && client.get_user("nobody").unwrap().is_none());
    assert!(client.head_bucket("demo").unwrap().is_some() && client.head_bucket("none").unwrap().is_none());
    assert_eq!(client.list_buckets().unwrap()[1].name, "demo");
    assert_eq!(code(client.send(&ListObjectsV2::new("no-such-bucket"))), "NoSuchBucket");
    let limited = client.with_credentials(AssumeRoleProvider::new(LIMITED, "test").source(user()));
    assert_eq!(code(limited.list_objects_v2("big").send()), "AccessDenied");
}

#[test]
fn a_role_s_sessions_are_renewed_while_a_listing_runs() {
    let builder = bucket(30_000).latency(Duration::from_millis(60)).session_lifetime(Duration::from_secs(1));
    let sandbox = start(builder);
    let client =
        client(&sandbox).credentials(AssumeRoleProvider::new(READER, "test").source(user())).build().unwrap();
    assert_eq!(
        client.list_objects_v2("big").pages().map(|page| page.unwrap().objects().len()).sum::<usize>(),
        30_000
    );
    assert!(sandbox.count("AssumeRole") >= 2, "{:?}", sandbox.counts());
    assert_eq!(outcomes(&sandbox, "ListObjectsV2"), [("OK".to_owned(), 30)].into());
}

#[test]
fn the_chain_of_the_environment_is_a_source() {
    let sandbox = start(Sandbox::builder());
    let client = client(&sandbox).credentials(ChainProvider::new(environment(&sandbox))).build().unwrap();
    assert_eq!(client.credentials().unwrap().unwrap().access_key_id(), sts3_sandbox::ACCESS_KEY_ID);
    assert_eq!(client.caller_identity().unwrap().account, sts3_sandbox::ACCOUNT);
}

#[test]
fn answers_that_fail_are_asked_for_again_and_lose_nothing() {
    let sandbox = start(bucket(20_000).error_rate(0.2).truncate_rate(0.05).reset_rate(0.05));
    let client = client(&sandbox).max_attempts(12).credentials(user()).build().unwrap();
    assert!(
        client
            .list_objects_v2("big")
            .pages()
            .flat_map(|page| page.unwrap().keys().map(str::to_owned).collect::<Vec<_>>())
            .eq(all(20_000))
    );
    let unavailable: u64 = outcomes(&sandbox, "ListObjectsV2")
        .iter()
        .filter(|(code, _)| *code != "OK")
        .map(|(_, count)| count)
        .sum();
    assert!(unavailable > 0, "{:?}", sandbox.counts());
}

#[test]
fn a_server_that_hangs_is_given_up_at_the_limit() {
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", hanging.local_addr().unwrap());
    let client = || Client::builder().region("us-east-1").endpoint_url(&url).credentials(user());
    let attempt = client().attempt_timeout(Duration::from_millis(150)).max_attempts(2).build().unwrap();
    let Err(Error::Transport(error)) = attempt.caller_identity() else { panic!("it has answered") };
    assert_eq!(
        (error.kind, error.problem.as_str()),
        (TransportErrorKind::Timeout, "no whole answer within 150ms")
    );
    // The limit in all covers a provider that blocks a program.
    let slow = ProcessProvider::new("sleep 1000");
    let whole = client().total_timeout(Duration::from_millis(200)).credentials(slow).build().unwrap();
    let error = whole.caller_identity().unwrap_err().to_string();
    assert!(error.contains("no credentials came within the 200ms"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_credential_process_gives_credentials_or_is_ended() {
    let sandbox = start(Sandbox::builder());
    let good = format!(
        r#"echo '{{"Version": 1, "AccessKeyId": "{}", "SecretAccessKey": "{}"}}'"#,
        sts3_sandbox::ACCESS_KEY_ID,
        sts3_sandbox::SECRET_ACCESS_KEY
    );
    let with = |process: ProcessProvider| client(&sandbox).credentials(process).build().unwrap();
    assert_eq!(with(ProcessProvider::new(good)).caller_identity().unwrap().account, sts3_sandbox::ACCOUNT);
    let file = std::env::temp_dir().join(format!("sts3-blocking-{}.pid", std::process::id()));
    let endless = format!("sh -c 'echo $$ > {}; exec sleep 1000'", file.display());
    let problem = with(ProcessProvider::new(endless).timeout(Duration::from_millis(500))).credentials();
    assert!(matches!(problem, Err(Error::Credentials(_))), "{problem:?}");
    let pid = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let is_running = std::process::Command::new("kill").args(["-0", pid.trim()]).output().unwrap();
    assert!(!is_running.status.success(), "{pid} runs on");
    for (command, words) in [
        ("no-such-program-of-sts3", "could not be run"),
        ("false", "exit"),
        ("head -c 10000000 /dev/zero", "printed more than 1048576 bytes"),
    ] {
        let problem = with(ProcessProvider::new(command)).credentials().unwrap_err().to_string();
        assert!(problem.contains(words), "{command}: {problem}");
    }
}

#[test]
fn a_person_is_asked_for_an_mfa_code_on_a_thread_that_may_block() {
    let sandbox = start(Sandbox::builder());
    let here = thread::current().id();
    let terminal = BlockingTerminal::new(move |question| {
        assert!(question.contains(sts3_sandbox::MFA_SERIAL) && thread::current().id() != here);
        Ok("123456".to_owned())
    });
    let session = SessionTokenProvider::new()
        .mfa(Mfa::new(sts3_sandbox::MFA_SERIAL, MfaCode::ask(terminal)))
        .source(user());
    let client = client(&sandbox).credentials(session).build().unwrap();
    assert!(client.get_role("reader").unwrap().is_some());
}

#[test]
fn threads_share_a_client_and_its_session() {
    let sandbox = start(bucket(5_000).latency(Duration::from_millis(5)));
    let client =
        client(&sandbox).credentials(AssumeRoleProvider::new(READER, "test").source(user())).build().unwrap();
    let ids = thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    assert_eq!(client.list_objects_v2("big").keys().map(Result::unwrap).count(), 5_000);
                    client.credentials().unwrap().unwrap().access_key_id().to_owned()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<BTreeSet<_>>()
    });
    assert_eq!((ids.len(), sandbox.count("AssumeRole")), (1, 1));
}

/// Blocking there is a mistake, but no deadlock where the server has other threads.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn inside_an_async_runtime_a_call_blocks_and_ends() {
    let sandbox = thread::spawn(|| start(Sandbox::builder())).join().unwrap();
    let client = client(&sandbox).credentials(user()).build().unwrap();
    assert_eq!(client.caller_identity().unwrap().account, sts3_sandbox::ACCOUNT);
    // Its async side runs there as well.
    assert_eq!(client.as_async().caller_identity().await.unwrap().account, sts3_sandbox::ACCOUNT);
    thread::spawn(|| drop(sandbox)).join().unwrap();
}

/// A presigned URL needs no credentials: an anonymous client reads by it what the signing one may read.
#[test]
fn a_url_that_is_presigned_without_async_works_for_anyone() {
    let sandbox = start(Sandbox::builder().bucket(BucketSpec::demo("demo")));
    let client = client(&sandbox).credentials(user()).build().unwrap();
    let url = client.presign(&GetObject::new("demo", "readme.md"), Duration::from_secs(60)).unwrap();
    let request = sts3::http::Request::get(url.as_str()).body(Vec::new()).unwrap();
    let http = sts3::blocking::HttpClient::builder().build().unwrap();
    let answer = block_on(http.send(request, Limits::new(Duration::from_secs(30)))).unwrap();
    assert_eq!(answer.status(), 200, "{}", String::from_utf8_lossy(answer.body()));

    let anonymous = Client::builder().region("us-east-1").anonymous().build().unwrap();
    let refused = anonymous.presign(&GetObject::new("demo", "k"), Duration::from_secs(60)).unwrap_err();
    assert!(refused.to_string().contains("anonymous"), "{refused}");
}

/// The listing's first version, which has no tokens, gives its keys page by page too.
#[test]
fn keys_of_pages_that_come_one_after_the_other_are_all_there() {
    let sandbox = start(bucket(2_500));
    let client = client(&sandbox).credentials(user()).build().unwrap();
    let keys = client.pages(ListObjects::new("big")).keys().collect::<Result<Vec<_>, _>>().unwrap();
    assert!(keys == all(2_500));
    let mut keys = client.list_objects_v2("big").pages().keys();
    assert!(keys.by_ref().collect::<Result<Vec<_>, _>>().unwrap() == all(2_500));
    assert_eq!(keys.pages().requests(), 3);
}
