//! Settings, sign-ins, tokens and caches in files that are on no disk.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "support/memory_files.rs"]
mod memory_files;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use memory_files::MemoryFiles;
use sts3::{
    Client, Credentials, Endpoint, Region, RetryPolicy, TransportError, http,
    providers::{ChainProvider, ContainerProvider, Environment, FileCache, Provider, SharedFiles},
    runtime::{BoxFuture, Caller, Limits, SystemClock, Transport},
};

/// On no disk.
const HOME: &str = "/nowhere/home";
const CACHE: &str = "/nowhere/cache";
/// SHA-1 of `corp`, as `aws sso login` names the file: `printf corp | sha1sum`.
const SIGN_IN: &str = "/nowhere/home/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
const CONFIG: &str = "[profile reader]\nrole_arn = arn:aws:iam::123456789012:role/reader\nsource_profile = corp\n\
                      [profile corp]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = dev\n\
                      [sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = eu-west-1\n";

/// The portal, STS and a container's endpoint, which remember what they were asked, and with which authorization.
#[derive(Clone, Default)]
struct Services(Arc<Mutex<Vec<String>>>);

impl Services {
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Transport for Services {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        _: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (asked, body) = match request.uri().path() {
            // The answers' shapes: API_GetRoleCredentials, API_AssumeRole, and the SDK guide's container page.
            "/federation/credentials" => {
                let keys = r#""accessKeyId":"SSOKEY","secretAccessKey":"s","sessionToken":"t","expiration":4070908800000"#;
                (header("x-amz-sso_bearer_token"), format!(r#"{{"roleCredentials":{{{keys}}}}}"#))
            }
            "/container" => {
                (header("authorization"), r#"{"AccessKeyId":"POD","SecretAccessKey":"s","Token":"t"}"#.into())
            }
            _ => {
                let signer = header("authorization").unwrap();
                let signer =
                    signer.split_once("Credential=").unwrap().1.split('/').next().unwrap().to_owned();
                let keys = "<AccessKeyId>ROLEKEY</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
                            <SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>";
                let user =
                    "<AssumedRoleId>A:x</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/x/y</Arn>";
                let result =
                    format!("<Credentials>{keys}</Credentials><AssumedRoleUser>{user}</AssumedRoleUser>");
                let result = format!("<AssumeRoleResult>{result}</AssumeRoleResult>");
                let namespace = "https://sts.amazonaws.com/doc/2011-06-15/";
                (
                    Some(signer),
                    format!(r#"<AssumeRoleResponse xmlns="{namespace}">{result}</AssumeRoleResponse>"#),
                )
            }
        };
        self.0.lock().unwrap().push(format!("{} as {}", request.uri().path(), asked.unwrap_or_default()));
        Box::pin(async { Ok(http::Response::new(body.into_bytes())) })
    }
}

fn environment(variables: &[(&str, &str)]) -> Environment {
    let home = [("HOME", HOME)];
    home.iter().chain(variables).map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

fn caller(files: &MemoryFiles, services: &Services) -> Caller {
    let endpoint = Endpoint::new(Region::us_east_1());
    Caller::new(Arc::new(services.clone()), Arc::new(SystemClock), endpoint, RetryPolicy::default())
        .with_files(Arc::new(files.clone()))
}

fn id(credentials: &Credentials) -> &str {
    credentials.access_key_id()
}

#[tokio::test]
async fn a_role_behind_a_sign_in_is_kept_in_memory_and_the_next_run_asks_nobody() {
    let sign_in = r#"{"accessToken":"TOKEN","expiresAt":"2099-01-01T00:00:00Z"}"#;
    let config = PathBuf::from(HOME).join(".aws/config");
    let own = [config, SIGN_IN.into()];
    let files = MemoryFiles::new(own.iter().cloned().zip([CONFIG.to_owned(), sign_in.to_owned()]));
    let services = Services::default();
    // Each run of a program has a chain and a caller of its own.
    let run = || {
        let chain = ChainProvider::new(environment(&[])).profile("reader").cache(FileCache::new(CACHE));
        (chain, caller(&files, &services))
    };
    let (chain, caller) = run();
    let first = chain.credentials(&caller).await.unwrap();
    assert_eq!(id(&first), "ROLEKEY");
    assert_eq!(services.asked(), ["/federation/credentials as TOKEN", "/ as SSOKEY"]);
    let kept: BTreeSet<PathBuf> =
        files.all().keys().filter(|path| path.starts_with(CACHE)).cloned().collect();
    assert_eq!(kept.len(), 2, "{kept:?}");

    let (chain, caller) = run();
    assert_eq!(id(&chain.credentials(&caller).await.unwrap()), "ROLEKEY");
    assert_eq!(services.asked(), [""; 0]);

    // A session that a service refuses leaves the cache; the sign-in's own one stays.
    chain.forget(&first, &caller);
    let left = files.all().keys().filter(|path| kept.contains(*path)).count();
    assert_eq!(left, 1);
    let (chain, caller) = run();
    assert_eq!(id(&chain.credentials(&caller).await.unwrap()), "ROLEKEY");
    assert_eq!(services.asked(), ["/ as SSOKEY"]);
    assert!(!Path::new("/nowhere").exists());
}

#[tokio::test]
async fn a_chain_s_own_files_come_before_those_of_the_caller() {
    let keys = |id: &str| {
        let text = format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = s\n");
        MemoryFiles::new([("/nowhere/home/.aws/credentials", text)])
    };
    let caller = caller(&keys("CALLERS"), &Services::default());
    let chain = ChainProvider::new(environment(&[]));
    assert_eq!(id(&chain.credentials(&caller).await.unwrap()), "CALLERS");
    let chain = chain.files(keys("OWN"));
    assert_eq!(id(&chain.credentials(&caller).await.unwrap()), "OWN");
    // Without a caller.
    assert_eq!(id(&chain.static_keys().unwrap().unwrap()), "OWN");
    assert_eq!(chain.origin().unwrap(), "keys of profile `default`");
    let files = SharedFiles::load_from(&keys("LOADED"), &environment(&[])).unwrap();
    assert_eq!(files.profile("default").unwrap().get("aws_access_key_id"), Some("LOADED"));
}

#[tokio::test]
async fn a_container_s_token_file_is_read_anew_for_each_call() {
    let path = "/nowhere/token";
    let files = MemoryFiles::new([(path, "one\n".to_owned())]);
    let services = Services::default();
    let caller = caller(&files, &services);
    let variables = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/container"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path),
    ];
    let container = ContainerProvider::from_environment(&environment(&variables)).unwrap().unwrap();
    for token in ["one", "two"] {
        files.all().insert(path.into(), token.into());
        assert_eq!(id(&container.credentials(&caller).await.unwrap()), "POD");
        assert_eq!(services.asked(), [format!("/container as {token}")]);
    }
    files.all().clear();
    let problem = container.credentials(&caller).await.unwrap_err().to_string();
    assert!(problem.contains("the token file /nowhere/token cannot be read"), "{problem}");
}

#[test]
fn the_ca_bundle_that_a_variable_names_is_read_from_the_client_s_files() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let path = "/nowhere/ca.pem";
    let build = |files: MemoryFiles| {
        let client = Client::builder().region("eu-west-1").anonymous().files(files);
        client.settings(&environment(&[("AWS_CA_BUNDLE", path)]), None).unwrap().build()
    };
    assert!(build(MemoryFiles::new([(path, certified.cert.pem())])).is_ok());
    let problem = build(MemoryFiles::default()).unwrap_err().to_string();
    assert!(problem.contains("AWS_CA_BUNDLE is /nowhere/ca.pem: cannot read the CA bundle"), "{problem}");
}
