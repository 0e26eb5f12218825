//! IAM: the existence checks GetUser and GetRole, and CreateUser.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    query_api::{Form, Writer},
    server::State,
    state::config::ACCOUNT,
    state::identities::{Caller, user_arn, user_id},
    wire::Refusal,
};

fn allow(caller: &Caller, action: &str, resource: &str) -> Result<(), Refusal> {
    if caller.may(action, resource, &[]) {
        return Ok(());
    }
    let message =
        format!("User: {} is not authorized to perform: {action} on resource: {resource}", caller.arn);
    Err(Refusal::new("AccessDenied", 403, message))
}

pub(crate) fn get_user(state: &State, form: &Form, caller: &Caller) -> Result<Writer, Refusal> {
    let own = caller.arn.rsplit('/').next().unwrap_or_default();
    let name = form.get("UserName").unwrap_or(own);
    allow(caller, "iam:GetUser", &user_arn(name))?;
    match state.identities.user_created(name) {
        Some(created) => Ok(user(name, created)),
        None => Err(no_such("user", name)),
    }
}

pub(crate) fn create_user(state: &State, form: &Form, caller: &Caller) -> Result<Writer, Refusal> {
    let name = form.required("UserName")?;
    allow(caller, "iam:CreateUser", &user_arn(name))?;
    let now = state.now();
    if state.identities.create_user(name, now) {
        Ok(user(name, now))
    } else {
        Err(Refusal::new("EntityAlreadyExists", 409, format!("User with name {name} already exists.")))
    }
}

pub(crate) fn get_role(state: &State, form: &Form, caller: &Caller) -> Result<Writer, Refusal> {
    let name = form.required("RoleName")?;
    allow(caller, "iam:GetRole", &format!("arn:aws:iam::{ACCOUNT}:role/{name}"))?;
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

fn user(name: &str, created: OffsetDateTime) -> Writer {
    let name = name.to_owned();
    Box::new(move |xml| {
        xml.open("User");
        xml.text("Path", "/");
        xml.text("UserName", &name);
        xml.text("UserId", &user_id(&name));
        xml.text("Arn", &user_arn(&name));
        let created = created.replace_nanosecond(0).unwrap_or(created);
        xml.plain("CreateDate", created.format(&Rfc3339).unwrap_or_default());
        xml.close("User");
    })
}

fn no_such(kind: &str, name: &str) -> Refusal {
    Refusal::new("NoSuchEntity", 404, format!("The {kind} with name {name} cannot be found."))
}
