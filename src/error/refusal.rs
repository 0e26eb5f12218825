//! What helps against a service's refusal: by its code and, where one code has several causes, by the operation.

use super::{
    remedy::Remedy,
    service::{KeyFault, ServiceError},
};

impl ServiceError {
    /// What to do about it.
    pub fn remedy(&self) -> Option<Remedy> {
        remedy(self)
    }
}

/// Refusals of the key, its token or its signature.
const REFUSES_KEY: [&str; 9] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

fn remedy(error: &ServiceError) -> Option<Remedy> {
    // What STS says of a region, with or without the region that it is.
    if error.message.contains("scoped to a valid region") {
        return Some(Remedy::CorrectRegion);
    }
    if REFUSES_KEY.contains(&error.code.as_str())
        && let Some(fault) = error.key_fault
    {
        return Some(match fault {
            KeyFault::TokenBesideLongLivedKey => Remedy::RemoveSessionToken,
            KeyFault::NoTokenBesideSessionKey => Remedy::AddSessionToken,
            KeyFault::Blank => Remedy::RemoveBlank,
        });
    }
    Some(match (error.code.as_str(), error.operation.as_str()) {
        ("AccessDeniedException" | "ValidationException", "CreateSession") => roles_anywhere(&error.message),
        ("ResourceNotFoundException", "CreateSession") => Remedy::CheckName,
        ("ExpiredToken" | "ExpiredTokenException", "AssumeRoleWithWebIdentity") => Remedy::RenewIdentityToken,
        ("ExpiredToken" | "ExpiredTokenException" | "RequestExpired", _) => Remedy::RenewCredentials,
        ("InvalidClientTokenId" | "InvalidAccessKeyId" | "UnrecognizedClientException", _) => {
            Remedy::CheckAccessKey
        }
        ("InvalidToken", _) => Remedy::CheckSessionToken,
        ("SignatureDoesNotMatch" | "InvalidSignatureException", _) => Remedy::CheckSecretKey,
        ("AccessDenied", _) if error.message.contains("MultiFactorAuthentication failed") => {
            Remedy::UseNextMfaCode
        }
        ("AccessDenied", "AssumeRoleWithWebIdentity") => Remedy::CorrectIdentityProvider,
        ("AccessDenied", "AssumeRole") => Remedy::AllowAssumeRole,
        ("AccessDenied", "GetSessionToken" | "GetFederationToken") => Remedy::UseLongLivedKey,
        ("AccessDenied" | "403", "ListObjectsV2" | "ListObjects" | "HeadBucket") => Remedy::AllowListBucket,
        ("AccessDenied", "ListBuckets") => Remedy::AllowListAllMyBuckets,
        ("AccessDenied", _) => Remedy::AllowAction,
        ("400", "GetSigninToken") => Remedy::UseRoleCredentials,
        ("RegionDisabledException" | "OptInRequired", _) => Remedy::ActivateRegion,
        ("PackedPolicyTooLarge", _) => Remedy::ShortenPolicy,
        ("MalformedPolicyDocument", _) => Remedy::CorrectPolicy,
        ("ValidationError", "AssumeRole") => Remedy::ShortenSession,
        ("ValidationError", _) => Remedy::CorrectParameter,
        ("NoSuchBucket", _) => Remedy::CheckBucketName,
        ("404", "HeadBucket") => Remedy::CheckBucketName,
        ("PermanentRedirect" | "TemporaryRedirect" | "AuthorizationHeaderMalformed" | "301", _) => {
            Remedy::NameRegion
        }
        ("302" | "303" | "307" | "308", _) => Remedy::CorrectEndpoint,
        ("IllegalLocationConstraintException", _) => Remedy::UseOtherEndpoint,
        ("RequestTimeTooSkewed", _) => Remedy::CheckClock,
        (
            "SlowDown"
            | "Throttling"
            | "ThrottlingException"
            | "TooManyRequestsException"
            | "ServiceUnavailable"
            | "rate_exceeded"
            | "slow_down",
            _,
        ) => Remedy::SendFewerRequests,
        ("NotSignedUp" | "AllAccessDisabled" | "AccountProblem", _) => Remedy::AskAccountOwner,
        ("IDPRejectedClaim", _) => Remedy::CorrectIdentityProvider,
        ("InvalidIdentityToken", _) => Remedy::RenewIdentityToken,
        ("IDPCommunicationError", _) => Remedy::AwaitIdentityProvider,
        ("IncompleteSignature" | "AuthorizationQueryParametersError", _) => Remedy::CheckSignatureParts,
        ("MissingAuthenticationToken" | "MissingSecurityHeader", _) => Remedy::SignRequest,
        ("InternalError" | "InternalFailure" | "ConcurrentModification" | "server_error", _) => {
            Remedy::TryAgain
        }
        ("NoSuchEntity", _) => Remedy::CheckName,
        ("EntityAlreadyExists", _) => Remedy::ChooseOtherName,
        ("LimitExceeded", _) => Remedy::RaiseQuota,
        ("MethodNotAllowed" | "NotImplemented" | "InvalidAction", _) => Remedy::UseOtherOperation,
        _ => return None,
    })
}

/// IAM Roles Anywhere has one code for many causes; its texts are those of users' reports.
fn roles_anywhere(message: &str) -> Remedy {
    const BY_TEXT: [(&str, Remedy); 4] = [
        ("Untrusted", Remedy::CheckTrustAnchor),
        ("signature", Remedy::CheckCertificateKey),
        ("session tags", Remedy::MapCertificateAttributes),
        ("roleSessionName", Remedy::AcceptSessionName),
    ];
    let found = BY_TEXT.into_iter().find(|(text, _)| message.contains(text));
    found.map_or(Remedy::AllowRolesAnywhere, |(_, remedy)| remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Credentials;

    #[test]
    fn what_can_be_seen_of_the_keys_that_were_refused_is_said_before_what_may_be() {
        let keys = |id: &str, secret: &str, token: Option<&str>| {
            let keys = Credentials::new(id, secret);
            token.map_or(keys.clone(), |token| keys.with_session_token(token))
        };
        let remedy = |code: &str, keys: Credentials| {
            let key_fault = KeyFault::of(&keys);
            ServiceError { code: code.into(), key_fault, ..ServiceError::default() }.remedy()
        };
        for code in REFUSES_KEY {
            assert_eq!(
                remedy(code, keys("AKIA1", "s", Some("t"))),
                Some(Remedy::RemoveSessionToken),
                "{code}"
            );
            assert_eq!(remedy(code, keys("ASIA1", "s", None)), Some(Remedy::AddSessionToken), "{code}");
            assert_eq!(remedy(code, keys("AKIA1", "s ", None)), Some(Remedy::RemoveBlank), "{code}");
            assert_eq!(remedy(code, keys(" AKIA1", "s", None)), Some(Remedy::RemoveBlank), "{code}");
            assert_eq!(remedy(code, keys("ASIA1", "s", Some("t "))), Some(Remedy::RemoveBlank), "{code}");
        }
        let code = "InvalidClientTokenId";
        for sound in [keys("AKIA1", "s", None), keys("ASIA1", "s", Some("t")), keys("minio", "s", Some("t"))]
        {
            assert_eq!(remedy(code, sound), Some(Remedy::CheckAccessKey));
        }
        // Who may not do something has keys that are known.
        assert_eq!(remedy("AccessDenied", keys("AKIA1", "s", Some("t"))), Some(Remedy::AllowAction));
    }

    #[test]
    fn every_code_that_people_meet_has_a_remedy() {
        for (code, operation) in [
            ("ExpiredToken", "ListObjectsV2"),
            ("ExpiredTokenException", "AssumeRole"),
            ("RequestExpired", "AssumeRole"),
            ("InvalidClientTokenId", "GetCallerIdentity"),
            ("InvalidAccessKeyId", "ListObjectsV2"),
            ("InvalidToken", "ListObjectsV2"),
            ("SignatureDoesNotMatch", "ListObjectsV2"),
            ("InvalidSignatureException", "GetRoleCredentials"),
            ("IncompleteSignature", "AssumeRole"),
            ("AuthorizationQueryParametersError", "ListObjectsV2"),
            ("MissingAuthenticationToken", "AssumeRole"),
            ("AuthorizationHeaderMalformed", "ListObjectsV2"),
            ("RequestTimeTooSkewed", "ListObjectsV2"),
            ("AccessDenied", "AssumeRole"),
            ("AccessDenied", "GetSessionToken"),
            ("AccessDenied", "ListObjectsV2"),
            ("ValidationError", "AssumeRole"),
            ("MalformedPolicyDocument", "AssumeRole"),
            ("PackedPolicyTooLarge", "AssumeRole"),
            ("RegionDisabledException", "AssumeRole"),
            ("OptInRequired", "AssumeRole"),
            ("IDPRejectedClaim", "AssumeRoleWithWebIdentity"),
            ("InvalidIdentityToken", "AssumeRoleWithWebIdentity"),
            ("IDPCommunicationError", "AssumeRoleWithWebIdentity"),
            ("NoSuchBucket", "ListObjectsV2"),
            ("PermanentRedirect", "ListObjectsV2"),
            ("TemporaryRedirect", "ListObjectsV2"),
            ("302", "GetCallerIdentity"),
            ("308", "ListObjectsV2"),
            ("IllegalLocationConstraintException", "ListObjectsV2"),
            ("AllAccessDisabled", "ListObjectsV2"),
            ("NotSignedUp", "ListObjectsV2"),
            ("AccountProblem", "ListObjectsV2"),
            ("SlowDown", "ListObjectsV2"),
            ("Throttling", "AssumeRole"),
            ("TooManyRequestsException", "GetRoleCredentials"),
            ("ServiceUnavailable", "ListObjectsV2"),
            ("InternalError", "ListObjectsV2"),
            ("server_error", "CreateToken"),
            ("rate_exceeded", "CreateOAuth2Token"),
            ("slow_down", "CreateToken"),
            ("NoSuchEntity", "GetRole"),
            ("EntityAlreadyExists", "CreateUser"),
            ("LimitExceeded", "CreateUser"),
            ("ConcurrentModification", "CreateUser"),
        ] {
            let error =
                ServiceError { code: code.into(), operation: operation.into(), ..ServiceError::default() };
            assert!(error.remedy().is_some(), "{code} of {operation}");
        }
    }

    /// STS's words, of its regional and of its global endpoint: the secret is not the fault.
    #[test]
    fn a_region_that_the_endpoint_does_not_serve_is_told_apart_from_a_wrong_secret() {
        for message in [
            "Credential should be scoped to a valid region. ",
            "Credential should be scoped to a valid region, not 'eu-wset-1'. ",
        ] {
            let error = ServiceError {
                code: "SignatureDoesNotMatch".into(),
                operation: "GetCallerIdentity".into(),
                message: message.into(),
                ..ServiceError::default()
            };
            assert_eq!(error.remedy(), Some(Remedy::CorrectRegion), "{message}");
        }
    }

    #[test]
    fn a_wrong_mfa_code_is_told_apart_from_a_trust_policy_that_says_no() {
        let error = ServiceError {
            code: "AccessDenied".into(),
            operation: "AssumeRole".into(),
            message: "MultiFactorAuthentication failed with invalid MFA one time pass code.".into(),
            ..ServiceError::default()
        };
        assert_eq!(error.remedy(), Some(Remedy::UseNextMfaCode));
    }
}
