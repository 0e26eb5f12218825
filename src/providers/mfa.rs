use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use sigv4::Secret;

use super::{FileCache, cache_key::CacheKey};
use crate::{
    Credentials, CredentialsError, Error,
    runtime::{Caller, Terminal},
    sts,
};

/// Where the current digits of an MFA device come from. STS takes each code once.
#[derive(Clone)]
pub struct MfaCode(Arc<Source>);

enum Source {
    Given(Mutex<Option<Secret>>),
    Ask(Box<dyn Terminal>),
}

impl MfaCode {
    /// These digits, good for one call.
    pub fn given(code: impl Into<String>) -> Self {
        Self(Arc::new(Source::Given(Mutex::new(Some(Secret::new(code))))))
    }

    /// Ask for them whenever they are needed: the question is for which device (and if the code serves one call
    /// only, why).
    pub fn ask(terminal: impl Terminal + 'static) -> Self {
        Self(Arc::new(Source::Ask(Box::new(terminal))))
    }

    /// Whether digits were given that no call has used yet.
    pub(super) fn is_unused(&self) -> bool {
        match &*self.0 {
            Source::Given(code) => code.lock().unwrap_or_else(PoisonError::into_inner).is_some(),
            Source::Ask(_) => false,
        }
    }

    /// The digits for one call.
    async fn take(&self, serial: &str, note: &str) -> Result<Secret, Error> {
        let code = match &*self.0 {
            Source::Given(code) => {
                let code = code.lock().unwrap_or_else(PoisonError::into_inner).take();
                code.ok_or_else(|| "STS takes each code once, and the one given is used up".to_owned())
            }
            Source::Ask(terminal) => terminal.ask(&format!("{}{note}", serial.escape_debug())).await,
        };
        code.map_err(|problem| {
            let problem = format!("the current code of {} is needed: {problem}", serial.escape_debug());
            CredentialsError::unusable("MFA", problem).into()
        })
    }
}

impl fmt::Debug for MfaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MfaCode(***)")
    }
}

/// A user's MFA device, and how its code is used.
///
/// ```
/// use sts3::providers::{AssumeRoleProvider, Mfa, MfaCode};
///
/// let device = Mfa::new("arn:aws:iam::123456789012:mfa/alice", MfaCode::given("123456"));
/// let role = AssumeRoleProvider::new("arn:aws:iam::123456789012:role/admin", "alice").mfa(device);
/// ```
#[derive(Clone, Debug)]
pub struct Mfa {
    serial: String,
    code: MfaCode,
    sessions: Option<FileCache>,
}

impl Mfa {
    /// The device's serial number or ARN. Each call of STS takes a code of its own.
    pub fn new(serial: impl Into<String>, code: MfaCode) -> Self {
        Self { serial: serial.into(), code, sessions: None }
    }

    /// Ask for one code only: make a GetSessionToken session of 12 hours with it, keep that in `cache`, and
    /// assume every role of the same user with it while it lasts. Such a session can assume roles for at most
    /// an hour; for longer ones the code is used directly.
    #[must_use]
    pub fn with_sessions(mut self, cache: FileCache) -> Self {
        self.sessions = Some(cache.labelled(format!("MFA session of {}", self.serial)));
        self
    }

    pub(super) fn keeps_sessions(&self) -> bool {
        self.sessions.is_some()
    }

    /// Serial number and digits for one call; `note` says why they serve no other.
    pub(super) async fn proof(&self, note: &str) -> Result<(String, Secret), Error> {
        Ok((self.serial.clone(), self.code.take(&self.serial, note).await?))
    }

    /// The session of the user whose long-lived keys are `base`: the one that is kept, or a new one.
    pub(super) async fn session(&self, base: &Credentials, caller: &Caller) -> Result<Credentials, Error> {
        let new = async {
            let (serial, code) = self.proof("").await?;
            let operation = sts::GetSessionToken::new().mfa(serial, code.expose());
            Ok(caller.call(&operation, Some(base)).await?.credentials.of_same_account(base))
        };
        match &self.sessions {
            Some(cache) => cache.kept_or(&self.key(base), caller, new).await,
            None => new.await,
        }
    }

    /// The session was refused: the next one is new.
    pub(super) fn forget_session(&self, base: &Credentials, refused: &Credentials, caller: &Caller) {
        if let Some(cache) = &self.sessions {
            cache.remove(&self.key(base), refused, caller);
        }
    }

    fn key(&self, base: &Credentials) -> CacheKey {
        CacheKey::of(base, format!("MFA session with {}", self.serial))
    }
}
