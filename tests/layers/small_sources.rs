//! The test of the layers is tested here, on crates of a few lines: each kind of import is seen, and nothing else is.

use crate::imports::{Crate, circles, upward};

/// A crate of files, each given by its module (empty for the crate's root) and its text.
fn code(files: &[(&str, &str)]) -> Crate {
    let module = |name: &str| name.split("::").filter(|part| !part.is_empty()).map(String::from).collect();
    Crate::new(files.iter().map(|(name, text)| (module(name), (*text).to_owned())))
}

/// What `x` imports in a crate whose `a` has a child `b` and whose root hands `a::b::Deep` on.
fn imported_by(text: &str) -> Vec<String> {
    imported_in("x", text)
}

fn imported_in(module: &str, text: &str) -> Vec<String> {
    let code = code(&[
        ("", "mod a; mod x; pub use a::{Handed, b::Deep as Renamed};"),
        ("a", "pub mod b; pub use b::Handed; pub struct Own;"),
        ("a::b", "pub struct Deep; pub struct Handed;"),
        ("x::y", "pub struct Child;"),
        (module, text),
    ]);
    let imports = code.imports();
    let (_, targets) = imports.iter().find(|(file, _)| file.join("::") == module).unwrap();
    targets.iter().map(|target| target.join("::")).collect()
}

#[test]
fn every_way_to_name_another_file_is_an_import() {
    for (text, expected) in [
        // `use` in its forms.
        ("use crate::a::Own;", "a"),
        ("use crate::a::b::Deep;", "a::b"),
        ("use crate::{a::{Own as Other}};", "a"),
        ("use crate::a::{self as other};", "a"),
        ("use super::a::Own;", "a"),
        ("use super::{a::b::{Deep}};", "a::b"),
        ("pub(crate) use crate::a::Own; fn f(_: Own) {}", "a"),
        ("fn f() { use crate::a::Own; }", "a"),
        ("mod inside { use super::super::a::Own; }", "a"),
        // Paths in the code.
        ("fn f() -> crate::a::Own { todo!() }", "a"),
        ("fn f(_: Vec<super::a::b::Deep>) {}", "a::b"),
        ("impl crate::a::Own {}", "a"),
        // What children of this module export.
        ("fn f(_: y::Child) {}", "x::y"),
        ("use self::y::Child;", "x::y"),
        ("use y::Child;", "x::y"),
        // What others hand on is of the file that defines it.
        ("use crate::Handed;", "a::b"),
        ("use crate::Renamed;", "a::b"),
        ("use crate::a::Handed;", "a::b"),
    ] {
        assert_eq!(imported_by(text), [expected], "{text}");
    }
}

#[test]
fn a_path_that_begins_with_an_imported_module_leads_into_it() {
    for text in [
        "use crate::a; fn f(_: a::b::Deep) {}",
        "use super::a; fn f(_: a::b::Deep) {}",
        "use crate::{a, x::y}; fn f(_: a::b::Deep) {}",
        "use crate::a as other; fn f(_: other::b::Deep) {}",
        "use crate::a::{self as other}; fn f(_: other::b::Deep) {}",
        "use crate::a as other; use other::b::Deep;",
        "pub(crate) use crate::a; fn f(_: a::b::Deep) {}",
        "mod inside { use crate::a; fn f(_: a::b::Deep) {} }",
        "use crate::a; mod inside { fn f(_: super::a::b::Deep) {} }",
    ] {
        assert!(imported_by(text).contains(&"a::b".to_owned()), "{text}: {:?}", imported_by(text));
    }
}

#[test]
fn a_child_that_uses_a_name_of_its_parent_imports_where_the_parent_has_it_from() {
    for (parent, expected) in [
        ("mod y; use crate::a::b::Deep;", "a::b"),
        ("mod y; use crate::a::b::Deep as Name; pub use Name as Deep;", "a::b"),
        ("mod y; pub struct Deep;", "x"),
    ] {
        let child = "use super::Deep;";
        let code = code(&[("", ""), ("a", ""), ("a::b", ""), ("x", parent), ("x::y", child)]);
        let imports = code.imports();
        let (_, targets) = imports.iter().find(|(file, _)| file.join("::") == "x::y").unwrap();
        assert_eq!(
            targets.iter().map(|target| target.join("::")).collect::<Vec<_>>(),
            [expected],
            "{parent}"
        );
    }
}

#[test]
fn what_is_no_import_is_not_taken_for_one() {
    for text in [
        "// use crate::a::Own;",
        "/* crate::a::Own */",
        r#"const TEXT: &str = "crate::a::Own";"#,
        r##"const TEXT: &str = r#"use "crate::a::Own";"#;"##,
        "pub use crate::a::Own;",
        "pub(in crate::a) struct Seen;",
        "use another::a::Own;",
        "use ::a::Own;",
        "enum Own { A } fn f() -> Own { Own::A }",
        "#[cfg(test)]\nmod tests { use crate::a::Own; fn f() { {} } }",
        "#[cfg(all(test, feature = \"std\"))]\nmod tests { use crate::a::Own; }",
    ] {
        assert!(imported_by(text).is_empty(), "{text}: {:?}", imported_by(text));
    }
}

#[test]
fn what_follows_a_module_of_tests_is_read() {
    for text in [
        "#[cfg(test)]\nmod tests;\nuse crate::a::Own;",
        "#[cfg(test)]\nmod tests { fn f() { {} } }\nuse crate::a::Own;",
        "#[cfg(test)]\npub(crate) mod testing;\nuse crate::a::Own;",
        "#[cfg(not(test))]\nmod real { use crate::a::Own; }",
    ] {
        assert_eq!(imported_by(text), ["a"], "{text}");
    }
}

#[test]
fn whole_modules_are_reported_where_they_are_imported() {
    for (text, is_reported) in [
        ("use crate::a::*;", true),
        ("use crate::{a::{b::*}};", true),
        ("pub use crate::a::*;", true),
        ("#[cfg(test)]\nmod tests { use super::*; }", false),
        ("const PRODUCT: u32 = 2 * 3;", false),
    ] {
        let code = code(&[("", ""), ("a", ""), ("a::b", ""), ("x", text)]);
        assert_eq!(code.globs().count(), usize::from(is_reported), "{text}");
    }
}

#[test]
fn circles_are_found_however_long_and_by_whatever_path() {
    let in_a_circle = |files: &[(&str, &str)]| -> Vec<String> {
        let code = code(files);
        let imports = code.imports();
        circles(&imports).into_iter().flatten().map(|module| module.join("::")).collect()
    };
    let pair = [("a", "use crate::b::B;"), ("b", "fn f(_: crate::a::A) {}"), ("c", "use crate::a::A;")];
    assert_eq!(in_a_circle(&pair), ["a", "b"]);
    let long =
        [("a", "use super::b;"), ("b", "use crate::{c::C as D};"), ("c", "use crate::d; fn f() { d::e() }")];
    let long = [&long[..], &[("d", "use crate::a::A;")]].concat();
    assert_eq!(in_a_circle(&long), ["a", "b", "c", "d"]);
    let child = [("a", "mod b; use b::B; pub struct A;"), ("a::b", "use super::A; pub struct B;")];
    assert_eq!(in_a_circle(&child), ["a", "a::b"]);
    // The parent only hands its child's names on.
    let handed_on = [("a", "mod b; pub use b::B; pub struct A;"), ("a::b", "use super::A; pub struct B;")];
    assert!(in_a_circle(&handed_on).is_empty());
    let way_through = [("", "pub use a::A; pub use b::B;"), ("a", "use crate::B;"), ("b", "use crate::A;")];
    assert_eq!(in_a_circle(&way_through), ["a", "b"]);
}

#[test]
fn an_import_from_the_same_layer_or_a_higher_one_or_the_root_runs_up() {
    const LAYERS: &[&[&str]] = &[&["low", "beside"], &["high"]];
    let problems = |module: &str, text: &str| {
        let mut files =
            vec![("", "pub struct Root; pub use high::Top;"), ("low", ""), ("beside", ""), ("high", "")];
        files.retain(|(name, _)| *name != module);
        let code = code(&[&files[..], &[(module, text)]].concat());
        upward(&code.imports(), LAYERS)
    };
    assert!(problems("high", "use crate::{low::Low, beside};").is_empty());
    assert!(problems("high::inside", "use super::other; use crate::low::Low;").is_empty());
    assert!(problems("", "use high::Top; use low::Low;").is_empty());
    assert_eq!(problems("low", "use crate::high::Top;"), ["low -> high"]);
    assert_eq!(problems("low", "use super::high as h; fn f() { h::f() }"), ["low -> high"]);
    assert_eq!(problems("low::inside", "fn f(_: crate::high::Top) {}"), ["low::inside -> high"]);
    assert_eq!(problems("low", "use crate::beside::B;"), ["low -> beside"]);
    assert_eq!(problems("low", "use crate::Top;"), ["low -> high"]);
    assert_eq!(problems("low", "use crate::Root;"), ["low -> "]);
    assert_eq!(problems("nowhere", ""), ["nowhere has no layer"]);
}

#[test]
fn what_another_crate_has_is_found_however_it_is_written_and_modules_of_the_same_name_are_not_taken_for_it() {
    for text in [
        "use std::fs;",
        "use std::{fs::File, io};",
        "use ::std::fs::File;",
        "fn f() { std::fs::read(\"x\") }",
        "mod inside { use std::fs as files; }",
    ] {
        assert_eq!(code(&[("a", text)]).naming("std::fs"), ["a"], "{text}");
    }
    for text in [
        "use crate::std::fs;",
        "use super::std::fs;",
        "use std::io;",
        "use other::std::fs;",
        "// std::fs::read\n#[cfg(test)] mod tests { use std::fs; }",
    ] {
        assert!(code(&[("a", text)]).naming("std::fs").is_empty(), "{text}");
    }
}
