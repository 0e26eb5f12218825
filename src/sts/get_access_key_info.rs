use super::VERSION;
use crate::{
    Error,
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
    wire::{form::Form, limits, result},
};

/// To which account an access key belongs, by its public id. Says nothing about whether the key is active.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html>
///
/// ```
/// use sts3::{Operation, sts::GetAccessKeyInfo};
///
/// let request = GetAccessKeyInfo::new("AKIAIOSFODNN7EXAMPLE").request()?;
/// assert!(request.body.ends_with(b"&AccessKeyId=AKIAIOSFODNN7EXAMPLE"));
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GetAccessKeyInfo {
    access_key_id: String,
}

impl GetAccessKeyInfo {
    /// The key's id: 16 to 128 letters and digits.
    pub fn new(access_key_id: impl Into<String>) -> Self {
        Self { access_key_id: access_key_id.into() }
    }
}

impl Operation for GetAccessKeyInfo {
    /// The account's twelve digits.
    type Output = String;

    fn name(&self) -> &str {
        "GetAccessKeyInfo"
    }

    fn service(&self) -> Service {
        Service::Sts
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        limits::length("AccessKeyId", &self.access_key_id, 16..=128)?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
        limits::characters("AccessKeyId", &self.access_key_id, "letters, digits and _", allowed)?;
        let mut form = Form::new(self.name(), VERSION);
        form.field("AccessKeyId", &self.access_key_id);
        Ok(UnsignedRequest::form(form))
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<String, Error> {
        result::only(response.body(), "GetAccessKeyInfoResponse", "GetAccessKeyInfoResult", "Account")
    }

    fn carries_secrets(&self) -> bool {
        false
    }
}
