//! Sign-ins to the console (`aws login`): whose keys are used, when they are renewed, and what becomes of the refresh token,
//! which is good once. Files are in memory, time is the test's, and the sign-in endpoint is played.
#![cfg(feature = "login")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "support/memory_files.rs"]
mod memory_files;
#[path = "support/world.rs"]
mod world;

use std::{
    io,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future;
use memory_files::{MemoryFiles, ReadOnly};
use serde_json::{Value, json};
use sts3::{
    Credentials, Endpoint, Error, Region, RetryPolicy, TransportError, http,
    providers::{ChainProvider, LoginProvider, Provider},
    runtime::{BoxFuture, Caller, FileContent, FileLock, Files, Limits, PrivateFolder, Transport},
};
use world::World;

const SESSION: &str = "arn:aws:iam::111122223333:user/dev";
/// `printf arn:aws:iam::111122223333:user/dev | sha256sum`.
const FILE: &str = "/cache/11fc4cc919a5a20db9df757c8a1b149bd4c42115ef36c7152c0d33f1e05a9027.json";
const KEY: &str = include_str!("../fixtures/login/sec1.pem");

/// A request as the endpoint got it: host, proof, and the refresh token.
type Asked = (String, String, String);
type Answer = Box<dyn Fn(usize) -> (u16, Value) + Send + Sync>;

/// The endpoint. Each answer takes a second.
struct SignIn {
    world: World,
    asked: Arc<Mutex<Vec<Asked>>>,
    answer: Answer,
}

impl Transport for SignIn {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        _: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let proof = request.headers()["dpop"].to_str().unwrap().to_owned();
        let mut asked = self.asked.lock().unwrap();
        asked.push((request.uri().host().unwrap().to_owned(), proof, text(&body["refreshToken"])));
        let (status, answer) = (self.answer)(asked.len());
        Box::pin(async move {
            self.world.wait(Duration::from_secs(1)).await;
            let response = http::Response::builder().status(status);
            Ok(response.body(answer.to_string().into_bytes()).unwrap())
        })
    }
}

/// Everything that a test looks at.
struct Stage {
    world: World,
    files: MemoryFiles,
    asked: Arc<Mutex<Vec<Asked>>>,
    caller: Caller,
}

/// The answer with this number, as the API's page shows it.
fn keys(number: usize) -> (u16, Value) {
    let keys = json!({
        "accessKeyId": format!("ASIANEW{number}"), "secretAccessKey": "s", "sessionToken": "t",
    });
    let refresh = format!("r{}", number + 1);
    (200, json!({ "accessToken": keys, "tokenType": "aws_sigv4", "expiresIn": 900, "refreshToken": refresh }))
}

/// What `aws login` leaves, with keys that end at this time; the test begins at noon.
fn left(expires: &str) -> Value {
    json!({
        "accessToken": {
            "accessKeyId": "ASIAOLD", "secretAccessKey": "s", "sessionToken": "t",
            "accountId": "111122223333", "expiresAt": expires,
        },
        "tokenType": "aws_sigv4",
        "clientId": "arn:aws:signin:::devtools/same-device",
        "refreshToken": "r1",
        "idToken": "eyJ",
        "dpopKey": KEY,
        "signInRegion": "eu-west-1",
        "ofTomorrow": { "kept": true },
    })
}

fn stage(file: &Value, answer: impl Fn(usize) -> (u16, Value) + Send + Sync + 'static) -> Stage {
    let files = MemoryFiles::new([(FILE, file.to_string())]);
    stage_over(files.clone(), Arc::new(files), answer)
}

fn stage_over(
    files: MemoryFiles,
    seen: Arc<dyn Files>,
    answer: impl Fn(usize) -> (u16, Value) + Send + Sync + 'static,
) -> Stage {
    let (world, asked) = (World::default(), Arc::<Mutex<Vec<Asked>>>::default());
    let service = SignIn { world: world.clone(), asked: asked.clone(), answer: Box::new(answer) };
    let endpoint = Endpoint::new(Region::new("us-west-2").unwrap());
    let caller = Caller::new(Arc::new(service), Arc::new(world.clone()), endpoint, RetryPolicy::default())
        .with_files(seen);
    Stage { world, files, asked, caller }
}

impl Stage {
    fn get(&self) -> Result<Credentials, Error> {
        let provider = LoginProvider::new(SESSION, "/cache").region("us-east-1");
        self.world.run(async { provider.credentials(&self.caller).await })
    }

    fn file(&self) -> Value {
        serde_json::from_slice(&self.files.all()[Path::new(FILE)]).unwrap()
    }

    fn tokens(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|asked| asked.2.clone()).collect()
    }
}

/// The order is that of botocore 1.44's `ProfileProviderBuilder.providers`.
#[test]
fn a_profile_s_sign_in_comes_after_its_keys_and_before_its_process() {
    for (config, credentials, expected) in [
        ("", "", "sign-in to the console of profile `p`"),
        ("credential_process = helper\n", "", "sign-in to the console of profile `p`"),
        ("aws_access_key_id = A\naws_secret_access_key = s\n", "", "sign-in to the console of profile `p`"),
        ("", "[p]\naws_access_key_id = A\naws_secret_access_key = s\n", "keys of profile `p`"),
        ("role_arn = arn:aws:iam::1:role/r\nsource_profile = q\n", "", "role arn:aws:iam::1:role/r"),
    ] {
        let config = format!(
            "[profile p]\nlogin_session = {SESSION}\n{config}[profile q]\nlogin_session = {SESSION}\n"
        );
        let files = MemoryFiles::new([("/config", config), ("/credentials", credentials.to_owned())]);
        let variables = [("AWS_CONFIG_FILE", "/config"), ("AWS_SHARED_CREDENTIALS_FILE", "/credentials")];
        let environment =
            variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
        let origin = ChainProvider::new(environment).profile("p").files(files).origin().unwrap();
        assert!(origin.starts_with(expected), "{origin}");
    }
}

#[test]
fn keys_with_more_than_five_minutes_are_used_as_they_are() {
    let stage = stage(&left("2026-11-24T12:05:01Z"), keys);
    let keys = stage.get().unwrap();
    assert_eq!((keys.access_key_id(), keys.account_id()), ("ASIAOLD", Some("111122223333")));
    assert_eq!(keys.expiration().unwrap(), time::macros::datetime!(2026-11-24 12:05:01 UTC));
    assert_eq!(stage.asked.lock().unwrap().len(), 0);
}

#[test]
fn keys_that_end_soon_are_renewed_where_the_sign_in_was_and_the_file_keeps_what_it_had() {
    let stage = stage(&left("2026-11-24T12:04:59Z"), keys);
    let keys = stage.get().unwrap();
    assert_eq!((keys.access_key_id(), keys.account_id()), ("ASIANEW1", Some("111122223333")));
    let asked = stage.asked.lock().unwrap();
    assert_eq!((asked.len(), asked[0].0.as_str()), (1, "eu-west-1.signin.aws.amazon.com"));
    let mut expected = left("2026-11-24T12:15:01Z");
    expected["accessToken"]["accessKeyId"] = "ASIANEW1".into();
    expected["refreshToken"] = "r2".into();
    assert_eq!(stage.file(), expected);
}

#[test]
fn a_file_without_a_region_is_renewed_in_the_profile_s_and_without_one_not_at_all() {
    let mut file = left("2026-11-24T12:00:00Z");
    file.as_object_mut().unwrap().remove("signInRegion");
    let stage = stage(&file, keys);
    stage.get().unwrap();
    assert_eq!(stage.asked.lock().unwrap()[0].0, "us-east-1.signin.aws.amazon.com");
    *stage.files.all().get_mut(Path::new(FILE)).unwrap() = file.to_string().into_bytes();
    let provider = LoginProvider::new(SESSION, "/cache");
    let problem =
        stage.world.run(async { provider.credentials(&stage.caller).await }).unwrap_err().to_string();
    assert!(problem.contains("set `region` in the profile"), "{problem}");
    assert_eq!(stage.asked.lock().unwrap().len(), 1);
}

#[test]
fn ten_callers_at_once_use_the_refresh_token_once() {
    let stage = stage(&left("2026-11-24T12:00:00Z"), keys);
    let provider = LoginProvider::new(SESSION, "/cache");
    let all = future::join_all((0..10).map(|_| provider.credentials(&stage.caller)));
    for keys in stage.world.run(all) {
        assert_eq!(keys.unwrap().access_key_id(), "ASIANEW1");
    }
    assert_eq!(stage.tokens(), ["r1"]);
}

#[test]
fn each_attempt_has_a_proof_of_its_own() {
    let busy = |number| {
        if number < 3 { (429, json!({ "error": "rate_exceeded", "message": "m" })) } else { keys(number) }
    };
    let stage = stage(&left("2026-11-24T12:00:00Z"), busy);
    assert_eq!(stage.get().unwrap().access_key_id(), "ASIANEW3");
    let asked = stage.asked.lock().unwrap();
    let proofs: std::collections::BTreeSet<_> = asked.iter().map(|asked| &asked.1).collect();
    assert_eq!((asked.len(), proofs.len()), (3, 3));
}

/// What the service answers, and what the user is told. Codes: API_CreateOAuth2Token; 403 for AccessDenied is not confirmed.
#[test]
fn a_refusal_says_what_to_do() {
    for (status, code, expected) in [
        (403, "TOKEN_EXPIRED", &["has ended", "clock", "2026-11-24T12:00:01Z", "aws login"][..]),
        (403, "USER_CREDENTIALS_CHANGED", &["password", "aws login"]),
        (403, "INSUFFICIENT_PERMISSIONS", &["SignInLocalDevelopmentAccess"]),
        (400, "INVALID_REQUEST", &["another region than eu-west-1", "aws login"]),
        (429, "rate_exceeded", &["rate_exceeded"]),
        (500, "server_error", &["server_error"]),
    ] {
        let refused = move |_| (status, json!({ "error": code, "message": "m" }));
        let stage = stage(&left("2026-11-24T12:00:00Z"), refused);
        let error = stage.get().unwrap_err();
        let problem = error.to_string();
        assert!(expected.iter().all(|words| problem.contains(words)), "{code}: {problem}");
        assert_eq!(stage.file(), left("2026-11-24T12:00:00Z"), "{code}");
        // Refused once for good; asked again only where time may help.
        assert_eq!(stage.tokens().len(), if status == 429 || status == 500 { 3 } else { 1 }, "{code}");
        assert_eq!(error.remedy().is_some(), status == 429 || status == 500, "{code}");
    }
}

#[test]
fn keys_that_still_live_are_used_where_the_renewal_is_refused() {
    let stage = stage(&left("2026-11-24T12:04:00Z"), |_| (403, json!({ "error": "TOKEN_EXPIRED" })));
    assert_eq!(stage.get().unwrap().access_key_id(), "ASIAOLD");
}

/// awscli and the SDKs take no lock: one of them may use the token while we do.
#[test]
fn what_a_program_without_locks_has_renewed_is_used_after_a_refusal() {
    let files = MemoryFiles::default();
    let written = files.clone();
    let stage = stage_over(files.clone(), Arc::new(files.clone()), move |_| {
        let mut theirs = left("2026-11-24T12:15:00Z");
        theirs["accessToken"]["accessKeyId"] = "ASIATHEIRS".into();
        written.all().insert(FILE.into(), theirs.to_string().into_bytes());
        (400, json!({ "error": "INVALID_REQUEST" }))
    });
    files.all().insert(FILE.into(), left("2026-11-24T12:00:00Z").to_string().into_bytes());
    assert_eq!(stage.get().unwrap().access_key_id(), "ASIATHEIRS");
}

#[test]
fn where_nothing_can_be_kept_the_refresh_token_is_not_used_up() {
    for can_lock in [false, true] {
        let files = MemoryFiles::new([(FILE, left("2026-11-24T12:00:00Z").to_string())]);
        let stage = stage_over(files.clone(), Arc::new(ReadOnly(files, can_lock)), keys);
        let problem = stage.get().unwrap_err().to_string();
        assert!(problem.contains("make its folder writable"), "{problem}");
        assert_eq!(stage.asked.lock().unwrap().len(), 0, "{can_lock}");
    }
}

/// As on some network file systems (no locks), and on Windows while another program reads the file.
struct Reluctant(MemoryFiles, Mutex<u32>);

impl Files for Reluctant {
    fn read(&self, path: &Path, limit: u64) -> io::Result<FileContent> {
        self.0.read(path, limit)
    }

    /// The first one is the rehearsal.
    fn replace(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut writes = self.1.lock().unwrap();
        *writes += 1;
        if matches!(*writes, 2 | 3) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        self.0.replace(path, content)
    }

    fn try_lock(&self, _: &Path) -> io::Result<Option<FileLock>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn private_folder(&self, path: &Path) -> io::Result<Option<Box<dyn PrivateFolder + '_>>> {
        self.0.private_folder(path)
    }

    fn make_private_folder(&self, path: &Path) -> io::Result<Box<dyn PrivateFolder + '_>> {
        self.0.make_private_folder(path)
    }
}

#[test]
fn where_no_locks_are_known_keys_are_renewed_and_kept_even_if_the_file_is_in_use_for_a_moment() {
    let files = MemoryFiles::new([(FILE, left("2026-11-24T12:00:00Z").to_string())]);
    let stage = stage_over(files.clone(), Arc::new(Reluctant(files, Mutex::new(0))), keys);
    assert_eq!(stage.get().unwrap().access_key_id(), "ASIANEW1");
    assert_eq!(stage.file()["refreshToken"], "r2");
}

/// A number that no double holds.
#[test]
fn a_file_that_cannot_be_written_again_as_it_was_costs_no_refresh_token() {
    let mut file = left("2026-11-24T12:00:00Z").to_string();
    file.insert_str(1, "\"other\":1e999,");
    let stage = stage(&left("2026-11-24T12:00:00Z"), keys);
    stage.files.all().insert(FILE.into(), file.clone().into_bytes());
    let problem = stage.get().unwrap_err().to_string();
    assert!(problem.contains(FILE) && problem.contains("is not JSON"), "{problem}");
    assert_eq!(stage.asked.lock().unwrap().len(), 0);
    assert_eq!(stage.files.all()[Path::new(FILE)], file.into_bytes());
}

#[test]
fn another_program_that_keeps_the_lock_is_waited_for_ten_seconds_and_named() {
    let stage = stage(&left("2026-11-24T12:00:00Z"), keys);
    let held = stage.files.try_lock(&Path::new(FILE).with_extension("lock")).unwrap().unwrap();
    let problem = stage.get().unwrap_err().to_string();
    assert!(problem.contains("another program"), "{problem}");
    assert_eq!(stage.world.elapsed(), Duration::from_secs(10));
    drop(held);
    assert_eq!(stage.get().unwrap().access_key_id(), "ASIANEW1");
}

#[test]
fn a_file_that_is_missing_or_half_written_is_named_and_its_content_is_not() {
    let stage = stage(&left("2026-11-24T12:00:00Z"), keys);
    for (content, expected) in [
        (None, &["sign in first, with `aws login`", SESSION][..]),
        (Some(r#"{"accessToken": {"secretAccessKey": "hush""#), &[FILE, "is not JSON"]),
        (Some(r#"{"accessToken": {"secretAccessKey": "hush"}}"#), &[FILE, "no `expiresAt`"]),
    ] {
        stage.files.all().remove(Path::new(FILE));
        if let Some(content) = content {
            stage.files.all().insert(FILE.into(), content.into());
        }
        let problem = stage.get().unwrap_err().to_string();
        assert!(expected.iter().all(|words| problem.contains(words)), "{problem}");
        assert!(!problem.contains("hush"), "{problem}");
    }
}

#[test]
fn a_sign_in_that_cannot_be_renewed_says_which_member_is_missing() {
    for (member, value, expected) in [
        ("refreshToken", Value::Null, "no `refreshToken`"),
        ("dpopKey", Value::Null, "no `dpopKey`"),
        ("dpopKey", "hush".into(), "`dpopKey` is no private key"),
    ] {
        let mut file = left("2026-11-24T12:00:00Z");
        file[member] = value;
        let stage = stage(&file, keys);
        let problem = stage.get().unwrap_err().to_string();
        assert!(problem.contains(expected) && !problem.contains("hush"), "{problem}");
    }
}
