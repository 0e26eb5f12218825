use http::Method;
use sigv4::Secret;

use crate::{
    Error,
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
};

/// End a sign-in. Credentials of roles that were handed out stay good until their own end.
/// <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_Logout.html>
#[derive(Clone, Debug)]
pub struct Logout {
    access_token: Secret,
}

impl Logout {
    /// By its token.
    pub fn new(access_token: impl Into<Secret>) -> Self {
        Self { access_token: access_token.into() }
    }
}

impl Operation for Logout {
    type Output = ();

    fn name(&self) -> &str {
        "Logout"
    }

    fn service(&self) -> Service {
        Service::Sso
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        let mut request = UnsignedRequest::new(Method::POST, "/logout");
        request.secret_header("x-amz-sso_bearer_token", &self.access_token)?;
        Ok(request)
    }

    fn parse(&self, _: http::Response<Vec<u8>>) -> Result<(), Error> {
        Ok(())
    }

    fn is_signed(&self) -> bool {
        false
    }
}
