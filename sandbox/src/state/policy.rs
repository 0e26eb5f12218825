//! IAM policies as far as listing and assuming roles need them: statements of actions, resources, principals
//! and conditions, with wildcards; an explicit deny wins.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use serde_json::Value;

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Question<'a> {
    /// `s3:ListBucket`.
    pub(crate) action: &'a str,
    /// The ARN of the bucket, object or role.
    pub(crate) resource: &'a str,
    /// Condition keys and their values: `s3:prefix`, `sts:ExternalId`, ….
    pub(crate) conditions: &'a [(&'a str, String)],
    /// The ARNs that the caller answers to; for trust policies.
    pub(crate) principals: &'a [String],
}

/// What a policy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    /// An explicit deny.
    Denied,
    /// No statement is about it.
    Silent,
}

/// A policy document.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    statements: Vec<Value>,
}

impl Policy {
    /// Everything is allowed.
    pub(crate) fn allow_all() -> Self {
        Self { statements: vec![serde_json::json!({"Effect": "Allow", "Action": "*", "Resource": "*"})] }
    }

    /// Read a document; `None` if it is no policy.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let document: Value = serde_json::from_str(text).ok()?;
        let statements = match document.get("Statement")? {
            Value::Array(statements) => statements.clone(),
            statement @ Value::Object(_) => vec![statement.clone()],
            _ => return None,
        };
        let is_statement = |statement: &Value| {
            matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny"))
                && (statement.get("Action").is_some() || statement.get("NotAction").is_some())
        };
        statements.iter().all(is_statement).then_some(Self { statements })
    }

    /// What this policy says to a question.
    pub(crate) fn verdict(&self, question: &Question<'_>) -> Verdict {
        let mut verdict = Verdict::Silent;
        for statement in self.statements.iter().filter(|statement| applies(statement, question)) {
            match statement.get("Effect").and_then(Value::as_str) {
                Some("Deny") => return Verdict::Denied,
                Some("Allow") => verdict = Verdict::Allowed,
                _ => {}
            }
        }
        verdict
    }
}

fn applies(statement: &Value, question: &Question<'_>) -> bool {
    let names = |key: &str, negated: &str, value: &str, fold: bool| match (
        statement.get(key),
        statement.get(negated),
    ) {
        (Some(patterns), _) => any(patterns, |pattern| matches(pattern, value, fold)),
        (None, Some(patterns)) => !any(patterns, |pattern| matches(pattern, value, fold)),
        // Trust policies name no resource.
        (None, None) => true,
    };
    names("Action", "NotAction", question.action, true)
        && names("Resource", "NotResource", question.resource, false)
        && principal_matches(statement.get("Principal"), question.principals)
        && statement.get("Condition").is_none_or(|condition| holds(condition, question.conditions))
}

fn principal_matches(principal: Option<&Value>, callers: &[String]) -> bool {
    match principal {
        None => true,
        Some(Value::String(all)) => all == "*",
        Some(principal) => ["AWS", "Federated", "Service"]
            .into_iter()
            .filter_map(|kind| principal.get(kind))
            .any(|named| any(named, |name| name == "*" || callers.iter().any(|caller| caller == name))),
    }
}

/// A value that may stand alone or in a list.
fn any(patterns: &Value, test: impl Fn(&str) -> bool) -> bool {
    any_of(patterns, &test)
}

fn any_of(patterns: &Value, test: &dyn Fn(&str) -> bool) -> bool {
    match patterns {
        Value::String(pattern) => test(pattern),
        Value::Bool(flag) => test(if *flag { "true" } else { "false" }),
        Value::Number(number) => test(&number.to_string()),
        Value::Array(list) => list.iter().any(|pattern| any_of(pattern, test)),
        _ => false,
    }
}

/// All operators and all of their keys must hold. An operator that is not known here never holds, so that a
/// policy is not taken to allow more than it does.
fn holds(condition: &Value, given: &[(&str, String)]) -> bool {
    let Value::Object(operators) = condition else { return false };
    operators.iter().all(|(operator, keys)| {
        let Value::Object(keys) = keys else { return false };
        keys.iter().all(|(key, patterns)| {
            let value = given
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(key))
                .map(|(_, value)| value.as_str());
            let (operator, if_exists) = match operator.strip_suffix("IfExists") {
                Some(base) => (base, true),
                None => (operator.as_str(), false),
            };
            compare(operator, if_exists, value, patterns)
        })
    })
}

fn compare(operator: &str, if_exists: bool, value: Option<&str>, patterns: &Value) -> bool {
    let negated = matches!(operator, "StringNotEquals" | "StringNotLike");
    let Some(value) = value else {
        return if_exists || negated || (operator == "Null" && any(patterns, |p| p == "true"));
    };
    let number = |text: &str| text.parse::<i64>().unwrap_or(i64::MAX);
    match operator {
        "StringEquals" | "Bool" | "ArnEquals" => any(patterns, |pattern| pattern == value),
        "StringEqualsIgnoreCase" => any(patterns, |pattern| pattern.eq_ignore_ascii_case(value)),
        "StringNotEquals" => !any(patterns, |pattern| pattern == value),
        "StringLike" | "ArnLike" => any(patterns, |pattern| matches(pattern, value, false)),
        "StringNotLike" => !any(patterns, |pattern| matches(pattern, value, false)),
        "NumericLessThanEquals" => any(patterns, |pattern| number(value) <= number(pattern)),
        "NumericEquals" => any(patterns, |pattern| number(value) == number(pattern)),
        "Null" => any(patterns, |pattern| pattern == "false"),
        _ => false,
    }
}

/// Wildcards: `*` stands for any text, `?` for one character.
fn matches(pattern: &str, text: &str, fold_case: bool) -> bool {
    let fold = |text: &str| -> Vec<char> {
        text.chars().map(|c| if fold_case { c.to_ascii_lowercase() } else { c }).collect()
    };
    let (pattern, text) = (fold(pattern), fold(text));
    let (mut at, mut read) = (0, 0);
    // Where to go back to: behind the last star, with one more character given to it.
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at + 1, read));
                at += 1;
            }
            Some(expected) if *expected == '?' || Some(expected) == text.get(read) => {
                at += 1;
                read += 1;
            }
            _ => match star {
                Some((behind, from)) => {
                    star = Some((behind, from + 1));
                    (at, read) = (behind, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(at).all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(policy: &str, action: &str, resource: &str, conditions: &[(&str, String)]) -> Verdict {
        let question =
            Question { action, resource, conditions, principals: &["arn:aws:iam::1:user/a".into()] };
        Policy::parse(policy).unwrap().verdict(&question)
    }

    #[test]
    fn wildcards_match_as_in_iam() {
        for (pattern, text, expected) in [
            ("s3:*", "s3:ListBucket", true),
            ("S3:list*", "s3:ListBucket", true),
            ("s3:Get*", "s3:ListBucket", false),
            ("*", "", true),
            ("a?c*e", "abcde", true),
            ("a?c*e", "ace", false),
            ("*a*b", "xaybab", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, text, true), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_deny_wins_and_conditions_narrow() {
        let policy = r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::logs","Condition":{"StringLike":{"s3:prefix":["2026/*",""]}}},
            {"Effect":"Deny","Action":["s3:*"],"Resource":"*","Condition":{"StringEquals":{"s3:prefix":"2026/secret"}}}]}"#;
        let prefix = |prefix: &str| [("s3:prefix", prefix.to_owned())];
        let logs = "arn:aws:s3:::logs";
        assert_eq!(ask(policy, "s3:ListBucket", logs, &prefix("2026/01")), Verdict::Allowed);
        assert_eq!(ask(policy, "s3:ListBucket", logs, &prefix("2025/")), Verdict::Silent);
        assert_eq!(ask(policy, "s3:ListBucket", logs, &prefix("2026/secret")), Verdict::Denied);
        assert_eq!(ask(policy, "s3:ListBucket", "arn:aws:s3:::other", &prefix("")), Verdict::Silent);
        assert_eq!(ask(policy, "s3:ListBucket", logs, &[]), Verdict::Silent);
    }

    #[test]
    fn trust_names_principals() {
        let trust = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::1:user/a"]},"Action":"sts:AssumeRole",
            "Condition":{"StringEquals":{"sts:ExternalId":"x"}}}}"#;
        assert_eq!(ask(trust, "sts:AssumeRole", "", &[("sts:ExternalId", "x".into())]), Verdict::Allowed);
        assert_eq!(ask(trust, "sts:AssumeRole", "", &[]), Verdict::Silent);
        let other = trust.replace("user/a", "user/b");
        assert_eq!(ask(&other, "sts:AssumeRole", "", &[("sts:ExternalId", "x".into())]), Verdict::Silent);
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        for text in [
            "",
            "{}",
            "[]",
            "{\"Statement\":[{}]}",
            "{\"Statement\":[{\"Effect\":\"Maybe\",\"Action\":\"*\"}]}",
        ] {
            assert!(Policy::parse(text).is_none(), "{text}");
        }
    }
}
