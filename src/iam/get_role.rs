use time::OffsetDateTime;

use super::{VERSION, user};
use crate::{
    Error,
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
    wire::{form, form::Form, limits, result, timestamp},
};

/// Look up a role.
///
/// `NoSuchEntity` says that there is none.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html>
///
/// ```
/// use sts3::{Operation, iam::GetRole};
///
/// assert!(GetRole::new("reader").request()?.body.ends_with(b"&RoleName=reader"));
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GetRole {
    role_name: String,
}

/// An IAM role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Role {
    /// `arn:aws:iam::123456789012:role/reader`.
    pub arn: String,
    /// The name.
    pub role_name: String,
    /// `AROA…`.
    pub role_id: String,
    /// `/` unless the role was created under a path.
    pub path: String,
    /// What it is for.
    pub description: Option<String>,
    /// When it was created.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::timestamp::serialize"))]
    pub create_date: Option<OffsetDateTime>,
    /// Who may assume it: the trust policy in JSON.
    pub assume_role_policy_document: Option<String>,
    /// The longest session that [`AssumeRole`](crate::sts::AssumeRole) may ask for, in seconds.
    pub max_session_duration: Option<u32>,
    /// The ARN of the managed policy that bounds its permissions.
    pub permissions_boundary: Option<String>,
    /// Its tags.
    pub tags: Vec<(String, String)>,
}

impl GetRole {
    /// The role's name, not its ARN: 1 to 64 characters of letters, digits and `_+=,.@-`.
    pub fn new(role_name: impl Into<String>) -> Self {
        Self { role_name: role_name.into() }
    }
}

impl Operation for GetRole {
    type Output = Role;

    fn name(&self) -> &str {
        "GetRole"
    }

    fn service(&self) -> Service {
        Service::Iam
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        limits::name("RoleName", &self.role_name, 1..=64)?;
        let mut form = Form::new(self.name(), VERSION);
        form.field("RoleName", &self.role_name);
        Ok(UnsignedRequest::form(form))
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<Role, Error> {
        const DOCUMENT: &str = "GetRoleResponse";
        let mut role = None;
        result::read(response.body(), DOCUMENT, "GetRoleResult", |name, xml| {
            if name != "Role" {
                return Ok(false);
            }
            let mut read = Role::default();
            while let Some(element) = xml.child()? {
                match element.name() {
                    "Arn" => read.arn = xml.text()?,
                    "RoleName" => read.role_name = xml.text()?,
                    "RoleId" => read.role_id = xml.text()?,
                    "Path" => read.path = xml.text()?,
                    "Description" => read.description = Some(xml.text()?),
                    "CreateDate" => read.create_date = Some(xml.parsed(timestamp::iso_8601, "a time")?),
                    "AssumeRolePolicyDocument" => {
                        // AWS percent-encodes the document, moto and Ceph do not.
                        let text = xml.text()?;
                        let decoded = if text.starts_with('%') { form::decode(&text) } else { None };
                        let document = decoded.map(|text| text.into_owned()).unwrap_or(text);
                        read.assume_role_policy_document = Some(document);
                    }
                    "MaxSessionDuration" => {
                        read.max_session_duration =
                            Some(xml.parsed(|t| t.parse().ok(), "a number of seconds")?);
                    }
                    "PermissionsBoundary" => read.permissions_boundary = user::permissions_boundary(xml)?,
                    "Tags" => read.tags = user::tags(xml)?,
                    _ => xml.skip()?,
                }
            }
            role = Some(read);
            Ok(true)
        })?;
        role.ok_or_else(|| Error::parse(DOCUMENT, "it has no Role"))
    }

    fn carries_secrets(&self) -> bool {
        false
    }
}
