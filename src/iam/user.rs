use time::OffsetDateTime;

use crate::{
    Error,
    wire::{result, timestamp, xml::Xml},
};

/// An IAM user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct User {
    /// `arn:aws:iam::123456789012:user/alice`.
    pub arn: String,
    /// The name.
    pub user_name: String,
    /// `AIDA…`.
    pub user_id: String,
    /// `/` unless the user was created under a path.
    pub path: String,
    /// When it was created.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::timestamp::serialize"))]
    pub create_date: Option<OffsetDateTime>,
    /// When its password was last used.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::timestamp::serialize"))]
    pub password_last_used: Option<OffsetDateTime>,
    /// The ARN of the managed policy that bounds its permissions.
    pub permissions_boundary: Option<String>,
    /// Its tags.
    pub tags: Vec<(String, String)>,
}

impl User {
    /// Read an answer whose result holds a `<User>`.
    pub(super) fn read(body: &[u8], document: &'static str, result_name: &str) -> Result<Self, Error> {
        let mut user = None;
        result::read(body, document, result_name, |name, xml| {
            if name == "User" {
                user = Some(Self::element(xml)?);
                return Ok(true);
            }
            Ok(false)
        })?;
        user.ok_or_else(|| Error::parse(document, "it has no User"))
    }

    fn element(xml: &mut Xml<'_>) -> Result<Self, Error> {
        let mut user = Self::default();
        while let Some(element) = xml.child()? {
            match element.name() {
                "Arn" => user.arn = xml.text()?,
                "UserName" => user.user_name = xml.text()?,
                "UserId" => user.user_id = xml.text()?,
                "Path" => user.path = xml.text()?,
                "CreateDate" => user.create_date = Some(xml.parsed(timestamp::iso_8601, "a time")?),
                "PasswordLastUsed" => {
                    user.password_last_used = Some(xml.parsed(timestamp::iso_8601, "a time")?)
                }
                "PermissionsBoundary" => user.permissions_boundary = permissions_boundary(xml)?,
                "Tags" => user.tags = tags(xml)?,
                _ => xml.skip()?,
            }
        }
        Ok(user)
    }
}

/// Read a `<PermissionsBoundary>`.
pub(super) fn permissions_boundary(xml: &mut Xml<'_>) -> Result<Option<String>, Error> {
    let mut arn = None;
    while let Some(element) = xml.child()? {
        match element.name() {
            "PermissionsBoundaryArn" => arn = Some(xml.text()?),
            _ => xml.skip()?,
        }
    }
    Ok(arn)
}

/// Read `<Tags><member><Key/><Value/></member>…`.
pub(super) fn tags(xml: &mut Xml<'_>) -> Result<Vec<(String, String)>, Error> {
    let mut tags = Vec::new();
    while xml.child()?.is_some() {
        let (mut key, mut value) = (String::new(), String::new());
        while let Some(element) = xml.child()? {
            match element.name() {
                "Key" => key = xml.text()?,
                "Value" => value = xml.text()?,
                _ => xml.skip()?,
            }
        }
        tags.push((key, value));
    }
    Ok(tags)
}
