//! The state that all requests share.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use time::OffsetDateTime;

use super::{
    bucket::Bucket, clock::Clock, config::SandboxBuilder, faults::Faults, identities::Identities,
    identity_token::Issuer, log::Log, role::LoadedRole, sign_ins::SignIns,
};

/// Seconds that a clock may be off and a session may live: times stay in the years that can be written.
const MAX_SHIFT: u64 = 100 * 365 * 24 * 60 * 60;

/// Buckets by their names.
pub(crate) type Buckets = BTreeMap<String, Bucket>;

/// All that a running sandbox holds.
pub(crate) struct State {
    pub(crate) config: SandboxBuilder,
    pub(crate) identities: Identities,
    /// Of the identity tokens for jobs.
    pub(crate) issuer: Issuer,
    pub(crate) faults: Faults,
    pub(crate) log: Log,
    pub(crate) sign_ins: SignIns,
    clock: Clock,
    buckets: RwLock<Buckets>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("config", &self.config).finish_non_exhaustive()
    }
}

impl State {
    /// As configured.
    ///
    /// # Errors
    /// Names the role with a policy that is not a policy document, or a time that leads out of the calendar.
    pub(crate) fn new(config: SandboxBuilder) -> Result<Self, String> {
        let lifetime = config.session_lifetime.unwrap_or_default().as_secs();
        for (what, seconds) in
            [("clock_skew", config.clock_skew.unsigned_abs()), ("session_lifetime", lifetime)]
        {
            if seconds > MAX_SHIFT {
                return Err(format!("{what} is {seconds} seconds: at most {MAX_SHIFT} (a hundred years)"));
            }
        }
        let now = OffsetDateTime::now_utc();
        let roles = config.roles.iter().map(|role| {
            let problem = || format!("a policy of the role `{}` is no policy document", role.name);
            LoadedRole::read(role).ok_or_else(problem)
        });
        let roles = roles.collect::<Result<Vec<_>, _>>()?;
        let buckets = config.buckets.iter().map(|spec| (spec.name.clone(), spec.create(&config.region, now)));
        Ok(Self {
            identities: Identities::new(roles, now),
            issuer: Issuer::new(),
            buckets: RwLock::new(buckets.collect()),
            faults: Faults::new(&config),
            log: Log::default(),
            sign_ins: SignIns::default(),
            clock: Clock::new(config.clock_skew),
            config,
        })
    }

    /// The time on the sandbox's clock.
    pub(crate) fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    pub(crate) fn buckets(&self) -> RwLockReadGuard<'_, Buckets> {
        self.buckets.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn buckets_mut(&self) -> RwLockWriteGuard<'_, Buckets> {
        self.buckets.write().unwrap_or_else(PoisonError::into_inner)
    }
}
