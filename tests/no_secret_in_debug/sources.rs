//! Where credentials come from, and the clients that hold them.

use std::sync::{Arc, Mutex};

use sts3::{
    Client, Credentials,
    providers::{
        AssumeRoleProvider, ChainProvider, ContainerProvider, Environment, GitHubToken, Mfa, MfaCode,
        ProcessProvider, Provider, Refreshing, SessionTokenProvider, SharedFiles, TokenVariable,
    },
    runtime::{Finished, HttpClient, Program},
    sts,
};
use sts3_sandbox::Sandbox;

use crate::{CODE, HUSH, Shown, shown};

const ROLE: &str = "arn:aws:iam::123456789012:role/reader";
const DEVICE: &str = "arn:aws:iam::123456789012:mfa/alice";

pub(crate) async fn all() -> Vec<Shown> {
    let mut all = read();
    all.extend(asked());
    all.extend(clients().await);
    all.push(recorded().await);
    all.extend(programs());
    all
}

fn programs() -> Vec<Shown> {
    let arguments = [HUSH.to_owned()];
    let program = Program::new("helper", &arguments, std::time::Duration::from_secs(1), 1024);
    let finished = Finished {
        status: std::process::ExitStatus::default(),
        output: zeroize::Zeroizing::new(HUSH.into()),
    };
    vec![
        shown("sts3/runtime/struct.Program", &[&program]),
        shown("sts3/runtime/struct.Finished", &[&finished]),
    ]
}

fn user() -> Credentials {
    Credentials::new("AKIDEXAMPLE", HUSH)
}

fn environment() -> Environment {
    [
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", HUSH),
        ("AWS_SESSION_TOKEN", HUSH),
        ("CI_TOKEN", HUSH),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://pipelines.example/?token=HUSHsecretHUSHsecret"),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", HUSH),
        // The path of a task's credentials is all that it takes to get them.
        (
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "/v2/credentials/HUSHsecretHUSHsecret?id=HUSHsecretHUSHsecret",
        ),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", HUSH),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into_iter()
    .collect()
}

fn read() -> Vec<Shown> {
    let config = format!(
        "[profile a]\ncredential_process = helper --token {HUSH}\nrole_arn = {ROLE}\nexternal_id = {HUSH}\n\
         [sso-session x]\nsso_start_url = {HUSH}\n"
    );
    let keys =
        format!("[a]\naws_access_key_id = A\naws_secret_access_key = {HUSH}\naws_session_token = {HUSH}\n");
    let files = SharedFiles::from_texts(&config, &keys).unwrap();
    vec![
        shown("sts3/providers/struct.Environment", &[&environment()]),
        shown(
            "sts3/providers/struct.GitHubToken",
            &[&GitHubToken::from_environment(&environment()).unwrap()],
        ),
        shown("sts3/providers/struct.TokenVariable", &[&TokenVariable::new(&environment(), "CI_TOKEN")]),
        shown("sts3/providers/struct.SharedFiles", &[&files]),
        shown("sts3/providers/struct.Profile", &[&files.profile("a").unwrap()]),
        shown("sts3/providers/struct.Settings", &[&files.sso_session("x").unwrap()]),
    ]
}

fn asked() -> Vec<Shown> {
    let mfa = || Mfa::new(DEVICE, MfaCode::given(CODE));
    let role = AssumeRoleProvider::new(ROLE, "nightly").external_id(HUSH).mfa(mfa()).source(user());
    let operation = sts::GetSessionToken::new().mfa(DEVICE, CODE);
    let session = SessionTokenProvider::from_operation(operation).mfa(mfa()).source(user());
    let container = ContainerProvider::from_environment(&environment()).unwrap().unwrap();
    vec![
        shown("sts3/providers/struct.AssumeRoleProvider", &[&role]),
        shown("sts3/providers/struct.SessionTokenProvider", &[&session]),
        shown("sts3/providers/struct.ContainerProvider", &[&container]),
        shown("sts3/providers/struct.Mfa", &[&mfa()]),
        shown("sts3/providers/struct.MfaCode", &[&MfaCode::given(CODE)]),
        shown(
            "sts3/providers/struct.ProcessProvider",
            &[&ProcessProvider::new(format!("helper --token {HUSH}"))],
        ),
        shown(
            "sts3/providers/struct.ChainProvider",
            &[&ChainProvider::new(environment()).mfa_code(MfaCode::given(CODE))],
        ),
    ]
}

/// The private key's own numbers are the secret: no line of its PEM may show.
#[cfg(feature = "x509")]
#[test]
fn no_type_of_roles_anywhere_shows_its_private_key() {
    use sts3::rolesanywhere::{CreateSession, PrivateKey, X509Identity};

    let fixture: serde_json::Value =
        serde_json::from_str(include_str!("../../fixtures/x509/expected.json")).unwrap();
    for identity in fixture["identities"].as_array().unwrap() {
        let text = |name: &str| identity[name].as_str().unwrap();
        let pem = sts3::sigv4::Secret::from(text("key"));
        let key = PrivateKey::from_pem(&pem).unwrap();
        let holder = X509Identity::from_pem(text("certificate"), &pem, None).unwrap();
        let session = CreateSession::new(
            fixture["anchor"].as_str().unwrap(),
            fixture["profile"].as_str().unwrap(),
            fixture["role"].as_str().unwrap(),
        );
        let endpoint = sts3::Endpoint::new(session.region().unwrap());
        let signed = session.signed(&holder, &endpoint, time::OffsetDateTime::UNIX_EPOCH).unwrap();
        for shown in [format!("{key:?}"), format!("{holder:?}"), format!("{signed:?}")] {
            assert!(text("key").lines().all(|line| line.len() < 20 || !shown.contains(line)), "{shown}");
            assert!(shown.len() < 1_000, "{shown}");
        }
    }
}

async fn clients() -> Vec<Shown> {
    let builder = || Client::builder().region("us-east-1").credentials(user().with_session_token(HUSH));
    let client = builder().build().unwrap();
    // It keeps them from now on.
    assert_eq!(client.credentials().await.unwrap().unwrap().secret_access_key().expose(), HUSH);
    let refreshing = Refreshing::new(user());
    refreshing.credentials(client.caller()).await.unwrap();
    // A bundle into which the key was put as well.
    let http = || HttpClient::builder().ca_bundle(HUSH.as_bytes().to_vec());
    let call = client.list_objects_v2("logs");
    vec![
        shown("sts3/struct.Client", &[&client]),
        shown("sts3/struct.ClientBuilder", &[&builder()]),
        shown("sts3/runtime/struct.Caller", &[client.caller()]),
        shown("sts3/providers/struct.Refreshing", &[&refreshing]),
        shown("sts3/runtime/struct.HttpClient", &[&HttpClient::builder().build().unwrap()]),
        shown("sts3/runtime/struct.HttpClientBuilder", &[&http()]),
        shown("sts3/struct.ListObjectsV2Call", &[&call]),
        shown("sts3/struct.Pages", &[&client.list_objects_v2("logs").pages()]),
        shown("sts3/struct.Keys", &[&client.list_objects_v2("logs").keys()]),
        shown("sts3/call/struct.CallInfo", &[&sts3::CallInfo::default()]),
        shown(
            "sts3/struct.ParallelPages",
            &[&client.list_objects_v2("logs").parallel(sts3::Concurrency::Auto)],
        ),
    ]
}

#[cfg(feature = "blocking")]
pub(crate) fn blocking() -> Vec<Shown> {
    use sts3::blocking::{Client, HttpClient};
    let builder = || Client::builder().region("us-east-1").credentials(user().with_session_token(HUSH));
    let client = builder().build().unwrap();
    assert_eq!(client.credentials().unwrap().unwrap().secret_access_key().expose(), HUSH);
    // Files into which a key was put as well.
    let pem = || HUSH.as_bytes().to_vec();
    let proxy = format!("http://user:{HUSH}@proxy.example:3128");
    let http = || HttpClient::builder().ca_bundle(pem()).client_certificate(pem()).proxy(&proxy);
    let listing = || client.list_objects_v2("logs");
    vec![
        shown("sts3/blocking/struct.Client", &[&client]),
        shown("sts3/blocking/struct.ClientBuilder", &[&builder()]),
        shown("sts3/blocking/struct.HttpClient", &[&HttpClient::builder().build().unwrap()]),
        shown("sts3/blocking/struct.HttpClientBuilder", &[&http()]),
        shown("sts3/blocking/struct.ListObjectsV2Call", &[&listing()]),
        shown("sts3/blocking/struct.Pages", &[&listing().pages()]),
        shown("sts3/blocking/struct.ParallelPages", &[&listing().parallel(sts3::Concurrency::Auto)]),
        shown("sts3/blocking/struct.Keys", &[&listing().keys()]),
    ]
}

/// What a sandbox tells of a request that is signed in its query, and the sandbox itself, which has issued a session.
async fn recorded() -> Shown {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let writing = seen.clone();
    let sandbox = Sandbox::builder()
        .on_request(move |record| {
            writing.lock().unwrap().extend([format!("{record:?}"), format!("{record:#?}")]);
        })
        .start()
        .await
        .unwrap();
    let url = format!("{}/demo?X-Amz-Security-Token={HUSH}&X-Amz-Signature={HUSH}", sandbox.url());
    let request = sts3::http::Request::get(url).body(Vec::new()).unwrap();
    let limits = sts3::runtime::Limits::new(std::time::Duration::from_secs(30));
    let http = HttpClient::builder().build().unwrap();
    sts3::runtime::Transport::send(&http, request, limits).await.unwrap();
    let seen = seen.lock().unwrap().clone();
    assert!(seen.len() == 2 && seen[0].contains("/demo"), "{seen:?}");
    ("sts3_sandbox/struct.Record", seen)
}

/// A proxy's password, which stands in a variable of the process: asked in a process of its own.
#[test]
fn the_password_of_a_proxy_is_not_shown() {
    const ASKED: &str = "STS3_TEST_SHOWS_PROXY";
    if std::env::var_os(ASKED).is_some() {
        let http = HttpClient::builder().build().unwrap();
        println!("{http:?} {http:#?}");
        #[cfg(feature = "blocking")]
        println!("{:?}", sts3::blocking::HttpClient::builder().build().unwrap());
        return;
    }
    let mut own = std::process::Command::new(std::env::current_exe().unwrap());
    own.args(["--exact", "sources::the_password_of_a_proxy_is_not_shown", "--nocapture"]).env(ASKED, "1");
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"] {
        own.env(name, format!("http://user:{HUSH}@proxy.example:3128"));
    }
    let shown = String::from_utf8(own.output().unwrap().stdout).unwrap();
    assert!(shown.contains("HttpClient") && !shown.contains(HUSH), "{shown}");
}

/// The sandbox by itself: what it has issued is in it.
#[tokio::test]
async fn a_sandbox_does_not_show_the_sessions_that_it_has_issued() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let user = Credentials::new(sts3_sandbox::ACCESS_KEY_ID, sts3_sandbox::SECRET_ACCESS_KEY);
    let role = AssumeRoleProvider::new(ROLE, "nightly").source(user);
    let client =
        Client::builder().region("us-east-1").endpoint_url(sandbox.url()).credentials(role).build().unwrap();
    let session = client.credentials().await.unwrap().unwrap();
    let (_, texts) = shown("sts3_sandbox/struct.Sandbox", &[&sandbox]);
    for text in texts {
        for secret in [session.secret_access_key().expose(), session.session_token().unwrap().expose()] {
            assert!(!text.contains(secret), "{text}");
        }
        assert!(!text.contains(sts3_sandbox::SECRET_ACCESS_KEY), "{text}");
    }
}
