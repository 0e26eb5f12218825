//! Verifies requests to S3, and refuses them with S3's codes.

use sigv4::{Mismatch, Timestamp, Verifier};

use super::token::{self, TokenProblem};
use crate::{
    state::{State, caller::Caller},
    wire::{Refusal, Request},
};

const NO_MATCH: &str = "The request signature we calculated does not match the signature you provided.";

/// Check signature, token and expiry.
pub(crate) fn authenticate(state: &State, request: &Request, region: &str) -> Result<Caller, Refusal> {
    let now = state.now();
    let lookup = |id: &str| state.identities.secret(id);
    let verifier = Verifier::new(lookup).service("s3").region(region);
    let verified = request
        .received(|received| verifier.verify(received, Timestamp::from(now)))
        .map_err(|mismatch| signature_problem(&mismatch))?;
    token::caller(state, &verified, now).map_err(|problem| token_problem(problem, &verified.access_key_id))
}

fn token_problem(problem: TokenProblem, access_key_id: &str) -> Refusal {
    let refusal = match problem {
        TokenProblem::Missing => unknown_key(access_key_id),
        TokenProblem::Expired(_) => Refusal::new("ExpiredToken", 400, "The provided token has expired."),
        TokenProblem::Unexpected | TokenProblem::OfAnotherKey => {
            Refusal::new("InvalidToken", 400, "The provided token is malformed or otherwise invalid.")
        }
    };
    refusal.because(problem.to_string())
}

fn unknown_key(access_key_id: &str) -> Refusal {
    Refusal::new(
        "InvalidAccessKeyId",
        403,
        "The AWS Access Key Id you provided does not exist in our records.",
    )
    .detail("AWSAccessKeyId", access_key_id)
}

/// How S3 refuses a signature.
fn signature_problem(mismatch: &Mismatch) -> Refusal {
    let refusal = match mismatch {
        Mismatch::NotSigned => Refusal::new("AccessDenied", 403, "Access Denied"),
        Mismatch::SignedTwice => Refusal::new("InvalidArgument", 400, "Only one auth mechanism allowed"),
        Mismatch::UnsupportedAlgorithm { .. } => {
            Refusal::new("InvalidArgument", 400, "Unsupported Authorization Type")
        }
        Mismatch::Malformed { part, .. } if part.starts_with("X-Amz-") && *part != "X-Amz-Date header" => {
            Refusal::new("AuthorizationQueryParametersError", 400, mismatch.to_string())
        }
        Mismatch::Malformed { .. } | Mismatch::ScopeDate { .. } | Mismatch::ScopeService { .. } => {
            Refusal::new("AuthorizationHeaderMalformed", 400, mismatch.to_string())
        }
        Mismatch::Repeated { .. } | Mismatch::TooLarge { .. } | Mismatch::UnreadableHeader { .. } => {
            Refusal::new("InvalidRequest", 400, mismatch.to_string())
        }
        Mismatch::UnknownAccessKey { access_key_id } => unknown_key(access_key_id),
        Mismatch::ScopeRegion { expected, received } => Refusal::new(
            "AuthorizationHeaderMalformed",
            400,
            format!("The authorization header is malformed; the region '{received}' is wrong; expecting '{expected}'"),
        )
        .detail("Region", expected),
        Mismatch::Clock { signed_at, now, tolerance } => Refusal::new(
            "RequestTimeTooSkewed",
            403,
            "The difference between the request time and the current time is too large.",
        )
        .detail("RequestTime", signed_at.to_string())
        .detail("ServerTime", now.to_string())
        .detail("MaxAllowedSkewMilliseconds", tolerance.as_millis().to_string()),
        Mismatch::Expired { at, now } => Refusal::new("AccessDenied", 403, "Request has expired")
            .detail("Expires", at.to_string())
            .detail("ServerTime", now.to_string()),
        Mismatch::HeaderNotSigned { name } => {
            Refusal::new("AccessDenied", 403, "There were headers present in the request which were not signed")
                .detail("HeadersNotSigned", name)
        }
        Mismatch::HeaderMissing { name } => {
            Refusal::new("InvalidRequest", 400, format!("Missing required header for this request: {name}"))
        }
        Mismatch::PayloadHash { stated, computed } => Refusal::new(
            "XAmzContentSHA256Mismatch",
            400,
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )
        .detail("ClientComputedContentSHA256", stated)
        .detail("S3ComputedContentSHA256", computed),
        Mismatch::Signature { canonical_request, string_to_sign, provided } => {
            Refusal::new("SignatureDoesNotMatch", 403, format!("{NO_MATCH} Check your key and signing method."))
                .detail("StringToSign", string_to_sign)
                .detail("SignatureProvided", provided)
                .detail("StringToSignBytes", bytes(string_to_sign))
                .detail("CanonicalRequest", canonical_request)
                .detail("CanonicalRequestBytes", bytes(canonical_request))
        }
        _ => Refusal::new("SignatureDoesNotMatch", 403, format!("{NO_MATCH} {mismatch}")),
    };
    refusal.because(mismatch.to_string())
}

/// As S3 writes them: hex pairs with spaces between.
fn bytes(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}
