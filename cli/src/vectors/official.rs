use std::path::Path;

use super::{
    case::{Case, Expected, Message},
    found::Source,
    message::{self, Folded},
};
use crate::input::{self, MAX_VECTORS, read_regular};

/// The four files of each placement.
const STEPS: [&str; 4] = ["canonical-request", "string-to-sign", "signature", "signed-request"];

/// Read one folder of the official suite.
pub(super) fn read(folder: &Path) -> Source {
    let placements = ["header", "query"];
    let any = placements.iter().flat_map(|kind| STEPS.map(|step| format!("{kind}-{step}.txt")));
    if !any.into_iter().any(|file| folder.join(file).exists()) {
        return Source::Incomplete;
    }
    match case(folder) {
        Ok(case) => Source::Case(Box::new(case)),
        Err(problem) => Source::Broken(problem),
    }
}

fn case(folder: &Path) -> Result<Case, String> {
    let json =
        |name: &str| serde_json::from_str(&text(folder, name)?).map_err(|error| format!("{name}: {error}"));
    let has_key = folder.join("public-key.json").exists();
    let public_key = if has_key {
        let key = text(folder, "public-key.json")?;
        Some(serde_json::from_str(&key).map_err(|error| format!("public-key.json: {error}"))?)
    } else {
        None
    };
    // One SigV4a case has two of its values a second time, under names without a placement.
    for step in ["canonical-request", "string-to-sign"] {
        let (plain, placed) = (format!("{step}.txt"), format!("header-{step}.txt"));
        if folder.join(&plain).exists()
            && folder.join(&placed).exists()
            && text(folder, &plain)? != text(folder, &placed)?
        {
            return Err(format!("{plain} is not {placed}"));
        }
    }
    Ok(Case {
        context: json("context.json")?,
        rules: None,
        request: message(&text(folder, "request.txt")?)?,
        header: expected(folder, "header")?,
        query: expected(folder, "query")?,
        public_key,
    })
}

/// The values of a placement; `None` if the folder has none. Some suites hold one placement only.
fn expected(folder: &Path, kind: &str) -> Result<Option<Expected>, String> {
    if !STEPS.iter().any(|step| folder.join(format!("{kind}-{step}.txt")).exists()) {
        return Ok(None);
    }
    let value = |step: &str| text(folder, &format!("{kind}-{step}.txt"));
    Ok(Some(Expected {
        canonical_request: Some(value("canonical-request")?),
        string_to_sign: Some(value("string-to-sign")?),
        signature: Some(value("signature")?),
        signed_request: Some(message(&value("signed-request")?)?),
    }))
}

fn message(text: &str) -> Result<Message, String> {
    message::parse(text, Folded::SameValue)
}

fn text(folder: &Path, name: &str) -> Result<String, String> {
    let content = read_regular(&folder.join(name), MAX_VECTORS).map_err(|error| error.to_string());
    content.and_then(input::text).map_err(|problem| format!("{name}: {problem}"))
}
