//! Sign-ins are shared with botocore, both ways: each reads and renews what the other has left.
//!
//! Runs only with `STS3_REAL_CLIENTS=1`: it installs packages from PyPI.

#![cfg(all(unix, feature = "login"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "support/sign_in.rs"]
mod signing;
mod support;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use signing::{CONFIG, TOKEN, sign_in};
use sts3_sandbox::Sandbox;
use support::{Ended, Home, end, sandbox};

const WHO: &str = "import boto3; print(boto3.Session().client('sts').get_caller_identity()['Arn'])";
/// `aws login` against the sandbox: keys by `cryptography`, the proof by PyJWT, the file by botocore.
const LOGIN: &str = r#"
import base64, hashlib, json, os, sys, urllib.parse, urllib.request
import jwt, uuid, time
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives import serialization as s
base, arn = os.environ['AWS_ENDPOINT_URL'], sys.argv[1]
key = ec.generate_private_key(ec.SECP256R1())
client, redirect, verifier = 'arn:aws:signin:::devtools/same-device', 'http://127.0.0.1:5/oauth/callback', 'v' * 64
challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip('=')
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None
query = urllib.parse.urlencode(dict(response_type='code', client_id=client, state='x', code_challenge_method='SHA-256',
    scope='openid', redirect_uri=redirect, code_challenge=challenge))
try:
    urllib.request.build_opener(Stay).open(f'{base}/v1/authorize?{query}')
except urllib.error.HTTPError as answer:
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers['location']).query)['code'][0]
jwk = {k: v for k, v in json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key())).items() if k in ('kty', 'x', 'y', 'crv')}
proof = jwt.encode(dict(htm='POST', htu=f'{base}/v1/token', iat=int(time.time()), jti=str(uuid.uuid4())), key,
    algorithm='ES256', headers=dict(typ='dpop+jwt', jwk=jwk))
body = dict(clientId=client, grantType='authorization_code', code=code, codeVerifier=verifier, redirectUri=redirect)
token = json.load(urllib.request.urlopen(urllib.request.Request(f'{base}/v1/token', json.dumps(body).encode(),
    {'content-type': 'application/json', 'dpop': proof})))
pem = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.TraditionalOpenSSL, s.NoEncryption()).decode()
file = dict(accessToken=dict(token['accessToken'], accountId='123456789012', expiresAt='2026-01-01T00:00:00Z'),
    tokenType=token['tokenType'], clientId=client, refreshToken=token['refreshToken'], idToken=token['idToken'], dpopKey=pem)
from botocore.utils import JSONFileCache, LoginTokenLoader, get_login_token_cache_directory
LoginTokenLoader(JSONFileCache(get_login_token_cache_directory())).save_token(arn, file)
"#;

fn python() -> Option<PathBuf> {
    if std::env::var_os("STS3_REAL_CLIENTS").is_none_or(|value| value != "1") {
        println!("skipped: set STS3_REAL_CLIENTS=1 to install botocore and share sign-ins with it");
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/servers/venv");
    let packages = ["boto3>=1.44,<2", "botocore[crt]>=1.44,<2", "pyjwt[crypto]>=2.10,<3"];
    let output = Command::new(script).args(packages).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(PathBuf::from(String::from_utf8(output.stdout).unwrap().trim()).join("bin/python"))
}

async fn boto3(python: &Path, home: &Home, sandbox: &Sandbox, arguments: &[&str], profile: &str) -> Ended {
    let mut command = Command::new(python);
    command.args(arguments).env_clear().envs(sandbox.environment()).env("HOME", home.path());
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY").env("AWS_PROFILE", profile);
    end(command).await
}

fn expire(path: &Path, object: Option<&str>) -> Value {
    let mut file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    match object {
        Some(name) => file[name]["expiresAt"] = "2026-01-01T00:00:00Z".into(),
        None => file["expiresAt"] = "2026-01-01T00:00:00Z".into(),
    }
    std::fs::write(path, file.to_string()).unwrap();
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_to_identity_center_is_one_for_both() {
    let Some(python) = python() else { return };
    let (sandbox, home) = (sandbox().await, Home::new("sso-sdk", CONFIG, ""));
    let login = ["sso", "login", "--sso-session", "corp", "--no-browser"];
    assert_eq!(sign_in(home.sts3(&sandbox, &login)).code, Some(0));
    let path = home.path().join(TOKEN);
    let reads_ours = boto3(&python, &home, &sandbox, &["-c", WHO], "dev").await;
    assert!(reads_ours.stdout.contains("assumed-role/reader/"), "{reads_ours:?}");
    for _ in 0..2 {
        let before = expire(&path, None);
        let theirs = boto3(&python, &home, &sandbox, &["-c", WHO], "dev").await;
        assert!(theirs.stdout.contains("assumed-role/reader/"), "{theirs:?}");
        let renewed: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_ne!(renewed["refreshToken"], before["refreshToken"], "botocore renews what we left");
        expire(&path, None);
        let ours = home.run(&sandbox, &["whoami", "--profile", "dev", "--no-cache"]).await;
        assert!(ours.stdout.contains("assumed-role/reader/"), "{ours:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_to_the_console_is_one_for_both() {
    const ARN: &str = "arn:aws:iam::123456789012:user/sandbox";
    let Some(python) = python() else { return };
    let config = format!("[profile console]\nlogin_session = {ARN}\nregion = us-east-1\n");
    let (sandbox, home) = (sandbox().await, Home::new("login-sdk", &config, ""));
    let signed_in = boto3(&python, &home, &sandbox, &["-c", LOGIN, ARN], "console").await;
    assert_eq!(signed_in.code, Some(0), "{signed_in:?}");
    let folder = home.path().join(".aws/login/cache");
    let path = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).next().unwrap();
    for _ in 0..2 {
        let mut command = home.sts3(&sandbox, &["whoami", "--profile", "console"]);
        command.env("AWS_ENDPOINT_URL_SIGNIN", sandbox.url());
        let ours = end(command).await;
        assert!(ours.stdout.contains(ARN), "{ours:?}");
        let before = expire(&path, Some("accessToken"));
        let theirs = boto3(&python, &home, &sandbox, &["-c", WHO], "console").await;
        assert!(theirs.stdout.contains(ARN), "{theirs:?}");
        let after = expire(&path, Some("accessToken"));
        assert_ne!(after["refreshToken"], before["refreshToken"], "botocore renews what we left");
    }
}
