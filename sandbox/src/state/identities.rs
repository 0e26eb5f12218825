//! Who may call: the user with its long-lived key, roles, and the sessions that were handed out.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, RwLock},
    time::Duration,
};

use sha2::{Digest, Sha256};
use sigv4::Secret;
use time::OffsetDateTime;

use super::{
    config::{self, ACCOUNT},
    policy::{Policy, Question, Verdict},
};

/// What kind of credentials a caller has; the services treat them differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    LongLived,
    /// A role's session (AssumeRole).
    Role,
    /// A user's session (GetSessionToken).
    UserSession,
}

/// A caller whose signature and token hold.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) kind: Kind,
    pub(crate) arn: String,
    pub(crate) user_id: String,
    pub(crate) mfa: bool,
    /// All of them must allow what is asked: the identity's own and those of the session.
    pub(crate) policies: Vec<Arc<Policy>>,
}

impl Caller {
    /// Whether the caller may do this.
    pub(crate) fn may(&self, action: &str, resource: &str, conditions: &[(&str, String)]) -> bool {
        let mut conditions = conditions.to_vec();
        if self.kind != Kind::LongLived {
            conditions.push(("aws:MultiFactorAuthPresent", self.mfa.to_string()));
        }
        let question = Question { action, resource, conditions: &conditions, principals: &[] };
        self.policies.iter().all(|policy| policy.verdict(&question) == Verdict::Allowed)
    }

    /// The ARNs by which a trust policy may name it.
    pub(crate) fn principals(&self) -> Vec<String> {
        vec![self.arn.clone(), format!("arn:aws:iam::{ACCOUNT}:root"), ACCOUNT.to_owned()]
    }
}

/// Temporary credentials that were handed out.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: Secret,
    pub(crate) token: Secret,
    pub(crate) expiration: OffsetDateTime,
    pub(crate) caller: Caller,
}

/// A role, its policies read.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) policy: Arc<Policy>,
    pub(crate) trust: Arc<Policy>,
    pub(crate) max_session: Duration,
}

impl Role {
    /// `None` if a document is no policy.
    pub(crate) fn read(role: &config::Role) -> Option<Self> {
        Some(Self {
            name: role.name.clone(),
            policy: Arc::new(Policy::parse(&role.policy)?),
            trust: Arc::new(Policy::parse(&role.trust)?),
            max_session: role.max_session,
        })
    }

    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:iam::{ACCOUNT}:role/{}", self.name)
    }

    pub(crate) fn id(&self) -> String {
        stable_id("AROA", &self.name)
    }
}

/// All identities of the account.
#[derive(Debug)]
pub(crate) struct Identities {
    pub(crate) roles: Vec<Role>,
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    users: BTreeMap<String, OffsetDateTime>,
    sessions: BTreeMap<String, Session>,
    used_codes: BTreeSet<String>,
}

impl Identities {
    pub(crate) fn new(roles: Vec<Role>, now: OffsetDateTime) -> Self {
        let state = State { users: BTreeMap::from([(config::USER.to_owned(), now)]), ..State::default() };
        Self { roles, state: RwLock::new(state) }
    }

    /// The secret of a key, whether it is still valid or not.
    pub(crate) fn secret(&self, access_key_id: &str) -> Option<Secret> {
        if access_key_id == config::ACCESS_KEY_ID {
            return Some(Secret::new(config::SECRET_ACCESS_KEY));
        }
        self.session(access_key_id).map(|session| session.secret_access_key)
    }

    pub(crate) fn session(&self, access_key_id: &str) -> Option<Session> {
        self.read().sessions.get(access_key_id).cloned()
    }

    /// The user with its long-lived key.
    pub(crate) fn user(&self) -> Caller {
        Caller {
            kind: Kind::LongLived,
            arn: user_arn(config::USER),
            user_id: user_id(config::USER),
            mfa: false,
            policies: vec![Arc::new(Policy::allow_all())],
        }
    }

    /// Hand out credentials.
    pub(crate) fn open_session(&self, caller: Caller, expiration: OffsetDateTime) -> Session {
        let session = Session {
            access_key_id: format!("ASIA{}", random_text(16).to_ascii_uppercase()),
            secret_access_key: Secret::new(format!("{}/+{}", random_text(20), random_text(18))),
            // As long as AWS's own, and with the characters that clients get wrong.
            token: Secret::new(format!("FwoGZXIvYXdzE+/{}/+{}==", random_text(190), random_text(190))),
            expiration,
            caller,
        };
        let mut state = self.write();
        // Sessions that ended long ago are no longer told apart from unknown ones, as on AWS.
        let forgotten = expiration - time::Duration::days(2);
        state.sessions.retain(|_, session| session.expiration > forgotten);
        state.sessions.insert(session.access_key_id.clone(), session.clone());
        session
    }

    /// Accept an MFA code: six digits, each code once, never `000000`.
    pub(crate) fn accept_code(&self, code: &str) -> bool {
        let is_code = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()) && code != "000000";
        is_code && self.write().used_codes.insert(code.to_owned())
    }

    pub(crate) fn role_by_arn(&self, arn: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.arn() == arn)
    }

    /// When a user was created; `None` if there is none.
    pub(crate) fn user_created(&self, name: &str) -> Option<OffsetDateTime> {
        self.read().users.get(name).copied()
    }

    /// Create a user; `false` if there is one of that name.
    pub(crate) fn create_user(&self, name: &str, now: OffsetDateTime) -> bool {
        let mut state = self.write();
        let is_new = !state.users.contains_key(name);
        state.users.entry(name.to_owned()).or_insert(now);
        is_new
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

pub(crate) fn user_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:user/{name}")
}

pub(crate) fn user_id(name: &str) -> String {
    stable_id("AIDA", name)
}

/// An id like IAM's that follows from a name.
fn stable_id(prefix: &str, name: &str) -> String {
    let digest = hex::encode_upper(Sha256::digest(name));
    format!("{prefix}{}", digest.get(..17).unwrap_or_default())
}

/// Hex digits nobody can guess from outside: the standard library's hasher keys are random per process, and
/// they guard nothing but a sandbox.
pub(crate) fn random_text(length: usize) -> String {
    use std::hash::{BuildHasher, RandomState};
    let random = RandomState::new();
    let words = (0..length.div_ceil(16)).map(|index| format!("{:016x}", random.hash_one(index)));
    words.collect::<String>().chars().take(length).collect()
}
