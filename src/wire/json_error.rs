//! What a service that speaks JSON says when it refuses.

use serde::Deserialize;

use super::json::{self, Member};
use crate::ServiceError;

/// A refusal in the two forms that the services have.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    __type: Member<String>,
    code: Member<String>,
    error: Member<String>,
    message: Member<String>,
    #[serde(rename = "Message")]
    upper_message: Member<String>,
    error_description: Member<String>,
    /// Of the token service: which of the organization's keys is in the way.
    reason: Member<String>,
}

/// Fill in code and message; `false` if the answer is no such refusal. The code stands in a header (with a URL behind
/// it) or in the body (with a namespace before it). Services that spoke the Query protocol before (SQS) name the code that
/// they had there in a header of its own, `AWS.SimpleQueueService.NonExistentQueue;Sender`: it counts, as in the SDKs.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-json-api-responses.html>
/// <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization>
pub(super) fn read(response: &http::Response<Vec<u8>>, error: &mut ServiceError) -> bool {
    let header = |name: &str| response.headers().get(name)?.to_str().ok();
    let of_query = header("x-amzn-query-error").and_then(|value| value.split_once(';'));
    let of_query = of_query.map(|(code, _fault)| code.trim()).filter(|code| !code.is_empty());
    let body: Refusal = json::parse(response.body()).unwrap_or_default();
    let first = |members: [&Member<String>; 3]| members.into_iter().find_map(|member| member.get().cloned());
    // OAuth's own code says more than the name of the exception that stands in the header beside it.
    let code = body.error.get().cloned().or_else(|| header("x-amzn-errortype").map(str::to_owned));
    let code = code.or_else(|| first([&body.__type, &body.code, &Member::Absent]));
    let Some(code) = code else { return false };
    let code = code.split(':').next().unwrap_or(&code);
    error.code = of_query.unwrap_or_else(|| code.rsplit('#').next().unwrap_or(code)).to_owned();
    error.message = first([&body.message, &body.upper_message, &body.error_description]).unwrap_or_default();
    if let Some(reason) = body.reason.get() {
        error.message = format!("{} ({reason})", error.message);
    }
    !error.code.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    // The shapes are those of the service models' JSON protocol:
    // <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html>
    #[test]
    fn a_refusal_is_read_from_header_or_body() {
        for (header, body, code, message) in [
            (
                Some("UnauthorizedException:http://internal.amazon.com/coral/"),
                r#"{"message":"Session token not found or invalid"}"#,
                "UnauthorizedException",
                "Session token not found or invalid",
            ),
            (
                None,
                r#"{"__type":"com.amazonaws.switchboard.portal#ForbiddenException"}"#,
                "ForbiddenException",
                "",
            ),
            (
                Some("AuthorizationPendingException:http://internal.amazon.com/coral/"),
                r#"{"error":"authorization_pending","error_description":null}"#,
                "authorization_pending",
                "",
            ),
            (None, r#"{"error":"invalid_grant","error_description":"gone"}"#, "invalid_grant", "gone"),
            (None, "", "401", "Unauthorized (the answer had no error document)"),
        ] {
            let mut response = http::Response::builder().status(401);
            if let Some(header) = header {
                response = response.header("x-amzn-ErrorType", header);
            }
            let error = ServiceError::from_response("X", &response.body(body.as_bytes().to_vec()).unwrap());
            assert_eq!((error.code.as_str(), error.message.as_str()), (code, message), "{body}");
        }
    }

    // The answer is that of the guide to SQS's JSON, and the code the one of its Query API; botocore 1.43 and the SDK for Rust
    // take what stands before the one semicolon.
    #[test]
    fn the_code_of_the_query_protocol_counts_where_a_service_names_it() {
        let body = r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}"#;
        for (header, code) in [
            ("AWS.SimpleQueueService.NonExistentQueue;Sender", "AWS.SimpleQueueService.NonExistentQueue"),
            ("RequestThrottled;Receiver", "RequestThrottled"),
            ("no fault", "QueueDoesNotExist"),
            (";Sender", "QueueDoesNotExist"),
        ] {
            let response = http::Response::builder().status(400).header("x-amzn-query-error", header);
            let error = ServiceError::from_response("X", &response.body(body.into()).unwrap());
            assert_eq!(
                (&*error.code, &*error.message),
                (code, "The specified queue does not exist."),
                "{header}"
            );
        }
    }
}
