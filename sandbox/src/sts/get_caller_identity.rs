//! GetCallerIdentity: <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>.

use crate::{
    state::{account::ACCOUNT, caller::Caller},
    wire::Writer,
};

pub(crate) fn get_caller_identity(caller: &Caller) -> Writer {
    let Caller { arn, user_id, .. } = caller.clone();
    Box::new(move |xml| {
        xml.text("Arn", &arn);
        xml.text("UserId", &user_id);
        xml.text("Account", ACCOUNT);
    })
}
