//! Requests, operations and their answers.

use sts3::{
    Call, Credentials, Endpoint, Error, Operation, PresignedUrl, Raw, Region, RetryPolicy, ServiceError,
    SignedRequest, Step,
    call::UnsignedRequest,
    endpoint::Service,
    http,
    s3::PutObject,
    signin::{self, CreateOAuth2Token, GetSigninToken},
    sso::{
        CreateToken, GetRoleCredentials, ListAccountRoles, ListAccounts, Logout, RegisterClient,
        StartDeviceAuthorization,
    },
    sts::{
        AssumeRole, AssumeRoleWithSaml, AssumeRoleWithWebIdentity, AssumeRoot, DecodeAuthorizationMessage,
        GetCallerIdentity, GetFederationToken, GetSessionToken, ProvidedContext,
    },
    wire::{Form, Query, Xml},
};
use time::macros::datetime;

use crate::{CODE, HUSH, Shown, shown};

const ROLE: &str = "arn:aws:iam::123456789012:role/reader";
const DEVICE: &str = "arn:aws:iam::123456789012:mfa/alice";

pub(crate) fn all() -> Vec<Shown> {
    [operations(), answers(), requests(), of_one_s_own(), errors()].into_iter().flatten().collect()
}

fn temporary() -> Credentials {
    Credentials::new("ASIAEXAMPLE", HUSH).with_session_token(HUSH)
}

fn assume_role() -> AssumeRole {
    let provider = "arn:aws:iam::aws:contextProvider/IdentityCenter";
    AssumeRole::new(ROLE, "nightly").external_id(HUSH).mfa(DEVICE, CODE).provided_context(provider, HUSH)
}

fn operations() -> Vec<Shown> {
    let provider = "arn:aws:iam::123456789012:saml-provider/idp";
    let mut context = ProvidedContext {
        provider_arn: "arn:aws:iam::aws:contextProvider/x".into(),
        context_assertion: HUSH.into(),
    };
    context.provider_arn.push('y');
    vec![
        shown("sts3/sts/struct.AssumeRole", &[&assume_role()]),
        shown("sts3/sts/struct.ProvidedContext", &[&context]),
        shown("sts3/sts/struct.GetSessionToken", &[&GetSessionToken::new().mfa(DEVICE, CODE)]),
        shown("sts3/sts/struct.AssumeRoleWithSaml", &[&AssumeRoleWithSaml::new(ROLE, provider, HUSH)]),
        shown(
            "sts3/sts/struct.AssumeRoleWithWebIdentity",
            &[&AssumeRoleWithWebIdentity::new(ROLE, "nightly", HUSH)],
        ),
        shown("sts3/sts/struct.DecodeAuthorizationMessage", &[&DecodeAuthorizationMessage::new(HUSH)]),
        shown("sts3/signin/struct.GetSigninToken", &[&GetSigninToken::new(temporary())]),
        shown(
            "sts3/signin/struct.LoginUrl",
            &[&signin::login_url(&Endpoint::new(Region::us_east_1()), &HUSH.into(), None, None).unwrap()],
        ),
        shown("sts3/sso/struct.CreateToken", &[&CreateToken::refreshing("client", HUSH, HUSH)]),
        shown(
            "sts3/sso/struct.StartDeviceAuthorization",
            &[&StartDeviceAuthorization::new("client", HUSH, "url")],
        ),
        shown("sts3/sso/struct.ListAccounts", &[&ListAccounts::new(HUSH)]),
        shown("sts3/sso/struct.ListAccountRoles", &[&ListAccountRoles::new("123456789012", HUSH)]),
        shown("sts3/sso/struct.Logout", &[&Logout::new(HUSH)]),
        shown(
            "sts3/signin/struct.CreateOAuth2Token",
            &[&CreateOAuth2Token::refreshing("client", HUSH, HUSH)],
        ),
        shown("sts3/sso/struct.GetRoleCredentials", &[&GetRoleCredentials::new("123456789012", "dev", HUSH)]),
    ]
}

/// What an operation reads out of an answer that issues credentials.
fn answer<O: Operation>(operation: &O) -> O::Output {
    let name = operation.name();
    let body = format!(
        "<{name}Response><{name}Result><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>{HUSH}\
         </SecretAccessKey><SessionToken>{HUSH}</SessionToken><Expiration>2026-11-24T13:00:00Z</Expiration>\
         </Credentials></{name}Result></{name}Response>"
    );
    operation.parse(http::Response::new(body.into_bytes())).unwrap()
}

fn answers() -> Vec<Shown> {
    let saml = AssumeRoleWithSaml::new(ROLE, "arn:aws:iam::123456789012:saml-provider/idp", HUSH);
    let root = AssumeRoot::new("123456789012", "IAMAuditRootUserCredentials");
    let token = format!(r#"{{"accessToken":"{HUSH}","expiresIn":3600,"refreshToken":"{HUSH}"}}"#);
    let token = CreateToken::refreshing("client", HUSH, HUSH).parse(http::Response::new(token.into_bytes()));
    let client = format!(r#"{{"clientId":"c","clientSecret":"{HUSH}","clientSecretExpiresAt":1802776000}}"#);
    let client = RegisterClient::for_device("c").parse(http::Response::new(client.into_bytes()));
    let device = format!(
        r#"{{"deviceCode":"{HUSH}","userCode":"ABCD-EFGH","verificationUri":"https://page","expiresIn":600}}"#
    );
    let device =
        StartDeviceAuthorization::new("client", HUSH, "url").parse(http::Response::new(device.into_bytes()));
    let keys = format!(r#"{{"accessKeyId":"ASIA","secretAccessKey":"{HUSH}","sessionToken":"{HUSH}"}}"#);
    let login = format!(r#"{{"accessToken":{keys},"expiresIn":900,"refreshToken":"{HUSH}"}}"#);
    let login =
        CreateOAuth2Token::refreshing("client", HUSH, HUSH).parse(http::Response::new(login.into_bytes()));
    vec![
        shown("sts3/sts/struct.AssumedRole", &[&answer(&assume_role())]),
        shown("sts3/sts/struct.SessionToken", &[&answer(&GetSessionToken::new())]),
        shown("sts3/sts/struct.FederationToken", &[&answer(&GetFederationToken::new("alice"))]),
        shown("sts3/sts/struct.RootSession", &[&answer(&root)]),
        shown("sts3/sts/struct.SamlRole", &[&answer(&saml)]),
        shown(
            "sts3/sts/struct.WebIdentityRole",
            &[&answer(&AssumeRoleWithWebIdentity::new(ROLE, "nightly", HUSH))],
        ),
        shown("sts3/sso/struct.AccessToken", &[&token.unwrap()]),
        shown("sts3/sso/struct.RegisteredClient", &[&client.unwrap()]),
        shown("sts3/sso/struct.DeviceAuthorization", &[&device.unwrap()]),
        shown("sts3/signin/struct.LoginToken", &[&login.unwrap()]),
    ]
}

/// An operation whose request holds its secret at this place.
struct Carrying(fn(&mut UnsignedRequest));

impl Operation for Carrying {
    type Output = Credentials;

    fn name(&self) -> &str {
        "Carrying"
    }

    fn service(&self) -> sts3::endpoint::Service {
        sts3::endpoint::Service::Sts
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        let mut request = GetSigninToken::new(temporary()).request()?;
        (self.0)(&mut request);
        Ok(request)
    }

    fn parse(&self, _: http::Response<Vec<u8>>) -> Result<Credentials, Error> {
        Ok(temporary())
    }
}

/// What embedders build requests from, and read answers with.
fn of_one_s_own() -> Vec<Shown> {
    let raw = Raw::post(Service::Sts, "/")
        .query("Token", HUSH)
        .encoded_query(&format!("x={HUSH}"))
        .header("x-token", HUSH)
        .form(&[("Action", "X"), ("Token", HUSH)]);
    let (endpoint, hour) = (Endpoint::new(Region::us_east_1()), std::time::Duration::from_secs(3600));
    let presign = |raw: &Raw| {
        PresignedUrl::new(raw, &endpoint, &temporary(), hour, datetime!(2026-11-24 12:00 UTC)).unwrap()
    };
    let signed = SignedRequest::new(&raw, &endpoint, &temporary(), datetime!(2026-11-24 12:00 UTC)).unwrap();
    let (mut form, mut query) = (Form::new("X", "1"), Query::default());
    form.field("Token", HUSH);
    query.parameter("token", HUSH);
    let body = format!("<a><b>{HUSH}</b></a>");
    let mut xml = Xml::new(body.as_bytes(), "a test").unwrap();
    let element = xml.root().unwrap();
    vec![
        shown("sts3/struct.Raw", &[&raw]),
        shown("sts3/call/struct.PresignedUrl", &[&presign(&raw)]),
        shown("sts3/call/struct.SignedRequest", &[&signed]),
        shown("sts3/s3/struct.PutObject", &[&PutObject::new("logs", "a").body(HUSH)]),
        shown("sts3/wire/struct.Form", &[&form]),
        shown("sts3/wire/struct.Query", &[&query]),
        shown("sts3/wire/struct.Element", &[&element]),
        shown("sts3/wire/struct.Xml", &[&xml]),
    ]
}

fn requests() -> Vec<Shown> {
    let in_query = Carrying(|request| request.query = format!("Session={HUSH}"));
    let in_header = Carrying(|request| {
        // Not marked as sensitive: nobody who writes an operation has to know of that.
        request
            .headers
            .push((http::HeaderName::from_static("x-token"), http::HeaderValue::from_static(HUSH)));
    });
    let in_body = Carrying(|request| request.body = HUSH.as_bytes().to_vec());
    let govcloud = GetSigninToken::new(temporary()).region(&Region::new("us-gov-west-1").unwrap());
    let mut unsigned: Vec<UnsignedRequest> =
        [&in_query, &in_header, &in_body].map(|operation| operation.request().unwrap()).into();
    unsigned.extend([govcloud.request().unwrap(), assume_role().request().unwrap()]);
    let unsigned: Vec<&dyn std::fmt::Debug> = unsigned.iter().map(|request| request as _).collect();

    let (endpoint, credentials) = (Endpoint::new(Region::us_east_1()), temporary());
    let mut steps = Vec::new();
    let mut calls = Vec::new();
    for operation in [&in_query, &in_header, &in_body] {
        let mut call = Call::new(operation, &endpoint, Some(&credentials), RetryPolicy::default(), 1);
        steps.push(call.step(datetime!(2026-11-24 12:00 UTC)));
        calls.push(format!("{call:?}"));
        call.receive(http::Response::new(HUSH.as_bytes().to_vec()));
        steps.push(call.step(datetime!(2026-11-24 12:00 UTC)));
        calls.push(format!("{call:#?}"));
    }
    let steps: Vec<&dyn std::fmt::Debug> = steps.iter().map(|step| step as _).collect();
    assert!(matches!(Step::Done(Ok::<_, Error>(())), Step::Done(Ok(()))));
    vec![
        shown("sts3/call/struct.UnsignedRequest", &unsigned),
        shown("sts3/call/enum.Step", &steps),
        ("sts3/call/struct.Call", calls),
        shown("sts3/credentials/struct.Credentials", &[&credentials]),
    ]
}

fn errors() -> Vec<Shown> {
    let canonical = format!("GET\n/\n\nhost:h\nx-amz-security-token:{HUSH}\n\nhost;x-amz-security-token\nx");
    let message = format!(
        "The request signature we calculated does not match the signature you provided.\n\nThe Canonical String for \
         this request should have been\n'{canonical}'\n\nThe String-to-Sign should have been\n'AWS4'\n"
    );
    let body = |message: &str| {
        format!("<Error><Code>SignatureDoesNotMatch</Code><Message>{message}</Message></Error>")
    };
    let in_message = ServiceError::from_text(&body(&message));
    let own = canonical.replace(HUSH, "other");
    let ours = sts3::sigv4::SignedTexts::new().canonical_request(&own);
    assert!(in_message.canonical_request.as_ref().is_some_and(|text| text.contains(HUSH)));
    let explanation = in_message.explain(&ours);
    // What a call keeps, to explain it when somebody asks.
    let endpoint = Endpoint::new(Region::us_east_1());
    let credentials = Credentials::new("AKIDEXAMPLE", "secret").with_session_token(HUSH);
    let operation = GetCallerIdentity::new();
    let mut call = Call::new(&operation, &endpoint, Some(&credentials), RetryPolicy::default(), 1);
    let now = datetime!(2026-11-24 12:00 UTC);
    assert!(matches!(call.step(now), Step::Send(_)));
    call.receive(http::Response::builder().status(403).body(body(&message).into_bytes()).unwrap());
    let Step::Done(Err(Error::Service(refused))) = call.step(now) else { panic!("it was refused") };
    assert!(refused.is_explicable());
    vec![
        shown("sts3/struct.ServiceError", &[&in_message, &refused, &explanation]),
        shown("sts3/enum.Error", &[&Error::Service(refused.clone())]),
    ]
}
