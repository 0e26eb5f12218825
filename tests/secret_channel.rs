//! Over which channel calls may go that carry or return secrets: https, or this machine.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use sts3::{
    Call, Credentials, Endpoint, Error, Operation, Region, RetryPolicy, Step,
    call::UnsignedRequest,
    endpoint::Service,
    http,
    iam::{GetRole, GetUser},
    s3::{HeadBucket, ListBuckets, ListObjects, ListObjectsV2},
    signin::GetSigninToken,
    sso::{CreateToken, GetRoleCredentials},
    sts::{
        AssumeRole, AssumeRoleWithSaml, AssumeRoleWithWebIdentity, AssumeRoot, GetAccessKeyInfo,
        GetCallerIdentity, GetFederationToken, GetSessionToken,
    },
};
use time::macros::datetime;

const ROLE: &str = "arn:aws:iam::123456789012:role/reader";

fn long_lived() -> Credentials {
    Credentials::new("AKIDEXAMPLE", "hush-secret")
}

fn temporary() -> Credentials {
    long_lived().with_session_token("hush-token")
}

/// Everything at this URL, each service by its own setting too.
fn at(url: &str) -> Endpoint {
    let services = [Service::Signin, Service::Sso, Service::SsoOidc];
    let endpoint = Endpoint::new(Region::us_east_1()).with_url(url.parse().unwrap());
    services
        .into_iter()
        .fold(endpoint, |endpoint, service| endpoint.with_service_url(service, url.parse().unwrap()))
}

/// The scheme and host that a call's first request goes to, or why it is not made.
fn first<O: Operation>(
    operation: &O,
    endpoint: &Endpoint,
    credentials: Option<&Credentials>,
) -> Result<String, String> {
    let mut call = Call::new(operation, endpoint, credentials, RetryPolicy::default(), 1);
    match call.step(datetime!(2026-11-24 12:00 UTC)) {
        Step::Send(request) => {
            Ok(format!("{}://{}", request.uri().scheme_str().unwrap(), request.uri().authority().unwrap()))
        }
        Step::Done(Err(error @ Error::InvalidInput(_))) => Err(error.to_string()),
        _ => panic!("{} neither sends nor refuses", operation.name()),
    }
}

/// What becomes of a call at an endpoint in the clear elsewhere, there when that is allowed, on this machine, and
/// by TLS.
fn everywhere<O: Operation>(operation: &O, credentials: Option<Credentials>) -> [Result<String, String>; 4] {
    let credentials = credentials.as_ref();
    [
        first(operation, &at("http://minio.example:9000"), credentials),
        first(operation, &at("http://minio.example:9000").with_plain_http(true), credentials),
        first(operation, &at("http://127.0.0.1:9000"), credentials),
        first(operation, &at("https://minio.example"), credentials),
    ]
}

/// Refused in the clear, with a message that says which call, where to, by which setting, and what to do.
fn must_be_refused<O: Operation>(operation: O, credentials: Option<Credentials>, setting: &str) {
    let [plain, allowed, local, secure] = everywhere(&operation, credentials);
    let problem = plain.unwrap_err();
    for part in [operation.name(), "http://minio.example:9000", setting, "use https", "--allow-http"] {
        assert!(problem.contains(part), "{}: {problem}", operation.name());
    }
    assert!(!problem.contains("hush"), "{problem}");
    assert_eq!(allowed.unwrap(), "http://minio.example:9000", "{}", operation.name());
    assert_eq!(local.unwrap(), "http://127.0.0.1:9000", "{}", operation.name());
    assert_eq!(secure.unwrap(), "https://minio.example", "{}", operation.name());
}

#[test]
fn calls_that_carry_or_return_secrets_do_not_go_in_the_clear_signed_or_not() {
    let general = "AWS_ENDPOINT_URL";
    for keys in [long_lived(), temporary()] {
        must_be_refused(AssumeRole::new(ROLE, "nightly"), Some(keys.clone()), general);
        must_be_refused(GetSessionToken::new(), Some(keys.clone()), general);
        must_be_refused(GetFederationToken::new("alice"), Some(keys.clone()), general);
        must_be_refused(AssumeRoot::new("123456789012", "IAMAuditRootUserCredentials"), Some(keys), general);
    }
    let provider = "arn:aws:iam::123456789012:saml-provider/idp";
    must_be_refused(AssumeRoleWithSaml::new(ROLE, provider, "aHVzaA=="), None, general);
    must_be_refused(AssumeRoleWithWebIdentity::new(ROLE, "nightly", "hush.hush"), None, general);
    must_be_refused(GetRoleCredentials::new("123456789012", "dev", "hush"), None, "AWS_ENDPOINT_URL_SSO or");
    must_be_refused(CreateToken::refreshing("id", "hush", "hush"), None, "AWS_ENDPOINT_URL_SSO_OIDC");
}

#[test]
fn no_option_allows_a_sign_in_in_the_clear() {
    let [plain, allowed, local, secure] = everywhere(&GetSigninToken::new(temporary()), None);
    for problem in [plain.unwrap_err(), allowed.unwrap_err()] {
        assert!(
            problem.contains("GetSigninToken") && problem.contains("AWS_ENDPOINT_URL_SIGNIN"),
            "{problem}"
        );
        assert!(!problem.contains("--allow-http") && !problem.contains("hush"), "{problem}");
    }
    assert_eq!(
        (local.unwrap(), secure.unwrap()),
        ("http://127.0.0.1:9000".into(), "https://minio.example".into())
    );
    let endpoint = at("http://signin.example");
    assert!(sts3::signin::login_url(&endpoint, &"hush".into(), None, None).is_err());
}

#[test]
fn an_operation_of_one_s_own_is_held_to_carry_secrets_until_it_says_otherwise() {
    struct Own;
    impl Operation for Own {
        type Output = ();

        fn name(&self) -> &str {
            "Own"
        }

        fn service(&self) -> Service {
            Service::Iam
        }
        fn request(&self) -> Result<UnsignedRequest, Error> {
            GetUser::new().request()
        }
        fn parse(&self, _: http::Response<Vec<u8>>) -> Result<(), Error> {
            Ok(())
        }
    }
    must_be_refused(Own, Some(temporary()), "AWS_ENDPOINT_URL");
    must_be_refused(Own, None, "AWS_ENDPOINT_URL");
}

fn may_go_with_temporary_keys<O: Operation>(operation: O) {
    assert_eq!(
        first(&operation, &at("http://minio.example:9000"), Some(&temporary())).unwrap(),
        "http://minio.example:9000",
        "{}",
        operation.name()
    );
    let problem = first(&operation, &at("http://minio.example:9000"), Some(&long_lived())).unwrap_err();
    assert!(problem.contains("long-lived") && problem.contains(operation.name()), "{problem}");
}

#[test]
fn listings_go_in_the_clear_with_temporary_keys_or_none_and_not_with_long_lived_ones() {
    may_go_with_temporary_keys(ListObjectsV2::new("logs"));
    may_go_with_temporary_keys(ListObjects::new("logs"));
    may_go_with_temporary_keys(ListBuckets::new());
    may_go_with_temporary_keys(HeadBucket::new("logs"));
    may_go_with_temporary_keys(GetCallerIdentity::new());
    may_go_with_temporary_keys(GetAccessKeyInfo::new("AKIDEXAMPLEEXAMPLE"));
    may_go_with_temporary_keys(GetRole::new("reader"));
    assert!(first(&ListObjectsV2::new("logs"), &at("http://minio.example:9000"), None).is_ok());
}

/// What an eavesdropper could have read of the sign-in's token under the general setting.
#[test]
fn the_general_endpoint_in_the_clear_gets_no_sign_in() {
    let general = Endpoint::new(Region::us_east_1()).with_url("http://minio.example:9000".parse().unwrap());
    for endpoint in [general.clone(), general.with_plain_http(true)] {
        let sso = first(&GetRoleCredentials::new("123456789012", "dev", "hush"), &endpoint, None);
        assert_eq!(sso.unwrap(), "https://portal.sso.us-east-1.amazonaws.com");
        let signin = first(&GetSigninToken::new(temporary()), &endpoint, None);
        assert_eq!(signin.unwrap(), "https://us-east-1.signin.aws.amazon.com");
    }
}
