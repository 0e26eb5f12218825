use std::time::Duration;

use sigv4::Secret;

use super::{VERSION, session, setters::setters};
use crate::{
    Error, InvalidInput,
    credentials::Credentials,
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
    wire::{form::Form, limits, result},
};

/// Credentials of a role for whoever holds an identity token (a JWT) that the role trusts: Kubernetes service
/// accounts, CI jobs, OpenID Connect providers.
///
/// Not signed: the token is the proof. It must be current, so read it anew from its file before each call.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>
///
/// ```
/// use sts3::{Operation, sts::AssumeRoleWithWebIdentity};
///
/// let operation =
///     AssumeRoleWithWebIdentity::new("arn:aws:iam::123456789012:role/ci", "build-42", "eyJhbGciOi.eyJpc3MiOi.c2ln");
/// // The token is the proof: nothing else signs the request.
/// assert!(!operation.is_signed());
/// ```
#[derive(Clone, Debug)]
pub struct AssumeRoleWithWebIdentity {
    role_arn: String,
    role_session_name: String,
    web_identity_token: Secret,
    provider_id: Option<String>,
    policies: session::SessionPolicies,
    duration: Option<Duration>,
    minimum_session_token_size: Option<u32>,
}

/// The answer to [`AssumeRoleWithWebIdentity`].
#[derive(Clone, Debug)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct WebIdentityRole {
    /// The session's keys, token and expiration.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub credentials: Credentials,
    /// `AROA…:session-name`.
    pub assumed_role_id: Option<String>,
    /// The session's ARN.
    pub arn: Option<String>,
    /// The token's subject.
    pub subject: Option<String>,
    /// Who issued the token.
    pub provider: Option<String>,
    /// For whom it was issued.
    pub audience: Option<String>,
    /// How much of the limit for policies is used, in percent.
    pub packed_policy_size: Option<u32>,
    /// The source identity in effect.
    pub source_identity: Option<String>,
    /// How much of the limit for session tokens is used, in percent.
    pub session_token_utilization: Option<u32>,
    /// Size of the session token in bytes, as the service counts it.
    pub session_token_size: Option<u32>,
}

impl AssumeRoleWithWebIdentity {
    /// The role, the session's name (2 to 64 characters of letters, digits and `_+=,.@-`) and the identity
    /// token (4 to 20,000 characters).
    pub fn new(
        role_arn: impl Into<String>,
        role_session_name: impl Into<String>,
        web_identity_token: impl Into<Secret>,
    ) -> Self {
        Self {
            role_arn: role_arn.into(),
            role_session_name: role_session_name.into(),
            web_identity_token: web_identity_token.into(),
            provider_id: None,
            policies: session::SessionPolicies::default(),
            duration: None,
            minimum_session_token_size: None,
        }
    }

    /// The same with another token.
    #[cfg(feature = "providers")]
    pub(crate) fn with_token(&self, token: Secret) -> Self {
        Self { web_identity_token: token, ..self.clone() }
    }

    pub(super) fn with_policies(mut self, policies: session::SessionPolicies) -> Self {
        self.policies = policies;
        self
    }

    /// How long the session lives: 900 to 43,200 s.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// The provider's domain, for OAuth 2.0 access tokens only (4 to 2,048 characters).
    #[must_use]
    pub fn provider_id(mut self, id: impl Into<String>) -> Self {
        self.provider_id = Some(id.into());
        self
    }

    setters!(policy, policy_arn, minimum_session_token_size);
}

impl Operation for AssumeRoleWithWebIdentity {
    type Output = WebIdentityRole;

    fn name(&self) -> &str {
        "AssumeRoleWithWebIdentity"
    }

    fn service(&self) -> Service {
        Service::Sts
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        limits::role_arn("RoleArn", &self.role_arn)?;
        limits::name("RoleSessionName", &self.role_session_name, 2..=64)?;
        limits::length("WebIdentityToken", self.web_identity_token.expose(), 4..=20_000)?;
        if let Some(duration) = self.duration {
            limits::seconds("DurationSeconds", duration, 900..=43_200)?;
        }
        if let Some(id) = &self.provider_id {
            limits::length("ProviderId", id, 4..=2048)?;
        }
        self.policies.check(Some(2048))?;
        session::check_token_size(self.minimum_session_token_size)?;
        let mut form = Form::new(self.name(), VERSION);
        form.field("RoleArn", &self.role_arn);
        form.field("RoleSessionName", &self.role_session_name);
        form.field("WebIdentityToken", self.web_identity_token.expose());
        form.optional("ProviderId", self.provider_id.as_ref());
        self.policies.write(&mut form);
        session::write_duration(&mut form, self.duration);
        session::write_token_size(&mut form, self.minimum_session_token_size);
        Ok(UnsignedRequest::form(form))
    }

    fn check_for_aws(&self) -> Result<(), InvalidInput> {
        limits::account_of_aws("RoleArn", &self.role_arn)
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<WebIdentityRole, Error> {
        const DOCUMENT: &str = "AssumeRoleWithWebIdentityResponse";
        let mut issued = session::Issued::default();
        let (mut subject, mut provider, mut audience) = (None, None, None);
        result::read_secret(response, DOCUMENT, "AssumeRoleWithWebIdentityResult", |name, xml| {
            match name {
                "SubjectFromWebIdentityToken" => subject = Some(xml.text()?),
                "Provider" => provider = Some(xml.text()?),
                "Audience" => audience = Some(xml.text()?),
                _ => return issued.read(name, xml),
            }
            Ok(true)
        })?;
        Ok(WebIdentityRole {
            credentials: issued.take_credentials(DOCUMENT)?,
            assumed_role_id: issued.assumed_role_id,
            arn: issued.arn,
            subject,
            provider,
            audience,
            packed_policy_size: issued.packed_policy_size,
            source_identity: issued.source_identity,
            session_token_utilization: issued.session_token_utilization,
            session_token_size: issued.session_token_size,
        })
    }

    fn is_signed(&self) -> bool {
        false
    }
}
