//! The shared files as AWS's SDKs read them (`fixtures/shared_files`): their common tables of the grammar and of the
//! files' places. Rows with `because` follow another program, which it names.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use serde::Deserialize;
use sts3::providers::{Environment, Profile, SharedFiles};

#[derive(Deserialize)]
struct Fixture {
    grammar: Vec<Grammar>,
    places: Vec<Place>,
}

type Profiles = BTreeMap<String, BTreeMap<String, String>>;

#[derive(Deserialize)]
struct Grammar {
    config: String,
    credentials: String,
    /// Absent where the files are refused.
    profiles: Option<Profiles>,
    #[serde(default)]
    sso_sessions: Profiles,
    because: Option<String>,
    /// What we read where another program decides.
    ours: Option<Profiles>,
}

#[derive(Deserialize)]
struct Place {
    environment: BTreeMap<String, String>,
    windows: bool,
    config: String,
    credentials: String,
    profile: Option<String>,
}

fn fixture() -> Fixture {
    serde_json::from_str(&std::fs::read_to_string("fixtures/shared_files/cases.json").unwrap()).unwrap()
}

fn read(files: &SharedFiles) -> Profiles {
    let values = |profile: &Profile| {
        let names = profile.names().map(|name| (name.to_owned(), profile.get(name).unwrap_or("").to_owned()));
        names.collect()
    };
    files.profile_names().map(|name| (name.to_owned(), values(files.profile(name).unwrap()))).collect()
}

#[test]
fn files_are_read_as_all_sdks_read_them() {
    let cases = fixture().grammar;
    assert!(cases.len() >= 58, "{}", cases.len());
    let mut problems = Vec::new();
    for case in &cases {
        assert_eq!(case.because.is_some(), case.ours.is_some());
        let files = SharedFiles::from_texts(&case.config, &case.credentials).unwrap();
        let text = format!("{:?} {:?}", case.config, case.credentials);
        let is_told = files.warnings().next().is_some();
        match case.ours.as_ref().or(case.profiles.as_ref()) {
            Some(expected) if read(&files) != *expected || is_told => {
                problems.push(format!("{text}: {:?}, not {expected:?}", read(&files)));
            }
            Some(_) => {}
            // What others refuse as a whole we tell, and refuse to whoever uses the section.
            None if !is_told || read(&files).values().any(|settings| !settings.is_empty()) => {
                problems.push(format!("{text}: {:?}, and it should be told", read(&files)));
            }
            None => {
                let broken = files.profile_names().filter_map(|name| files.profile(name)?.check().err());
                for problem in broken {
                    assert!(problem.to_string().contains("the config file line "), "{problem}");
                }
            }
        }
        assert!(case.ours.is_none() || case.ours != case.profiles, "{text} does not differ");
        for (name, expected) in &case.sso_sessions {
            let session = files.sso_session(name).unwrap();
            let found: BTreeMap<String, String> = session
                .names()
                .map(|name| (name.to_owned(), session.get(name).unwrap().to_owned()))
                .collect();
            assert_eq!(found, *expected, "{text}");
        }
    }
    assert!(problems.is_empty(), "{} of {}:\n{}", problems.len(), cases.len(), problems.join("\n"));
}

#[test]
fn files_are_where_all_sdks_look_for_them() {
    let cases = fixture().places;
    assert!(cases.len() >= 9, "{}", cases.len());
    // A path is joined with this system's separator; beyond that Windows differs in its variables only.
    let same = |path: Option<std::path::PathBuf>| path.unwrap().display().to_string().replace('\\', "/");
    for case in &cases {
        let environment: Environment = case.environment.clone().into_iter().collect();
        let expected = [&case.config, &case.credentials].map(|path| path.replace('\\', "/"));
        let found = [same(environment.config_file()), same(environment.credentials_file())];
        assert_eq!(found, expected, "{:?} (Windows: {})", case.environment, case.windows);
        if let Some(profile) = &case.profile {
            assert_eq!(environment.profile().unwrap_or("default"), profile);
        }
    }
}
