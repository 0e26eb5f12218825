//! Answers that refuse: a code, a message, and what a service adds to them.

use sigv4::Mismatch;

use super::{answer::Answer, xml::Document};

/// A refusal before it is written in a service's form.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) status: u16,
    pub(crate) message: String,
    /// Further elements of S3's form: `BucketName`, `Region`, `StringToSign`, ….
    pub(crate) details: Vec<(&'static str, String)>,
    /// The exact reason, for the sandbox's own log.
    pub(crate) reason: Option<String>,
}

impl Refusal {
    pub(crate) fn new(code: &str, status: u16, message: impl Into<String>) -> Self {
        Self { code: code.into(), status, message: message.into(), details: Vec::new(), reason: None }
    }

    pub(crate) fn detail(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.push((name, value.into()));
        self
    }

    pub(crate) fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// S3's bare form.
    pub(crate) fn to_s3(&self, resource: &str, request_id: &str) -> Answer {
        let mut xml = Document::new();
        xml.open("Error");
        xml.text("Code", &self.code);
        xml.text("Message", &self.message);
        for (name, value) in &self.details {
            xml.text(name, value);
        }
        xml.text("Resource", resource);
        xml.text("RequestId", request_id);
        xml.text("HostId", "sts3-sandbox");
        xml.close("Error");
        let detail = |name: &str| {
            self.details.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
        };
        // RFC 9110, 15.5.17: how large what was asked for is.
        let size = detail("ActualObjectSize").map(|size| format!("bytes */{size}"));
        Answer::xml(self.status, xml)
            .header_if("x-amz-bucket-region", detail("Region"))
            .header_if("content-range", size.as_deref())
    }

    /// The wrapped form of STS and IAM.
    pub(crate) fn to_query(&self, namespace: &str, request_id: &str) -> Answer {
        let mut xml = Document::new();
        xml.open_in("ErrorResponse", namespace);
        xml.open("Error");
        xml.text("Type", if self.status < 500 { "Sender" } else { "Receiver" });
        xml.text("Code", &self.code);
        xml.text("Message", &self.message);
        xml.close("Error");
        xml.text("RequestId", request_id);
        xml.close("ErrorResponse");
        Answer::xml(self.status, xml)
    }
}

const NO_MATCH: &str = "The request signature we calculated does not match the signature you provided.";

/// How S3 says that a signature does not hold.
pub(crate) fn s3_mismatch(mismatch: &Mismatch) -> Refusal {
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
        Mismatch::UnknownAccessKey { access_key_id } => {
            Refusal::new("InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records.")
                .detail("AWSAccessKeyId", access_key_id)
        }
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

/// How STS and IAM say that a signature does not hold.
pub(crate) fn query_mismatch(mismatch: &Mismatch) -> Refusal {
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
        Mismatch::UnknownAccessKey { .. } => Refusal::new(
            "InvalidClientTokenId",
            403,
            "The security token included in the request is invalid.",
        ),
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

/// As S3 writes them: hex pairs with spaces between.
fn bytes(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}
