//! The next keys of a sign-in. Its refresh token is good once: whoever loses the answer, or uses the token a second time, has to
//! sign in again. So there is one at a time, nothing is asked for that cannot be kept, and it is kept before it is used.

use std::{io, path::Path, time::Duration};

use super::{
    LoginProvider,
    file::{LoginFile, Renewal},
    refusal, unusable,
};
use crate::{
    Credentials, Error, Region, ServiceError,
    runtime::Caller,
    signin::{CreateOAuth2Token, DpopKey, LoginToken},
    wire::uuid,
};

/// Each has a proof of its own, so that these are calls of their own and no retries below.
const ATTEMPTS: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const BUSY: &str =
    "another program has been renewing the sign-in for more than ten seconds: try again, or end it";

impl LoginProvider {
    /// Renew the keys, unless another program has done so.
    pub(super) async fn renewed(&self, caller: &Caller) -> Result<Credentials, Error> {
        let path = self.path();
        let lock = caller.lock(&path.with_extension("lock")).await;
        let file = self.load(caller).await?;
        if !file.is_due(caller.clock().now()) {
            return Ok(file.credentials());
        }
        match &lock {
            Ok(Some(_)) => {}
            // A file system without locks: `aws login` and the SDKs take none on any.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(error) => return Err(unwritable(&path, error)),
            Ok(None) => return Err(unusable(BUSY)),
        }
        match self.renew(&file, &path, caller).await {
            Err(error @ Error::Service(_)) => self.renewed_by_others(&file, caller).await.ok_or(error),
            result => result,
        }
        .map_err(|error| self.explained(error, &file, caller))
    }

    async fn renew(&self, file: &LoginFile, path: &Path, caller: &Caller) -> Result<Credentials, Error> {
        let renewal = file.renewal.as_ref().map_err(|problem| unusable(problem))?;
        let key = DpopKey::from_pem(renewal.dpop_key.expose())
            .map_err(|problem| unusable(&format!("{}: the `dpopKey` {problem}", path.display())))?;
        let caller = &caller.with_region(Region::new(self.region_of(file)?)?);
        // A rehearsal: where nothing can be written, the token must not be used up.
        let document =
            file.document().map_err(|problem| unusable(&format!("{} {problem}", path.display())))?;
        caller.files().replace(path, file.content()).map_err(|error| unwritable(path, &error))?;
        let new = ask(renewal, &key, caller).await?;
        let now = caller.clock().now();
        let expires = new.expires_in.try_into().ok().and_then(|life| now.checked_add(life)).unwrap_or(now);
        // If it cannot be written after all, the keys are good all the same, and the last ones.
        let _ = caller.replace(path, &LoginFile::renewed(document, &new, expires)).await;
        let account = file.credentials().account_id().map(str::to_owned);
        let keys = new.credentials.with_expiration(expires);
        Ok(account.into_iter().fold(keys, Credentials::with_account_id))
    }

    fn region_of<'a>(&'a self, file: &'a LoginFile) -> Result<&'a str, Error> {
        file.region.as_deref().or(self.region.as_deref()).ok_or_else(|| {
            unusable("a sign-in is renewed in its own region, and neither its file nor the profile says which: set `region` \
                      in the profile")
        })
    }

    /// Programs that take no lock may have been first: then their keys are in the file.
    async fn renewed_by_others(&self, before: &LoginFile, caller: &Caller) -> Option<Credentials> {
        let file = self.load(caller).await.ok()?;
        let is_new = file.content() != before.content() && file.is_live(caller.clock().now());
        is_new.then(|| file.credentials())
    }

    /// A refusal in words for the user; with what to do.
    fn explained(&self, error: Error, file: &LoginFile, caller: &Caller) -> Error {
        match error {
            Error::Service(error) => {
                let region = self.region_of(file).unwrap_or_default();
                refusal::explained(*error, region, caller.clock().now())
            }
            error => error,
        }
    }
}

/// Ask, and again where the service says that it was not done.
async fn ask(renewal: &Renewal, key: &DpopKey, caller: &Caller) -> Result<LoginToken, Error> {
    let url = CreateOAuth2Token::url(caller.endpoint())?;
    let mut pause = FIRST_PAUSE;
    for attempt in 1.. {
        let mut random = [0; 16];
        caller.random().fill(&mut random)?;
        let now = caller.clock().now().unix_timestamp();
        let proof = key.proof("POST", &url, now, &uuid::version_4(random));
        let operation =
            CreateOAuth2Token::refreshing(&renewal.client_id, renewal.refresh_token.clone(), proof);
        match caller.call(&operation, None).await {
            Err(Error::Service(error)) if attempt < ATTEMPTS && is_passing(&error) => {
                caller.clock().sleep(pause).await;
                pause *= 2;
            }
            result => return result,
        }
    }
    Err(unusable("the sign-in could not be renewed"))
}

/// 429 `rate_exceeded`, 500 `server_error`.
fn is_passing(error: &ServiceError) -> bool {
    error.status == 429 || error.status >= 500
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    unusable(&format!(
        "the keys of the sign-in end soon and are not renewed: the new ones could not be kept in {} ({error}), and a sign-in \
         whose renewal is lost has ended; make its folder writable",
        path.display()
    ))
}
