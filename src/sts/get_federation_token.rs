use std::time::Duration;

use super::{VERSION, session, setters::setters};
use crate::{
    Error,
    credentials::Credentials,
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
    wire::{form::Form, limits, result},
};

/// Temporary credentials of an IAM user for a named guest, narrowed by session policies.
///
/// Signed with the user's long-lived keys; temporary credentials are refused. Without a session policy the
/// guest may do nothing but what resource policies allow.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>
///
/// ```
/// use sts3::{Operation, sts::GetFederationToken};
///
/// let operation = GetFederationToken::new("bob").policy_arn("arn:aws:iam::aws:policy/ReadOnlyAccess");
/// assert!(operation.request().is_ok());
/// // A name has 2 to 32 characters.
/// assert!(GetFederationToken::new("b").request().is_err());
/// ```
#[derive(Clone, Debug)]
pub struct GetFederationToken {
    name: String,
    policies: session::SessionPolicies,
    duration: Option<Duration>,
    tags: Vec<session::Tag>,
    minimum_session_token_size: Option<u32>,
}

/// The answer to [`GetFederationToken`].
#[derive(Clone, Debug)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FederationToken {
    /// The session's keys, token and expiration.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub credentials: Credentials,
    /// `account:name`.
    pub federated_user_id: Option<String>,
    /// `arn:aws:sts::123456789012:federated-user/name`.
    pub arn: Option<String>,
    /// How much of the limit for policies and tags is used, in percent.
    pub packed_policy_size: Option<u32>,
}

impl GetFederationToken {
    /// The guest's name: 2 to 32 characters of letters, digits and `_+=,.@-`.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            policies: session::SessionPolicies::default(),
            duration: None,
            tags: Vec::new(),
            minimum_session_token_size: None,
        }
    }

    /// How long the session lives: 900 to 129,600 s.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    setters!(policy, policy_arn, tag, minimum_session_token_size);
}

impl Operation for GetFederationToken {
    type Output = FederationToken;

    fn name(&self) -> &str {
        "GetFederationToken"
    }

    fn service(&self) -> Service {
        Service::Sts
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        limits::name("Name", &self.name, 2..=32)?;
        self.policies.check(Some(2048))?;
        if let Some(duration) = self.duration {
            limits::seconds("DurationSeconds", duration, 900..=129_600)?;
        }
        session::check_tags(&self.tags)?;
        session::check_token_size(self.minimum_session_token_size)?;
        let mut form = Form::new(self.name(), VERSION);
        form.field("Name", &self.name);
        self.policies.write(&mut form);
        session::write_duration(&mut form, self.duration);
        session::write_tags(&mut form, &self.tags);
        session::write_token_size(&mut form, self.minimum_session_token_size);
        Ok(UnsignedRequest::form(form))
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<FederationToken, Error> {
        const DOCUMENT: &str = "GetFederationTokenResponse";
        let mut issued = session::Issued::default();
        result::read_secret(response, DOCUMENT, "GetFederationTokenResult", |name, xml| {
            issued.read(name, xml)
        })?;
        Ok(FederationToken {
            credentials: issued.take_credentials(DOCUMENT)?,
            federated_user_id: issued.assumed_role_id,
            arn: issued.arn,
            packed_policy_size: issued.packed_policy_size,
        })
    }
}
