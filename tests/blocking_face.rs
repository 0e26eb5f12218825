//! The client without async has what the async one has: each public method of `sts3::Client` and of what it hands out
//! stands in `sts3::blocking` too. Read from the sources, so that a method that is added to one of them is missed in the
//! other.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Public methods by type.
type Face = BTreeMap<String, BTreeSet<String>>;

/// The types that both have.
const SHARED: [&str; 6] = ["Client", "ClientBuilder", "Keys", "ListObjectsV2Call", "Pages", "ParallelPages"];

/// Async methods that have another name or no use without async, and why.
const ONLY_ASYNC: [(&str, &str); 4] = [
    // Here they are iterators; `next` is `Iterator`'s, and `next_page` goes on after an error.
    ("Keys", "next"),
    ("Pages", "next"),
    ("ParallelPages", "next"),
    // Gets answers while the consumer does something else: here requests have threads of their own.
    ("ParallelPages", "receive"),
];

fn face(folder: &str) -> Face {
    let mut face = Face::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            read(&fs::read_to_string(path).unwrap(), &mut face);
        }
    }
    face
}

/// Add the public methods of a formatted file.
fn read(text: &str, face: &mut Face) {
    let mut owner = None;
    let mut is_forwarding = false;
    for line in text.lines() {
        if line.starts_with("impl") {
            owner = inherent(line).map(str::to_owned);
        } else if line.starts_with('}') {
            owner = None;
        }
        let Some(owner) = &owner else { continue };
        let line = line.trim_start();
        if line.starts_with("forward! {") {
            is_forwarding = true;
        } else if line == "}" {
            is_forwarding = false;
        }
        let declared =
            ["pub fn ", "pub async fn ", "pub const fn "].iter().find_map(|start| line.strip_prefix(start));
        // `name(value: kind);` in the macro that passes setters on.
        let forwarded = (is_forwarding && line.ends_with(");")).then_some(line);
        if let Some(rest) = declared.or(forwarded) {
            let name = rest.split(['(', '<']).next().unwrap();
            face.entry(owner.clone()).or_default().insert(name.to_owned());
        }
    }
}

/// The type of an `impl` that is not a trait's.
fn inherent(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("impl")?;
    // Bounds hold `<` and `>` themselves: the generics end where as many are closed as were opened.
    let mut open = 0;
    let end = rest.char_indices().find_map(|(at, character)| {
        open += match character {
            '<' => 1,
            '>' => -1,
            _ => 0,
        };
        (open == 0).then_some(at)
    })?;
    let rest = rest.get(end..)?.trim_start_matches('>').trim_start();
    if rest.contains(" for ") {
        return None;
    }
    rest.split([' ', '<']).next()
}

fn methods<'f>(face: &'f Face, owner: &str) -> BTreeSet<&'f str> {
    face.get(owner).into_iter().flatten().map(String::as_str).collect()
}

#[test]
fn the_blocking_client_has_every_method_of_the_async_one() {
    let (of_async, blocking) = (face("client"), face("blocking"));
    for owner in SHARED {
        let (wanted, found) = (methods(&of_async, owner), methods(&blocking, owner));
        assert!(!wanted.is_empty(), "{owner} has no methods: has it moved?");
        let excused = ONLY_ASYNC.iter().filter(|(of, _)| *of == owner).map(|(_, name)| *name);
        let excused: BTreeSet<_> = excused.collect();
        let missing: Vec<_> = wanted.difference(&found).filter(|name| !excused.contains(*name)).collect();
        assert!(missing.is_empty(), "sts3::blocking::{owner} lacks {missing:?}");
        let idle: Vec<_> = excused.difference(&wanted).chain(excused.intersection(&found)).collect();
        assert!(idle.is_empty(), "{owner}: no exception is needed for {idle:?}");
    }
}

/// The comparison would be worth nothing if the reader saw nothing.
#[test]
fn each_way_to_write_a_public_method_is_read() {
    let text = "\
impl<P: Iterator<Item = Result<Page, Error>>> Keys<P> {
    pub async fn waits(&self) {}
    fn private(&self) {}
    pub(crate) fn inner(&self) {}
    pub fn with<T>(&self) {}
}
impl Client {
    forward! {
        /// Said of it.
        passed_on(value: impl Into<String>);
    }

    pub fn plain(&self) {
        other(value);
    }
}
impl fmt::Debug for Client {
    pub fn of_a_trait(&self) {}
}
";
    let mut face = Face::new();
    read(text, &mut face);
    assert_eq!(methods(&face, "Keys"), BTreeSet::from(["waits", "with"]));
    assert_eq!(methods(&face, "Client"), BTreeSet::from(["passed_on", "plain"]));
}
