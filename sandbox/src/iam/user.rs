//! GetUser and CreateUser: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html>,
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html>.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::access::{allow, no_such};
use crate::{
    state::{
        State,
        account::{user_arn, user_id},
        caller::Caller,
    },
    wire::{Form, Refusal, Writer},
};

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
