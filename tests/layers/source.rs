//! Rust source as words: enough of the language to see which paths a file names.

/// A file's words and signs, without comments, literals and unit tests.
pub(crate) fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    while let Some(first) = rest.chars().next() {
        let (length, is_token) = match first {
            '/' if rest.starts_with("//") => (until(rest, "\n"), false),
            '/' if rest.starts_with("/*") => (until(rest, "*/"), false),
            '"' => (string(rest), false),
            'r' if rest.starts_with("r\"") || rest.starts_with("r#") => (raw_string(rest), false),
            '\'' => (character_or_lifetime(rest), false),
            ':' if rest.starts_with("::") => (2, true),
            _ if is_word(first) => (rest.find(|c| !is_word(c)).unwrap_or(rest.len()), true),
            _ => (first.len_utf8(), !first.is_whitespace()),
        };
        let (token, behind) = rest.split_at(length);
        if is_token {
            tokens.push(token);
        }
        rest = behind;
    }
    tokens
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn until(text: &str, end: &str) -> usize {
    text.find(end).map_or(text.len(), |at| at + end.len())
}

fn string(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            '"' if !is_escaped => return at + 1,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}

/// `r"…"`, `r#"…"#`, or a raw identifier's `r#`.
fn raw_string(text: &str) -> usize {
    let hashes = text.chars().skip(1).take_while(|c| *c == '#').count();
    let start = hashes + 2;
    if !text[1 + hashes..].starts_with('"') {
        return start - 1;
    }
    start + until(&text[start..], &format!("\"{}", "#".repeat(hashes)))
}

/// `'x'`, `'\n'`, or the tick of `'a`.
fn character_or_lifetime(text: &str) -> usize {
    let mut inside = text.char_indices().skip(1);
    match (inside.next(), inside.next()) {
        (Some((_, '\\')), Some((at, escaped))) => {
            let start = at + escaped.len_utf8();
            start + until(&text[start..], "'")
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

/// A path that a file names, from the root of its crate if it begins with `crate`, `super` or `self`, else from
/// the module in which it stands.
#[derive(Debug)]
pub(crate) struct Named {
    pub path: Vec<String>,
    /// The name by which the file knows it, if a `use` brings it in.
    pub alias: Option<String>,
    pub is_public: bool,
}

/// All paths of a file that may lead to modules of its crate.
pub(crate) fn named(module: &[String], tokens: &[&str]) -> Vec<Named> {
    let mut reader = Reader { tokens, at: 0, here: module.to_vec(), inline: Vec::new(), found: Vec::new() };
    reader.read();
    reader.found
}

struct Reader<'a> {
    tokens: &'a [&'a str],
    at: usize,
    here: Vec<String>,
    /// The depths at which modules without a file of their own began.
    inline: Vec<usize>,
    found: Vec<Named>,
}

impl Reader<'_> {
    fn token(&self, offset: usize) -> &str {
        self.tokens.get(self.at + offset).copied().unwrap_or_default()
    }

    fn read(&mut self) {
        let (mut depth, mut is_public) = (0, false);
        while self.at < self.tokens.len() {
            match self.token(0) {
                "mod" if self.token(2) == "{" => {
                    self.here.push(self.token(1).to_owned());
                    self.inline.push(depth);
                    self.at += 1;
                }
                "{" => depth += 1,
                "}" => {
                    depth = depth.saturating_sub(1);
                    if self.inline.last() == Some(&depth) {
                        self.inline.pop();
                        self.here.pop();
                    }
                }
                "use" => {
                    self.at += 1;
                    let start = self.here.clone();
                    self.tree(start, Some(is_public));
                    continue;
                }
                _ if self.token(1) == "::" && self.token(2) != "<" => {
                    let start = self.here.clone();
                    self.tree(start, None);
                    continue;
                }
                // The rest of a path behind `<…>`.
                "::" => self.at += 1,
                _ => {}
            }
            is_public = match self.token(0) {
                "pub" => true,
                "(" | "crate" | "super" | "in" | ")" | "self" => is_public,
                _ => false,
            };
            self.at += 1;
        }
    }

    /// A path, with all its branches if it stands in a `use`.
    fn tree(&mut self, mut path: Vec<String>, usage: Option<bool>) {
        loop {
            match self.token(0) {
                "crate" => path.clear(),
                "super" => drop(path.pop()),
                "self" => {}
                // Another crate's, written `::name`.
                "::" => {}
                "{" if usage.is_some() => {
                    self.at += 1;
                    while !matches!(self.token(0), "}" | "") {
                        if self.token(0) == "," {
                            self.at += 1;
                        } else {
                            self.tree(path.clone(), usage);
                        }
                    }
                    self.at += 1;
                    return;
                }
                name => path.push(name.to_owned()),
            }
            self.at += 1;
            if self.token(0) != "::" {
                break;
            }
            self.at += 1;
        }
        let mut alias = usage.and_then(|_| path.last().cloned());
        if usage.is_some() && self.token(0) == "as" {
            alias = Some(self.token(1).to_owned());
            self.at += 2;
        }
        self.found.push(Named { path, alias, is_public: usage == Some(true) });
    }
}
