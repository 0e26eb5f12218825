//! The policies that narrow a role's session: those in the request, and managed ones by their ARNs.

use std::sync::Arc;

use crate::{
    state::policy::Policy,
    wire::{Form, Refusal},
};

/// Session policies and tags are packed into the token; this is what they may have in plain characters.
const PACKED_LIMIT: usize = 2048;

/// The policies that narrow the session, and the characters which they and the tags take.
pub(super) fn session_policies(form: &Form) -> Result<(Vec<Arc<Policy>>, usize), Refusal> {
    let mut policies = Vec::new();
    let mut size = 0;
    let malformed = |message: &str| Refusal::new("MalformedPolicyDocument", 400, message);
    if let Some(text) = form.get("Policy") {
        size += text.len();
        policies.push(
            Policy::parse(text).ok_or_else(|| malformed("The policy is not in the valid JSON format."))?,
        );
    }
    let arns = form.members("PolicyArns", ".arn");
    if !arns.is_empty() {
        policies.push(
            managed(&arns).ok_or_else(|| malformed("A policy ARN does not exist or is not attachable."))?,
        );
    }
    let tags = form
        .members("Tags", ".Key")
        .iter()
        .chain(&form.members("Tags", ".Value"))
        .map(|tag| tag.len())
        .sum::<usize>();
    size += tags;
    if size > PACKED_LIMIT {
        let message = format!("Packed size of session policies and tags consumes {}%", packed_percent(size));
        return Err(Refusal::new("PackedPolicyTooLarge", 400, message));
    }
    Ok((policies.into_iter().map(Arc::new).collect(), size))
}

/// The share of the limit that this many characters take.
pub(super) fn packed_percent(size: usize) -> usize {
    size * 100 / PACKED_LIMIT
}

/// The AWS managed policies that sessions are usually narrowed to; several allow what any of them allows.
fn managed(arns: &[&str]) -> Option<Policy> {
    let statement = |arn: &&str| match arn.strip_prefix("arn:aws:iam::aws:policy/")? {
        "AdministratorAccess" => Some(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#),
        "AmazonS3FullAccess" => Some(r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#),
        "AmazonS3ReadOnlyAccess" | "ReadOnlyAccess" => {
            Some(r#"{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"*"}"#)
        }
        _ => None,
    };
    let statements = arns.iter().map(statement).collect::<Option<Vec<_>>>()?;
    Policy::parse(&format!("{{\"Statement\":[{}]}}", statements.join(",")))
}
