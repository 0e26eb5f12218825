use super::{User, VERSION};
use crate::{
    Error, InvalidInput,
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
    wire::{form::Form, limits},
};

/// Create a user.
///
/// `EntityAlreadyExists` says that there is one of that name. IAM is eventually consistent: a new user may be
/// unknown to other calls for some seconds.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html>
///
/// ```
/// use sts3::{Operation, iam::CreateUser};
///
/// let operation = CreateUser::new("alice").path("/staff/").tag("team", "storage");
/// // It is not sent twice: the second answer would say that the user exists already.
/// assert!(!operation.is_repeatable());
/// ```
#[derive(Clone, Debug)]
pub struct CreateUser {
    user_name: String,
    path: Option<String>,
    permissions_boundary: Option<String>,
    tags: Vec<(String, String)>,
}

impl CreateUser {
    /// A user of this name: 1 to 64 characters of letters, digits and `_+=,.@-`.
    pub fn new(user_name: impl Into<String>) -> Self {
        Self { user_name: user_name.into(), path: None, permissions_boundary: None, tags: Vec::new() }
    }

    /// The path in its ARN: `/` or `/…/`, at most 512 characters.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// The ARN of the managed policy that bounds its permissions.
    #[must_use]
    pub fn permissions_boundary(mut self, arn: impl Into<String>) -> Self {
        self.permissions_boundary = Some(arn.into());
        self
    }

    /// A tag; at most 50.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push((key.into(), value.into()));
        self
    }
}

fn check_path(path: &str) -> Result<(), InvalidInput> {
    limits::length("Path", path, 1..=512)?;
    limits::characters("Path", path, "printable ASCII without spaces", |c| c.is_ascii_graphic())?;
    // `/` alone, or something between two slashes: `//` has nothing between them.
    if path == "/" || (path.len() > 2 && path.starts_with('/') && path.ends_with('/')) {
        return Ok(());
    }
    Err(InvalidInput::new("Path", format!("`{path}` must start and end with a slash")))
}

impl Operation for CreateUser {
    type Output = User;

    fn name(&self) -> &str {
        "CreateUser"
    }

    fn service(&self) -> Service {
        Service::Iam
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        limits::name("UserName", &self.user_name, 1..=64)?;
        let mut form = Form::new(self.name(), VERSION);
        form.field("UserName", &self.user_name);
        if let Some(path) = &self.path {
            check_path(path)?;
            form.field("Path", path);
        }
        if let Some(arn) = &self.permissions_boundary {
            limits::arn("PermissionsBoundary", arn)?;
            form.field("PermissionsBoundary", arn);
        }
        limits::count("Tags", self.tags.len(), 50)?;
        for (index, (key, value)) in (1..).zip(&self.tags) {
            limits::length("Tags.Key", key, 1..=128)?;
            limits::length("Tags.Value", value, 0..=256)?;
            form.field(&format!("Tags.member.{index}.Key"), key);
            form.field(&format!("Tags.member.{index}.Value"), value);
        }
        Ok(UnsignedRequest::form(form))
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<User, Error> {
        User::read(response.body(), "CreateUserResponse", "CreateUserResult")
    }

    /// A second try after a lost answer would meet its own user: `EntityAlreadyExists`.
    fn is_repeatable(&self) -> bool {
        false
    }

    fn carries_secrets(&self) -> bool {
        false
    }
}
