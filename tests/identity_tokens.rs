//! Roles by identity token: what GitHub's token endpoint and STS may answer, and what comes of it. Both are played; the
//! answers are those that GitHub's toolkit (`actions/toolkit`, packages/core/src/oidc-utils.ts), STS's API reference and
//! users' reports name.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "support/world.rs"]
mod world;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use sts3::{
    Client, Credentials, Error, Remedy, TransportError, TransportErrorKind, http,
    providers::{Environment, GitHubToken, Provider, TokenFile, TokenVariable, WebIdentityProvider},
    runtime::{BoxFuture, Limits, Transport},
};
use world::World;

const ROLE: &str = "arn:aws:iam::123456789012:role/ci";
/// `{"typ":"JWT","alg":"RS256","kid":"example-key"}`
const HEADER: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsImtpZCI6ImV4YW1wbGUta2V5In0";
/// Issuer, audience and subject as in GitHub's documentation; `exp` is five minutes after the tests' beginning.
const FRESH: &str = "eyJpc3MiOiJodHRwczovL3Rva2VuLmFjdGlvbnMuZ2l0aHVidXNlcmNvbnRlbnQuY29tIiwiYXVkIjoic3RzLmFtYXpvbmF3cy5jb20iLCJzdWIiOiJyZXBvOm9jdG8tb3JnL29jdG8tcmVwbzpyZWY6cmVmcy9oZWFkcy9tYWluIiwiZXhwIjoxNzk1NTIxOTAwfQ";
/// The same, which ended ten minutes before it.
const STALE: &str = "eyJpc3MiOiJodHRwczovL3Rva2VuLmFjdGlvbnMuZ2l0aHVidXNlcmNvbnRlbnQuY29tIiwiYXVkIjoic3RzLmFtYXpvbmF3cy5jb20iLCJzdWIiOiJyZXBvOm9jdG8tb3JnL29jdG8tcmVwbzpyZWY6cmVmcy9oZWFkcy9tYWluIiwiZXhwIjoxNzk1NTIxMDAwfQ";

fn jwt(claims: &str, number: usize) -> String {
    format!("{HEADER}.{claims}.hush-signature-{number}")
}

/// Status and body; a status of 0 for no answer.
type Play = (u16, String);

/// GitHub at `/token`, STS elsewhere; the last play of each is repeated.
#[derive(Clone, Default)]
struct Services {
    github: Arc<Mutex<VecDeque<Play>>>,
    sts: Arc<Mutex<VecDeque<Play>>>,
    asked: Arc<Mutex<Vec<http::Request<Vec<u8>>>>>,
}

impl Services {
    fn new(github: Vec<Play>, sts: Vec<Play>) -> Self {
        Self {
            github: Arc::new(Mutex::new(github.into())),
            sts: Arc::new(Mutex::new(sts.into())),
            asked: Arc::default(),
        }
    }

    fn asked(&self, is_github: bool) -> Vec<http::Request<Vec<u8>>> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|request| (request.uri().path() == "/token") == is_github).cloned().collect()
    }
}

impl Transport for Services {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        limits: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        let is_github = request.uri().path() == "/token";
        // GitHub is on the network, behind its proxies.
        assert!(!limits.direct);
        let mut plays = if is_github { self.github.lock().unwrap() } else { self.sts.lock().unwrap() };
        let (status, body) =
            if plays.len() > 1 { plays.pop_front() } else { plays.front().cloned() }.unwrap();
        self.asked.lock().unwrap().push(request);
        Box::pin(async move {
            if status == 0 {
                return Err(TransportError::new(TransportErrorKind::Timeout, "github", body));
            }
            Ok(http::Response::builder().status(status).body(body.into_bytes()).unwrap())
        })
    }
}

fn value(token: &str) -> Play {
    (200, format!(r#"{{"count":1,"value":"{token}"}}"#))
}

fn session(number: usize, end: &str) -> Play {
    let body = format!(
        "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>\
         <AccessKeyId>ASIA{number}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
         <Expiration>{end}</Expiration></Credentials></AssumeRoleWithWebIdentityResult>\
         </AssumeRoleWithWebIdentityResponse>"
    );
    (200, body)
}

fn refusal(status: u16, code: &str, message: &str) -> Play {
    let body = format!(
        "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    );
    (status, body)
}

fn environment(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn job() -> Environment {
    environment(&[
        ("GITHUB_ACTIONS", "true"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://pipelines.example/token?api-version=2.0"),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "hush-request"),
    ])
}

fn github() -> GitHubToken {
    GitHubToken::from_environment(&job()).unwrap()
}

fn role(token: impl sts3::providers::IdentityTokenSource + 'static) -> WebIdentityProvider {
    WebIdentityProvider::with_source(ROLE, "nightly", token).duration(Duration::from_secs(3600))
}

/// What a provider gives in a region.
fn given(services: &Services, region: &str, provider: impl Provider + 'static) -> Result<Credentials, Error> {
    let world = World::default();
    let client = Client::builder().region(region).transport(services.clone()).clock(world.clone());
    let client = client.max_attempts(1).credentials(provider).build().unwrap();
    world.run(async { client.credentials().await.map(Option::unwrap) })
}

fn form(request: &http::Request<Vec<u8>>) -> String {
    String::from_utf8(request.body().clone()).unwrap()
}

#[test]
fn a_job_assumes_its_role_with_github_s_token_and_no_key() {
    let services = Services::new(vec![value(&jwt(FRESH, 1))], vec![session(1, "2026-11-24T13:00:00Z")]);
    let credentials = given(&services, "eu-west-1", role(github())).unwrap();
    assert_eq!(credentials.access_key_id(), "ASIA1");
    let [asked] = &services.asked(true)[..] else { panic!() };
    // `oidc-utils.ts`: `&audience=` is appended to the URL as it is.
    assert_eq!(
        asked.uri().to_string(),
        "https://pipelines.example/token?api-version=2.0&audience=sts.amazonaws.com"
    );
    assert_eq!(asked.headers()["authorization"], "Bearer hush-request");
    let [call] = &services.asked(false)[..] else { panic!() };
    assert!(!call.headers().contains_key("authorization"));
    let form = form(call);
    let token = jwt(FRESH, 1);
    for part in
        ["Action=AssumeRoleWithWebIdentity", "DurationSeconds=3600", &format!("WebIdentityToken={token}")]
    {
        assert!(form.contains(part), "{form}");
    }
}

#[test]
fn the_audience_is_the_one_asked_for_or_the_partition_s() {
    // For China, the README of `aws-actions/configure-aws-credentials`.
    for (region, audience, expected) in [
        ("eu-west-1", None, "audience=sts.amazonaws.com"),
        ("cn-north-1", None, "audience=sts.amazonaws.com.cn"),
        ("cn-north-1", Some("https://a.example/?b=c d"), "audience=https%3A%2F%2Fa.example%2F%3Fb%3Dc%20d"),
    ] {
        let services = Services::new(vec![value(&jwt(FRESH, 1))], vec![session(1, "2026-11-24T13:00:00Z")]);
        let token = audience.into_iter().fold(github(), GitHubToken::audience);
        given(&services, region, role(token)).unwrap();
        let uri = services.asked(true)[0].uri().to_string();
        assert!(uri.ends_with(&format!("&{expected}")), "{uri}");
    }
}

#[test]
fn each_renewal_asks_for_a_new_token() {
    let services = Services::new(
        (1..=3).map(|number| value(&jwt(FRESH, number))).collect(),
        // Credentials are asked for each fourteen minutes, and each session is about to end then.
        vec![
            session(1, "2026-11-24T12:15:00Z"),
            session(2, "2026-11-24T12:28:00Z"),
            session(3, "2026-11-24T12:45:00Z"),
        ],
    );
    let world = World::default();
    let client = Client::builder().region("eu-west-1").transport(services.clone()).clock(world.clone());
    let client = client.credentials(role(github())).build().unwrap();
    let ids = world.run(async {
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(client.credentials().await.unwrap().unwrap().access_key_id().to_owned());
            world.wait(Duration::from_secs(14 * 60)).await;
        }
        ids
    });
    assert_eq!(ids, ["ASIA1", "ASIA2", "ASIA3"]);
    let tokens: Vec<String> = services.asked(false).iter().map(form).collect();
    for (number, form) in (1..=3).zip(&tokens) {
        assert!(form.contains(&jwt(FRESH, number)), "{form}");
    }
}

/// Its name, what answers, what the error says, what helps, and how often GitHub and STS are asked.
type Case = (&'static str, Services, &'static [&'static str], Option<Remedy>, (usize, usize));

#[test]
fn every_failure_has_its_words_its_remedy_and_its_number_of_tries() {
    let good = || vec![value(&jwt(FRESH, 1))];
    let never = || vec![(599, String::new())];
    let many = |play: Play| vec![play.clone(), play];
    let cases: Vec<Case> = vec![
        // GitHub's endpoint.
        (
            "the request token has ended",
            Services::new(vec![(401, "Unauthorized".into())], never()),
            &["HTTP 401", "Unauthorized", "id-token: write"],
            None,
            (1, 0),
        ),
        (
            "forbidden",
            Services::new(vec![(403, String::new())], never()),
            &["HTTP 403", "id-token: write"],
            None,
            (1, 0),
        ),
        (
            "an audience that is refused",
            Services::new(vec![(400, r#"{"message":"bad audience"}"#.into())], never()),
            &["HTTP 400: bad audience", "`sts.amazonaws.com`"],
            None,
            (1, 0),
        ),
        (
            "too many jobs",
            Services::new(many((429, String::new())), never()),
            &["HTTP 429", "try again later"],
            None,
            (3, 0),
        ),
        (
            "out of order",
            Services::new(many((503, String::new())), never()),
            &["HTTP 503", "githubstatus"],
            None,
            (3, 0),
        ),
        (
            "no answer",
            Services::new(many((0, "no answer".into())), never()),
            &["3 attempts", "no answer"],
            None,
            (3, 0),
        ),
        ("no JSON", Services::new(vec![(200, "<html>hush".into())], never()), &["is not JSON"], None, (1, 0)),
        ("no value", Services::new(vec![(200, "{}".into())], never()), &["has no `value`"], None, (1, 0)),
        (
            "no JWT",
            Services::new(vec![value("hush.hush")], never()),
            &["no JWT", "three parts"],
            None,
            (1, 0),
        ),
        ("a line break", Services::new(vec![value("hush\\nhush")], never()), &["a line break"], None, (1, 0)),
        // STS.
        (
            "a trust policy that says no",
            Services::new(
                good(),
                vec![refusal(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")],
            ),
            &[
                "Not authorized",
                "issuer `https://token.actions.githubusercontent.com`",
                "audience `sts.amazonaws.com`",
                "subject `repo:octo-org/octo-repo:ref:refs/heads/main`",
                "good for another 300 s",
            ],
            Some(Remedy::CorrectIdentityProvider),
            (1, 1),
        ),
        (
            "no such provider in the account",
            Services::new(
                good(),
                vec![refusal(400, "InvalidIdentityToken", "No OpenIDConnect provider found in your account")],
            ),
            &["No OpenIDConnect provider found", "issuer `https://token.actions"],
            Some(Remedy::RenewIdentityToken),
            (1, 1),
        ),
        (
            "keys of the issuer that AWS cannot fetch",
            Services::new(
                good(),
                vec![refusal(
                    400,
                    "InvalidIdentityToken",
                    "Couldn't retrieve verification key from your identity provider",
                )],
            ),
            &["verification key"],
            Some(Remedy::RenewIdentityToken),
            (4, 4),
        ),
        (
            "the provider's refusal",
            Services::new(good(), vec![refusal(403, "IDPRejectedClaim", "no")]),
            &["IDPRejectedClaim"],
            Some(Remedy::CorrectIdentityProvider),
            (1, 1),
        ),
        (
            "a token that has ended, and the same again",
            Services::new(good(), vec![refusal(400, "ExpiredTokenException", "Token expired")]),
            &["Token expired"],
            Some(Remedy::RenewIdentityToken),
            (2, 1),
        ),
        (
            "tokens that have ended",
            Services::new(
                vec![value(&jwt(STALE, 1)), value(&jwt(STALE, 2))],
                vec![refusal(400, "ExpiredTokenException", "Token expired")],
            ),
            &["Token expired", "ended 600 s ago"],
            Some(Remedy::RenewIdentityToken),
            (2, 2),
        ),
        (
            "a duration above the role's",
            Services::new(
                good(),
                vec![refusal(400, "ValidationError", "The requested DurationSeconds exceeds")],
            ),
            &["DurationSeconds exceeds"],
            Some(Remedy::CorrectParameter),
            (1, 1),
        ),
        (
            "a region that is off",
            Services::new(good(), vec![refusal(403, "RegionDisabledException", "STS is not activated")]),
            &["not activated"],
            Some(Remedy::ActivateRegion),
            (1, 1),
        ),
    ];
    for (name, services, words, remedy, asked) in cases {
        let error = given(&services, "eu-west-1", role(github())).unwrap_err();
        let said = error.to_string();
        for word in words {
            assert!(said.contains(word), "{name}: {said}");
        }
        assert!(!said.contains("hush") && !format!("{error:?}").contains("hush"), "{name}: {error:?}");
        assert_eq!(error.remedy(), remedy, "{name}");
        assert_eq!((services.asked(true).len(), services.asked(false).len()), asked, "{name}");
    }
}

#[test]
fn what_fails_for_a_while_succeeds_with_a_token_of_its_own() {
    let good = || session(1, "2026-11-24T13:00:00Z");
    let keys = refusal(
        400,
        "InvalidIdentityToken",
        "Couldn't retrieve verification key from your identity provider",
    );
    let ended = refusal(400, "ExpiredTokenException", "Token expired");
    for (name, github_plays, sts_plays) in [
        (
            "GitHub, twice",
            vec![(503, String::new()), (429, String::new()), value(&jwt(FRESH, 1))],
            vec![good()],
        ),
        ("GitHub, silent", vec![(0, String::new()), value(&jwt(FRESH, 1))], vec![good()]),
        ("the issuer's keys", vec![value(&jwt(FRESH, 0)), value(&jwt(FRESH, 1))], vec![keys, good()]),
        ("a late token", vec![value(&jwt(STALE, 0)), value(&jwt(FRESH, 1))], vec![ended, good()]),
    ] {
        let services = Services::new(github_plays, sts_plays);
        given(&services, "eu-west-1", role(github())).unwrap_or_else(|error| panic!("{name}: {error}"));
        let last = services.asked(false).last().map(form).unwrap();
        assert!(last.contains(&jwt(FRESH, 1)), "{name}: {last}");
    }
}

// IAM still takes a token up to five minutes after its end.
#[test]
fn a_token_that_has_just_ended_is_sent() {
    let services = Services::new(vec![value(&jwt(STALE, 1))], vec![session(1, "2026-11-24T13:00:00Z")]);
    given(&services, "eu-west-1", role(github())).unwrap();
}

#[test]
fn a_job_that_may_not_ask_is_told_what_to_add_to_its_workflow() {
    for (variables, expected) in [
        (
            &[("GITHUB_ACTIONS", "true")][..],
            &["this job may not", "ACTIONS_ID_TOKEN_REQUEST_URL", "id-token: write"][..],
        ),
        (
            &[("GITHUB_ACTIONS", "true"), ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://a.example/")],
            &["this job may not", "ACTIONS_ID_TOKEN_REQUEST_TOKEN is not set"],
        ),
        (&[], &["ACTIONS_ID_TOKEN_REQUEST_URL is not set", "seems to be none"]),
        (
            &[
                ("ACTIONS_ID_TOKEN_REQUEST_URL", "http://a.example/?x"),
                ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "hush"),
            ],
            &["`a.example` without TLS", "https"],
        ),
        (
            &[("ACTIONS_ID_TOKEN_REQUEST_URL", "nonsense"), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "hush")],
            &["ACTIONS_ID_TOKEN_REQUEST_URL", "https"],
        ),
        (
            &[
                ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://a.example/"),
                ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "hush hush"),
            ],
            &["ACTIONS_ID_TOKEN_REQUEST_TOKEN", "a blank"],
        ),
    ] {
        let said = GitHubToken::from_environment(&environment(variables)).unwrap_err().to_string();
        for word in expected {
            assert!(said.contains(word) && !said.contains("hush"), "{said}");
        }
    }
    let local =
        [("ACTIONS_ID_TOKEN_REQUEST_URL", "http://127.0.0.1:1/x"), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t")];
    assert!(GitHubToken::from_environment(&environment(&local)).is_ok());
}

#[test]
fn variables_and_files_give_their_token_or_say_what_they_hold() {
    let token = jwt(FRESH, 1);
    let sent = |environment: &Environment| {
        let services = Services::new(vec![(599, String::new())], vec![session(1, "2026-11-24T13:00:00Z")]);
        given(&services, "eu-west-1", role(TokenVariable::new(environment, "CI_TOKEN")))?;
        Ok::<String, Error>(form(&services.asked(false)[0]))
    };
    assert!(sent(&environment(&[("CI_TOKEN", &format!("{token}\n"))])).unwrap().contains(&token));
    for (variables, expected) in [
        (&[][..], &["the variable CI_TOKEN is not set"][..]),
        (&[("GITLAB_CI", "true")], &["is not set", "`id_tokens`"]),
        (&[("CI_TOKEN", "/run/hush/token")], &["the variable CI_TOKEN holds no JWT", "three parts"]),
        (&[("CI_TOKEN", "hush hush")], &["a blank"]),
    ] {
        let said = sent(&environment(variables)).unwrap_err().to_string();
        for word in expected {
            assert!(said.contains(word) && !said.contains("hush"), "{said}");
        }
    }
    let missing =
        given(&Services::default(), "eu-west-1", role(TokenFile::new("/nowhere/token"))).unwrap_err();
    assert!(missing.to_string().contains("the token file /nowhere/token cannot be read"), "{missing}");
}

#[test]
fn a_variable_s_ended_token_is_told_as_one_that_cannot_be_renewed() {
    let services = Services::new(
        vec![(599, String::new())],
        vec![refusal(400, "ExpiredTokenException", "Token expired")],
    );
    let environment = environment(&[("CI_TOKEN", &jwt(STALE, 1))]);
    let error =
        given(&services, "eu-west-1", role(TokenVariable::new(&environment, "CI_TOKEN"))).unwrap_err();
    let said = error.to_string();
    assert!(said.contains("ended 600 s ago; the variable CI_TOKEN keeps the token"), "{said}");
    assert_eq!(services.asked(false).len(), 1);
}

#[test]
fn an_assume_role_becomes_one_by_token_with_what_both_have_and_nothing_less() {
    use sts3::{Operation, sts::AssumeRole};

    let role = || AssumeRole::new(ROLE, "nightly");
    let both = role()
        .duration(Duration::from_secs(900))
        .policy("{}")
        .policy_arn("arn:aws:iam::aws:policy/ReadOnlyAccess");
    let request =
        both.minimum_session_token_size(100).with_web_identity(jwt(FRESH, 1)).unwrap().request().unwrap();
    let form = String::from_utf8(request.body).unwrap();
    for part in
        ["RoleSessionName=nightly", "DurationSeconds=900", "Policy=%7B%7D", "PolicyArns.member.1.arn=", "100"]
    {
        assert!(form.contains(part), "{part}: {form}");
    }
    for (parameter, role) in [
        ("ExternalId", role().external_id("hush")),
        ("Tags", role().tag("a", "b")),
        ("TransitiveTagKeys", role().transitive_tag_key("a")),
        ("SerialNumber", role().mfa("arn:aws:iam::123456789012:mfa/me", "123456")),
        ("SourceIdentity", role().source_identity("me")),
        ("ProvidedContexts", role().provided_context("arn:aws:iam::aws:contextProvider/x", "hush")),
    ] {
        let fault = role.with_web_identity("token").unwrap_err();
        assert_eq!(fault.parameter, parameter);
        assert!(!fault.to_string().contains("hush"));
    }
}
