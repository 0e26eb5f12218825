//! Credentials of a role through IAM Identity Center, for whoever has signed in (`aws sso login`): `session` is the sign-in that
//! profiles share, with its `token`; `sign_in` makes one, with a `registration` of this program.

mod registration;
mod session;
mod sign_in;
mod token;

use std::path::PathBuf;

use sigv4::Secret;

pub(super) use self::session::folder;
use self::token::Token;
pub use self::{session::SsoSession, sign_in::SsoCodeSignIn};
use super::{FileCache, Provider, cache_key::CacheKey};
use crate::{Credentials, runtime::BoxFuture};
use crate::{CredentialsError, Error, Region, runtime::Caller, sso::GetRoleCredentials};

/// Credentials of a role that IAM Identity Center gives to whoever has signed in.
///
/// The sign-in's token is read from `~/.aws/sso/cache`, where `aws sso login` leaves it. It is renewed in its last 15 minutes if the
/// sign-in allows it, by one program at a time, and left there for all others.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html>
#[derive(Clone, Debug)]
pub struct SsoProvider {
    role: SsoRole,
    folder: PathBuf,
    cache: Option<FileCache>,
}

/// A role, and the sign-in that gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SsoRole {
    pub(super) session: Option<String>,
    pub(super) start_url: String,
    pub(super) region: String,
    pub(super) account_id: String,
    pub(super) role_name: String,
}

impl SsoProvider {
    /// The portal's start URL and region, the account's twelve digits and the role's name there; `folder` is
    /// where sign-ins leave their tokens.
    pub fn new(
        start_url: impl Into<String>,
        region: impl Into<String>,
        account_id: impl Into<String>,
        role_name: impl Into<String>,
        folder: impl Into<PathBuf>,
    ) -> Self {
        let role = SsoRole {
            session: None,
            start_url: start_url.into(),
            region: region.into(),
            account_id: account_id.into(),
            role_name: role_name.into(),
        };
        Self::of_role(role, folder.into())
    }

    pub(super) fn of_role(role: SsoRole, folder: PathBuf) -> Self {
        Self { role, folder, cache: None }
    }

    /// The name of the `sso-session` section. Its tokens can be renewed.
    #[must_use]
    pub fn session(mut self, name: impl Into<String>) -> Self {
        self.role.session = Some(name.into());
        self
    }

    /// Keep the role's credentials in a cache too, for as long as the token of the sign-in stays the same.
    #[must_use]
    pub fn cache(mut self, cache: FileCache) -> Self {
        let SsoRole { account_id, role_name, .. } = &self.role;
        self.cache = Some(cache.labelled(format!("SSO, account {account_id} role {role_name}")));
        self
    }

    async fn get(&self, caller: &Caller) -> Result<Credentials, Error> {
        let caller = &caller.with_region(Region::new(&self.role.region)?);
        let sign_in = self.sign_in();
        let token = sign_in.token(caller).await?.access_token();
        match self.role_credentials(&token, caller).await {
            // Ended before its time, or by a clock that is wrong: once more with the next one.
            Err(Error::Service(error)) if error.status == 401 => {
                let refused =
                    sign_in.not_signed_in("was refused as ended (by the portal of this sso_region)");
                let next = sign_in.token_after(&token, caller).await.ok().flatten().ok_or(refused)?;
                self.role_credentials(&next.access_token(), caller).await
            }
            result => result,
        }
    }

    async fn role_credentials(&self, token: &Secret, caller: &Caller) -> Result<Credentials, Error> {
        let key = self.key(token);
        let new = async {
            let SsoRole { account_id, role_name, .. } = &self.role;
            let operation = GetRoleCredentials::new(account_id, role_name, token.clone());
            match caller.call(&operation, None).await {
                Err(Error::Service(error)) if matches!(error.status, 403 | 404) => {
                    let (role, account) = (role_name.escape_debug(), account_id.escape_debug());
                    let problem = format!(
                        "the role `{role}` in the account {account} is not given to whoever has signed in: check both names \
                         (upper and lower case differ), and that the role is assigned in IAM Identity Center; `sts3 sso roles` \
                         lists those that are ({error})"
                    );
                    Err(CredentialsError::unusable("SSO", problem).caused_by(error).into())
                }
                answered => answered,
            }
        };
        match &self.cache {
            Some(cache) => cache.kept_or(&key, caller, new).await,
            None => new.await,
        }
    }

    /// Another sign-in has another token, and may be another person's.
    fn key(&self, token: &Secret) -> CacheKey {
        CacheKey::of_token(token, format!("{:?}", self.role))
    }

    fn sign_in(&self) -> SsoSession {
        let SsoRole { session, start_url, region, .. } = self.role.clone();
        SsoSession { name: session, start_url, region, scopes: None, folder: self.folder.clone() }
    }
}

impl Provider for SsoProvider {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(self.get(caller))
    }

    fn forget(&self, refused: &Credentials, caller: &Caller) {
        let (Some(cache), Ok(region)) = (&self.cache, Region::new(&self.role.region)) else { return };
        if let Ok(Some(token)) = Token::load(self.sign_in().token_file(), caller.files()) {
            cache.remove(&self.key(&token.access_token()), refused, &caller.with_region(region));
        }
    }
}

/// For `fuzz/`: read what a sign-in leaves.
#[cfg(fuzzing)]
pub(super) fn read_token(bytes: &[u8]) {
    let _ = Token::read(PathBuf::new(), bytes.to_vec().into());
}
