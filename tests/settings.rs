//! What a client is built from: bad values are refused with the setting's name before anything is sent, and the
//! environment's settings are all read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sts3::{
    Client, ClientBuilder, Concurrency, Credentials, Endpoint, Error, Region, RetryPolicy, TransportError,
    endpoint::{Addressing, Service},
    http,
    providers::{Environment, Refreshing, SharedFiles},
    runtime::{BoxFuture, HttpClient, Limits, Transport},
    s3::{ListObjects, ListObjectsV2},
    sts::GetCallerIdentity,
};

fn user() -> Credentials {
    Credentials::new("AKIDEXAMPLE", "secret")
}

fn good() -> ClientBuilder {
    Client::builder().region("eu-west-1").credentials(user())
}

fn refused(builder: ClientBuilder) -> (&'static str, String) {
    match builder.build() {
        Err(Error::InvalidInput(error)) => (error.parameter, error.problem),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_value_that_cannot_be_used_is_refused_by_its_name() {
    let zero = Duration::ZERO;
    let s3 = |builder: ClientBuilder, url: &str| builder.service_url(Service::S3, url);
    let local = "http://127.0.0.1:9000";
    let cases = [
        (Client::builder().credentials(user()), "region", "is not set"),
        (good().region(""), "region", "not a region's name"),
        (good().region("eu-west-1.evil.example"), "region", "not a region's name"),
        (good().endpoint_url("localhost:9000"), "endpoint URL", "`localhost:9000`"),
        (good().endpoint_url("ftp://127.0.0.1"), "endpoint URL", "http:// or https://"),
        (good().only_endpoint_url(""), "endpoint URL", "not a URL"),
        (s3(good(), "nonsense"), "service URL", "of s3: `nonsense`"),
        (s3(s3(good(), local), "http://127.0.0.1:9001"), "service URL", "of s3 is set twice"),
        (s3(s3(good(), local), local), "service URL", "of s3 is set twice"),
        (good().max_attempts(0), "max attempts", "is 0"),
        (good().retry_policy(RetryPolicy::default().with_max_attempts(0)), "max attempts", "is 0"),
        (good().attempt_timeout(zero), "attempt timeout", "is zero"),
        (good().total_timeout(zero), "total timeout", "is zero"),
        (good().connect_timeout(zero), "connect timeout", "is zero"),
        (good().read_timeout(zero), "read timeout", "is zero"),
        (good().ca_bundle(""), "CA bundle", "no certificate in PEM"),
        (good().ca_bundle("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"), "CA bundle", ""),
        (Client::builder().region("eu-west-1"), "credentials", "are missing"),
    ];
    for (number, (builder, name, problem)) in cases.into_iter().enumerate() {
        let (parameter, text) = refused(builder);
        assert!(parameter == name && text.contains(problem), "{number}: {parameter} {text}");
    }
    assert!(good().build().is_ok() && s3(good(), local).build().is_ok());
    for (limit, name) in [
        (HttpClient::builder().connect_timeout(zero), "connect timeout"),
        (HttpClient::builder().read_timeout(zero), "read timeout"),
    ] {
        let Err(Error::InvalidInput(error)) = limit.build() else { panic!("{name}") };
        assert_eq!(error.parameter, name);
    }
}

#[test]
fn without_credentials_the_error_names_the_choices_and_anonymous_is_one_of_them() {
    let builder = Client::builder().region("eu-west-1");
    let problem = refused(builder.clone()).1;
    for choice in ["`credentials`", "`from_environment`", "`anonymous`"] {
        assert!(problem.contains(choice), "{problem}");
    }
    assert!(builder.clone().anonymous().build().is_ok());
    // The last word counts.
    let has_credentials =
        |builder: ClientBuilder| format!("{:?}", builder.build().unwrap()).contains("Refreshing");
    assert!(has_credentials(builder.clone().anonymous().credentials(user())));
    assert!(!has_credentials(builder.credentials(user()).anonymous()));
}

/// Answers everything with an empty page, and counts.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicU64>);

impl Transport for Counting {
    fn send(
        &self,
        _request: http::Request<Vec<u8>>,
        _limits: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let page = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
        Box::pin(async { Ok(http::Response::new(page.as_bytes().to_vec())) })
    }
}

#[tokio::test]
async fn a_listing_that_cannot_be_asked_for_is_refused_by_its_name_and_nothing_is_sent() {
    let sent = Counting::default();
    let client = good().transport(sent.clone()).build().unwrap();
    let list = || client.list_objects_v2("bucket");
    let problem = |error: Error| match error {
        Error::InvalidInput(error) => error.parameter,
        error => panic!("{error}"),
    };
    for width in [0, 257] {
        let error = list().parallel(Concurrency::Requests(width)).next().await.unwrap_err();
        assert_eq!(problem(error), "concurrency", "{width}");
        let error = list().parallel(Concurrency::Requests(width)).keys().next().await.unwrap_err();
        assert_eq!(problem(error), "concurrency", "{width}");
    }
    assert_eq!(problem(list().parallel(Concurrency::Auto).window(0).next().await.unwrap_err()), "window");
    // Pages of no keys would end a listing before it began, or never.
    let error = list().max_keys(0).send().await.unwrap_err();
    assert_eq!(problem(error), "max-keys");
    let error = client.send(&ListObjects::new("bucket").max_keys(0)).await.unwrap_err();
    assert_eq!(problem(error), "max-keys");
    let error = list().max_keys(0).parallel(Concurrency::Auto).next().await.unwrap_err();
    assert_eq!(problem(error), "max-keys");
    assert_eq!(problem(list().split(0).await.unwrap_err()), "parts");
    assert_eq!(sent.0.load(Ordering::Relaxed), 0);
    client.send(&ListObjectsV2::new("bucket").max_keys(1000)).await.unwrap();
    assert_eq!(sent.0.load(Ordering::Relaxed), 1);
}

#[test]
fn a_clone_builds_another_client_with_the_same_credentials() {
    let shared = Arc::new(Refreshing::new(user()));
    let template = Client::builder().credentials(shared).max_attempts(7);
    let (here, there) = (
        template.clone().region("eu-west-1").build().unwrap(),
        template.region("us-east-1").build().unwrap(),
    );
    assert_eq!((here.caller().policy().max_attempts, there.caller().policy().max_attempts), (7, 7));
    assert_ne!(here.caller().endpoint().region(), there.caller().endpoint().region());
}

fn environment(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Settings of the SDK reference (<https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>), each with a
/// value that it does not have.
#[test]
fn a_setting_of_the_environment_that_cannot_be_used_is_refused_by_its_name() {
    let late = [
        ("AWS_REGION", "eu west"),
        ("AWS_DEFAULT_REGION", "-"),
        ("AWS_ENDPOINT_URL", "localhost"),
        ("AWS_ENDPOINT_URL_S3", "localhost"),
        ("AWS_ENDPOINT_URL_STS", "ftp://x"),
        ("AWS_CA_BUNDLE", "/nonexistent/ca.pem"),
    ];
    for (name, value) in late {
        let mut variables = vec![(name, value)];
        if !name.ends_with("REGION") {
            variables.push(("AWS_REGION", "eu-west-1"));
        }
        let builder = Client::builder().settings(&environment(&variables), None).unwrap();
        let (parameter, problem) = refused(builder.clone().anonymous());
        assert_eq!(parameter, name, "{problem}");
        assert!(problem.contains(value), "{problem}");
        // A setter that is called afterwards wins.
        if name.ends_with("REGION") {
            assert!(builder.region("eu-west-1").anonymous().build().is_ok());
        } else if name.contains("URL") {
            assert!(builder.only_endpoint_url("http://127.0.0.1:1").anonymous().build().is_ok());
        }
    }
    for (name, value) in [
        ("AWS_MAX_ATTEMPTS", "0"),
        ("AWS_RETRY_MODE", "never"),
        ("AWS_STS_REGIONAL_ENDPOINTS", "lagacy"),
        ("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "global"),
        ("AWS_USE_FIPS_ENDPOINT", "yes"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "1"),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "on"),
        ("STS3_ALLOW_HTTP", "tru"),
    ] {
        let error = Client::builder().settings(&environment(&[(name, value)]), None).unwrap_err();
        let Error::InvalidInput(error) = error else { panic!("{error}") };
        assert_eq!(error.parameter, name);
        assert!(error.problem.contains(&format!("is `{value}`: ")), "{error}");
    }
    for (name, value) in [("AWS_USE_FIPS_ENDPOINT", "True"), ("AWS_STS_REGIONAL_ENDPOINTS", "Legacy")] {
        assert!(Client::builder().settings(&environment(&[(name, value)]), None).is_ok(), "{name}");
    }
}

/// An HTTP server that notes the `User-Agent` of each request.
fn noting_server() -> (String, std::sync::mpsc::Receiver<String>) {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, heads) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() > 0 {
                head.push(byte[0]);
            }
            sender.send(String::from_utf8(head).unwrap()).unwrap();
            let body = "<Error><Code>AccessDenied</Code></Error>";
            let answer = format!(
                "HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (url, heads)
}

#[tokio::test]
async fn the_environment_names_the_application_and_an_endpoint_needs_no_region() {
    let (url, heads) = noting_server();
    for (variables, config, agent) in [
        (vec![("AWS_SDK_UA_APP_ID", "nightly")], "[default]\nsdk_ua_app_id = other\n", " app/nightly\r\n"),
        (vec![], "[default]\nsdk_ua_app_id = hourly\n", " app/hourly\r\n"),
        (vec![], "", "\r\n"),
    ] {
        let variables = [vec![("AWS_ENDPOINT_URL", url.as_str())], variables].concat();
        let files = SharedFiles::from_texts(config, "").unwrap();
        let builder = Client::builder().settings(&environment(&variables), files.profile("default")).unwrap();
        let client = builder.credentials(user()).build().unwrap();
        client.send(&GetCallerIdentity::new()).await.unwrap_err();
        let head = heads.recv().unwrap();
        let expected = format!("user-agent: sts3/{}{agent}", env!("CARGO_PKG_VERSION"));
        assert!(head.contains(&expected), "{head}");
        assert!(
            head.contains("/us-east-1/sts/aws4_request"),
            "S3-compatible servers call their only region so: {head}"
        );
    }
}

#[test]
fn a_ca_bundle_is_found_by_the_variable_and_by_the_profile_and_a_setter_replaces_it() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("settings_ca");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("empty.pem").display().to_string();
    std::fs::write(&file, "no certificate").unwrap();
    let files = SharedFiles::from_texts(&format!("[default]\nca_bundle = {file}\n"), "").unwrap();
    let by_variable = Client::builder().settings(&environment(&[("AWS_CA_BUNDLE", &file)]), None).unwrap();
    let by_profile = Client::builder().settings(&environment(&[]), files.profile("default")).unwrap();
    for builder in [by_variable, by_profile] {
        let builder = builder.region("eu-west-1").anonymous();
        assert_eq!(refused(builder.clone()).0, "CA bundle");
        // Who brings a transport needs no certificates.
        assert!(builder.transport(Counting::default()).build().is_ok());
    }
}

/// `Endpoint` has no equality: what it shows of itself has every field.
#[test]
fn an_endpoint_that_is_given_whole_is_the_client_s_and_nothing_of_before_is_left() {
    let plain = Endpoint::new(Region::new("eu-west-1").unwrap());
    let full = plain
        .clone()
        .with_url("http://127.0.0.1:9000/base".parse().unwrap())
        .with_service_url(Service::Sts, "https://sts.example:8443".parse().unwrap())
        .with_addressing(Addressing::Virtual)
        .with_global_sts(true)
        .with_global_s3(true)
        .with_accelerate(true)
        .with_fips(true)
        .with_dual_stack(true)
        .with_plain_http(true);
    let before: Environment = [
        ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9001"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9002"),
        ("STS3_ALLOW_HTTP", "true"),
    ]
    .map(|(name, value): (&str, &str)| (name.to_owned(), value.to_owned()))
    .into_iter()
    .collect();
    let before = Client::builder().settings(&before, None).unwrap().region("us-east-2").anonymous();
    let before = before.fips(true).service_url(Service::Iam, "https://iam.example");
    for endpoint in [plain, full] {
        let client = before.clone().endpoint(endpoint.clone()).build().unwrap();
        assert_eq!(format!("{:?}", client.caller().endpoint()), format!("{endpoint:?}"));
    }
}
