//! IAM Roles Anywhere: requests as an independent library (Python's `cryptography`, `fixtures/x509/x509.py`) signs and
//! verifies them, and what comes of what the service may answer. Its texts are those of the guide and of users' reports
//! (issues of `aws/rolesanywhere-credential-helper`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "support/memory_files.rs"]
mod memory_files;
#[path = "support/world.rs"]
mod world;

use std::{
    collections::{BTreeMap, VecDeque},
    io::Write,
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    task::Poll,
    time::Duration,
};

use memory_files::MemoryFiles;
use serde::Deserialize;
use sts3::{
    Client, Endpoint, Error, Operation, Region, Remedy, TransportError, UnsignedRequest, http,
    providers::{FileCache, Provider, RolesAnywhereProvider},
    rolesanywhere::{CreateSession, SignedCreateSession, X509Identity},
    runtime::{BoxFuture, Limits, Transport},
    sigv4::Secret,
};
use time::{OffsetDateTime, macros::datetime};
use world::World;

#[derive(Deserialize)]
struct Fixture {
    anchor: String,
    profile: String,
    role: String,
    time: String,
    identities: Vec<Identity>,
    ended: Identity,
    unusable: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Identity {
    name: String,
    certificate: String,
    key: String,
    intermediates: Option<String>,
    serial: String,
    request: Option<Request>,
}

#[derive(Deserialize)]
struct Request {
    path: String,
    headers: BTreeMap<String, String>,
    body: String,
    string_to_sign: String,
    authorization: String,
    signature: Option<String>,
}

/// The fixture's time.
const NOW: OffsetDateTime = datetime!(2026-11-25 03:04:05 UTC);

fn fixture() -> Fixture {
    serde_json::from_str(include_str!("../fixtures/x509/expected.json")).unwrap()
}

impl Identity {
    fn load(&self) -> X509Identity {
        let key = Secret::from(self.key.as_str());
        X509Identity::from_pem(&self.certificate, &key, self.intermediates.as_deref())
            .unwrap_or_else(|fault| panic!("{}: {fault}", self.name))
    }
}

fn endpoint() -> Endpoint {
    Endpoint::new(Region::new("eu-west-1").unwrap())
}

fn session(fixture: &Fixture) -> CreateSession {
    CreateSession::new(&fixture.anchor, &fixture.profile, &fixture.role)
        .duration(Duration::from_secs(3600))
        .role_session_name("laptop-7")
}

fn headers(request: &UnsignedRequest) -> BTreeMap<String, String> {
    let text = |value: &http::HeaderValue| value.to_str().unwrap().to_owned();
    request.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

#[test]
fn requests_are_those_of_an_independent_library_with_its_signatures() {
    let fixture = fixture();
    assert_eq!(fixture.time, "20261125T030405Z");
    let mut compared = 0;
    for identity in &fixture.identities {
        let (name, loaded) = (&identity.name, identity.load());
        assert_eq!(loaded.certificate().serial_number(), identity.serial, "{name}");
        let expected = identity.request.as_ref().unwrap();
        let signed = session(&fixture).signed(&loaded, &endpoint(), NOW).unwrap();
        let request = signed.request().unwrap();
        assert_eq!((request.method.as_str(), &request.path), ("POST", &expected.path), "{name}");
        assert_eq!(String::from_utf8(request.body.clone()).unwrap(), expected.body, "{name}");
        let mut sent = headers(&request);
        let authorization = sent.remove("authorization").unwrap();
        // The host is added where the request is addressed.
        sent.insert("host".into(), expected.headers["host"].clone());
        assert_eq!(sent, expected.headers, "{name}");
        let (start, signature) = authorization.split_at(expected.authorization.len());
        assert_eq!(start, expected.authorization, "{name}");
        match &expected.signature {
            Some(expected) => assert_eq!(signature, expected, "{name}"),
            None => verify_on_p384(identity, &expected.string_to_sign, signature),
        }
        compared += 1;
    }
    assert_eq!(compared, 7);
}

/// By ring, which signs with P-384 over SHA-384 only, but verifies SHA-256 too.
fn verify_on_p384(identity: &Identity, text: &str, signature: &str) {
    use ring::signature::{ECDSA_P384_SHA256_ASN1, UnparsedPublicKey};
    use sts3::rolesanywhere::Certificate;

    let certificate = &Certificate::from_pem(&identity.certificate).unwrap()[0];
    // An uncompressed point is the last thing in a P-384 key's BIT STRING: 04, X and Y.
    let der = certificate.der();
    let curve = [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22];
    let at = der.windows(curve.len()).position(|window| window == curve).unwrap() + curve.len() + 3;
    let signature: Vec<u8> = (0..signature.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&signature[at..at + 2], 16).unwrap())
        .collect();
    UnparsedPublicKey::new(&ECDSA_P384_SHA256_ASN1, &der[at..at + 97])
        .verify(text.as_bytes(), &signature)
        .unwrap_or_else(|_| panic!("{}: the signature is not the key's", identity.name));
}

#[test]
fn keys_that_cannot_be_used_are_told_with_the_way_to_convert_them_and_never_quoted() {
    let fixture = fixture();
    let good = &fixture.identities[0];
    let mut cases: Vec<(&str, String, &str)> = vec![
        ("no PEM", "hush".into(), "no PEM block with a private key"),
        ("a certificate", good.certificate.clone(), "no PEM block with a private key"),
        ("cut", good.key[..good.key.len() / 2].to_owned(), "no PEM block"),
        ("another's", fixture.identities[3].key.clone(), "public keys differ"),
    ];
    for (name, words) in [
        ("rsa-1024", "2048 to 4096 bits"),
        ("ed25519", "P-256 and P-384"),
        ("p521-pkcs8", "P-256 and P-384"),
        ("p521-sec1", "P-256 and P-384"),
        ("encrypted-pkcs8", "openssl pkey"),
        ("encrypted-pkcs1", "openssl pkey"),
        ("openssh", "ssh-keygen -p -m PKCS8"),
    ] {
        cases.push((name, fixture.unusable[name].clone(), words));
    }
    // As an editor or a secret's field leaves them, and mistyped.
    let end = "-----END PRIVATE KEY-----";
    assert!(good.key.contains(end));
    let certificate = &good.certificate;
    for (name, key, words) in [
        ("a blank line before its end", good.key.replace(end, &format!("\n{end}")), "blank line"),
        (
            "a blank line in CRLF",
            good.key.replace(end, &format!("\n{end}")).replace('\n', "\r\n"),
            "blank line",
        ),
        ("a dash too few", good.key.replacen("KEY-----", "KEY----", 1) + certificate, "another name"),
        ("no base64", good.key.replacen('\n', "\nhush!", 1), "not base64"),
    ] {
        cases.push((name, key, words));
    }
    for (name, key, words) in cases {
        let fault = X509Identity::from_pem(&good.certificate, &Secret::from(key.as_str()), None).unwrap_err();
        let said = fault.to_string();
        assert!(said.starts_with("private key ") && said.contains(words), "{name}: {said}");
        assert!(!said.contains("hush"), "{name}: {said}");
        let lines: Vec<&str> = key.lines().filter(|line| line.len() >= 40).collect();
        assert!(lines.iter().all(|line| !said.contains(line)), "{name}: {said}");
    }
}

#[test]
fn certificates_that_are_none_are_told_by_their_file() {
    let fixture = fixture();
    let good = &fixture.identities[0];
    let key = Secret::from(good.key.as_str());
    let broken = "-----BEGIN CERTIFICATE-----\naHVzaA==\n-----END CERTIFICATE-----\n";
    for (certificate, intermediates, words) in [
        ("", None, "certificate has no PEM block"),
        (good.key.as_str(), None, "certificate has a block `PRIVATE KEY`"),
        (broken, None, "certificate cannot be read as X.509"),
        (&format!("{}{}", fixture.identities[3].certificate, good.certificate), None, "comes first in it"),
        (good.certificate.as_str(), Some(""), "intermediates has no PEM block"),
        (good.certificate.as_str(), Some(broken), "intermediates cannot be read as X.509"),
    ] {
        let said = X509Identity::from_pem(certificate, &key, intermediates).unwrap_err().to_string();
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn what_follows_the_identity_s_certificate_is_sent_before_the_intermediates() {
    let fixture = fixture();
    let (first, second) = (&fixture.identities[0], &fixture.identities[1]);
    let both = format!("subject=CN = x\n{}\nissuer=CN = y\n{}", first.certificate, second.certificate);
    let key = Secret::from(first.key.as_str());
    let identity = X509Identity::from_pem(&both, &key, second.intermediates.as_deref()).unwrap();
    let request = session(&fixture).signed(&identity, &endpoint(), NOW).unwrap().request().unwrap();
    let sent = headers(&request);
    let leaf = |identity: &Identity| identity.request.as_ref().unwrap().headers["x-amz-x509"].clone();
    assert_eq!(sent["x-amz-x509"], leaf(first));
    let intermediates = &second.request.as_ref().unwrap().headers["x-amz-x509-chain"];
    assert_eq!(sent["x-amz-x509-chain"], format!("{},{intermediates}", leaf(second)));
}

#[test]
fn parameters_outside_their_limits_are_refused_before_anything_is_signed() {
    let fixture = fixture();
    let identity = fixture.identities[0].load();
    let Fixture { anchor, profile, role, .. } = &fixture;
    let elsewhere = profile.replace("eu-west-1", "us-east-1");
    let refused =
        |session: CreateSession| session.signed(&identity, &endpoint(), NOW).unwrap_err().to_string();
    for (session, words) in [
        (CreateSession::new(profile, anchor, role), "TrustAnchorArn"),
        (CreateSession::new(anchor, anchor, role), "ProfileArn"),
        (CreateSession::new(anchor, "x", role), "ProfileArn"),
        (CreateSession::new(anchor, &elsewhere, role), "both belong to one region"),
        (CreateSession::new(anchor, profile, anchor), "RoleArn"),
        (session_with(&fixture).duration(Duration::from_secs(899)), "900"),
        (session_with(&fixture).duration(Duration::from_secs(43_201)), "43200"),
        (session_with(&fixture).role_session_name("a"), "RoleSessionName"),
    ] {
        let said = refused(session);
        assert!(said.contains(words), "{words}: {said}");
    }
}

fn session_with(fixture: &Fixture) -> CreateSession {
    CreateSession::new(&fixture.anchor, &fixture.profile, &fixture.role)
}

// The hosts are those of botocore's rules for the control plane, which has the same endpoints.
#[test]
fn the_call_goes_to_the_region_of_the_trust_anchor_in_its_partition() {
    let identity = fixture().identities[0].load();
    for (region, partition, host) in [
        ("eu-west-1", "aws", "rolesanywhere.eu-west-1.amazonaws.com"),
        ("cn-north-1", "aws-cn", "rolesanywhere.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "rolesanywhere.us-gov-west-1.amazonaws.com"),
    ] {
        let arn = |kind: &str| format!("arn:{partition}:rolesanywhere:{region}:123456789012:{kind}/id");
        let role = format!("arn:{partition}:iam::123456789012:role/reader");
        let session = CreateSession::new(arn("trust-anchor"), arn("profile"), role);
        let endpoint = Endpoint::new(session.region().unwrap());
        let target =
            endpoint.target(service(&session.signed(&identity, &endpoint, NOW).unwrap()), None).unwrap();
        assert_eq!(target.url.authority(), host);
    }
}

fn service(signed: &SignedCreateSession) -> sts3::endpoint::Service {
    signed.service()
}

/// Status, `x-amzn-errortype` (or nothing) and body.
type Play = (u16, &'static str, String);

/// Answers in their order, the last one for ever; what was asked.
#[derive(Clone)]
struct Service {
    plays: Arc<Mutex<VecDeque<Play>>>,
    asked: Arc<Mutex<Vec<http::Request<Vec<u8>>>>>,
}

impl Service {
    fn new(plays: impl IntoIterator<Item = Play>) -> Self {
        Self { plays: Arc::new(Mutex::new(plays.into_iter().collect())), asked: Arc::default() }
    }

    fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl Transport for Service {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        _: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        self.asked.lock().unwrap().push(request);
        let mut plays = self.plays.lock().unwrap();
        let (status, kind, body) =
            if plays.len() > 1 { plays.pop_front() } else { plays.front().cloned() }.unwrap();
        let mut response = http::Response::builder().status(status);
        if !kind.is_empty() {
            response = response.header("x-amzn-errortype", kind);
        }
        Box::pin(async move {
            // No answer is there at once.
            let mut is_sent = false;
            std::future::poll_fn(|context| {
                context.waker().wake_by_ref();
                if std::mem::replace(&mut is_sent, true) { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
            Ok(response.body(body.into_bytes()).unwrap())
        })
    }
}

fn good(id: &str, end: &str) -> Play {
    // The guide's example of an answer.
    let body = format!(
        r#"{{"credentialSet":[{{"assumedRoleUser":{{"arn":"arn:aws:sts::123456789012:assumed-role/reader/12345678",
        "assumedRoleId":"AROAEXAMPLE:12345678"}},"credentials":{{"accessKeyId":"{id}","secretAccessKey":"hush",
        "sessionToken":"hush","expiration":"{end}"}},"packedPolicySize":10,
        "roleArn":"arn:aws:iam::123456789012:role/reader","sourceIdentity":"CN=laptop-7"}}],
        "subjectArn":"arn:aws:rolesanywhere:eu-west-1:123456789012:subject/s1"}}"#
    );
    (201, "", body)
}

fn files(identity: &Identity) -> MemoryFiles {
    let files = MemoryFiles::default();
    put(&files, identity);
    files
}

fn put(files: &MemoryFiles, identity: &Identity) {
    let mut all = files.all();
    all.insert("/pki/laptop.pem".into(), identity.certificate.clone().into_bytes());
    all.insert("/pki/laptop.key".into(), identity.key.clone().into_bytes());
}

fn provider(fixture: &Fixture) -> RolesAnywhereProvider {
    RolesAnywhereProvider::new(session_with(fixture), "/pki/laptop.pem", "/pki/laptop.key")
}

fn client(service: &Service, files: &MemoryFiles, provider: RolesAnywhereProvider) -> (World, Client) {
    let world = World::default();
    let builder = Client::builder().region("us-east-1").transport(service.clone()).clock(world.clone());
    (world, builder.files(files.clone()).credentials(provider).build().unwrap())
}

fn given(service: &Service, files: &MemoryFiles, provider: RolesAnywhereProvider) -> Result<String, Error> {
    let (world, client) = client(service, files, provider);
    let keys = world.run(client.credentials())?.unwrap();
    assert_eq!(keys.account_id(), Some("123456789012"));
    Ok(keys.access_key_id().to_owned())
}

#[test]
fn a_session_is_created_anew_with_what_the_files_hold_then() {
    let fixture = fixture();
    let service =
        Service::new([good("ASIA1", "2026-11-24T13:00:00Z"), good("ASIA2", "2026-11-24T14:00:00Z")]);
    let files = files(&fixture.identities[0]);
    let (world, client) = client(&service, &files, provider(&fixture));
    let ids = world.run(async {
        let first = client.credentials().await.unwrap().unwrap().access_key_id().to_owned();
        put(&files, &fixture.identities[4]);
        world.wait(Duration::from_secs(3500)).await;
        [first, client.credentials().await.unwrap().unwrap().access_key_id().to_owned()]
    });
    assert_eq!(ids, ["ASIA1", "ASIA2"]);
    let asked = service.asked.lock().unwrap();
    assert_eq!(asked[0].uri(), "https://rolesanywhere.eu-west-1.amazonaws.com/sessions");
    let algorithms: Vec<&str> =
        asked.iter().map(|request| request.headers()["authorization"].to_str().unwrap()).collect();
    assert!(
        algorithms[0].starts_with("AWS4-X509-RSA-SHA256 Credential=305419896/20261124/"),
        "{algorithms:?}"
    );
    assert!(algorithms[1].starts_with("AWS4-X509-ECDSA-SHA256 Credential=255/20261124/"), "{algorithms:?}");
}

/// What answers, what the error says, what helps, and how often the service is asked.
#[test]
fn every_failure_has_its_words_its_remedy_and_its_number_of_tries() {
    let fixture = fixture();
    let message = |text: &str| format!(r#"{{"message":"{text}"}}"#);
    let denied = "AccessDeniedException";
    for (answer, words, remedy, asked) in [
        (
            (403, denied, message("Untrusted Signing Certificate")),
            "Untrusted",
            Some(Remedy::CheckTrustAnchor),
            1,
        ),
        // Reported of missing intermediates.
        (
            (400, "ValidationException", message("Untrusted signing certificate")),
            "Untrusted",
            Some(Remedy::CheckTrustAnchor),
            1,
        ),
        (
            (403, denied, message("Invalid signature")),
            "Invalid signature",
            Some(Remedy::CheckCertificateKey),
            1,
        ),
        (
            (403, denied, message("Some attributes failed to be mapped into session tags")),
            "session tags",
            Some(Remedy::MapCertificateAttributes),
            1,
        ),
        (
            (403, denied, message("Not authorized to set roleSessionName")),
            "roleSessionName",
            Some(Remedy::AcceptSessionName),
            1,
        ),
        ((403, denied, message("Unable to assume role")), "Unable", Some(Remedy::AllowRolesAnywhere), 1),
        ((404, "ResourceNotFoundException", message("no anchor")), "no anchor", Some(Remedy::CheckName), 1),
        ((429, "ThrottlingException", message("slow")), "slow", Some(Remedy::SendFewerRequests), 3),
        ((503, "", String::new()), "503", None, 3),
        ((201, "", "{}".into()), "no element in `credentialSet`", Some(Remedy::CheckIntermediaries), 3),
        (
            (201, "", r#"{"credentialSet":[{}]}"#.into()),
            "no `credentials`",
            Some(Remedy::CheckIntermediaries),
            3,
        ),
        (
            (201, "", r#"{"credentialSet":"hush"}"#.into()),
            "not the document",
            Some(Remedy::CheckIntermediaries),
            3,
        ),
        ((200, "", "<html>hush".into()), "not the document", Some(Remedy::CheckIntermediaries), 3),
    ] {
        let service = Service::new([answer]);
        let error = given(&service, &files(&fixture.identities[0]), provider(&fixture)).unwrap_err();
        let said = error.to_string();
        assert!(said.contains(words) && !said.contains("hush"), "{words}: {said}");
        assert_eq!(error.remedy(), remedy, "{said}");
        assert_eq!(service.count(), asked, "{said}");
    }
}

// This machine's clock may be wrong: the service decides.
#[test]
fn a_certificate_that_has_ended_is_sent_and_told_with_the_refusal() {
    let fixture = fixture();
    let refusal = (403, "AccessDeniedException", r#"{"message":"Untrusted Signing Certificate"}"#.to_owned());
    let service = Service::new([refusal]);
    let error = given(&service, &files(&fixture.ended), provider(&fixture)).unwrap_err();
    let said = error.to_string();
    assert!(said.contains("(the certificate 77 ended at 2026-06-01 0:00:00"), "{said}");
    assert_eq!((error.remedy(), service.count()), (Some(Remedy::CheckTrustAnchor), 1));
}

#[test]
fn files_that_cannot_be_used_are_named_and_nothing_is_sent() {
    let fixture = fixture();
    let service = Service::new([good("ASIA1", "2026-11-24T13:00:00Z")]);
    let said = |files: &MemoryFiles, provider| given(&service, files, provider).unwrap_err().to_string();
    let missing = said(&MemoryFiles::default(), provider(&fixture));
    assert!(missing.contains("the certificate /pki/laptop.pem cannot be read"), "{missing}");
    let files = files(&fixture.identities[0]);
    let intermediates = said(&files, provider(&fixture).intermediates("/pki/none.pem"));
    assert!(intermediates.contains("file of intermediates /pki/none.pem cannot be read"), "{intermediates}");
    let encrypted = fixture.unusable["encrypted-pkcs8"].clone().into_bytes();
    files.all().insert("/pki/laptop.key".into(), encrypted);
    let encrypted = said(&files, provider(&fixture));
    assert!(encrypted.contains("the private key in /pki/laptop.key is encrypted"), "{encrypted}");
    assert_eq!(service.count(), 0);
}

#[test]
fn a_session_is_kept_on_disk_for_the_key_that_asked_for_it() {
    let fixture = fixture();
    let (first, other) = (&fixture.identities[0], &fixture.identities[3]);
    let service = Service::new([
        good("ASIA1", "2026-11-24T13:00:00Z"),
        good("ASIA2", "2026-11-24T13:00:00Z"),
        good("ASIA3", "2026-11-24T13:00:00Z"),
    ]);
    let files = files(first);
    let kept = |provider: RolesAnywhereProvider| {
        given(&service, &files, provider.cache(FileCache::new("/cache/sts3"))).unwrap()
    };
    assert_eq!(kept(provider(&fixture)), "ASIA1");
    assert_eq!(kept(provider(&fixture)), "ASIA1");
    // Another key has sessions of its own, and so have other parameters.
    put(&files, other);
    assert_eq!(kept(provider(&fixture)), "ASIA2");
    put(&files, first);
    let longer = session_with(&fixture).duration(Duration::from_secs(7200));
    let longer = RolesAnywhereProvider::new(longer, "/pki/laptop.pem", "/pki/laptop.key");
    assert_eq!(kept(longer), "ASIA3");
    assert_eq!(kept(provider(&fixture)), "ASIA1");
    let all = files.all();
    let names: Vec<_> = all.keys().filter(|path| path.starts_with("/cache")).collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

#[test]
fn processes_that_need_the_same_session_at_once_ask_for_it_once() {
    let fixture = fixture();
    let service =
        Service::new([good("ASIA1", "2026-11-24T13:00:00Z"), good("ASIA2", "2026-11-24T13:00:00Z")]);
    let files = files(&fixture.identities[0]);
    let (world, client) = client(&service, &files, provider(&fixture));
    let [first, second] = [(); 2].map(|()| provider(&fixture).cache(FileCache::new("/cache/sts3")));
    let (caller, folder) = (client.caller(), FileCache::new("/cache/sts3"));
    let both = futures_util::future::join(first.credentials(caller), second.credentials(caller));
    let (first, second) = world.run(both);
    assert_eq!((first.unwrap().access_key_id(), second.unwrap().access_key_id()), ("ASIA1", "ASIA1"));
    assert_eq!(service.count(), 1);
    let label = folder.entries(&files).unwrap()[0].label.clone();
    assert_eq!(label.unwrap(), format!("Roles Anywhere, role {}", fixture.role));
}

/// Signed requests as `fixtures/x509/x509.py verify` reads them.
#[test]
fn fresh_keys_and_our_signatures_are_accepted_by_an_independent_library() {
    if std::env::var_os("STS3_REAL_CLIENTS").is_none_or(|value| value != "1") {
        println!("skipped: set STS3_REAL_CLIENTS=1 to install `cryptography` from PyPI and verify with it");
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let venv = Command::new(root.join("tests/servers/venv")).arg("cryptography>=46").output().unwrap();
    assert!(venv.status.success(), "{}", String::from_utf8_lossy(&venv.stderr));
    let python = Path::new(String::from_utf8(venv.stdout).unwrap().trim()).join("bin/python");
    let script = |verb: &str, input: &str| {
        let mut child = Command::new(&python)
            .args([root.join("fixtures/x509/x509.py").to_str().unwrap(), verb])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stdout).unwrap()
    };
    #[derive(Deserialize)]
    struct Fresh {
        identities: Vec<Identity>,
    }
    let fresh: Fresh = serde_json::from_str(&script("identities", "")).unwrap();
    let fixture = fixture();
    let requests: Vec<serde_json::Value> = fresh
        .identities
        .iter()
        .map(|identity| {
            let signed = session(&fixture).signed(&identity.load(), &endpoint(), NOW).unwrap();
            let request = signed.request().unwrap();
            let mut headers = headers(&request);
            headers.insert("host".into(), "rolesanywhere.eu-west-1.amazonaws.com".into());
            let body = String::from_utf8(request.body).unwrap();
            serde_json::json!({"path": request.path, "headers": headers, "body": body, "region": "eu-west-1"})
        })
        .collect();
    let verified = script("verify", &serde_json::Value::from(requests).to_string());
    assert_eq!(verified.lines().filter(|line| line.ends_with(": ok")).count(), 7, "{verified}");
}
