use super::{User, VERSION};
use crate::{
    Error,
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
    wire::{form::Form, limits},
};

/// Look up a user: the caller itself unless a name is given.
///
/// `NoSuchEntity` says that there is none.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html>
///
/// ```
/// use sts3::{Operation, iam::GetUser};
///
/// // Without a name: the caller itself.
/// assert_eq!(GetUser::new().request()?.body, b"Action=GetUser&Version=2010-05-08");
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct GetUser {
    user_name: Option<String>,
}

impl GetUser {
    /// The user whose key signs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another user: 1 to 128 characters of letters, digits and `_+=,.@-`.
    #[must_use]
    pub fn user_name(mut self, name: impl Into<String>) -> Self {
        self.user_name = Some(name.into());
        self
    }
}

impl Operation for GetUser {
    type Output = User;

    fn name(&self) -> &str {
        "GetUser"
    }

    fn service(&self) -> Service {
        Service::Iam
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        let mut form = Form::new(self.name(), VERSION);
        if let Some(name) = &self.user_name {
            limits::name("UserName", name, 1..=128)?;
            form.field("UserName", name);
        }
        Ok(UnsignedRequest::form(form))
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<User, Error> {
        User::read(response.body(), "GetUserResponse", "GetUserResult")
    }

    fn carries_secrets(&self) -> bool {
        false
    }
}
