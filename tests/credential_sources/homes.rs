//! The cases of the fixture, and their homes and environments, on disk or in memory.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;
use sts3::providers::Environment;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::services::{Asked, Call, METADATA};

#[derive(Deserialize)]
pub(crate) struct Fixture {
    pub(crate) files: BTreeMap<String, String>,
    pub(crate) cases: Vec<Case>,
}

#[derive(Deserialize)]
pub(crate) struct Case<E = Outcome> {
    pub(crate) name: String,
    /// Absent where there is no such file.
    pub(crate) config: Option<String>,
    pub(crate) credentials: Option<String>,
    /// Absent where the variable that names a file is not set: the file is where it usually is.
    pub(crate) env: BTreeMap<String, Option<String>>,
    pub(crate) profile: Option<String>,
    /// What the machine's metadata services and the SSO portal say: status and body by `METHOD /path`.
    pub(crate) answers: BTreeMap<String, (u16, String)>,
    /// What sign-ins have left, by the name of its file.
    pub(crate) tokens: BTreeMap<String, serde_json::Value>,
    /// Files that are not in plain UTF-8.
    #[serde(default)]
    pub(crate) encodings: BTreeMap<String, String>,
    /// Files in whose place there is a folder.
    #[serde(default)]
    pub(crate) folders: Vec<String>,
    /// Whether nobody but the settings says the region.
    #[serde(default)]
    pub(crate) own_region: bool,
    /// What a message has to hold.
    #[serde(default)]
    pub(crate) says: Vec<String>,
    /// Where we differ from botocore: the rule that decides it, and what is in our outcome.
    pub(crate) because: Option<String>,
    pub(crate) shows: Option<String>,
    pub(crate) expected: E,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(untagged)]
pub(crate) enum Outcome {
    Found {
        access_key_id: String,
        calls: Vec<Call>,
        requests: Vec<Asked>,
        tokens: BTreeMap<String, BTreeMap<String, Option<String>>>,
    },
    Failed {
        error: String,
    },
}

/// The case's files by path, and the environment that names them. `folder` need not exist.
pub(crate) fn enter<E>(case: &Case<E>, folder: &Path) -> (Environment, BTreeMap<PathBuf, Vec<u8>>) {
    let soon = OffsetDateTime::now_utc() + Duration::from_secs(600);
    let soon = soon.replace_nanosecond(0).unwrap().format(&Rfc3339).unwrap();
    let place = |text: &str| {
        let text = text.replace("$DIR", folder.to_str().unwrap()).replace("$SOON", &soon);
        text.replace("$URL", &format!("http://{METADATA}"))
    };
    let sign_in = |name: &String| sign_ins(folder).join(name).with_extension("json");
    let mut files: BTreeMap<PathBuf, Vec<u8>> =
        case.tokens.iter().map(|(name, token)| (sign_in(name), place(&token.to_string()).into())).collect();
    let mut variables = BTreeMap::from([("HOME".to_owned(), folder.display().to_string())]);
    for (name, text, variable) in [
        ("config", &case.config, "AWS_CONFIG_FILE"),
        ("credentials", &case.credentials, "AWS_SHARED_CREDENTIALS_FILE"),
    ] {
        let is_usual = case.env.get(variable) == Some(&None);
        let path = if is_usual { folder.join(".aws").join(name) } else { folder.join(name) };
        variables.insert(variable.to_owned(), path.display().to_string());
        if let Some(text) = text.as_ref().filter(|_| !case.folders.iter().any(|folder| folder == name)) {
            files.insert(path, encoded(&place(text), case.encodings.get(name).map(String::as_str)));
        }
    }
    for (name, value) in &case.env {
        match value {
            Some(value) => variables.insert(name.clone(), place(value)),
            None => variables.remove(name),
        };
    }
    (variables.into_iter().collect(), files)
}

/// As Python's codecs of these names write a text.
pub(crate) fn encoded(text: &str, encoding: Option<&str>) -> Vec<u8> {
    match encoding {
        None => text.into(),
        Some("utf-8-sig") => format!("\u{feff}{text}").into(),
        Some("utf-16") => format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Some(other) => panic!("{other}"),
    }
}

/// Write the files of a case, and nothing that an earlier one has left.
pub(crate) fn write(files: &BTreeMap<PathBuf, Vec<u8>>, folders: &[String], folder: &Path) {
    for place in ["config", "credentials", ".aws/config", ".aws/credentials"].map(|name| folder.join(name)) {
        // Most of them are not there.
        let _ = std::fs::remove_file(&place).or_else(|_| std::fs::remove_dir(&place));
    }
    for place in folders {
        std::fs::create_dir(folder.join(place)).unwrap();
    }
    let cache = sign_ins(folder);
    if cache.exists() {
        std::fs::remove_dir_all(&cache).unwrap();
    }
    std::fs::create_dir_all(&cache).unwrap();
    for (path, text) in files {
        std::fs::write(path, text).unwrap();
    }
}

pub(crate) fn sign_ins(folder: &Path) -> PathBuf {
    folder.join(".aws/sso/cache")
}

pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("sts3-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Left in the temporary folder, it harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
