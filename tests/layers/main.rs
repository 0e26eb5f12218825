//! The house as it stands: every import of the library points down, and no files of it and of the sandbox import each other, however
//! long the way round.
//!
//! Files are read as text. What a module hands on (`pub use`) belongs to the file that defines it; handing on is
//! no import unless the file also uses the name itself.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod source;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use source::{Named, named, tokens};

/// The modules of the library from the bottom to the top: each imports only from lines above it here. Those of one
/// line know nothing of each other.
const LAYERS: &[&[&str]] = &[
    &["credentials"],
    &["error"],
    &["wire"],
    &["endpoint"],
    &["operation"],
    &["s3", "sts", "iam", "sso", "signin"],
    &["call"],
    &["runtime"],
    &["providers"],
    &["client"],
    &["blocking"],
];

type Module = Vec<String>;

struct Crate {
    files: BTreeMap<Module, Vec<Named>>,
    /// What each file uses beside what it only hands on.
    words: BTreeMap<Module, BTreeMap<String, usize>>,
}

impl Crate {
    fn read(root: &Path) -> Self {
        let (mut files, mut words) = (BTreeMap::new(), BTreeMap::new());
        for (module, text) in texts(root) {
            let tokens = tokens(&text);
            let mut counted = BTreeMap::new();
            for token in &tokens {
                *counted.entry((*token).to_owned()).or_default() += 1;
            }
            files.insert(module.clone(), named(&module, &tokens));
            words.insert(module, counted);
        }
        Self { files, words }
    }

    /// The file in which a path ends, through all that hand it on.
    fn file_of(&self, path: &[String], hops: usize) -> Option<&Module> {
        let (found, _) =
            (0..=path.len()).rev().find_map(|length| self.files.get_key_value(&path[..length]))?;
        let Some(name) = path.get(found.len()) else { return Some(found) };
        let handed_on = self.files.get(found)?.iter().find(|named| {
            named.alias.as_ref() == Some(name)
                && named.path.len() > found.len()
                && named.path[..] != path[..=found.len()]
        });
        match handed_on {
            Some(named) if hops > 0 => self.file_of(&named.path, hops - 1),
            _ => Some(found),
        }
    }

    fn imports(&self) -> BTreeMap<&Module, BTreeSet<&Module>> {
        let of_file = |(module, all): (&'_ Module, &'_ Vec<Named>)| {
            let used = |named: &&Named| {
                let count = |name: &String| self.words.get(module).and_then(|words| words.get(name)).copied();
                !named.is_public || named.alias.as_ref().and_then(count).unwrap_or_default() > 1
            };
            let targets = all.iter().filter(used).filter_map(|named| self.file_of(&named.path, 8));
            targets.filter(|target| *target != module).collect()
        };
        self.files.iter().map(|(module, all)| (module, of_file((module, all)))).collect()
    }
}

fn texts(folder: &Path) -> Vec<(Module, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            let inside = texts(&path).into_iter();
            found.extend(inside.map(|(module, text)| ([vec![name.clone()], module].concat(), text)));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let is_folder_s = ["mod", "lib", "main"].contains(&name.as_str());
            let module = if is_folder_s { Vec::new() } else { vec![name] };
            found.push((module, fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

/// The groups of files that reach each other.
fn circles<'a>(imports: &BTreeMap<&'a Module, BTreeSet<&'a Module>>) -> Vec<BTreeSet<&'a Module>> {
    let reach = |start: &'a Module| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![start]);
        while let Some(module) = next.pop() {
            for target in &imports[module] {
                if seen.insert(*target) {
                    next.push(target);
                }
            }
        }
        seen
    };
    let reached: BTreeMap<_, _> = imports.keys().map(|module| (*module, reach(module))).collect();
    let mut found: Vec<BTreeSet<&Module>> = Vec::new();
    for (module, targets) in &reached {
        if targets.contains(module) && !found.iter().any(|circle| circle.contains(module)) {
            found.push(targets.iter().filter(|target| reached[**target].contains(module)).copied().collect());
        }
    }
    found
}

#[test]
fn no_files_import_each_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut problems = String::new();
    for folder in ["src", "sandbox/src"] {
        let code = Crate::read(&root.join(folder));
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
    let code = Crate::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let layer = |module: &Module| {
        let name = module.first()?;
        LAYERS.iter().position(|names| names.contains(&name.as_str()))
    };
    let mut problems = String::new();
    for (module, targets) in code.imports() {
        // The crate's root only hands on.
        let Some(own) = layer(module) else {
            assert!(module.is_empty(), "{module:?} has no place in LAYERS");
            continue;
        };
        for target in targets.into_iter().filter(|target| target.first() != module.first()) {
            if layer(target).is_none_or(|layer| layer >= own) {
                problems += &format!("{} -> {}\n", module.join("::"), target.join("::"));
            }
        }
    }
    assert!(problems.is_empty(), "imports that run up:\n{problems}");
}
