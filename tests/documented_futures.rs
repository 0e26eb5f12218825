//! The library's source: what a public future says of itself.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::path::Path;

/// Whoever writes a public future says what becomes of it when it is dropped.
#[test]
fn every_public_future_documents_its_cancel_safety() {
    let mut found = 0;
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("pub async fn")) {
                let docs = lines[..at].iter().rev();
                let docs: String = docs
                    .take_while(|line| line.starts_with("//") || line.starts_with('#'))
                    .copied()
                    .collect();
                let is_said = ["Cancel safe", "may be dropped"].iter().any(|words| docs.contains(words));
                assert!(is_said, "{}: {line}", path.display());
                found += 1;
            }
        }
    }
    assert!(found > 10, "{found}");
}
