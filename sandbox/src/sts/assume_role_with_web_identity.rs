//! AssumeRoleWithWebIdentity: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>.

use super::{
    role_session::{RoleSession, session_name},
    session::seconds,
};
use crate::{
    state::{
        State,
        account::ACCOUNT,
        identity_token::{Claims, ISSUER, NotOurs},
        policy::{Question, Verdict},
        role::LoadedRole,
    },
    wire::{Form, Refusal, Writer},
};

/// The audience that the account's identity provider has.
const AUDIENCE: &str = "sts.amazonaws.com";

pub(crate) fn assume_role_with_web_identity(state: &State, form: &Form) -> Result<Writer, Refusal> {
    let arn = form.required("RoleArn")?;
    let name = session_name(form)?;
    let claims = claims(state, form.required("WebIdentityToken")?)?;
    let role = trusted_role(state, arn, &claims)?;
    let seconds = seconds(form, 3600, 43_200)?;
    let session = RoleSession { role, name, seconds, mfa: false }.open(state, form)?;
    Ok(Box::new(move |xml| {
        xml.text("SubjectFromWebIdentityToken", &claims.subject);
        xml.text("Audience", &claims.audience);
        xml.text("Provider", &provider());
        session.write(xml);
    }))
}

fn provider() -> String {
    format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}")
}

fn claims(state: &State, token: &str) -> Result<Claims, Refusal> {
    let invalid = |message: &str| Refusal::new("InvalidIdentityToken", 400, message);
    let claims = state.issuer.read(token).map_err(|problem| match problem {
        NotOurs::NoJwt => invalid("The ID Token provided is not a valid JWT."),
        NotOurs::OtherIssuer => invalid("No OpenIDConnect provider found in your account for this issuer")
            .because(format!("the sandbox trusts https://{ISSUER} alone")),
        NotOurs::OtherSignature => invalid("The signature of the token is not valid")
            .because("the token is not of this sandbox's ACTIONS_ID_TOKEN_REQUEST_URL"),
    })?;
    if claims.audience != AUDIENCE {
        let reason = format!("the audience is `{}`, not {AUDIENCE}", claims.audience);
        return Err(invalid("Incorrect token audience").because(reason));
    }
    if claims.has_ended(state.now()) {
        return Err(Refusal::new("ExpiredTokenException", 400, "Token expired"));
    }
    Ok(claims)
}

/// The role, if it exists and trusts the token's issuer and subject. Both are refused alike.
fn trusted_role<'a>(state: &'a State, arn: &str, claims: &Claims) -> Result<&'a LoadedRole, Refusal> {
    let refused = |reason: &str| {
        let message = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
        Refusal::new("AccessDenied", 403, message).because(reason)
    };
    let role = state.identities.role_by_arn(arn).ok_or_else(|| refused("there is no such role"))?;
    let (audience, subject) = (format!("{ISSUER}:aud"), format!("{ISSUER}:sub"));
    let question = Question {
        action: "sts:AssumeRoleWithWebIdentity",
        resource: arn,
        conditions: &[(&audience, claims.audience.clone()), (&subject, claims.subject.clone())],
        principals: &[provider()],
    };
    match role.trust.verdict(&question) {
        Verdict::Allowed => Ok(role),
        Verdict::Denied | Verdict::Silent => {
            Err(refused("the role's trust policy does not allow it (provider, audience or subject)"))
        }
    }
}
