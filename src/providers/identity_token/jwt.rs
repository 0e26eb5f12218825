//! What a JWT says of itself: for messages, and to tell a token from something else. Nobody here verifies a signature: STS
//! does.

use std::fmt;

use serde_json::{Map, Value};
use time::OffsetDateTime;

/// Characters of a claim that are shown.
const MAX_SHOWN: usize = 200;

/// Whether this is a JWT (RFC 7519), or what is wrong. Nothing of it is quoted.
pub(super) fn check(token: &str) -> Result<(), String> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, _] = parts[..] else {
        return Err(format!("a JWT has three parts between dots, and this has {}", parts.len()));
    };
    object(header).ok_or("its first part is no JSON object in base64url")?;
    object(payload).ok_or("its second part is no JSON object in base64url")?;
    Ok(())
}

/// The claims by which a role's trust policy decides; the signature is not among them.
pub(crate) struct Claims {
    members: Map<String, Value>,
    now: OffsetDateTime,
}

impl Claims {
    /// Those of a token, to be told at this time. `None` if it is no JWT.
    pub(crate) fn read(token: &str, now: OffsetDateTime) -> Option<Self> {
        let members = object(token.split('.').nth(1)?)?;
        Some(Self { members, now })
    }

    fn text(&self, claim: &str) -> String {
        let shown = match self.members.get(claim) {
            None => return "(none)".into(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            Some(other) => other.to_string(),
        };
        let cut: String = shown.chars().take(MAX_SHOWN).collect();
        format!("`{}`", cut.escape_debug())
    }

    fn end(&self) -> String {
        let Some(end) = self.members.get("exp").and_then(Value::as_i64) else { return "no end".into() };
        match end.saturating_sub(self.now.unix_timestamp()) {
            left if left > 0 => format!("good for another {left} s"),
            left => format!("ended {} s ago", left.unsigned_abs()),
        }
    }
}

impl fmt::Display for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (issuer, audience, subject) = (self.text("iss"), self.text("aud"), self.text("sub"));
        write!(f, "issuer {issuer}, audience {audience}, subject {subject}, {}", self.end())
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&base64url(part)?).ok()
}

/// RFC 4648, 5, without padding. (A crate for these lines would be one more in every program's tree.)
fn base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for character in text.bytes() {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xFF).ok()?);
        }
    }
    // One character alone is no byte.
    (text.len() % 4 != 1).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::testing::NOON;

    // RFC 4648, 10, without padding; the last ones have its 62nd and 63rd character.
    #[test]
    fn base64url_is_read_as_the_rfc_s_vectors_say() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("Zg", b"f"),
            ("Zm8", b"fo"),
            ("Zm9v", b"foo"),
            ("Zm9vYg", b"foob"),
            ("Zm9vYmE", b"fooba"),
            ("Zm9vYmFy", b"foobar"),
            ("-_8", &[0xFB, 0xFF]),
        ] {
            assert_eq!(base64url(text).as_deref(), Some(bytes), "{text}");
        }
        for text in ["Z", "Zg==", "+/8", "Zm9 v", "Zm9vY"] {
            assert_eq!(base64url(text), None, "{text}");
        }
    }

    // RFC 7519, 3.1: the example of a JWT.
    const EXAMPLE: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
        eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
        dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    #[test]
    fn a_token_is_told_from_something_else_without_being_quoted() {
        assert_eq!(check(EXAMPLE), Ok(()));
        for (text, expected) in [
            ("hush", "has 1"),
            ("hush.hush", "has 2"),
            ("hush.hush.hush.hush.hush", "has 5"),
            ("/run/hush.d/token.jwt", "first part"),
            ("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.hush.x", "second part"),
            ("W10.W10.x", "first part"),
        ] {
            let problem = check(text).unwrap_err();
            assert!(problem.contains(expected) && !problem.contains("hush"), "{text}: {problem}");
        }
    }

    #[test]
    fn claims_are_told_in_one_bounded_line_and_the_signature_never() {
        let told = |token: &str| Claims::read(token, NOON).unwrap().to_string();
        let example = told(EXAMPLE);
        assert!(example.contains("issuer `joe`, audience (none), subject (none), ended "), "{example}");
        assert!(!example.contains("dBjftJeZ"), "{example}");
        // {"aud":["a","b"],"sub":"x\u001b[2J","exp":1795521660} (a minute after noon)
        let list = "e30.eyJhdWQiOlsiYSIsImIiXSwic3ViIjoieFx1MDAxYlsySiIsImV4cCI6MTc5NTUyMTY2MH0.s";
        let list = told(list);
        assert!(list.contains("audience `a, b`, subject `x\\u{1b}[2J`, good for another 60 s"), "{list}");
    }
}
