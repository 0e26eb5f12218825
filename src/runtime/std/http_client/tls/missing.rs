//! A build that speaks plain HTTP only.

use zeroize::Zeroizing;

use super::{super::wire::Bytes, fault::Fault};
use crate::InvalidInput;

#[derive(Debug)]
pub(crate) struct Tls;

impl Tls {
    pub(crate) fn new(_: Option<Vec<u8>>, _: Option<Zeroizing<Vec<u8>>>) -> Result<Self, InvalidInput> {
        Ok(Self)
    }

    pub(crate) fn wrap(&self, _host: &str, _bytes: Box<dyn Bytes>) -> Result<Box<dyn Bytes>, Fault> {
        let problem = "this build speaks plain HTTP only (it has neither rustls-ring nor native-tls)";
        Err(Fault::Refused(problem.into()))
    }
}
