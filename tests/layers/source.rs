//! Rust source as words: enough of the language to see which paths a file names.

/// A file's words and signs, without comments, literals and the modules of unit tests.
pub(crate) fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
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
    without_unit_tests(&tokens)
}

/// Without modules that are there in tests only: `#[cfg(test)] mod …`.
fn without_unit_tests<'a>(tokens: &[&'a str]) -> Vec<&'a str> {
    let (mut kept, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        match test_module(&tokens[at..]) {
            Some(length) => at += length,
            None => {
                kept.push(tokens[at]);
                at += 1;
            }
        }
    }
    kept
}

/// The length of the module that begins here, if its attribute is `#[cfg(test)]` or `#[cfg(all(test, …))]`.
fn test_module(tokens: &[&str]) -> Option<usize> {
    let is_of_tests = tokens.starts_with(&["#", "[", "cfg", "(", "test"])
        || tokens.starts_with(&["#", "[", "cfg", "(", "all", "(", "test"]);
    let behind = tokens.iter().position(|token| *token == "]").filter(|_| is_of_tests)? + 1;
    let at = behind + tokens[behind..].iter().position(|token| *token == "mod")?;
    // Between them there may be `pub(crate)`.
    if !tokens[behind..at].iter().all(|token| ["pub", "(", "crate", "super", ")"].contains(token)) {
        return None;
    }
    let mut depth = 0;
    let end = tokens[at..].iter().position(|token| {
        match *token {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        depth == 0 && matches!(*token, "}" | ";")
    })?;
    Some(at + end + 1)
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

/// A path that a file names.
#[derive(Debug)]
pub(crate) struct Named {
    /// From the root of the crate. What begins with neither `crate`, `super` nor `self` counts from the module in which it
    /// stands: its first name may be a module inside it, or one that a `use` brings in.
    pub path: Vec<String>,
    /// The module in which it stands.
    pub scope: Vec<String>,
    /// The name by which that module knows it, if a `use` brings it in.
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

    fn before(&self, offset: usize) -> &str {
        self.at.checked_sub(offset).and_then(|at| self.tokens.get(at)).copied().unwrap_or_default()
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
                // `pub(in path)` says who may import, and imports nothing.
                "in" if self.before(1) == "(" && self.before(2) == "pub" => {
                    while !matches!(self.token(0), ")" | "") {
                        self.at += 1;
                    }
                    continue;
                }
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
        self.found.push(Named { path, scope: self.here.clone(), alias, is_public: usage == Some(true) });
    }
}
