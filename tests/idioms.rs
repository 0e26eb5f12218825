//! Idioms of the four crates' sources: conditions are written with `if`.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    fs,
    path::{Path, PathBuf},
};

const SOURCES: [&str; 4] = ["src", "sigv4/src", "sandbox/src", "cli/src"];

/// All files below a folder that hold Rust.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] });
    below.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// A `match` that stands for `if`: on `()` with guards, or on a truth value.
fn is_disguised_if(line: &str) -> bool {
    let line = line.trim_start();
    line.contains("match () {") || line.starts_with("true => ") || line.starts_with("false => ")
}

#[test]
fn conditions_are_written_with_if() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut read = 0;
    for file in SOURCES.iter().flat_map(|folder| files(&root.join(folder))) {
        let text = fs::read_to_string(&file).unwrap();
        for (at, line) in text.lines().enumerate() {
            assert!(!is_disguised_if(line), "{}:{}: {line}", file.display(), at + 1);
        }
        read += 1;
    }
    assert!(read > 300, "{read}");
    assert!(is_disguised_if("        true => one,") && is_disguised_if("match () {"));
    assert!(!is_disguised_if("Some(true) => one,"));
}
