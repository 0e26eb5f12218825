//! Cause and remedy, one line each, for the codes that people meet.

use super::service::ServiceError;

impl ServiceError {
    /// What to do about it, in one line.
    pub fn hint(&self) -> Option<&'static str> {
        hint(self)
    }
}

/// The remedy for a service's error, chosen by its code and, where one code has several causes, by the
/// operation.
fn hint(error: &ServiceError) -> Option<&'static str> {
    Some(match (error.code.as_str(), error.operation.as_str()) {
        ("ExpiredToken" | "ExpiredTokenException" | "RequestExpired", _) => {
            "the session has ended: get new credentials, or let sts3 renew them with --role-arn"
        }
        ("InvalidClientTokenId" | "InvalidAccessKeyId" | "UnrecognizedClientException", _) => {
            "the key is unknown here: wrong partition or endpoint, a deactivated key, or a temporary key (ASIA…) \
             without its AWS_SESSION_TOKEN"
        }
        ("InvalidToken", _) => {
            "the session token is altered, cut or from the global STS endpoint: use the regional endpoint and look \
             for line breaks or quotes in AWS_SESSION_TOKEN"
        }
        ("SignatureDoesNotMatch" | "InvalidSignatureException", _) => {
            "wrong secret (look for a trailing space or line break), a wrong clock, or a proxy that changes requests"
        }
        ("AccessDenied", _) if error.message.contains("MultiFactorAuthentication failed") => {
            "the MFA code is wrong, late or used already (each works once): wait for the next one, and check the device's \
             serial number and clock"
        }
        ("AccessDenied", "AssumeRole") => {
            "the role's trust policy must name the caller (see `sts3 whoami`); an external ID or MFA code may be \
             missing, and the account's root user can never assume roles"
        }
        ("AccessDenied", "GetSessionToken" | "GetFederationToken") => {
            "it needs an IAM user's long-lived keys: credentials that are temporary already are refused, as are \
             wrong or reused MFA codes"
        }
        ("AccessDenied" | "403", "ListObjectsV2" | "ListObjects" | "HeadBucket") => {
            "listing needs s3:ListBucket on the bucket's ARN (not on its objects /*); a session policy, an s3:prefix \
             condition or another owner of the bucket may forbid it"
        }
        ("AccessDenied", "ListBuckets") => "it needs s3:ListAllMyBuckets on *",
        ("AccessDenied", _) => "the identity (see `sts3 whoami`) has no permission for this action",
        ("400", "GetSigninToken") => {
            "the console opens with a role's credentials (or GetFederationToken's), not with those of GetSessionToken; a \
             session duration is refused for a role that another role has assumed"
        }
        ("RegionDisabledException" | "OptInRequired", _) => {
            "STS or the region is not active for the account: activate it, or use another region's endpoint"
        }
        ("PackedPolicyTooLarge", _) => {
            "session policies and tags together exceed the packed limit: shorten them or use managed policy ARNs"
        }
        ("MalformedPolicyDocument", _) => "the session policy is not a valid IAM policy in JSON",
        ("ValidationError", "AssumeRole") => {
            "the duration may exceed the role's maximum, or one hour when the caller's credentials are a role's own"
        }
        ("ValidationError", _) => "a parameter is outside the service's limits",
        ("NoSuchBucket", _) => "check the bucket's name; `sts3 ls` prints those of the account",
        ("404", "HeadBucket") => "no such bucket; `sts3 ls` prints those of the account",
        ("PermanentRedirect" | "TemporaryRedirect" | "AuthorizationHeaderMalformed" | "301", _) => {
            "the bucket is in another region: give it with --region"
        }
        ("302" | "303" | "307" | "308", _) => {
            "the address only points elsewhere, and signed requests do not follow: check the endpoint URL (http for \
             https?), and sign in to the network if it asks for that"
        }
        ("IllegalLocationConstraintException", _) => {
            "the bucket belongs to a region that this endpoint cannot serve"
        }
        ("RequestTimeTooSkewed", _) => "this machine's clock is wrong: set it",
        (
            "SlowDown"
            | "Throttling"
            | "ThrottlingException"
            | "TooManyRequestsException"
            | "ServiceUnavailable",
            _,
        ) => "the service asks for fewer requests: wait, or lower the concurrency",
        ("NotSignedUp" | "AllAccessDisabled" | "AccountProblem", _) => {
            "the account or bucket is closed or not signed up: its owner must resolve this with AWS"
        }
        ("IDPRejectedClaim", _) => {
            "the identity provider's claim was refused: check audience, issuer and trust policy"
        }
        ("InvalidIdentityToken", _) => "the identity token is malformed, expired or from an unknown provider",
        ("IDPCommunicationError", _) => "STS could not reach the identity provider: try again",
        ("IncompleteSignature" | "AuthorizationQueryParametersError", _) => {
            "a part of the signature is missing or malformed: look for a proxy that changes headers or URLs"
        }
        ("MissingAuthenticationToken" | "MissingSecurityHeader", _) => {
            "the request arrived unsigned: leave out --no-sign-request, or look for a proxy that drops headers"
        }
        ("InternalError" | "InternalFailure" | "ConcurrentModification", _) => {
            "the service failed this time: try again"
        }
        ("NoSuchEntity", _) => "it does not exist in this account",
        ("EntityAlreadyExists", _) => "it exists already",
        ("LimitExceeded", _) => "a quota of the account is used up (this is not throttling)",
        ("MethodNotAllowed" | "NotImplemented" | "InvalidAction", _) => {
            "this server does not know the operation"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("NoSuchEntity", "GetRole"),
            ("EntityAlreadyExists", "CreateUser"),
            ("LimitExceeded", "CreateUser"),
            ("ConcurrentModification", "CreateUser"),
        ] {
            let error =
                ServiceError { code: code.into(), operation: operation.into(), ..ServiceError::default() };
            assert!(hint(&error).is_some(), "{code} of {operation}");
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
        assert!(hint(&error).is_some_and(|hint| hint.contains("wait for the next one")));
    }
}
