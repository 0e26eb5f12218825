//! Signing in through IAM Identity Center and using it, without sockets and without waiting: what the services answer, and what
//! the user is told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "support/memory_files.rs"]
mod memory_files;
#[path = "support/world.rs"]
mod world;

use std::{
    collections::BTreeMap,
    io,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use memory_files::{MemoryFiles, ReadOnly};
use serde_json::{Value, json};
use sts3::{
    Credentials, Endpoint, Error, Region, RetryPolicy, TransportError, TransportErrorKind, http,
    providers::{Environment, Provider, SharedFiles, SsoProvider, SsoSession},
    runtime::{BoxFuture, Caller, FileContent, FileLock, Files, Limits, PrivateFolder, Transport},
};
use world::World;

const FOLDER: &str = "/home/.aws/sso/cache";
/// `printf corp | sha1sum`.
const TOKEN: &str = "/home/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
const CONFIG: &str =
    "[sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = eu-west-1\n";

type Answer = Option<(u16, Value)>;
/// What a path answers at its first, second, … request; the last answer stays.
type Answers = BTreeMap<&'static str, Vec<Answer>>;

struct Services {
    world: World,
    answers: Answers,
    asked: Arc<Mutex<Vec<(String, Duration)>>>,
}

impl Transport for Services {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        _: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        let path = request.uri().path().to_owned();
        let mut asked = self.asked.lock().unwrap();
        let number = asked.iter().filter(|(other, _)| *other == path).count();
        let answers = &self.answers[path.as_str()];
        let answer = answers.get(number).or(answers.last()).unwrap().clone();
        asked.push((path, self.world.elapsed()));
        Box::pin(async move {
            match answer {
                Some((status, body)) => {
                    let response = http::Response::builder().status(status);
                    Ok(response.body(body.to_string().into_bytes()).unwrap())
                }
                None => Err(TransportError::new(TransportErrorKind::Connect, "host", "refused")),
            }
        })
    }
}

struct Stage {
    world: World,
    files: MemoryFiles,
    asked: Arc<Mutex<Vec<(String, Duration)>>>,
    caller: Caller,
    session: SsoSession,
}

fn stage(answers: &[(&'static str, Vec<Answer>)]) -> Stage {
    let files = MemoryFiles::new([("/home/.aws/config", CONFIG.to_owned())]);
    stage_over(files.clone(), Arc::new(files), answers)
}

fn stage_over(files: MemoryFiles, seen: Arc<dyn Files>, answers: &[(&'static str, Vec<Answer>)]) -> Stage {
    let world = World::default();
    let asked = Arc::<Mutex<Vec<(String, Duration)>>>::default();
    let service =
        Services { world: world.clone(), answers: answers.iter().cloned().collect(), asked: asked.clone() };
    let endpoint = Endpoint::new(Region::new("us-east-1").unwrap());
    let policy = RetryPolicy::default().with_max_attempts(1);
    let caller = Caller::new(Arc::new(service), Arc::new(world.clone()), endpoint, policy).with_files(seen);
    let environment: Environment = [("HOME".to_owned(), "/home".to_owned())].into_iter().collect();
    let session =
        SsoSession::named(&SharedFiles::from_texts(CONFIG, "").unwrap(), &environment, "corp").unwrap();
    Stage { world, files, asked, caller, session }
}

fn registered() -> Vec<Answer> {
    // Beyond the test's day, 2026-11-24.
    vec![Some((200, json!({ "clientId": "c", "clientSecret": "s", "clientSecretExpiresAt": 1_802_776_000 })))]
}

fn device() -> Vec<Answer> {
    vec![Some((
        200,
        json!({
            "deviceCode": "dc", "userCode": "WXYZ-KLMN", "verificationUri": "https://page",
            "verificationUriComplete": "https://page?user_code=WXYZ-KLMN", "expiresIn": 60, "interval": 5,
        }),
    ))]
}

fn token() -> Answer {
    Some((
        200,
        json!({ "accessToken": "new", "tokenType": "Bearer", "expiresIn": 3600, "refreshToken": "r2" }),
    ))
}

fn refused(status: u16, error: &str) -> Answer {
    Some((status, json!({ "error": error, "error_description": "d" })))
}

impl Stage {
    /// When the device was shown, and how it ended.
    fn by_device(&self) -> (Vec<Duration>, Result<(), Error>) {
        let shown = Mutex::new(Vec::new());
        let ended = self.world.run(async {
            let show = |_: &sts3::sso::DeviceAuthorization| shown.lock().unwrap().push(self.world.elapsed());
            self.session.sign_in_by_device(&self.caller, &show).await.map(drop)
        });
        (shown.into_inner().unwrap(), ended)
    }

    fn asked_at(&self, path: &str) -> Vec<u64> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(other, _)| other == path).map(|(_, at)| at.as_secs()).collect()
    }

    fn keys(&self) -> Result<Credentials, Error> {
        let provider =
            SsoProvider::new("https://corp.example/start", "eu-west-1", "123456789012", "dev", FOLDER);
        let provider = provider.session("corp");
        self.world.run(async { provider.credentials(&self.caller).await })
    }

    fn file(&self) -> Value {
        serde_json::from_slice(&self.files.all()[Path::new(TOKEN)]).unwrap()
    }

    fn leave(&self, expires: &str) {
        self.files.all().insert(TOKEN.into(), left(expires).to_string().into_bytes());
    }
}

/// What a sign-in leaves. Tests begin at noon of 2026-11-24.
fn left(expires: &str) -> Value {
    json!({
        "startUrl": "https://corp.example/start", "region": "eu-west-1", "accessToken": "old", "expiresAt": expires,
        "clientId": "c", "clientSecret": "s", "registrationExpiresAt": "2027-01-01T00:00:00Z", "refreshToken": "r1",
    })
}

fn keys() -> Vec<Answer> {
    let keys = json!({
        "accessKeyId": "ASIA", "secretAccessKey": "s", "sessionToken": "t", "expiration": 1_795_694_400_000_i64,
    });
    vec![Some((200, json!({ "roleCredentials": keys })))]
}

/// RFC 8628, 3.5: five seconds more after `slow_down`, for the rest. It is asked once before anything is shown.
#[test]
fn a_device_is_asked_for_at_its_interval_and_slower_when_the_service_says_so() {
    let pending = || refused(400, "authorization_pending");
    let answers =
        vec![pending(), pending(), refused(400, "slow_down"), None, refused(500, "server_error"), token()];
    let stage = stage(&[
        ("/client/register", registered()),
        ("/device_authorization", device()),
        ("/token", answers),
    ]);
    let (shown, ended) = stage.by_device();
    ended.unwrap();
    assert_eq!(shown, [Duration::ZERO]);
    assert_eq!(stage.asked_at("/token"), [0, 5, 10, 20, 30, 40]);
    let file = stage.file();
    assert_eq!(
        (file["accessToken"].as_str(), file["expiresAt"].as_str()),
        (Some("new"), Some("2026-11-24T13:00:40Z"))
    );
}

#[test]
fn a_client_that_was_confirmed_before_is_shown_nothing() {
    let stage = stage(&[
        ("/client/register", registered()),
        ("/device_authorization", device()),
        ("/token", vec![token()]),
    ]);
    let (shown, ended) = stage.by_device();
    assert!(shown.is_empty() && ended.is_ok());
}

#[test]
fn a_service_that_names_no_pause_or_an_endless_one_is_not_asked_without_end() {
    for (interval, times) in [(0, 60), (i64::MAX, 1)] {
        let mut device = device();
        device[0].as_mut().unwrap().1["interval"] = interval.into();
        let stage = stage(&[
            ("/client/register", registered()),
            ("/device_authorization", device),
            ("/token", vec![refused(400, "authorization_pending")]),
        ]);
        let problem = stage.by_device().1.unwrap_err().to_string();
        assert!(problem.contains("not confirmed in time"), "{problem}");
        assert_eq!(stage.asked_at("/token").len(), times, "{interval}");
    }
}

#[test]
fn nobody_who_confirms_is_waited_for_as_long_as_the_code_lives() {
    let pending = vec![refused(400, "authorization_pending")];
    let stage = stage(&[
        ("/client/register", registered()),
        ("/device_authorization", device()),
        ("/token", pending),
    ]);
    let problem = stage.by_device().1.unwrap_err().to_string();
    assert!(problem.contains("not confirmed in time"), "{problem}");
    assert_eq!(stage.asked_at("/token").last(), Some(&55));
}

/// <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html#API_CreateToken_Errors>
#[test]
fn a_refused_sign_in_says_what_to_do_and_keeps_nothing() {
    let kms = |error: &str, reason: &str| {
        Some((400, json!({ "error": error, "error_description": "d", "reason": reason })))
    };
    for (answer, expected) in [
        (refused(400, "access_denied"), "refused in the browser"),
        (kms("access_denied", "KMS_AccessDeniedException"), "tell its administrator"),
        (kms("invalid_request", "KMS_DisabledException"), "tell its administrator"),
        (refused(400, "expired_token"), "not confirmed in time: start over"),
        (refused(400, "invalid_grant"), "used before or came too late"),
        (refused(401, "invalid_client"), "registration of this program"),
        (refused(400, "unauthorized_client"), "registration of this program"),
        (refused(400, "invalid_scope"), "sso_registration_scopes"),
        (refused(400, "invalid_request"), "look at sso_start_url and sso_region"),
        (refused(400, "unsupported_grant_type"), "unsupported_grant_type"),
    ] {
        let answers = [
            ("/client/register", registered()),
            ("/device_authorization", device()),
            ("/token", vec![answer.clone()]),
        ];
        let stage = stage(&answers);
        let problem = stage.by_device().1.unwrap_err().to_string();
        assert!(problem.contains(expected), "{answer:?}: {problem}");
        assert!(!stage.files.all().contains_key(Path::new(TOKEN)), "{answer:?}");
    }
}

#[test]
fn a_registration_that_ended_early_is_made_once_more() {
    let starts = vec![refused(401, "invalid_client"), device().remove(0)];
    let answers =
        [("/client/register", registered()), ("/device_authorization", starts), ("/token", vec![token()])];
    let stage = stage(&answers);
    stage.by_device().1.unwrap();
    assert_eq!(stage.asked_at("/client/register").len(), 2);
    let always =
        [("/client/register", registered()), ("/device_authorization", vec![refused(401, "invalid_client")])];
    let refusing = self::stage(&always);
    assert!(refusing.by_device().1.is_err());
    assert_eq!(refusing.asked_at("/client/register").len(), 2);
}

/// What the portal answers, with a token that cannot be renewed.
#[test]
fn a_refusal_of_the_portal_says_what_to_do() {
    let message = |status: u16, name: &str| Some((status, json!({ "__type": name, "message": "m" })));
    for (answer, expected) in [
        (message(401, "UnauthorizedException"), &["sign in first", "sso_region"][..]),
        (message(403, "ForbiddenException"), &["`dev` in the account 123456789012", "sts3 sso roles"]),
        (message(404, "ResourceNotFoundException"), &["ResourceNotFoundException"]),
        (message(400, "InvalidRequestException"), &["InvalidRequestException"]),
        (message(429, "TooManyRequestsException"), &["TooManyRequestsException"]),
    ] {
        let stage = stage(&[("/federation/credentials", vec![answer.clone()])]);
        let mut file = left("2026-11-24T20:00:00Z");
        file.as_object_mut().unwrap().remove("refreshToken");
        stage.files.all().insert(TOKEN.into(), file.to_string().into_bytes());
        let problem = stage.keys().unwrap_err().to_string();
        assert!(expected.iter().all(|words| problem.contains(words)), "{answer:?}: {problem}");
    }
}

#[test]
fn an_ended_token_is_renewed_and_the_old_refresh_token_stays_where_no_new_one_comes() {
    let mut without = token().unwrap();
    without.1.as_object_mut().unwrap().remove("refreshToken");
    for (answer, refresh) in [(token(), "r2"), (Some(without), "r1")] {
        let stage = stage(&[("/token", vec![answer]), ("/federation/credentials", keys())]);
        stage.leave("2026-11-24T11:00:00Z");
        assert_eq!(stage.keys().unwrap().access_key_id(), "ASIA");
        let file = stage.file();
        assert_eq!(
            (file["accessToken"].as_str(), file["refreshToken"].as_str()),
            (Some("new"), Some(refresh))
        );
        assert_eq!(file["expiresAt"], "2026-11-24T13:00:00Z");
    }
}

/// awscli and the SDKs take no lock.
#[test]
fn what_a_program_without_locks_has_renewed_is_used_after_invalid_grant() {
    struct Renewed(MemoryFiles);
    impl Transport for Renewed {
        fn send(
            &self,
            request: http::Request<Vec<u8>>,
            _: Limits,
        ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
            let (status, body) = match request.uri().path() {
                "/token" => {
                    let mut theirs = left("2026-11-24T13:00:00Z");
                    theirs["accessToken"] = "theirs".into();
                    self.0.all().insert(TOKEN.into(), theirs.to_string().into_bytes());
                    refused(400, "invalid_grant").unwrap()
                }
                _ => {
                    assert_eq!(request.headers()["x-amz-sso_bearer_token"], "theirs");
                    keys().remove(0).unwrap()
                }
            };
            let response = http::Response::builder().status(status).body(body.to_string().into_bytes());
            Box::pin(async move { Ok(response.unwrap()) })
        }
    }
    let base = stage(&[]);
    base.leave("2026-11-24T11:00:00Z");
    let endpoint = Endpoint::new(Region::new("us-east-1").unwrap());
    let transport = Arc::new(Renewed(base.files.clone()));
    let caller = Caller::new(transport, Arc::new(base.world.clone()), endpoint, RetryPolicy::default());
    let stage = Stage { caller: caller.with_files(Arc::new(base.files.clone())), ..base };
    assert_eq!(stage.keys().unwrap().access_key_id(), "ASIA");
}

#[test]
fn a_renewal_that_is_refused_leaves_a_token_that_lives_in_use_and_one_that_has_ended_says_so() {
    let refusal = || vec![refused(400, "invalid_grant")];
    let living = stage(&[("/token", refusal()), ("/federation/credentials", keys())]);
    living.leave("2026-11-24T12:10:00Z");
    assert!(living.keys().is_ok());
    let ended = stage(&[("/token", refusal())]);
    ended.leave("2026-11-24T11:59:00Z");
    let problem = ended.keys().unwrap_err().to_string();
    assert!(
        problem.contains("was not renewed") && problem.contains("aws sso login --sso-session corp"),
        "{problem}"
    );
}

#[test]
fn where_the_new_token_cannot_be_kept_the_old_one_is_used_to_its_end_first() {
    for can_lock in [false, true] {
        let files = MemoryFiles::default();
        let answers = [("/token", vec![token()]), ("/federation/credentials", keys())];
        let stage = stage_over(files.clone(), Arc::new(ReadOnly(files, can_lock)), &answers);
        stage.leave("2026-11-24T12:10:00Z");
        assert!(stage.keys().is_ok());
        assert!(stage.asked_at("/token").is_empty(), "{can_lock}");
        // Ended, there is nothing to lose.
        stage.leave("2026-11-24T11:00:00Z");
        assert!(stage.keys().is_ok());
        assert_eq!(stage.asked_at("/token").len(), 1, "{can_lock}");
    }
}

/// A number that no program of ours can write again as it was.
#[test]
fn a_file_that_cannot_be_written_again_costs_no_refresh_token_while_its_token_lives() {
    let stage = stage(&[("/token", vec![token()]), ("/federation/credentials", keys())]);
    let mut file = left("2026-11-24T12:10:00Z").to_string();
    file.insert_str(1, "\"other\":1e999,");
    stage.files.all().insert(TOKEN.into(), file.clone().into_bytes());
    assert!(stage.keys().is_ok());
    assert!(stage.asked_at("/token").is_empty());
    assert_eq!(stage.files.all()[Path::new(TOKEN)], file.into_bytes());
}

#[test]
fn a_sign_in_that_cannot_be_kept_names_the_file() {
    let files = MemoryFiles::default();
    let answers =
        [("/client/register", registered()), ("/device_authorization", device()), ("/token", vec![token()])];
    let stage = stage_over(files.clone(), Arc::new(ReadOnly(files, false)), &answers);
    let problem = stage.by_device().1.unwrap_err().to_string();
    assert!(problem.contains(TOKEN) && problem.contains("cannot be written"), "{problem}");
}

/// <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_Logout.html>
#[test]
fn a_sign_out_removes_the_file_whatever_the_portal_says() {
    for (answer, is_error) in [
        (Some((200, Value::Null)), false),
        (refused(401, "UnauthorizedException"), false),
        (refused(429, "TooManyRequestsException"), true),
        (None, true),
    ] {
        let stage = stage(&[("/logout", vec![answer.clone()])]);
        stage.leave("2026-11-24T20:00:00Z");
        let out = stage.world.run(async { stage.session.sign_out(&stage.caller).await });
        assert_eq!(out.is_err(), is_error, "{answer:?}");
        assert!(!stage.files.all().contains_key(Path::new(TOKEN)), "{answer:?}");
        let again = stage.world.run(async { stage.session.sign_out(&stage.caller).await });
        assert!(!again.unwrap(), "there was nothing left");
    }
}

impl Stage {
    /// Another program has the lock, and leaves a renewed token after two seconds.
    async fn renewal_of_another_program(&self) {
        let lock = self.files.try_lock(&Path::new(TOKEN).with_extension("lock")).unwrap();
        assert!(lock.is_some());
        self.world.wait(Duration::from_secs(2)).await;
        self.leave("2026-11-24T13:00:02Z");
        drop(lock);
    }
}

#[test]
fn a_renewal_that_is_under_way_brings_no_token_back_after_a_sign_out() {
    let stage = stage(&[("/logout", vec![Some((200, Value::Null))])]);
    stage.leave("2026-11-24T12:10:00Z");
    let out = async {
        let out = stage.session.sign_out(&stage.caller);
        futures_util::future::join(stage.renewal_of_another_program(), out).await.1
    };
    assert!(stage.world.run(out).unwrap());
    assert!(!stage.files.all().contains_key(Path::new(TOKEN)));
}

#[test]
fn a_renewal_that_is_under_way_does_not_replace_a_new_sign_in() {
    let stage = stage(&[
        ("/client/register", registered()),
        ("/device_authorization", device()),
        ("/token", vec![token()]),
    ]);
    stage.leave("2026-11-24T12:10:00Z");
    let sign_in = async {
        let sign_in = stage.session.sign_in_by_device(&stage.caller, &|_| {});
        futures_util::future::join(stage.renewal_of_another_program(), sign_in).await.1
    };
    stage.world.run(sign_in).unwrap();
    let file: Value = serde_json::from_slice(&stage.files.all()[Path::new(TOKEN)]).unwrap();
    assert_eq!(file["accessToken"], "new");
}

/// Half of the file at the first time; and no writing at the second and third: on Windows, while somebody reads it. (The first
/// is the rehearsal.)
struct InUse(MemoryFiles, Mutex<u32>, Mutex<u32>);

impl Files for InUse {
    fn read(&self, path: &Path, limit: u64) -> io::Result<FileContent> {
        let mut reads = self.1.lock().unwrap();
        *reads += 1;
        let whole = self.0.read(path, limit)?;
        Ok(if *reads == 1 { FileContent::new(whole[..20].to_vec()) } else { whole })
    }

    fn replace(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut writes = self.2.lock().unwrap();
        *writes += 1;
        if matches!(*writes, 2 | 3) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        self.0.replace(path, content)
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<FileLock>> {
        self.0.try_lock(path)
    }

    fn private_folder(&self, path: &Path) -> io::Result<Option<Box<dyn PrivateFolder + '_>>> {
        self.0.private_folder(path)
    }

    fn make_private_folder(&self, path: &Path) -> io::Result<Box<dyn PrivateFolder + '_>> {
        self.0.make_private_folder(path)
    }
}

#[test]
fn half_a_file_that_another_program_writes_is_read_again() {
    let files = MemoryFiles::default();
    let seen = Arc::new(InUse(files.clone(), Mutex::default(), Mutex::default()));
    let stage = stage_over(files, seen, &[("/federation/credentials", keys())]);
    stage.leave("2026-11-24T20:00:00Z");
    assert!(stage.keys().is_ok());
}

#[test]
fn a_renewed_token_is_kept_though_the_file_is_in_use_for_a_moment() {
    let files = MemoryFiles::default();
    let seen = Arc::new(InUse(files.clone(), Mutex::default(), Mutex::default()));
    let answers = [("/token", vec![token()]), ("/federation/credentials", keys())];
    let stage = stage_over(files, seen, &answers);
    stage.leave("2026-11-24T12:10:00Z");
    assert!(stage.keys().is_ok());
    assert_eq!(stage.file()["refreshToken"], "r2");
}
