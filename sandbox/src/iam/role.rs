//! GetRole: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html>.

use super::access::{allow, no_such};
use crate::{
    state::{State, account::role_arn, caller::Caller},
    wire::{Form, Refusal, Writer},
};

pub(crate) fn get_role(state: &State, form: &Form, caller: &Caller) -> Result<Writer, Refusal> {
    let name = form.required("RoleName")?;
    allow(caller, "iam:GetRole", &role_arn(name))?;
    let role =
        state.identities.roles.iter().find(|role| role.name == name).ok_or_else(|| no_such("role", name))?;
    let (name, arn, id, longest) = (role.name.clone(), role.arn(), role.id(), role.max_session.as_secs());
    Ok(Box::new(move |xml| {
        xml.open("Role");
        xml.text("Path", "/");
        xml.text("RoleName", &name);
        xml.text("RoleId", &id);
        xml.text("Arn", &arn);
        xml.text("CreateDate", "2026-01-01T00:00:00Z");
        xml.plain("MaxSessionDuration", longest);
        xml.close("Role");
    }))
}
