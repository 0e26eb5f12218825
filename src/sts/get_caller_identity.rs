use super::VERSION;
use crate::{
    Error,
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
    wire::{form::Form, result},
};

/// Who the credentials belong to. Needs no permission; not even an explicit deny stops it.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
///
/// ```
/// use sts3::{Operation, sts::GetCallerIdentity};
///
/// let body = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/alice</Arn>\
///     <UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
/// let identity = GetCallerIdentity::new().parse(http::Response::new(body.into()))?;
/// assert_eq!(identity.account, "123456789012");
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct GetCallerIdentity {}

/// The answer to [`GetCallerIdentity`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct CallerIdentity {
    /// The account's twelve digits.
    pub account: String,
    /// `arn:aws:iam::123456789012:user/alice`, or of an assumed role
    /// `arn:aws:sts::…:assumed-role/reader/nightly`.
    pub arn: String,
    /// `AIDA…`, or of an assumed role `AROA…:session-name`.
    pub user_id: String,
}

impl GetCallerIdentity {
    /// It has no parameters.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Operation for GetCallerIdentity {
    type Output = CallerIdentity;

    fn name(&self) -> &str {
        "GetCallerIdentity"
    }

    fn service(&self) -> Service {
        Service::Sts
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        Ok(UnsignedRequest::form(Form::new(self.name(), VERSION)))
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<CallerIdentity, Error> {
        const DOCUMENT: &str = "GetCallerIdentityResponse";
        let (mut account, mut arn, mut user_id) = (None, None, None);
        result::read(response.body(), DOCUMENT, "GetCallerIdentityResult", |name, xml| {
            match name {
                "Account" => account = Some(xml.text()?),
                "Arn" => arn = Some(xml.text()?),
                "UserId" => user_id = Some(xml.text()?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        match (account, arn, user_id) {
            (Some(account), Some(arn), Some(user_id)) => Ok(CallerIdentity { account, arn, user_id }),
            _ => Err(Error::parse(DOCUMENT, "it lacks Account, Arn or UserId")),
        }
    }

    fn carries_secrets(&self) -> bool {
        false
    }
}
