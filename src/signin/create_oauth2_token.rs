use std::time::Duration;

use http::{HeaderValue, Method, header::CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use sigv4::Secret;

use crate::{
    Credentials, Endpoint, Error, InvalidInput,
    credentials::received::{self, Received},
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
    wire::json::{self, Member, Object},
};

const PATH: &str = "/v1/token";
const ANSWER: &str = "CreateOAuth2Token's answer";

/// New keys for a sign-in to the console, by its refresh token, which is used up.
///
/// It is not signed: the proof (RFC 9449) by the key of the sign-in stands in its place. That is made for one request to one
/// URL, so a new operation is needed for each.
/// <https://docs.aws.amazon.com/signin/latest/APIReference/API_CreateOAuth2Token.html>
#[derive(Clone, Debug)]
pub struct CreateOAuth2Token {
    client_id: String,
    refresh_token: Secret,
    proof: Secret,
}

/// What [`CreateOAuth2Token`] gives.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LoginToken {
    /// The keys, without their end.
    pub credentials: Credentials,
    /// How long the keys live: 15 minutes at most.
    pub expires_in: Duration,
    /// What gives the next ones. Save it before the keys are used: the one before is used up.
    pub refresh_token: Secret,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    client_id: &'a str,
    grant_type: &'a str,
    refresh_token: &'a str,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    access_token: Member<Object<Keys>>,
    expires_in: Member<i64>,
    refresh_token: Member<Secret>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Keys {
    access_key_id: Member<Secret>,
    secret_access_key: Member<Secret>,
    session_token: Member<Secret>,
}

impl CreateOAuth2Token {
    /// The client of the sign-in, its refresh token, and the proof for [`url`](Self::url).
    pub fn refreshing(
        client_id: impl Into<String>,
        refresh_token: impl Into<Secret>,
        proof: impl Into<Secret>,
    ) -> Self {
        Self { client_id: client_id.into(), refresh_token: refresh_token.into(), proof: proof.into() }
    }

    /// Where the operation goes, as its proof has to say.
    ///
    /// # Errors
    /// [`InvalidInput`]: there is no sign-in endpoint for the endpoint's settings.
    pub fn url(endpoint: &Endpoint) -> Result<String, InvalidInput> {
        let target = endpoint.target(Service::Signin, None)?;
        Ok(format!("{}{}{PATH}", target.url, target.path_prefix))
    }
}

impl Operation for CreateOAuth2Token {
    type Output = LoginToken;

    fn name(&self) -> &str {
        "CreateOAuth2Token"
    }

    fn service(&self) -> Service {
        Service::Signin
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        let parameters = Parameters {
            client_id: &self.client_id,
            grant_type: "refresh_token",
            refresh_token: self.refresh_token.expose(),
        };
        let mut request = UnsignedRequest::new(Method::POST, PATH);
        request.headers.push((CONTENT_TYPE, HeaderValue::from_static("application/json")));
        request.secret_header("dpop", &self.proof)?;
        request.body = json::to_bytes(&parameters);
        Ok(request)
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<LoginToken, Error> {
        read(response.body()).map_err(|problem| Error::parse(ANSWER, format!("it {problem}")))
    }

    fn is_signed(&self) -> bool {
        false
    }

    /// A refresh token is good for one answer, and a proof for one request.
    fn is_repeatable(&self) -> bool {
        false
    }
}

fn read(body: &[u8]) -> Result<LoginToken, String> {
    let answer: Answer = json::parse(body)?;
    let keys = answer.access_token.required("accessToken")?.0;
    let id = keys.access_key_id.required("accessKeyId")?;
    let credentials = received::credentials(Received {
        access_key_id: ("accessKeyId", id.expose().to_owned()),
        secret_access_key: ("secretAccessKey", keys.secret_access_key.required("secretAccessKey")?),
        session_token: Some(("sessionToken", keys.session_token.required("sessionToken")?)),
    })?;
    let seconds = answer.expires_in.required("expiresIn")?;
    let refresh_token = answer.refresh_token.required("refreshToken")?;
    Ok(LoginToken {
        credentials,
        expires_in: u64::try_from(seconds)
            .map(Duration::from_secs)
            .map_err(|_| "has an `expiresIn` below zero".to_owned())?,
        refresh_token: received::token("refreshToken", refresh_token)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Region;

    // Request and answer as botocore 1.44's model of `signin` has them.
    #[test]
    fn a_refresh_is_a_json_document_with_a_proof_in_its_header() {
        let operation = CreateOAuth2Token::refreshing("arn:aws:signin:::devtools/same-device", "r1", "proof");
        let request = operation.request().unwrap();
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/v1/token"));
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        let expected = serde_json::json!({
            "clientId": "arn:aws:signin:::devtools/same-device",
            "grantType": "refresh_token",
            "refreshToken": "r1",
        });
        assert_eq!(body, expected);
        let proof = request.headers.iter().find(|(name, _)| name == "dpop").unwrap();
        assert!(proof.1 == "proof" && proof.1.is_sensitive());
        let answer =
            br#"{"accessToken":{"accessKeyId":"ASIAEXAMPLE","secretAccessKey":"s","sessionToken":"t"},
            "tokenType":"aws_sigv4","expiresIn":900,"refreshToken":"r2"}"#;
        let token = operation.parse(http::Response::new(answer.to_vec())).unwrap();
        assert_eq!(token.credentials.access_key_id(), "ASIAEXAMPLE");
        assert_eq!((token.expires_in.as_secs(), token.refresh_token.expose()), (900, "r2"));
    }

    // Hosts by botocore 1.44's rule set of `signin`.
    #[test]
    fn the_url_of_the_proof_is_where_the_request_goes() {
        for (region, url) in [
            ("us-east-1", "https://us-east-1.signin.aws.amazon.com/v1/token"),
            ("us-gov-west-1", "https://us-gov-west-1.signin.amazonaws-us-gov.com/v1/token"),
            ("cn-north-1", "https://cn-north-1.signin.amazonaws.cn/v1/token"),
            ("eusc-de-east-1", "https://eusc-de-east-1.signin.amazonaws-eusc.eu/v1/token"),
        ] {
            let endpoint = Endpoint::new(Region::new(region).unwrap());
            assert_eq!(CreateOAuth2Token::url(&endpoint).unwrap(), url);
        }
    }

    #[test]
    fn an_answer_without_the_next_refresh_token_is_an_error_that_quotes_nothing() {
        let keys = r#""accessToken":{"accessKeyId":"A","secretAccessKey":"hush","sessionToken":"t"}"#;
        for (rest, expected) in [
            (r#""expiresIn":900"#, "no `refreshToken`"),
            (r#""refreshToken":"r""#, "no `expiresIn`"),
            (r#""refreshToken":"r","expiresIn":-1"#, "below zero"),
            (r#""refreshToken":"r\nx","expiresIn":900"#, "line break"),
        ] {
            let problem = read(format!("{{{keys},{rest}}}").as_bytes()).unwrap_err();
            assert!(problem.contains(expected) && !problem.contains("hush"), "{problem}");
        }
    }
}
