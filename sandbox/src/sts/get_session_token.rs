//! GetSessionToken: <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>.

use super::session::{check_mfa, expiration, seconds, write_credentials};
use crate::{
    state::{
        State,
        caller::{Caller, Kind},
    },
    wire::{Form, Refusal, Writer},
};

pub(crate) fn get_session_token(state: &State, form: &Form, caller: &Caller) -> Result<Writer, Refusal> {
    if caller.kind != Kind::LongLived {
        return Err(Refusal::new(
            "AccessDenied",
            403,
            "Cannot call GetSessionToken with session credentials",
        ));
    }
    let seconds = seconds(form, 43_200, 129_600)?;
    let mfa = check_mfa(state, form)?;
    let session_caller = Caller { kind: Kind::UserSession, mfa, ..caller.clone() };
    let session = state.identities.open_session(session_caller, expiration(state, seconds));
    Ok(Box::new(move |xml| write_credentials(xml, &session)))
}
