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

/// Credentials of a role for whoever was authenticated by a SAML 2.0 identity provider that the role trusts.
///
/// Not signed: the assertion is the proof.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html>
///
/// ```
/// use sts3::{Operation, sts::AssumeRoleWithSaml};
///
/// let operation = AssumeRoleWithSaml::new(
///     "arn:aws:iam::123456789012:role/staff",
///     "arn:aws:iam::123456789012:saml-provider/idp",
///     "PHNhbWxwOlJlc3BvbnNlPg==",
/// );
/// // The assertion is the proof: nothing else signs the request.
/// assert!(!operation.is_signed());
/// ```
#[derive(Clone, Debug)]
pub struct AssumeRoleWithSaml {
    role_arn: String,
    principal_arn: String,
    saml_assertion: Secret,
    policies: session::SessionPolicies,
    duration: Option<Duration>,
    minimum_session_token_size: Option<u32>,
}

/// The answer to [`AssumeRoleWithSaml`].
#[derive(Clone, Debug)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct SamlRole {
    /// The session's keys, token and expiration.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub credentials: Credentials,
    /// `AROA…:session-name`.
    pub assumed_role_id: Option<String>,
    /// The session's ARN.
    pub arn: Option<String>,
    /// The assertion's `NameID`.
    pub subject: Option<String>,
    /// The format of that name: `persistent`, `transient`, ….
    pub subject_type: Option<String>,
    /// Who issued the assertion.
    pub issuer: Option<String>,
    /// For whom it was issued.
    pub audience: Option<String>,
    /// A hash that tells subjects of different providers apart.
    pub name_qualifier: Option<String>,
    /// How much of the limit for policies is used, in percent.
    pub packed_policy_size: Option<u32>,
    /// The source identity in effect.
    pub source_identity: Option<String>,
}

impl AssumeRoleWithSaml {
    /// The role, the identity provider's ARN, and the base64-encoded assertion (4 to 100,000 characters).
    pub fn new(
        role_arn: impl Into<String>,
        principal_arn: impl Into<String>,
        saml_assertion: impl Into<Secret>,
    ) -> Self {
        Self {
            role_arn: role_arn.into(),
            principal_arn: principal_arn.into(),
            saml_assertion: saml_assertion.into(),
            policies: session::SessionPolicies::default(),
            duration: None,
            minimum_session_token_size: None,
        }
    }

    /// How long the session lives: 900 to 43,200 s.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    setters!(policy, policy_arn, minimum_session_token_size);
}

impl Operation for AssumeRoleWithSaml {
    type Output = SamlRole;

    fn name(&self) -> &str {
        "AssumeRoleWithSAML"
    }

    fn service(&self) -> Service {
        Service::Sts
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        limits::role_arn("RoleArn", &self.role_arn)?;
        limits::arn("PrincipalArn", &self.principal_arn)?;
        limits::length("SAMLAssertion", self.saml_assertion.expose(), 4..=100_000)?;
        if let Some(duration) = self.duration {
            limits::seconds("DurationSeconds", duration, 900..=43_200)?;
        }
        self.policies.check(Some(2048))?;
        session::check_token_size(self.minimum_session_token_size)?;
        let mut form = Form::new(self.name(), VERSION);
        form.field("RoleArn", &self.role_arn);
        form.field("PrincipalArn", &self.principal_arn);
        form.field("SAMLAssertion", self.saml_assertion.expose());
        self.policies.write(&mut form);
        session::write_duration(&mut form, self.duration);
        session::write_token_size(&mut form, self.minimum_session_token_size);
        Ok(UnsignedRequest::form(form))
    }

    fn check_for_aws(&self) -> Result<(), InvalidInput> {
        limits::account_of_aws("PrincipalArn", &self.principal_arn)?;
        limits::account_of_aws("RoleArn", &self.role_arn)
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<SamlRole, Error> {
        const DOCUMENT: &str = "AssumeRoleWithSAMLResponse";
        let mut issued = session::Issued::default();
        let [mut subject, mut subject_type, mut issuer, mut audience, mut name_qualifier] =
            [const { None }; 5];
        result::read_secret(response, DOCUMENT, "AssumeRoleWithSAMLResult", |name, xml| {
            match name {
                "Subject" => subject = Some(xml.text()?),
                "SubjectType" => subject_type = Some(xml.text()?),
                "Issuer" => issuer = Some(xml.text()?),
                "Audience" => audience = Some(xml.text()?),
                "NameQualifier" => name_qualifier = Some(xml.text()?),
                _ => return issued.read(name, xml),
            }
            Ok(true)
        })?;
        Ok(SamlRole {
            credentials: issued.take_credentials(DOCUMENT)?,
            assumed_role_id: issued.assumed_role_id,
            arn: issued.arn,
            subject,
            subject_type,
            issuer,
            audience,
            name_qualifier,
            packed_policy_size: issued.packed_policy_size,
            source_identity: issued.source_identity,
        })
    }

    fn is_signed(&self) -> bool {
        false
    }
}
