use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use sigv4::Secret;

use super::token::{self, Token};
use crate::{
    CredentialsError, Error, Region,
    providers::{Environment, Profile, SharedFiles},
    runtime::{Caller, FileLock},
    sso::Logout,
};

/// Half of a file is read again after this.
const HALF_WRITTEN: Duration = Duration::from_millis(100);

/// A sign-in to IAM Identity Center that several profiles share: an `[sso-session …]` section, or what an older profile says
/// without one.
///
/// Its token is where `aws sso login` keeps it, `~/.aws/sso/cache`: a sign-in by either program is one for both.
///
/// ```no_run
/// # async fn run(client: sts3::Client) -> Result<(), sts3::Error> {
/// use sts3::{providers::{Environment, SharedFiles, SsoSession}, sso::ListAccounts};
///
/// let environment = Environment::from_process();
/// let session = SsoSession::named(&SharedFiles::load(&environment)?, &environment, "corp")?;
/// let caller = client.caller();
/// let signed_in = session.sign_in_by_device(caller, &|device| println!("{}", device.verification_uri)).await?;
/// let caller = caller.with_region(session.region()?);
/// let page = caller.call(&ListAccounts::new(session.access_token(&caller).await?), None).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsoSession {
    pub(super) name: Option<String>,
    pub(super) start_url: String,
    pub(super) region: String,
    /// As they are configured.
    pub(super) scopes: Option<Vec<String>>,
    pub(super) folder: PathBuf,
}

impl SsoSession {
    /// The session of an `[sso-session …]` section.
    ///
    /// # Errors
    /// [`Error::Credentials`]: there is no such section, or it has no start URL or region.
    pub fn named(files: &SharedFiles, environment: &Environment, name: &str) -> Result<Self, Error> {
        let shown = name.escape_debug();
        let section = files
            .sso_session(name)
            .ok_or_else(|| unusable(&format!("there is no section [sso-session {shown}]")))?;
        let required = |key: &str| {
            let missing = || unusable(&format!("the section [sso-session {shown}] has no {key}"));
            section.get(key).map(str::to_owned).ok_or_else(missing)
        };
        Ok(Self {
            name: Some(name.to_owned()),
            start_url: required("sso_start_url")?,
            region: required("sso_region")?,
            scopes: section.get("sso_registration_scopes").map(scopes),
            folder: folder(environment)?,
        })
    }

    /// The session of a profile: the one that it names, or its own start URL and region. No account and no role are needed.
    ///
    /// # Errors
    /// [`Error::Credentials`]: there is no such profile, or it has nothing to sign in to.
    pub fn of_profile(files: &SharedFiles, environment: &Environment, name: &str) -> Result<Self, Error> {
        let shown = name.escape_debug();
        let profile =
            files.profile(name).ok_or_else(|| unusable(&format!("there is no profile `{shown}`")))?;
        if let Some(session) = profile.get("sso_session") {
            return Self::named(files, environment, session);
        }
        Self::of_older_profile(profile, environment)?.ok_or_else(|| {
            unusable(&format!(
                "profile `{shown}` does not sign in through IAM Identity Center: it has neither sso_session nor sso_start_url \
                 with sso_region"
            ))
        })
    }

    fn of_older_profile(profile: &Profile, environment: &Environment) -> Result<Option<Self>, Error> {
        let (Some(start_url), Some(region)) = (profile.get("sso_start_url"), profile.get("sso_region"))
        else {
            return Ok(None);
        };
        let (start_url, region) = (start_url.to_owned(), region.to_owned());
        Ok(Some(Self { name: None, start_url, region, scopes: None, folder: folder(environment)? }))
    }

    /// All sessions that the files know, each once: sections, then older profiles' own.
    ///
    /// # Errors
    /// [`Error::Credentials`]: there is no home directory.
    pub fn all(files: &SharedFiles, environment: &Environment) -> Result<Vec<Self>, Error> {
        let named = files.sso_session_names().map(|name| Self::named(files, environment, name));
        // A section that lacks something has never been signed in to.
        let mut all: Vec<Self> = named.filter_map(Result::ok).collect();
        for profile in files.profile_names().filter_map(|name| files.profile(name)) {
            if profile.get("sso_session").is_none()
                && let Some(session) = Self::of_older_profile(profile, environment)?
                && !all.contains(&session)
            {
                all.push(session);
            }
        }
        Ok(all)
    }

    /// The section's name; an older profile's session has none.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The portal's start URL.
    pub fn start_url(&self) -> &str {
        &self.start_url
    }

    /// Where the portal is: `sso_region`.
    ///
    /// # Errors
    /// [`Error::InvalidInput`]: that is not the name of a region.
    pub fn region(&self) -> Result<Region, Error> {
        Ok(Region::new(&self.region)?)
    }

    /// The file of its token.
    pub fn token_file(&self) -> PathBuf {
        token::path(&self.folder, self.name.as_deref().unwrap_or(&self.start_url))
    }

    /// The token of the sign-in, renewed if it ends within 15 minutes and can be. It may be dropped; of a renewal
    /// that is under way then the answer is lost, and with it the sign-in, if the service takes a refresh token only once.
    ///
    /// # Errors
    /// [`Error::Credentials`]: nobody has signed in, or the sign-in has ended.
    pub async fn access_token(&self, caller: &Caller) -> Result<Secret, Error> {
        Ok(self.token(&caller.with_region(self.region()?)).await?.access_token())
    }

    /// End the sign-in: at the portal, and on this machine even if the portal cannot be asked. `false` if there was none.
    /// Cancel safe: a sign-in that is still there can be ended again.
    ///
    /// # Errors
    /// [`Error::Credentials`]: the token's file cannot be removed. Whatever else: the sign-in is gone from this machine, and may
    /// not be from the portal.
    pub async fn sign_out(&self, caller: &Caller) -> Result<bool, Error> {
        let caller = caller.with_region(self.region()?);
        let path = self.token_file();
        if let Ok(None) = Token::load(path.clone(), caller.files()) {
            return Ok(false);
        }
        // A renewal that is under way would leave the next token behind.
        let _lock = self.lock(&caller).await;
        let token = match Token::load(path.clone(), caller.files()) {
            Ok(None) => return Ok(false),
            // A file that cannot be read goes all the same.
            token => token.ok().flatten(),
        };
        let ended = match &token {
            Some(token) => caller.call(&Logout::new(token.access_token()), None).await,
            None => Ok(()),
        };
        let removed = caller.files().remove(&path);
        removed.map_err(|error| unusable(&format!("{} cannot be removed: {error}", path.display())))?;
        match ended {
            // It had ended already.
            Err(Error::Service(error)) if error.status == 401 => Ok(true),
            result => result.map(|()| true),
        }
    }

    /// A token that is good now.
    pub(super) async fn token(&self, caller: &Caller) -> Result<Token, Error> {
        let mut token = self.load(caller).await?;
        let now = || caller.clock().now();
        if self.name.is_some() && token.is_due(now()) {
            token = self.renewed(token, |token| token.is_due(now()), caller).await?;
        }
        if token.is_valid(now()) { Ok(token) } else { Err(self.not_signed_in("has ended")) }
    }

    /// Another token than one that was refused before its end, if there is one or can be.
    pub(super) async fn token_after(
        &self,
        refused: &Secret,
        caller: &Caller,
    ) -> Result<Option<Token>, Error> {
        let token = self.load(caller).await?;
        let is_refused = |token: &Token| token.access_token() == *refused;
        if self.name.is_none() || !token.can_be_renewed(caller.clock().now()) {
            return Ok(Some(token).filter(|token| !is_refused(token)));
        }
        let token = self.renewed(token, is_refused, caller).await?;
        Ok(Some(token).filter(|token| !is_refused(token)))
    }

    async fn load(&self, caller: &Caller) -> Result<Token, Error> {
        let load = || Token::load(self.token_file(), caller.files());
        let token = match load() {
            // awscli writes in place: half a file is read again.
            Err(_) => {
                caller.clock().sleep(HALF_WRITTEN).await;
                load()
            }
            token => token,
        };
        let token = token.map_err(|problem| unusable(&problem))?;
        token.ok_or_else(|| self.not_signed_in("has not taken place"))
    }

    /// The token with its next life. A refresh token may be good once: one program at a time uses it, and the others take what
    /// that one has left in the file. If none can renew it, the token is still good until it ends.
    async fn renewed(
        &self,
        mut token: Token,
        needs_it: impl Fn(&Token) -> bool,
        caller: &Caller,
    ) -> Result<Token, Error> {
        let now = || caller.clock().now();
        let lock = self.lock(caller).await;
        if lock.is_some() {
            token = self.load(caller).await?;
            if !needs_it(&token) {
                return Ok(token);
            }
        }
        // Where the new token could not be kept, the refresh token is not used up before the old one has ended.
        if token.is_valid(now()) && (lock.is_none() || !token.can_be_kept(caller.files())) {
            return Ok(token);
        }
        let Err(error) = token.renew(caller).await else { return Ok(token) };
        // Programs that take no lock may have been first.
        let latest = self.load(caller).await?;
        match error {
            _ if latest.is_valid(now()) => Ok(latest),
            Error::Service(error) if error.status < 500 => {
                Err(self.not_signed_in("has ended and was not renewed"))
            }
            error => Err(error),
        }
    }

    /// The lock of the token's file: nothing, if another program has it for ten seconds or there are no locks.
    pub(super) async fn lock(&self, caller: &Caller) -> Option<FileLock> {
        caller.lock(&self.token_file().with_extension("lock")).await.ok().flatten()
    }

    pub(super) fn not_signed_in(&self, state: &str) -> Error {
        let (shown, option) = match &self.name {
            Some(name) => {
                (format!("`{}`", name.escape_debug()), format!("--sso-session {}", name.escape_debug()))
            }
            None => (self.start_url.escape_debug().to_string(), "--profile and the profile".to_owned()),
        };
        unusable(&format!(
            "the sign-in to {shown} {state}: sign in first, with `aws sso login {option}` (or `sts3 sso login`)"
        ))
    }
}

/// Comma-separated.
fn scopes(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

/// Where sign-ins leave their tokens: no setting changes that.
pub(in crate::providers) fn folder(environment: &Environment) -> Result<PathBuf, Error> {
    let home = environment.home().ok_or_else(|| unusable("there is no home directory with sign-ins"))?;
    Ok(home.join(Path::new(".aws/sso/cache")))
}

pub(super) fn unusable(problem: &str) -> Error {
    CredentialsError::unusable("SSO", problem).into()
}

impl fmt::Display for SsoSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name.as_deref().unwrap_or(&self.start_url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_named_after_the_session_or_the_start_url() {
        // `printf my-sso | sha1sum`, and of the URL.
        for (name, file) in [
            ("my-sso", "0ad374308c5a4e22f723adf10145eafad7c4031c.json"),
            ("https://example.awsapps.com/start", "e8be5486177c5b5392bd9aa76563515b29358e6e.json"),
        ] {
            assert_eq!(token::path(Path::new("/c"), name), Path::new("/c").join(file));
        }
    }
}
