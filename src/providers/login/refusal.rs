//! What a refusal of the sign-in endpoint means for the user.
//! <https://docs.aws.amazon.com/signin/latest/APIReference/API_CreateOAuth2Token.html>

use time::OffsetDateTime;

use super::NAME;
use crate::{CredentialsError, Error, ServiceError, wire::timestamp};

/// The refusal with its meaning; what is a matter of time alone stays as it is.
pub(super) fn explained(error: ServiceError, region: &str, now: OffsetDateTime) -> Error {
    let problem = match error.code.as_str() {
        // A clock that is wrong makes proofs that are: the service calls it the same.
        "TOKEN_EXPIRED" => format!(
            "the sign-in has ended, or this machine's clock is wrong (it says {}): sign in again, with `aws login`",
            timestamp::whole_seconds(now)
        ),
        "USER_CREDENTIALS_CHANGED" => {
            "the password was changed since the sign-in: sign in again, with `aws login`".to_owned()
        }
        "INSUFFICIENT_PERMISSIONS" => "whoever signed in may not have keys for programs: the managed policy \
             SignInLocalDevelopmentAccess allows it (signin:AuthorizeOAuth2Access, signin:CreateOAuth2Token)"
            .to_owned(),
        "INVALID_REQUEST" | "ValidationException" => format!(
            "the renewal was refused as invalid: the sign-in took place in another region than {}, or another program \
             used its refresh token without leaving the new one: sign in again, with `aws login`",
            region.escape_debug()
        ),
        _ => return error.into(),
    };
    CredentialsError::unusable(NAME, problem).caused_by(error).into()
}
