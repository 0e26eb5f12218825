//! Keys from a sign-in to the console (`aws login`): `file` is what it leaves, `renewal` (feature `login`) gets the next ones,
//! `refusal` says what a service's refusal means for the user.

mod file;
#[cfg(feature = "login")]
mod refusal;
#[cfg(feature = "login")]
mod renewal;

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    time::Duration,
};

use sha2::{Digest, Sha256};

use self::file::LoginFile;
use super::{Environment, Provider, files::MAX_FILE};
use crate::{
    Credentials, CredentialsError, Error,
    runtime::{BoxFuture, Caller},
};

const NAME: &str = "console sign-in";
/// Other programs write the file in place: half of it is read again after this.
const HALF_WRITTEN: Duration = Duration::from_millis(100);

/// Keys for whoever has signed in to the console with `aws login`.
///
/// The sign-in is another program's, which leaves its keys in `~/.aws/login/cache` (`AWS_LOGIN_CACHE_DIRECTORY`). They live for
/// a quarter of an hour. With the feature `login` they are renewed in their last five minutes and left there for all others:
/// under a lock, for the refresh token is good once. Without it they are used until they end.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-login-credentials.html>
#[derive(Clone, Debug)]
pub struct LoginProvider {
    session: String,
    #[cfg_attr(not(feature = "login"), allow(dead_code, reason = "for renewals"))]
    region: Option<String>,
    folder: PathBuf,
}

/// A sign-in that a profile names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LoginSession {
    /// `login_session`: the ARN of whoever signed in.
    pub(super) name: String,
    /// The profile's region: that of the sign-in, unless its file says another.
    pub(super) region: Option<String>,
}

impl LoginSession {
    /// The account of the ARN, if it is one.
    pub(super) fn account_id(&self) -> Option<String> {
        self.name.split(':').nth(4).filter(|id| !id.is_empty()).map(str::to_owned)
    }
}

impl LoginProvider {
    /// `login_session` of a profile, an ARN; `folder` is where sign-ins leave their keys.
    pub fn new(login_session: impl Into<String>, folder: impl Into<PathBuf>) -> Self {
        Self { session: login_session.into(), region: None, folder: folder.into() }
    }

    /// The region of the sign-in, for files that do not say it. A sign-in is renewed where it took place and nowhere else.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// What a profile means in an environment: its folder, and the region that `aws login` took where the profile has none.
    pub(super) fn of_profile(session: LoginSession, environment: &Environment) -> Result<Self, Error> {
        let folder =
            folder(environment).ok_or_else(|| unusable("there is no home directory with sign-ins"))?;
        let region = session.region.or_else(|| environment.region().map(str::to_owned));
        Ok(Self { session: session.name, region, folder })
    }

    async fn get(&self, caller: &Caller) -> Result<Credentials, Error> {
        let file = self.load(caller).await?;
        if !file.is_due(caller.clock().now()) {
            return Ok(file.credentials());
        }
        match self.renewed(caller).await {
            // What cannot be renewed is still good until it ends.
            Err(_) if file.is_live(caller.clock().now()) => Ok(file.credentials()),
            result => result,
        }
    }

    #[cfg(not(feature = "login"))]
    async fn renewed(&self, _: &Caller) -> Result<Credentials, Error> {
        let problem = "the keys of the sign-in have ended, and this build cannot renew them (feature `login`): run another \
                       tool with this profile (`aws sts get-caller-identity`), or sign in with `aws login`";
        Err(unusable(problem))
    }

    fn path(&self) -> PathBuf {
        let hash: String = Sha256::digest(&self.session).iter().map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(hash).with_extension("json")
    }

    async fn load(&self, caller: &Caller) -> Result<LoginFile, Error> {
        let path = self.path();
        let read = || match caller.files().read(&path, MAX_FILE) {
            Ok(content) => Ok(LoginFile::read(&path, content)),
            Err(error) => Err(self.unreadable(&path, &error)),
        };
        if let Ok(file) = read()? {
            return Ok(file);
        }
        caller.clock().sleep(HALF_WRITTEN).await;
        read()?.map_err(|problem| unusable(&problem))
    }

    fn unreadable(&self, path: &Path, error: &std::io::Error) -> Error {
        if error.kind() == ErrorKind::NotFound {
            let session = self.session.escape_debug();
            let path = path.display();
            return unusable(&format!(
                "no sign-in of {session} is kept ({path} does not exist): sign in first, with `aws login` for this profile"
            ));
        }
        unusable(&format!("{} cannot be read: {error}", path.display()))
    }
}

/// Where `aws login` keeps its files. In the variable botocore expands `~` and variables.
fn folder(environment: &Environment) -> Option<PathBuf> {
    let Some(named) = environment.get("AWS_LOGIN_CACHE_DIRECTORY") else {
        return Some(environment.home()?.join(".aws/login/cache"));
    };
    let named = expanded(named, environment);
    match named.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => {
            Some(environment.home()?.join(rest.trim_start_matches('/')))
        }
        _ => Some(PathBuf::from(named)),
    }
}

/// With the values of `$NAME` and `${NAME}`; what is not set stays as it is written (Python's `os.path.expandvars`).
fn expanded(text: &str, environment: &Environment) -> String {
    let mut parts = text.split('$');
    let mut expanded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = match part.strip_prefix('{').and_then(|part| part.split_once('}')) {
            Some(braced) => braced,
            None => {
                let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(part.len());
                part.split_at(end)
            }
        };
        match environment.get(name) {
            Some(value) => {
                expanded.push_str(value);
                expanded.push_str(rest);
            }
            None => {
                expanded.push('$');
                expanded.push_str(part);
            }
        }
    }
    expanded
}

fn unusable(problem: &str) -> Error {
    CredentialsError::unusable(NAME, problem).into()
}

impl Provider for LoginProvider {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(self.get(caller))
    }
}

/// For `fuzz/`: read what a sign-in leaves.
#[cfg(fuzzing)]
pub(super) fn read_file(bytes: &[u8]) {
    let _ = LoginFile::read(Path::new(""), bytes.to_vec().into());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By `hashlib.sha256(b"arn:aws:iam::111122223333:user/dev").hexdigest()`, which is botocore's `generate_login_cache_key`.
    #[test]
    fn the_file_is_named_after_the_sign_in() {
        let provider = LoginProvider::new("arn:aws:iam::111122223333:user/dev", "/cache");
        let name = "/cache/11fc4cc919a5a20db9df757c8a1b149bd4c42115ef36c7152c0d33f1e05a9027.json";
        assert_eq!(provider.path(), Path::new(name));
    }

    // Values by `os.path.expanduser(os.path.expandvars(…))`, with HOME=/home/u and X=x.
    #[test]
    fn the_folder_s_variable_is_expanded_as_botocore_does() {
        for (value, expected) in [
            ("", "/home/u/.aws/login/cache"),
            ("/tmp/cache", "/tmp/cache"),
            ("~/cache", "/home/u/cache"),
            ("~", "/home/u"),
            ("~other/cache", "~other/cache"),
            ("$HOME/$X/${X}y/$Xy/$", "/home/u/x/xy/$Xy/$"),
            ("${X", "${X"),
        ] {
            let variables = [("HOME", "/home/u"), ("X", "x"), ("AWS_LOGIN_CACHE_DIRECTORY", value)];
            let environment: Environment =
                variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            assert_eq!(folder(&environment).unwrap(), Path::new(expected), "{value}");
        }
    }
}
