//! Every import points down the layers of its crate, and no files import each other, however long the way round.
//!
//! Files are read as text. What a module hands on (`pub use`) belongs to the file that defines it; handing on is
//! no import unless the file also uses the name itself. `source` finds the paths that a file names, `imports` the files to
//! which they lead; `small_sources` tests both.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod imports;
mod small_sources;
mod source;

use std::path::Path;

use imports::{Crate, circles, upward};

/// The modules of the library from the bottom to the top: each imports only from lines above it here. Those of one
/// line know nothing of each other.
const LAYERS: &[&[&str]] = &[
    &["credentials"],
    &["error"],
    &["wire"],
    &["endpoint"],
    &["operation"],
    &["raw", "s3", "sts", "iam", "sso", "signin", "rolesanywhere"],
    &["call"],
    &["runtime"],
    &["providers"],
    &["client"],
    &["blocking"],
];

/// Those of the sandbox.
const SANDBOX: &[&[&str]] = &[
    &["state", "wire", "tls"],
    &["verify"],
    &["sts", "iam", "s3", "identity_center", "console_login", "github", "roles_anywhere"],
    &["query_api", "json_api", "s3_api"],
    &["handle", "response"],
    &["server"],
];

/// Those of `sts3-sigv4`, as its documentation draws them.
const SIGV4: &[&[&str]] = &[
    &["work", "percent", "base64", "secret", "timestamp", "algorithm", "rules"],
    &["text", "error", "framing"],
    &["sink", "credentials", "payload"],
    &["credential_scope", "hasher", "request", "signature"],
    &["canonical_request", "string_to_sign", "signing_key", "v4a"],
    &["key", "signable"],
    &["signer"],
    &["presign", "chunked", "explain"],
    &["verify", "http_request"],
    &["post_policy"],
];

/// Those of the command.
const CLI: &[&[&str]] = &[
    &["stderr", "verbose", "failure", "color", "remedies", "examples", "version"],
    &["signals"],
    &[
        "completion",
        "s3_url",
        "web_identity",
        "child_environment",
        "profile_variables",
        "output",
        "input",
        "child",
        "prompt",
        "listing_task",
    ],
    &["common", "report", "ca_file", "serve", "init"],
    &["cache", "progress", "request_args", "similar_bucket", "steps", "vectors"],
    &["session"],
    &["commands"],
];

/// The crates by their folders, each with its layers.
const CRATES: &[(&str, &[&[&str]])] =
    &[("src", LAYERS), ("sandbox/src", SANDBOX), ("sigv4/src", SIGV4), ("cli/src", CLI)];

fn crates() -> impl Iterator<Item = (&'static str, &'static [&'static [&'static str]], Crate)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    CRATES.iter().map(|(folder, layers)| (*folder, *layers, Crate::read(&root.join(folder))))
}

#[test]
fn no_files_import_each_other() {
    let mut problems = String::new();
    for (folder, _, code) in crates() {
        let imports = code.imports();
        for circle in circles(&imports) {
            problems += &format!("{folder}: {} files in a circle\n", circle.len());
            for module in &circle {
                let inside: Vec<String> = imports[*module]
                    .iter()
                    .filter(|target| circle.contains(*target))
                    .map(|m| m.join("::"))
                    .collect();
                problems += &format!("  {} -> {}\n", module.join("::"), inside.join(", "));
            }
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn layers_only_look_down() {
    let mut problems = String::new();
    for (folder, layers, code) in crates() {
        for problem in upward(&code.imports(), layers) {
            problems += &format!("{folder}: {problem}\n");
        }
    }
    assert!(problems.is_empty(), "imports that run up:\n{problems}");
}

/// What reads a file, a clock or a random source, starts a thread or a program, or sends: tests and the runtime name it.
const WORLD: [&str; 9] = [
    "std::fs",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "rustix",
    "getrandom",
    "tokio",
    "reqwest",
];

/// The listing without async that fetches ahead has a thread of its own.
const EXCEPTION: (&str, &str) = ("std::thread", "blocking::listing");

#[test]
fn only_the_runtime_touches_the_world() {
    let library = Crate::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    for outside in WORLD {
        let files = library.naming(outside);
        let may =
            |module: &str| module.split("::").next() == Some("runtime") || (outside, module) == EXCEPTION;
        let others: Vec<_> = files.iter().filter(|module| !may(module)).collect();
        assert!(others.is_empty(), "{outside} in {others:?}");
    }
    assert!(!library.naming("std::fs").is_empty());
}

#[test]
fn layers_name_modules_that_are_there() {
    for (folder, layers, code) in crates() {
        let imports = code.imports();
        let modules: Vec<_> = imports.keys().filter_map(|module| module.first()).collect();
        for name in layers.iter().copied().flatten() {
            assert!(modules.iter().any(|module| module == name), "{folder}: {name}");
        }
    }
}

#[test]
fn no_file_imports_names_that_it_does_not_name() {
    for (folder, _, code) in crates() {
        let globs: Vec<_> = code.globs().collect();
        assert!(globs.is_empty(), "{folder}: `use x::*` in {globs:?}");
    }
}
