/// The version of the AWS JSON protocol, which a service speaks and its `Content-Type` names.
/// <https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonVersion {
    /// 1.0: DynamoDB, SQS, Step Functions, …
    V1_0,
    /// 1.1: CloudTrail, ECS, Kinesis, KMS, Secrets Manager, …
    V1_1,
}

impl JsonVersion {
    /// The value of the `Content-Type` header.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::V1_0 => "application/x-amz-json-1.0",
            Self::V1_1 => "application/x-amz-json-1.1",
        }
    }
}
