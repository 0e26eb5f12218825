//! What the operations have in common: the permission, and the refusal of names that do not exist.

use crate::{state::caller::Caller, wire::Refusal};

/// Refuse a caller whose policies do not allow this.
pub(super) fn allow(caller: &Caller, action: &str, resource: &str) -> Result<(), Refusal> {
    if caller.may(action, resource, &[]) {
        return Ok(());
    }
    Err(Refusal::not_authorized(&caller.arn, action, resource))
}

pub(super) fn no_such(kind: &str, name: &str) -> Refusal {
    Refusal::new("NoSuchEntity", 404, format!("The {kind} with name {name} cannot be found."))
}
