//! Reading a policy document.
//!
//! It is not quite JSON: the page lists the escapes `\$` and `\v`, which JSON does not have, and its own example has a comma
//! behind the last condition. So no JSON reader can read it; this one knows the few forms that a policy has, and nothing
//! else. It looks at each character once.

use alloc::{format, string::String, vec::Vec};
use core::{iter::Peekable, str::Chars};

use super::conditions::{Condition, Operator, invalid};
use crate::{Mismatch, Timestamp, text::Shown};

/// What a policy says.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) expiration: Timestamp,
    pub(super) conditions: Vec<Condition>,
}

impl Document {
    /// "The POST policy always contains the expiration and conditions elements."
    pub(super) fn read(text: &str) -> Result<Self, Mismatch> {
        let mut reader = Reader { rest: text.chars().peekable() };
        let (mut expiration, mut conditions) = (None, None);
        reader.expect('{')?;
        loop {
            let name = reader.string()?;
            reader.expect(':')?;
            match name.as_str() {
                "expiration" if expiration.is_none() => expiration = Some(timestamp(&reader.string()?)?),
                "conditions" if conditions.is_none() => conditions = Some(reader.conditions()?),
                "expiration" | "conditions" => return invalid(format!("`{name}` is there twice")),
                other => return invalid(format!("`{}` is not an element of a policy", Shown(other))),
            }
            if !reader.has(',') {
                break;
            }
        }
        reader.expect('}')?;
        reader.end()?;
        match (expiration, conditions) {
            (Some(expiration), Some(conditions)) => Ok(Self { expiration, conditions }),
            (None, _) => invalid("`expiration` is missing".into()),
            (_, None) => invalid("`conditions` is missing".into()),
        }
    }
}

/// "ISO8601 GMT date format. For example, 2013-08-01T12:00:00.000Z"; botocore writes no milliseconds.
fn timestamp(text: &str) -> Result<Timestamp, Mismatch> {
    let parsed = || {
        let (seconds, end) = text.split_at_checked(19)?;
        let [date, time] = <[&str; 2]>::try_from(seconds.split('T').collect::<Vec<_>>()).ok()?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let ends_well = match end.strip_suffix('Z')?.strip_prefix('.') {
            Some(milliseconds) => milliseconds.len() == 3 && digits(milliseconds),
            None => end == "Z",
        };
        let separated = |text: &str, separator: char, at: [usize; 2]| {
            let pieces: Vec<&str> = text.split(separator).collect();
            (pieces.len() == 3
                && at.iter().all(|at| text.get(*at..*at + 1) == Some(separator.encode_utf8(&mut [0; 4]))))
            .then(|| pieces.concat())
        };
        let basic = format!("{}T{}Z", separated(date, '-', [4, 7])?, separated(time, ':', [2, 5])?);
        Timestamp::parse(&basic).filter(|_| ends_well)
    };
    match parsed() {
        Some(time) => Ok(time),
        None => invalid(format!("`{}` is not an expiration (2013-08-01T12:00:00.000Z)", Shown(text))),
    }
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
}

impl Reader<'_> {
    fn skip_blanks(&mut self) {
        while self.rest.next_if(|c| matches!(c, ' ' | '\t' | '\r' | '\n')).is_some() {}
    }

    fn has(&mut self, wanted: char) -> bool {
        self.skip_blanks();
        self.rest.next_if_eq(&wanted).is_some()
    }

    fn peek(&mut self) -> Option<char> {
        self.skip_blanks();
        self.rest.peek().copied()
    }

    fn expect(&mut self, wanted: char) -> Result<(), Mismatch> {
        if self.has(wanted) { Ok(()) } else { invalid(format!("it is not JSON: `{wanted}` is missing")) }
    }

    fn end(&mut self) -> Result<(), Mismatch> {
        match self.peek() {
            None => Ok(()),
            Some(_) => invalid("something follows its closing brace".into()),
        }
    }

    /// A list of conditions, with or without a comma behind the last: the page's example has one.
    fn conditions(&mut self) -> Result<Vec<Condition>, Mismatch> {
        let mut conditions = Vec::new();
        self.expect('[')?;
        while !self.has(']') {
            conditions.push(self.condition()?);
            if !self.has(',') {
                self.expect(']')?;
                break;
            }
        }
        Ok(conditions)
    }

    /// `{"acl": "public-read"}`, `["eq", "$acl", "public-read"]`, `["starts-with", "$key", "user/"]` or
    /// `["content-length-range", 1048576, 10485760]`.
    fn condition(&mut self) -> Result<Condition, Mismatch> {
        if self.has('{') {
            let field = self.string()?;
            self.expect(':')?;
            let value = self.string()?;
            // S3: "Simple-Conditions must have exactly one property specified."
            self.expect('}')?;
            return Condition::new(Operator::Equals, &field, value);
        }
        self.expect('[')?;
        let operator = self.string()?;
        self.expect(',')?;
        let condition = match operator.as_str() {
            "content-length-range" => {
                let least = self.number()?;
                self.expect(',')?;
                Condition::Length { least, most: self.number()? }
            }
            "eq" => self.matched(Operator::Equals)?,
            "starts-with" => self.matched(Operator::StartsWith)?,
            other => return invalid(format!("`{}` is not a kind of condition", Shown(other))),
        };
        self.expect(']')?;
        Ok(condition)
    }

    fn matched(&mut self, operator: Operator) -> Result<Condition, Mismatch> {
        let field = self.string()?;
        let Some(field) = field.strip_prefix('$') else {
            return invalid(format!("`{}` has no dollar sign before the field's name", Shown(&field)));
        };
        self.expect(',')?;
        Condition::new(operator, field, self.string()?)
    }

    /// A bound of `content-length-range`. The page's examples are numbers and it does not say that they have to be. botocore
    /// sends conditions as its caller gives them, and the policies of uploaders made for S3 have both in quotes
    /// (<https://github.com/localstack/localstack/pull/10889>); the bounds are the same.
    fn number(&mut self) -> Result<u64, Mismatch> {
        let is_quoted = self.peek() == Some('"');
        let mut digits = if is_quoted { self.string()? } else { String::new() };
        while !is_quoted
            && let Some(c) = self.rest.next_if(|c| c.is_ascii_alphanumeric() || "+-.".contains(*c))
        {
            digits.push(c);
        }
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        // JSON's numbers have no leading zeros.
        let has_zeros = digits.len() > 1 && digits.starts_with('0');
        match digits.parse() {
            Ok(number) if is_number && !has_zeros => Ok(number),
            _ => invalid(format!("`{}` is not a number of bytes (content-length-range)", Shown(&digits))),
        }
    }

    /// A string with the escapes of JSON and of the page ("Character Escaping").
    fn string(&mut self) -> Result<String, Mismatch> {
        if !self.has('"') {
            return invalid("a string is missing: the names and values of conditions are strings".into());
        }
        let mut text = String::new();
        loop {
            match self.rest.next() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escaped()?),
                Some(c) if c >= ' ' => text.push(c),
                _ => return invalid("a string does not end, or has a control character".into()),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, Mismatch> {
        Ok(match self.rest.next() {
            Some(c @ ('"' | '\\' | '/' | '$')) => c,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('v') => '\u{b}',
            Some('u') => return self.unicode(),
            _ => return invalid("a string has an escape that neither JSON nor S3 knows".into()),
        })
    }

    /// Four hex digits, or two surrogates of four.
    fn unicode(&mut self) -> Result<char, Mismatch> {
        let unit = self.code_unit()?;
        let code = match unit {
            0xD800..0xDC00 if self.rest.next() == Some('\\') && self.rest.next() == Some('u') => {
                match self.code_unit()? {
                    low @ 0xDC00..0xE000 => 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00),
                    _ => unit,
                }
            }
            _ => unit,
        };
        match char::from_u32(code) {
            Some(c) => Ok(c),
            None => invalid("a string has half of a surrogate pair".into()),
        }
    }

    fn code_unit(&mut self) -> Result<u32, Mismatch> {
        let mut unit = 0;
        for _ in 0..4 {
            match self.rest.next().and_then(|digit| digit.to_digit(16)) {
                Some(digit) => unit = unit << 4 | digit,
                None => return invalid("a string has an escape without four hex digits".into()),
            }
        }
        Ok(unit)
    }
}
