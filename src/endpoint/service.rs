/// The services that this crate speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Service {
    /// Security Token Service.
    Sts,
    /// Identity and Access Management.
    Iam,
    /// Simple Storage Service.
    S3,
    /// IAM Identity Center's portal, which gives the credentials of a role.
    Sso,
    /// IAM Identity Center's token service.
    SsoOidc,
    /// The console's sign-in.
    Signin,
}

impl Service {
    /// The name in credential scopes and host names.
    pub const fn signing_name(self) -> &'static str {
        match self {
            Self::Sts => "sts",
            Self::Iam => "iam",
            Self::S3 => "s3",
            Self::Sso => "awsssoportal",
            Self::SsoOidc => "sso-oauth",
            Self::Signin => "signin",
        }
    }
}
