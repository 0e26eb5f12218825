//! Who may call: the user with its long-lived key, roles, and the sessions that were issued.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use sigv4::Secret;
use time::OffsetDateTime;

use super::{
    account::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, USER, user_arn, user_id},
    caller::{Caller, Kind},
    policy::Policy,
    role::LoadedRole,
    session::Session,
};

/// All identities of the account.
#[derive(Debug)]
pub(crate) struct Identities {
    pub(crate) roles: Vec<LoadedRole>,
    issued: RwLock<Issued>,
}

/// What changes while a sandbox runs.
#[derive(Debug, Default)]
struct Issued {
    users: BTreeMap<String, OffsetDateTime>,
    sessions: BTreeMap<String, Session>,
    used_codes: BTreeSet<String>,
}

impl Identities {
    pub(crate) fn new(roles: Vec<LoadedRole>, now: OffsetDateTime) -> Self {
        let issued = Issued { users: BTreeMap::from([(USER.to_owned(), now)]), ..Issued::default() };
        Self { roles, issued: RwLock::new(issued) }
    }

    /// The secret of a key, whether it is still valid or not.
    pub(crate) fn secret(&self, access_key_id: &str) -> Option<Secret> {
        if access_key_id == ACCESS_KEY_ID {
            return Some(Secret::new(SECRET_ACCESS_KEY));
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
            arn: user_arn(USER),
            user_id: user_id(USER),
            mfa: false,
            policies: vec![Arc::new(Policy::allow_all())],
        }
    }

    /// Issue temporary credentials.
    pub(crate) fn open_session(&self, caller: Caller, expiration: OffsetDateTime) -> Session {
        let session = Session::new(caller, expiration);
        let mut issued = self.write();
        // Sessions that ended long ago are no longer told apart from unknown ones, as on AWS.
        let forgotten = expiration - time::Duration::days(2);
        issued.sessions.retain(|_, session| session.expiration > forgotten);
        issued.sessions.insert(session.access_key_id.clone(), session.clone());
        session
    }

    /// Accept an MFA code: six digits, each code once, never `000000`.
    pub(crate) fn accept_code(&self, code: &str) -> bool {
        let is_code = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()) && code != "000000";
        is_code && self.write().used_codes.insert(code.to_owned())
    }

    pub(crate) fn role_by_arn(&self, arn: &str) -> Option<&LoadedRole> {
        self.roles.iter().find(|role| role.arn() == arn)
    }

    /// When a user was created; `None` if there is none.
    pub(crate) fn user_created(&self, name: &str) -> Option<OffsetDateTime> {
        self.read().users.get(name).copied()
    }

    /// Create a user; `false` if there is one of that name.
    pub(crate) fn create_user(&self, name: &str, now: OffsetDateTime) -> bool {
        let mut issued = self.write();
        let is_new = !issued.users.contains_key(name);
        issued.users.entry(name.to_owned()).or_insert(now);
        is_new
    }

    fn read(&self) -> RwLockReadGuard<'_, Issued> {
        self.issued.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Issued> {
        self.issued.write().unwrap_or_else(PoisonError::into_inner)
    }
}
