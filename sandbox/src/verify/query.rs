//! Verifies requests to STS and IAM, and refuses them with their codes.

use sigv4::{Mismatch, Timestamp, Verifier};

use super::token::{self, TokenProblem};
use crate::{
    state::{
        State,
        caller::{Caller, Kind},
    },
    wire::{Api, Refusal, Request},
};

const NO_MATCH: &str = "The request signature we calculated does not match the signature you provided.";

/// Check signature, token and expiry.
pub(crate) fn authenticate(state: &State, request: &Request, api: Api) -> Result<Caller, Refusal> {
    let now = state.now();
    let lookup = |id: &str| state.identities.secret(id);
    let verifier = match api {
        Api::Sts => Verifier::new(lookup).service("sts").region(state.config.region.as_str()),
        // One endpoint for all regions: clients sign for us-east-1, or for their own region when given a URL.
        Api::Iam => Verifier::new(lookup).service("iam"),
    };
    let verified = request
        .received(|received| verifier.verify(received, Timestamp::from(now)))
        .map_err(|mismatch| signature_problem(&mismatch))?;
    let caller = token::caller(state, &verified, now).map_err(token_problem)?;
    if api == Api::Iam && caller.kind == Kind::UserSession && !caller.mfa {
        return Err(invalid_token().because("a session token without MFA cannot call IAM"));
    }
    Ok(caller)
}

fn token_problem(problem: TokenProblem) -> Refusal {
    let refusal = match problem {
        TokenProblem::Expired(_) => {
            Refusal::new("ExpiredToken", 403, "The security token included in the request is expired")
        }
        TokenProblem::Unexpected | TokenProblem::Missing | TokenProblem::OfAnotherKey => invalid_token(),
    };
    refusal.because(problem.to_string())
}

fn invalid_token() -> Refusal {
    Refusal::new("InvalidClientTokenId", 403, "The security token included in the request is invalid.")
}

/// How STS and IAM refuse a signature.
fn signature_problem(mismatch: &Mismatch) -> Refusal {
    let refusal = match mismatch {
        Mismatch::NotSigned => {
            Refusal::new("MissingAuthenticationToken", 403, "Request is missing Authentication Token")
        }
        Mismatch::SignedTwice
        | Mismatch::UnsupportedAlgorithm { .. }
        | Mismatch::Malformed { .. }
        | Mismatch::Repeated { .. }
        | Mismatch::TooLarge { .. }
        | Mismatch::UnreadableHeader { .. } => Refusal::new("IncompleteSignature", 400, mismatch.to_string()),
        Mismatch::UnknownAccessKey { .. } => invalid_token(),
        Mismatch::ScopeRegion { .. } => {
            Refusal::new("SignatureDoesNotMatch", 403, "Credential should be scoped to a valid region.")
        }
        Mismatch::ScopeService { expected, .. } => Refusal::new(
            "SignatureDoesNotMatch",
            403,
            format!("Credential should be scoped to correct service: '{expected}'."),
        ),
        Mismatch::Clock { signed_at, now, tolerance } => {
            let minutes = tolerance.as_secs() / 60;
            let message = if signed_at < now {
                format!("Signature expired: {signed_at} is now earlier than {now} - {minutes} min.")
            } else {
                format!("Signature not yet current: {signed_at} is still later than {now} + {minutes} min.")
            };
            Refusal::new("SignatureDoesNotMatch", 403, message)
        }
        Mismatch::Signature { canonical_request, string_to_sign, .. } => Refusal::new(
            "SignatureDoesNotMatch",
            403,
            format!(
                "{NO_MATCH} Check your AWS Secret Access Key and signing method. Consult the service documentation \
                 for details.\n\nThe Canonical String for this request should have been\n'{canonical_request}'\n\n\
                 The String-to-Sign should have been\n'{string_to_sign}'\n"
            ),
        ),
        _ => Refusal::new("SignatureDoesNotMatch", 403, format!("{NO_MATCH} {mismatch}")),
    };
    refusal.because(mismatch.to_string())
}
