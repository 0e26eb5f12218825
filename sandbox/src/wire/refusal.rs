//! Refusals: a code, a message, and what a service adds to them.

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

    /// No policy allows the caller of this ARN to do that, or one denies it.
    pub(crate) fn not_authorized(arn: &str, action: &str, resource: &str) -> Self {
        let message = format!("User: {arn} is not authorized to perform: {action} on resource: {resource}");
        Self::new("AccessDenied", 403, message)
    }

    pub(crate) fn detail(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.push((name, value.into()));
        self
    }

    pub(crate) fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// As S3 writes it: `<Error>`.
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
        // RFC 9110, 15.5.17: the size of the object.
        let size = detail("ActualObjectSize").map(|size| format!("bytes */{size}"));
        Answer::xml(self.status, xml)
            .header_if("x-amz-bucket-region", detail("Region"))
            .header_if("content-range", size.as_deref())
    }

    /// As STS and IAM write it: `<ErrorResponse>`.
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

/// The result of a request: its operation, and the answer or refusal.
pub(crate) struct Outcome {
    pub(crate) operation: &'static str,
    pub(crate) answer: Answer,
    pub(crate) refusal: Option<Refusal>,
}
