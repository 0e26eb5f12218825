use std::{fmt, time::Duration};

use http::{HeaderValue, Method, header::CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use sigv4::Secret;

use crate::{
    Credentials, Endpoint, Error, InvalidInput, Region,
    credentials::received,
    endpoint::{Partition, Service},
    operation::{Operation, UnsignedRequest},
    wire::{
        json::{self, Member},
        limits,
        query::Query,
    },
};

const PATH: &str = "/federation";
const ANSWER: &str = "getSigninToken's answer";
const FORM: &str = "application/x-www-form-urlencoded";
/// Where the AWS Toolkit for JetBrains sends a form; of GovCloud it says that it does not take one.
const TAKES_FORM: [&str; 2] = ["aws", "aws-cn"];

/// A sign-in token for temporary credentials. It is good for 15 minutes.
///
/// They must be a role's or come from GetFederationToken; not signed, for the credentials themselves are the
/// parameter. They are sent in a form's body, which no server and no proxy keeps in its log, as the AWS Toolkit
/// for JetBrains does (`AwsConsoleUrlFactory`); the guide shows the query only, and [`region`](Self::region)
/// says for which partitions that is used.
#[derive(Clone, Debug)]
pub struct GetSigninToken {
    credentials: Credentials,
    session_duration: Option<Duration>,
    in_query: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Session<'a> {
    session_id: &'a str,
    session_key: &'a str,
    session_token: &'a str,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Answer {
    signin_token: Member<Secret>,
}

impl GetSigninToken {
    /// For these credentials.
    pub fn new(credentials: Credentials) -> Self {
        Self { credentials, session_duration: None, in_query: false }
    }

    /// Where the console is: outside the partitions `aws` and `aws-cn` the endpoint is not known to take a form,
    /// and the parameters are sent in the query (of a request that goes by TLS, as all do here).
    #[must_use]
    pub fn region(mut self, region: &Region) -> Self {
        self.in_query = !TAKES_FORM.contains(&Partition::of(region).name);
        self
    }

    /// How long the console stays open: 900 to 43,200 s; as long as the credentials unless set. Only with a
    /// role that was assumed with a user's keys.
    #[must_use]
    pub fn session_duration(mut self, duration: Duration) -> Self {
        self.session_duration = Some(duration);
        self
    }
}

impl Operation for GetSigninToken {
    type Output = Secret;

    fn name(&self) -> &str {
        "GetSigninToken"
    }

    fn service(&self) -> Service {
        Service::Signin
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        let Some(token) = self.credentials.session_token() else {
            let problem =
                "are long-lived: the console opens with a role's temporary ones, as --role-arn gives them";
            return Err(InvalidInput::new("credentials", problem).into());
        };
        let session = json::to_text(&Session {
            session_id: self.credentials.access_key_id(),
            session_key: self.credentials.secret_access_key().expose(),
            session_token: token.expose(),
        });
        let mut query = Query::default();
        query.parameter("Action", "getSigninToken");
        query.parameter("Session", &session);
        if let Some(duration) = self.session_duration {
            limits::seconds("SessionDuration", duration, 900..=43_200)?;
            query.parameter("SessionDuration", &duration.as_secs().to_string());
        }
        let mut request = UnsignedRequest::reading(Method::GET, query.into_text());
        request.path = PATH.into();
        if !self.in_query {
            request.method = Method::POST;
            request.body = std::mem::take(&mut request.query).into_bytes();
            request.headers.push((CONTENT_TYPE, HeaderValue::from_static(FORM)));
        }
        Ok(request)
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<Secret, Error> {
        let token = json::parse(response.body()).and_then(|answer: Answer| {
            received::token("SigninToken", answer.signin_token.required("SigninToken")?)
        });
        token.map_err(|problem| Error::parse(ANSWER, format!("it {problem}")))
    }

    fn is_signed(&self) -> bool {
        false
    }
}

/// A link that signs in to the console: a secret, good for 15 minutes; `Debug` masks it.
#[derive(Clone)]
pub struct LoginUrl(Secret);

impl LoginUrl {
    /// The link itself: whoever has it can sign in.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for LoginUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.expose().split('?').next().unwrap_or_default();
        f.debug_struct("LoginUrl").field("address", &address).finish_non_exhaustive()
    }
}

/// With the feature `url`, to hand it to a browser or to add to it. The result shows its token in `Debug` and `Display`.
#[cfg(feature = "url")]
impl TryFrom<&LoginUrl> for url::Url {
    type Error = InvalidInput;

    fn try_from(link: &LoginUrl) -> Result<Self, InvalidInput> {
        // Its text holds the token: no part of it is shown.
        Self::parse(link.expose()).map_err(|_| {
            InvalidInput::new("sign-in link", "has a host that `url::Url` does not take: use its text")
        })
    }
}

/// The link that signs in with a token and opens `destination`, a page of the console (its front page if none
/// is given). `issuer` is where the console sends people whose session has ended.
///
/// # Errors
/// [`InvalidInput`]: there is no sign-in endpoint for the endpoint's settings, or it is neither https nor on
/// this machine.
pub fn login_url(
    endpoint: &Endpoint,
    token: &Secret,
    destination: Option<&str>,
    issuer: Option<&str>,
) -> Result<LoginUrl, InvalidInput> {
    let target = endpoint.target(Service::Signin, None)?;
    if !target.is_trusted {
        let problem = format!("{} is plain HTTP to another machine: a sign-in needs https", target.url);
        return Err(InvalidInput::new("endpoint URL", problem));
    }
    let mut query = Query::default();
    query.parameter("Action", "login");
    query.parameter("Destination", destination.unwrap_or(&console(endpoint)));
    query.optional("Issuer", issuer);
    query.parameter("SigninToken", token.expose());
    let link = format!("{}{}{PATH}?{}", target.url, target.path_prefix, query.into_text());
    Ok(LoginUrl(Secret::from(link)))
}

/// The console's front page in the endpoint's region.
fn console(endpoint: &Endpoint) -> String {
    let domain = Partition::of(endpoint.region()).signin_domain.replacen("signin", "console", 1);
    format!("https://{}.{domain}/", endpoint.region())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Region;

    // Parameters as in the example of the page above.
    #[test]
    fn request_and_link_carry_what_the_guide_says() {
        let keys = Credentials::new("ASIA", "s/+").with_session_token("t=");
        let operation = GetSigninToken::new(keys).session_duration(Duration::from_secs(1800));
        let request = operation.request().unwrap();
        assert_eq!(request.path, "/federation");
        assert_eq!((request.method, request.query.as_str()), (Method::POST, ""));
        assert_eq!(
            String::from_utf8(request.body).unwrap(),
            "Action=getSigninToken&Session=%7B%22sessionId%22%3A%22ASIA%22%2C%22sessionKey%22%3A%22s%2F%2B%22%2C\
             %22sessionToken%22%3A%22t%3D%22%7D&SessionDuration=1800"
        );
        for (region, start) in [
            (
                "eu-west-1",
                "https://eu-west-1.signin.aws.amazon.com/federation?Action=login&Destination=https%3A%2F%2Feu-west-1.console.aws.amazon.com%2F&",
            ),
            (
                "cn-north-1",
                "https://cn-north-1.signin.amazonaws.cn/federation?Action=login&Destination=https%3A%2F%2Fcn-north-1.console.amazonaws.cn%2F&",
            ),
        ] {
            let endpoint = Endpoint::new(Region::new(region).unwrap());
            let url = login_url(&endpoint, &"T k".into(), None, Some("https://example.com/?a")).unwrap();
            assert_eq!(
                url.expose(),
                format!("{start}Issuer=https%3A%2F%2Fexample.com%2F%3Fa&SigninToken=T%20k")
            );
        }
    }

    // GovCloud: aws-toolkit-jetbrains' AwsConsoleUrlFactory, "not supported for POST-based federation yet".
    #[test]
    fn keys_are_in_the_query_only_where_no_form_is_known_to_be_taken() {
        let keys = Credentials::new("ASIA", "hush").with_session_token("t");
        for (region, in_query) in
            [("eu-west-1", false), ("cn-north-1", false), ("us-gov-west-1", true), ("us-iso-east-1", true)]
        {
            let operation = GetSigninToken::new(keys.clone()).region(&Region::new(region).unwrap());
            let request = operation.request().unwrap();
            assert_eq!(request.query.contains("hush"), in_query, "{region}");
            assert_eq!(request.body.is_empty(), in_query, "{region}");
            assert_eq!(request.method == Method::GET, in_query, "{region}");
        }
    }

    #[test]
    fn long_lived_keys_and_durations_out_of_range_are_refused() {
        let problem = GetSigninToken::new(Credentials::new("AKIA", "s")).request().unwrap_err().to_string();
        assert!(problem.contains("long-lived"), "{problem}");
        let keys = Credentials::new("ASIA", "s").with_session_token("t");
        let short = GetSigninToken::new(keys).session_duration(Duration::from_secs(899));
        assert!(short.request().unwrap_err().to_string().contains("900 to 43200"));
    }
}
