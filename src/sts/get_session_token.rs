use std::time::Duration;

use super::{VERSION, session, setters::setters};
use crate::{
    Error,
    credentials::Credentials,
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
    wire::{form::Form, limits, result},
};

/// Temporary credentials of an IAM user, usually to prove MFA once.
///
/// Signed with the user's long-lived keys; temporary credentials are refused. The session lives for 12 hours
/// unless [`duration`](Self::duration) says otherwise: 900 to 129,600 s, for an account's root user at most
/// 3,600 s (more is cut to that silently: believe the expiration). The session cannot call IAM without MFA,
/// nor STS operations other than AssumeRole and GetCallerIdentity.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>
///
/// ```
/// use std::time::Duration;
/// use sts3::{Operation, sts::GetSessionToken};
///
/// let two_hours = GetSessionToken::new().duration(Duration::from_secs(7200));
/// assert!(two_hours.request()?.body.ends_with(b"&DurationSeconds=7200"));
/// // At most 36 hours.
/// assert!(GetSessionToken::new().duration(Duration::from_secs(129_601)).request().is_err());
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct GetSessionToken {
    duration: Option<Duration>,
    mfa: session::Mfa,
    minimum_session_token_size: Option<u32>,
}

/// The answer to [`GetSessionToken`].
#[derive(Clone, Debug)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct SessionToken {
    /// The session's keys, token and expiration.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub credentials: Credentials,
    /// How much of the limit for session tokens is used, in percent.
    pub session_token_utilization: Option<u32>,
    /// Size of the session token in bytes, as the service counts it.
    pub session_token_size: Option<u32>,
}

impl GetSessionToken {
    /// A session of the service's default length, without MFA.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long the session lives: 900 to 129,600 s.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    setters!(mfa, minimum_session_token_size);
}

impl Operation for GetSessionToken {
    type Output = SessionToken;

    fn name(&self) -> &str {
        "GetSessionToken"
    }

    fn service(&self) -> Service {
        Service::Sts
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        if let Some(duration) = self.duration {
            limits::seconds("DurationSeconds", duration, 900..=129_600)?;
        }
        self.mfa.check()?;
        session::check_token_size(self.minimum_session_token_size)?;
        let mut form = Form::new(self.name(), VERSION);
        session::write_duration(&mut form, self.duration);
        self.mfa.write(&mut form);
        form.optional(
            "MinimumSessionTokenSize",
            self.minimum_session_token_size.map(|size| size.to_string()),
        );
        Ok(UnsignedRequest::form(form))
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<SessionToken, Error> {
        const DOCUMENT: &str = "GetSessionTokenResponse";
        let mut issued = session::Issued::default();
        result::read_secret(response, DOCUMENT, "GetSessionTokenResult", |name, xml| issued.read(name, xml))?;
        Ok(SessionToken {
            credentials: issued.take_credentials(DOCUMENT)?,
            session_token_utilization: issued.session_token_utilization,
            session_token_size: issued.session_token_size,
        })
    }

    fn is_repeatable(&self) -> bool {
        self.mfa.token_code.is_none()
    }
}
