//! Running signing test vectors: every intermediate value of every case, held against what we compute.
//!
//! `case` is one case and how it is judged, `found` what became of it, `official` reads the official suite's folders, `older` those of its older
//! layout (`signed`: requests that carry their signature), `json` this project's own files, `message` a request as the suites write it, `report` prints what came of
//! it.

mod case;
mod found;
mod json;
mod message;
mod official;
mod older;
mod report;
mod signed;

use std::path::Path;

pub(crate) use report::report;

pub(crate) use self::found::{Found, Outcome};

/// All cases below a folder (or in one file of at most 64 MiB), sorted by name.
pub(crate) fn find(path: &Path) -> Result<Vec<Found>, String> {
    let mut found = Vec::new();
    if path.is_file() {
        found.extend(json::read(path));
    } else {
        search(path, path, &mut found)?;
    }
    if found.is_empty() {
        return Err(format!(
            "{} holds no signing test vectors (folders with context.json, files ending in .req, or JSON files)",
            path.display()
        ));
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn search(root: &Path, folder: &Path, found: &mut Vec<Found>) -> Result<(), String> {
    let unreadable = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
    if folder.join("context.json").exists() {
        let name = folder.strip_prefix(root).unwrap_or(folder).display().to_string();
        let name = if name.is_empty() { folder.display().to_string() } else { name };
        found.push(Found { name, source: official::read(folder) });
        return Ok(());
    }
    found.extend(older::read(root, folder));
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        // Links to folders are not followed: they may lead back.
        if entry.file_type().map_err(unreadable)?.is_dir() {
            search(root, &path, found)?;
        } else if path.is_file() && path.extension().is_some_and(|extension| extension == "json") {
            found.extend(json::read(&path));
        }
    }
    Ok(())
}
