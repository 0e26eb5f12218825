//! The references that XML has without a DOCTYPE: five names, and numbers.

/// What stands between `&` and `;`.
pub(crate) fn character(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => number(name.strip_prefix('#')?),
    }
}

fn number(text: &str) -> Option<char> {
    let (digits, radix) = match text.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (text, 10),
    };
    // `from_str_radix` would take a sign.
    if !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let code = u32::from_str_radix(digits, radix).ok().filter(|code| *code != 0)?;
    char::from_u32(code)
}

/// A text with its references resolved; `None` if one is unknown or has no end.
pub(crate) fn unescape(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, reference)) = rest.split_once('&') {
        plain.push_str(before);
        let (name, after) = reference.split_once(';')?;
        plain.push(character(name)?);
        rest = after;
    }
    plain.push_str(rest);
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    // XML 1.0, 4.1 and 4.6.
    #[test]
    fn references_are_resolved_and_unknown_ones_refused() {
        let text = "&lt;&gt;&amp;&quot;&apos;&#65;&#x1F980;a&#13;";
        assert_eq!(unescape(text).unwrap(), "<>&\"'A🦀a\r");
        for bad in
            ["&nbsp;", "&amp", "&;", "&#;", "&#x;", "&#+65;", "&#0;", "&#xD800;", "&#x110000;", "& amp;"]
        {
            assert_eq!(unescape(bad), None, "{bad}");
        }
    }
}
