use std::time::Duration;

use sigv4::Secret;

use super::{AssumeRoleWithWebIdentity, VERSION, session, setters::setters};
use crate::{
    Error, InvalidInput,
    credentials::Credentials,
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
    wire::{form::Form, limits, result},
};

/// Temporary credentials of a role.
///
/// Signed with the caller's keys, who must be named in the role's trust policy. The session lives for one hour
/// unless [`duration`](Self::duration) says otherwise: 900 s to the role's own maximum (1 to 12 h), at most one
/// hour when the caller's credentials are a role's themselves (role chaining).
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
///
/// ```
/// use sts3::sts::AssumeRole;
/// use std::time::Duration;
///
/// let operation = AssumeRole::new("arn:aws:iam::123456789012:role/reader", "nightly")
///     .duration(Duration::from_secs(900))
///     .external_id("partner-42");
/// ```
#[derive(Clone, Debug)]
pub struct AssumeRole {
    role_arn: String,
    role_session_name: String,
    duration: Option<Duration>,
    external_id: Option<Secret>,
    policies: session::SessionPolicies,
    tags: Vec<session::Tag>,
    transitive_tag_keys: Vec<String>,
    mfa: session::Mfa,
    source_identity: Option<String>,
    provided_contexts: Vec<ProvidedContext>,
    minimum_session_token_size: Option<u32>,
}

/// A context assertion of a trusted context provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvidedContext {
    /// The provider's ARN.
    pub provider_arn: String,
    /// The signed assertion, 4 to 2048 characters.
    pub context_assertion: Secret,
}

/// The answer to [`AssumeRole`].
#[derive(Clone, Debug)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct AssumedRole {
    /// The session's keys, token and expiration.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub credentials: Credentials,
    /// `AROA…:session-name`.
    pub assumed_role_id: Option<String>,
    /// `arn:aws:sts::123456789012:assumed-role/reader/nightly`.
    pub arn: Option<String>,
    /// How much of the limit for policies and tags is used, in percent.
    pub packed_policy_size: Option<u32>,
    /// The source identity in effect.
    pub source_identity: Option<String>,
    /// How much of the limit for session tokens is used, in percent.
    pub session_token_utilization: Option<u32>,
    /// Size of the session token in bytes, as the service counts it.
    pub session_token_size: Option<u32>,
}

impl AssumeRole {
    /// The role to assume, and the name under which the session appears in logs (2 to 64 characters of letters,
    /// digits and `_+=,.@-`).
    pub fn new(role_arn: impl Into<String>, role_session_name: impl Into<String>) -> Self {
        Self {
            role_arn: role_arn.into(),
            role_session_name: role_session_name.into(),
            duration: None,
            external_id: None,
            policies: session::SessionPolicies::default(),
            tags: Vec::new(),
            transitive_tag_keys: Vec::new(),
            mfa: session::Mfa::default(),
            source_identity: None,
            provided_contexts: Vec::new(),
            minimum_session_token_size: None,
        }
    }

    /// Another name for the session.
    #[must_use]
    pub fn role_session_name(mut self, name: impl Into<String>) -> Self {
        self.role_session_name = name.into();
        self
    }

    /// The role's ARN.
    pub fn role_arn(&self) -> &str {
        &self.role_arn
    }

    /// How long the session lives: 900 to 43,200 s.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// The duration that was asked for.
    pub fn requested_duration(&self) -> Option<Duration> {
        self.duration
    }

    /// The secret agreed with the role's owner against the confused-deputy problem, 2 to 1,224 characters.
    #[must_use]
    pub fn external_id(mut self, id: impl Into<String>) -> Self {
        self.external_id = Some(Secret::new(id));
        self
    }

    /// The key of a tag that stays when this session assumes further roles; at most 50.
    #[must_use]
    pub fn transitive_tag_key(mut self, key: impl Into<String>) -> Self {
        self.transitive_tag_keys.push(key.into());
        self
    }

    /// Who is behind the session, 2 to 64 characters, not starting with `aws:`; it cannot be changed
    /// afterwards.
    #[must_use]
    pub fn source_identity(mut self, identity: impl Into<String>) -> Self {
        self.source_identity = Some(identity.into());
        self
    }

    /// A context assertion; one to five.
    #[must_use]
    pub fn provided_context(mut self, provider_arn: impl Into<String>, assertion: impl Into<String>) -> Self {
        let (provider_arn, context_assertion) = (provider_arn.into(), Secret::new(assertion));
        self.provided_contexts.push(ProvidedContext { provider_arn, context_assertion });
        self
    }

    /// The same session for whoever holds an identity token: without the caller's signature, and with what the token's
    /// claims say in place of tags.
    ///
    /// # Errors
    /// A parameter is set that such a call has not: the external ID, tags, an MFA code, a source identity, a context.
    pub fn with_web_identity(
        &self,
        token: impl Into<Secret>,
    ) -> Result<AssumeRoleWithWebIdentity, InvalidInput> {
        let given = [
            ("ExternalId", self.external_id.is_some()),
            ("Tags", !self.tags.is_empty()),
            ("TransitiveTagKeys", !self.transitive_tag_keys.is_empty()),
            ("SerialNumber", self.mfa.serial_number.is_some()),
            ("SourceIdentity", self.source_identity.is_some()),
            ("ProvidedContexts", !self.provided_contexts.is_empty()),
        ];
        if let Some((parameter, _)) = given.into_iter().find(|(_, is_given)| *is_given) {
            let problem = "is for a role that keys assume: for an identity token, its claims say who it is";
            return Err(InvalidInput::new(parameter, problem));
        }
        let role = AssumeRoleWithWebIdentity::new(&self.role_arn, &self.role_session_name, token);
        let role = role.with_policies(self.policies.clone());
        let role = self.duration.into_iter().fold(role, AssumeRoleWithWebIdentity::duration);
        let size = self.minimum_session_token_size.into_iter();
        Ok(size.fold(role, AssumeRoleWithWebIdentity::minimum_session_token_size))
    }

    fn check(&self) -> Result<(), InvalidInput> {
        limits::role_arn("RoleArn", &self.role_arn)?;
        limits::name("RoleSessionName", &self.role_session_name, 2..=64)?;
        if let Some(duration) = self.duration {
            limits::seconds("DurationSeconds", duration, 900..=43_200)?;
        }
        if let Some(id) = &self.external_id {
            limits::name_with("ExternalId", id.expose(), 2..=1224, "/:")?;
        }
        self.policies.check(None)?;
        session::check_tags(&self.tags)?;
        limits::count("TransitiveTagKeys", self.transitive_tag_keys.len(), 50)?;
        self.transitive_tag_keys
            .iter()
            .try_for_each(|key| session::check_tag_text("TransitiveTagKeys", key, 1..=128))?;
        self.mfa.check()?;
        if let Some(identity) = &self.source_identity {
            limits::name("SourceIdentity", identity, 2..=64)?;
        }
        limits::count("ProvidedContexts", self.provided_contexts.len(), 5)?;
        for context in &self.provided_contexts {
            limits::arn("ProviderArn", &context.provider_arn)?;
            limits::length("ContextAssertion", context.context_assertion.expose(), 4..=2048)?;
        }
        session::check_token_size(self.minimum_session_token_size)
    }

    setters!(policy, policy_arn, tag, mfa, minimum_session_token_size);
}

impl Operation for AssumeRole {
    type Output = AssumedRole;

    fn name(&self) -> &str {
        "AssumeRole"
    }

    fn service(&self) -> Service {
        Service::Sts
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        self.check()?;
        let mut form = Form::new(self.name(), VERSION);
        form.field("RoleArn", &self.role_arn);
        form.field("RoleSessionName", &self.role_session_name);
        session::write_duration(&mut form, self.duration);
        form.optional("ExternalId", self.external_id.as_ref().map(Secret::expose));
        self.policies.write(&mut form);
        session::write_tags(&mut form, &self.tags);
        for (index, key) in (1..).zip(&self.transitive_tag_keys) {
            form.field(&format!("TransitiveTagKeys.member.{index}"), key);
        }
        self.mfa.write(&mut form);
        form.optional("SourceIdentity", self.source_identity.as_ref());
        for (index, context) in (1..).zip(&self.provided_contexts) {
            form.field(&format!("ProvidedContexts.member.{index}.ProviderArn"), &context.provider_arn);
            form.field(
                &format!("ProvidedContexts.member.{index}.ContextAssertion"),
                context.context_assertion.expose(),
            );
        }
        session::write_token_size(&mut form, self.minimum_session_token_size);
        Ok(UnsignedRequest::form(form))
    }

    fn check_for_aws(&self) -> Result<(), InvalidInput> {
        limits::account_of_aws("RoleArn", &self.role_arn)
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<AssumedRole, Error> {
        const DOCUMENT: &str = "AssumeRoleResponse";
        let mut issued = session::Issued::default();
        result::read_secret(response, DOCUMENT, "AssumeRoleResult", |name, xml| issued.read(name, xml))?;
        Ok(AssumedRole {
            credentials: issued.take_credentials(DOCUMENT)?,
            assumed_role_id: issued.assumed_role_id,
            arn: issued.arn,
            packed_policy_size: issued.packed_policy_size,
            source_identity: issued.source_identity,
            session_token_utilization: issued.session_token_utilization,
            session_token_size: issued.session_token_size,
        })
    }

    fn is_repeatable(&self) -> bool {
        self.mfa.token_code.is_none()
    }
}
