//! The conditions of a policy, and whether a form holds them.
//! <https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sigv4-HTTPPOSTConstructPolicy.html#sigv4-PolicyConditions>

use alloc::{
    borrow::ToOwned,
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
};

use super::json;
use crate::{Mismatch, text::Shown, verify::grammar::malformed};

/// One condition of a policy.
#[derive(Debug)]
pub(super) enum Condition {
    /// On a field, by its name in lower case.
    Field { operator: Operator, field: String, value: String },
    /// `content-length-range`, in bytes, both bounds included.
    Length { least: u64, most: u64 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equals,
    StartsWith,
}

/// Fields of which the page's table says that the condition "supports exact matching" only. It says so of all `x-amz-*`
/// but `x-amz-meta-*`.
const EXACT: [&str; 2] = ["bucket", "success_action_status"];

impl Condition {
    /// Names are compared in lower case: "The post parameters are case insensitive. For example, you can specify
    /// x-amz-signature or X-Amz-Signature"
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sigv4-post-example.html>).
    pub(super) fn new(operator: Operator, field: &str, value: String) -> Result<Self, Mismatch> {
        let field = field.to_ascii_lowercase();
        let is_exact = EXACT.contains(&field.as_str())
            || field.starts_with("x-amz-") && !field.starts_with("x-amz-meta-");
        if operator == Operator::StartsWith && is_exact {
            return invalid(format!("`{}` can be matched exactly only", Shown(&field)));
        }
        Ok(Self::Field { operator, field, value })
    }

    fn check(&self, fields: &BTreeMap<String, String>, file_length: u64) -> Result<(), Mismatch> {
        let (operator, field, value) = match self {
            Self::Field { operator, field, value } => (*operator, field, value),
            Self::Length { least, most } if (*least..=*most).contains(&file_length) => return Ok(()),
            Self::Length { least, most } => {
                return Err(Mismatch::FileSize { length: file_length, least: *least, most: *most });
            }
        };
        let holds = |given: &str| match operator {
            Operator::Equals => given == value,
            // "Content-Types values for a starts-with condition that include commas are interpreted as lists. Each value in
            // the list must meet the condition for the whole condition to pass."
            Operator::StartsWith if field == "content-type" => {
                given.split(',').all(|item| item.starts_with(value))
            }
            Operator::StartsWith => given.starts_with(value),
        };
        // A field that is not there matches nothing, not even an empty start: S3 refuses that, too.
        if fields.get(field).is_some_and(|given| holds(given)) {
            return Ok(());
        }
        let name = match operator {
            Operator::Equals => "eq",
            Operator::StartsWith => "starts-with",
        };
        let value = if field == "x-amz-security-token" { "***" } else { value };
        let condition = format!("[\"{name}\", {}, {}]", json(&format!("${field}")), json(value));
        Err(Mismatch::PolicyCondition { condition })
    }
}

/// Whether a form holds all conditions, and each of its fields is covered by one. `fields` by their names in lower case.
///
/// "Each form field that you specify in a form (except x-amz-signature, file, policy, and field names that have an
/// x-ignore- prefix) must appear in the list of conditions." `bucket`, which the request's address gives, is held to that
/// as well: the page does not say whether a policy may leave it out, and botocore never does.
pub(super) fn check(
    conditions: &[Condition],
    fields: &BTreeMap<String, String>,
    file_length: u64,
) -> Result<(), Mismatch> {
    let mut covered = BTreeSet::new();
    for condition in conditions {
        condition.check(fields, file_length)?;
        if let Condition::Field { field, .. } = condition {
            covered.insert(field.as_str());
        }
    }
    let is_exempt =
        |name: &str| matches!(name, "x-amz-signature" | "file" | "policy") || name.starts_with("x-ignore-");
    match fields.keys().find(|name| !is_exempt(name) && !covered.contains(name.as_str())) {
        Some(extra) => Err(Mismatch::ExtraField { name: extra.to_owned() }),
        None => Ok(()),
    }
}

pub(super) fn invalid<T>(problem: String) -> Result<T, Mismatch> {
    Err(malformed("policy", problem))
}
