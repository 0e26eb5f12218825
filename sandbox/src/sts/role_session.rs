//! A role's session: what the operations that assume roles have in common.

use super::{
    session::{expiration, write_credentials},
    session_policy::{packed_percent, session_policies},
};
use crate::{
    state::{
        State,
        account::ACCOUNT,
        caller::{Caller, Kind},
        role::LoadedRole,
        session::Session,
    },
    wire::{Form, Refusal, validation, xml::Document},
};

/// `RoleSessionName`: 2 to 64 letters, digits and `_+=,.@-`.
pub(super) fn session_name(form: &Form) -> Result<String, Refusal> {
    let name = form.required("RoleSessionName")?.to_owned();
    let is_name = (2..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte));
    if !is_name {
        return Err(validation(format!(
            "1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint"
        )));
    }
    Ok(name)
}

/// A session that is asked for.
pub(super) struct RoleSession<'a> {
    pub(super) role: &'a LoadedRole,
    pub(super) name: String,
    pub(super) seconds: i64,
    pub(super) mfa: bool,
}

/// A session that was opened, and how much of the limit its policies take.
pub(super) struct Opened {
    session: Session,
    packed: usize,
}

impl RoleSession<'_> {
    /// Narrowed by the policies of the request.
    pub(super) fn open(self, state: &State, form: &Form) -> Result<Opened, Refusal> {
        let Self { role, name, seconds, mfa } = self;
        if seconds.unsigned_abs() > role.max_session.as_secs() {
            return Err(validation(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            ));
        }
        let (session_policies, packed) = session_policies(form)?;
        let caller = Caller {
            kind: Kind::Role,
            arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/{}/{name}", role.name),
            user_id: format!("{}:{name}", role.id()),
            mfa,
            policies: std::iter::once(role.policy.clone()).chain(session_policies).collect(),
        };
        let session = state.identities.open_session(caller, expiration(state, seconds));
        Ok(Opened { session, packed })
    }
}

impl Opened {
    pub(super) fn write(&self, xml: &mut Document) {
        xml.open("AssumedRoleUser");
        xml.text("AssumedRoleId", &self.session.caller.user_id);
        xml.text("Arn", &self.session.caller.arn);
        xml.close("AssumedRoleUser");
        write_credentials(xml, &self.session);
        if self.packed > 0 {
            xml.plain("PackedPolicySize", packed_percent(self.packed));
        }
    }
}
