use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use sigv4::Secret;
use time::OffsetDateTime;

use super::{FileCache, Provider, cache_key::CacheKey, files};
use crate::{
    Credentials, CredentialsError, Error,
    rolesanywhere::{Certificate, CreateSession, X509Identity},
    runtime::{BoxFuture, Caller},
};

/// Whose errors these are.
const NAME: &str = "Roles Anywhere";

/// Credentials of a role through IAM Roles Anywhere, for the holder of an X.509 certificate and its private key.
///
/// Both are read anew from their files (of 256 KiB at most, in PEM) for each session: certificates are replaced often. The
/// call goes to the region of the trust anchor.
/// <https://docs.aws.amazon.com/rolesanywhere/latest/userguide/introduction.html>
///
/// This has not met the real service yet: see [`rolesanywhere`](crate::rolesanywhere).
///
/// ```
/// use sts3::{
///     Client,
///     providers::RolesAnywhereProvider,
///     rolesanywhere::CreateSession,
/// };
///
/// let session = CreateSession::new(
///     "arn:aws:rolesanywhere:eu-west-1:123456789012:trust-anchor/0d7f8f0e-4c1a-4f7b-8c1c-7c7a0b0d1a2b",
///     "arn:aws:rolesanywhere:eu-west-1:123456789012:profile/5b1c9d3e-2f4a-4c8b-9e7d-6a5b4c3d2e1f",
///     "arn:aws:iam::123456789012:role/laptop",
/// );
/// let laptop = RolesAnywhereProvider::new(session, "/etc/pki/laptop.pem", "/etc/pki/laptop.key");
/// let client = Client::builder().region("eu-west-1").credentials(laptop).build()?;
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RolesAnywhereProvider {
    session: CreateSession,
    certificate: PathBuf,
    private_key: PathBuf,
    intermediates: Option<PathBuf>,
    cache: Option<FileCache>,
}

impl RolesAnywhereProvider {
    /// The session to create, and the files with the certificate and its private key.
    pub fn new(
        session: CreateSession,
        certificate: impl Into<PathBuf>,
        private_key: impl Into<PathBuf>,
    ) -> Self {
        let (certificate, private_key) = (certificate.into(), private_key.into());
        Self { session, certificate, private_key, intermediates: None, cache: None }
    }

    /// The file with the certificates that lead from the identity's to its trust anchor; they are sent in the order of the
    /// file.
    #[must_use]
    pub fn intermediates(mut self, file: impl Into<PathBuf>) -> Self {
        self.intermediates = Some(file.into());
        self
    }

    /// Keep sessions in a cache too, each for the private key that asked for it, and asked for by one process at a time: the
    /// service takes ten calls a second.
    #[must_use]
    pub fn cache(mut self, cache: FileCache) -> Self {
        self.cache = Some(cache.labelled(format!("Roles Anywhere, role {}", self.session.role_arn())));
        self
    }

    async fn get(&self, caller: &Caller) -> Result<Credentials, Error> {
        let caller = caller.with_region(self.session.region()?);
        let (identity, key) = self.identity(&caller)?;
        let new = self.created(&identity, &caller);
        match &self.cache {
            Some(cache) => cache.kept_or(&key, &caller, new).await,
            None => new.await,
        }
    }

    /// A new session; a refusal with what is wrong with the certificate's time.
    async fn created(&self, identity: &X509Identity, caller: &Caller) -> Result<Credentials, Error> {
        let operation = self.session.signed(identity, caller.endpoint(), caller.sts_now())?;
        match caller.call(&operation, None).await {
            Ok(session) => Ok(session.credentials),
            Err(Error::Service(error)) => match validity(identity.certificate(), caller.sts_now()) {
                Some(problem) => Err(error.with_note(problem).into()),
                None => Err(Error::Service(error)),
            },
            Err(error) => Err(error),
        }
    }

    /// Certificate and key, and under which key their sessions are kept.
    fn identity(&self, caller: &Caller) -> Result<(X509Identity, CacheKey), Error> {
        let read = |what: &str, path: &Path| {
            files::read_text(caller.files(), path, files::MAX_FILE).map_err(|error| {
                let advice = match error.kind() {
                    ErrorKind::InvalidData => {
                        " (PEM is needed: `openssl x509 -inform der` makes it of a certificate in DER, `openssl pkey \
                         -inform der` of a key)"
                    }
                    _ => "",
                };
                let problem = format!("the {what} {} cannot be read: {error}{advice}", path.display());
                Error::from(CredentialsError::unusable(NAME, problem).caused_by(error))
            })
        };
        let certificate = read("certificate", &self.certificate)?;
        let private_key = read("private key", &self.private_key)?;
        let intermediates = self.intermediates.as_deref().map(|path| read("file of intermediates", path));
        let intermediates = intermediates.transpose()?;
        let identity = X509Identity::from_pem(
            certificate.expose(),
            &private_key,
            intermediates.as_ref().map(Secret::expose),
        )
        .map_err(|fault| {
            let path = match fault.parameter {
                "private key" => &self.private_key,
                "intermediates" => self.intermediates.as_ref().unwrap_or(&self.certificate),
                _ => &self.certificate,
            };
            let problem = format!("the {} in {} {}", fault.parameter, path.display(), fault.problem);
            CredentialsError::unusable(NAME, problem)
        })?;
        let parameters = format!("{:?} {:?}", self.session, certificate.expose());
        let key = CacheKey::of_token(&private_key, parameters);
        Ok((identity, key))
    }
}

/// What is wrong with a certificate's time, to be told with a refusal: this machine's clock alone refuses none.
fn validity(certificate: &Certificate, now: OffsetDateTime) -> Option<String> {
    let (begin, end) = (certificate.not_before(), certificate.not_after());
    let serial = certificate.serial_number();
    if now > end {
        Some(format!("the certificate {serial} ended at {end}"))
    } else if now < begin {
        Some(format!("the certificate {serial} is not valid before {begin}"))
    } else {
        None
    }
}

impl Provider for RolesAnywhereProvider {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(self.get(caller))
    }

    fn forget(&self, refused: &Credentials, caller: &Caller) {
        let (Some(cache), Ok(region)) = (&self.cache, self.session.region()) else { return };
        let caller = caller.with_region(region);
        if let Ok((_, key)) = self.identity(&caller) {
            cache.remove(&key, refused, &caller);
        }
    }
}
