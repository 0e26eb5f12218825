//! Which file of a crate imports which, and what of that is wrong.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use crate::source::{Named, named, tokens};

/// The path of a file's module from the root of its crate.
pub(crate) type Module = Vec<String>;

pub(crate) type Imports<'a> = BTreeMap<&'a Module, BTreeSet<&'a Module>>;

pub(crate) struct Crate {
    files: BTreeMap<Module, Vec<Named>>,
    /// How often each file has each word.
    words: BTreeMap<Module, BTreeMap<String, usize>>,
}

impl Crate {
    /// The crate whose `lib.rs` or `main.rs` stands in a folder.
    pub(crate) fn read(root: &Path) -> Self {
        Self::new(texts(root))
    }

    pub(crate) fn new(texts: impl IntoIterator<Item = (Module, String)>) -> Self {
        let (mut files, mut words) = (BTreeMap::new(), BTreeMap::new());
        for (module, text) in texts {
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

    /// The file in which a path ends, through all that bring its names in or hand them on.
    fn file_of(&self, path: &[String], hops: usize) -> Option<&Module> {
        let (found, all) =
            (0..=path.len()).rev().find_map(|length| self.files.get_key_value(&path[..length]))?;
        // A name that a `use` brings in, in the file's own module or in one that is written inside it.
        let brought_in = (found.len()..path.len()).find_map(|at| {
            let (scope, name) = (&path[..at], &path[at]);
            let named =
                all.iter().find(|named| named.alias.as_ref() == Some(name) && named.scope == scope)?;
            // `use other_crate::Name` leads nowhere in this one.
            let leads_on = named.path[..] != path[..=at];
            leads_on.then(|| [&named.path, &path[at + 1..]].concat())
        });
        match brought_in {
            Some(path) if hops > 0 => self.file_of(&path, hops - 1),
            _ => Some(found),
        }
    }

    /// The files that each file uses, without itself. What a file only hands on (`pub use`) it does not use.
    pub(crate) fn imports(&self) -> Imports<'_> {
        let of_file = |(module, all): (&'_ Module, &'_ Vec<Named>)| {
            let used = |named: &&Named| {
                let count = |name: &String| self.words.get(module).and_then(|words| words.get(name)).copied();
                !named.is_public || named.alias.as_ref().and_then(count).unwrap_or_default() > 1
            };
            let targets = all.iter().filter(used).filter_map(|named| self.file_of(&named.path, 16));
            targets.filter(|target| *target != module).collect()
        };
        self.files.iter().map(|(module, all)| (module, of_file((module, all)))).collect()
    }

    /// The files that name something of another crate, or of a module of it: `std::fs`.
    pub(crate) fn naming(&self, outside: &str) -> Vec<String> {
        let outside: Vec<&str> = outside.split("::").collect();
        let is_outside = |named: &Named| {
            let path = named.path.strip_prefix(&named.scope[..]).unwrap_or_default();
            path.len() >= outside.len() && path.iter().zip(&outside).all(|(name, expected)| name == expected)
        };
        let files = self.files.iter().filter(|(_, all)| all.iter().any(is_outside));
        files.map(|(module, _)| module.join("::")).collect()
    }

    /// Files that import whole modules (`use x::*`), whose names nobody can follow here.
    pub(crate) fn globs(&self) -> impl Iterator<Item = &Module> {
        let has_glob =
            |all: &[Named]| all.iter().any(|named| named.path.last().is_some_and(|name| name == "*"));
        self.files.iter().filter(move |(_, all)| has_glob(all)).map(|(module, _)| module)
    }
}

fn texts(folder: &Path) -> Vec<(Module, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() && name == "tests" {
            // What `tests.rs` has been cut into.
            continue;
        }
        if path.is_dir() {
            let inside = texts(&path).into_iter();
            found.extend(inside.map(|(module, text)| ([vec![name.clone()], module].concat(), text)));
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests" {
            let is_folder_s = ["mod", "lib", "main"].contains(&name.as_str());
            let module = if is_folder_s { Vec::new() } else { vec![name] };
            found.push((module, fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

/// The groups of files that reach each other.
pub(crate) fn circles<'a>(imports: &Imports<'a>) -> Vec<BTreeSet<&'a Module>> {
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

/// The imports that run up, or to a module of the same layer, as `from -> to`; and files whose module has no layer. `layers`
/// names the crate's modules from the bottom to the top. The root of a crate only puts it together: it may import all of
/// them, and none imports from it.
pub(crate) fn upward(imports: &Imports<'_>, layers: &[&[&str]]) -> Vec<String> {
    let layer = |module: &Module| {
        let name = module.first()?;
        layers.iter().position(|names| names.contains(&name.as_str()))
    };
    let mut problems = Vec::new();
    for (module, targets) in imports.iter().filter(|(module, _)| !module.is_empty()) {
        let Some(own) = layer(module) else {
            problems.push(format!("{} has no layer", module.join("::")));
            continue;
        };
        for target in targets.iter().filter(|target| target.first() != module.first()) {
            if layer(target).is_none_or(|layer| layer >= own) {
                problems.push(format!("{} -> {}", module.join("::"), target.join("::")));
            }
        }
    }
    problems
}
