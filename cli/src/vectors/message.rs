use super::case::Message;

/// What a line that starts with white space adds to the header above it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Folded {
    /// More of its value, as HTTP reads it.
    SameValue,
    /// Another value, as the older suite's canonical requests have it (`my-header1:value1,value2`).
    NextValue,
}

/// Request line, headers, an empty line, the body.
pub(super) fn parse(text: &str, folded: Folded) -> Result<Message, String> {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default();
    // The oldest suite writes the version in lower case.
    let line = first.strip_suffix(" HTTP/1.1").or_else(|| first.strip_suffix(" http/1.1"));
    let line = line.ok_or_else(|| format!("`{first}` is no request line"))?;
    let (method, target) = line.split_once(' ').ok_or_else(|| format!("`{first}` has no target"))?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in lines {
        if !line.starts_with([' ', '\t']) {
            let (name, value) = line.split_once(':').ok_or_else(|| format!("`{line}` is no header"))?;
            headers.push((name.to_owned(), value.to_owned()));
            continue;
        }
        let Some((name, value)) = headers.last_mut() else {
            return Err(format!("`{line}` continues nothing"));
        };
        if folded == Folded::SameValue {
            value.push('\n');
            value.push_str(line);
        } else {
            let next = (name.clone(), line.trim().to_owned());
            headers.push(next);
        }
    }
    Ok(Message { method: method.into(), path: path.into(), query: query.into(), headers, body: body.into() })
}
