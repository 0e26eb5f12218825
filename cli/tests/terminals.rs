//! Names that steer terminals, shells or the direction of text: what each form of output, and completion in
//! shells, makes of them.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::process::{Command, Stdio};

use serde_json::Value;
use support::{Home, answering, end, on_terminal, sts3, with_keys};

/// By Unicode's tables: UnicodeData.txt (Cc, Zl, Zp) and PropList.txt (Bidi_Control).
fn steers(c: char) -> bool {
    let bidi_control = [0x61c, 0x200e, 0x200f].contains(&u32::from(c))
        || (0x202a..=0x202e).contains(&u32::from(c))
        || (0x2066..=0x2069).contains(&u32::from(c));
    c.is_control() || bidi_control || ['\u{2028}', '\u{2029}'].contains(&c)
}

/// A key with each character that steers (but NUL, which XML has no form for), and one with none, in the order
/// of their bytes.
fn keys() -> Vec<String> {
    let mut keys: Vec<String> =
        ('\u{1}'..='\u{3000}').filter(|c| steers(*c)).map(|c| format!("a{c}z \\ \"é, 파일 “£” 🦀")).collect();
    keys.push("plain".into());
    keys.sort();
    assert_eq!(keys.len(), 31 + 33 + 12 + 2 + 1);
    keys
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A page with these keys, the first of them as a prefix too.
fn page(keys: &[String]) -> String {
    let contents: String = keys
        .iter()
        .map(|key| format!("<Contents><Key>{}</Key><Size>7</Size></Contents>", percent(key)))
        .collect();
    format!(
        "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"
    )
}

fn versions(keys: &[String]) -> String {
    let versions: String = keys
        .iter()
        .map(|key| {
            let key = percent(key);
            format!("<Version><Key>{key}</Key><VersionId>v</VersionId><Size>7</Size><ETag>e</ETag></Version>")
        })
        .collect();
    format!(
        "<ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>{versions}</ListVersionsResult>"
    )
}

fn assert_harmless(name: &str, shown: &str) {
    let found = shown.chars().find(|c| steers(*c) && !matches!(c, '\n' | '\r'));
    assert_eq!(found, None, "{name}: {shown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn json_never_holds_a_character_that_steers_and_every_reader_gets_the_very_key() {
    let keys = keys();
    let (objects, all_versions) = (answering(&page(&keys)).await, answering(&versions(&keys)).await);
    for (url, more) in [(&objects, None), (&all_versions, Some("--versions"))] {
        for form in ["json", "ndjson"] {
            let arguments = ["ls", "-r", "s3://bucket", "--endpoint-url", url, "--output", form];
            let ended = end(with_keys(sts3(&arguments.into_iter().chain(more).collect::<Vec<_>>()))).await;
            assert_eq!(ended.code, Some(0), "{}", ended.stderr);
            assert_harmless(form, &ended.stdout);
            let values: Vec<Value> = match form {
                "json" => serde_json::from_str(&ended.stdout).unwrap(),
                _ => ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
            };
            let listed: Vec<&str> = values.iter().map(|value| value["key"].as_str().unwrap()).collect();
            assert_eq!(listed, keys, "{form} {more:?}");
            // Another reader than the library that wrote it.
            let read =
                "import json, sys\nfor line in sys.stdin: print(json.loads(line)['key'].encode().hex())";
            if form == "ndjson" {
                let hex: Vec<String> = keys.iter().map(hex::encode).collect();
                assert_eq!(piped(&["python3", "-c", read], &ended.stdout).lines().collect::<Vec<_>>(), hex);
            }
        }
    }
}

/// What a program makes of a text.
fn piped(program: &[&str], text: &str) -> String {
    use std::io::Write;

    let mut command = Command::new(program[0]);
    let mut child = command.args(&program[1..]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_is_exact_for_programs_and_escaped_on_a_terminal() {
    let keys = keys();
    let (objects, all_versions) = (answering(&page(&keys)).await, answering(&versions(&keys)).await);
    for (url, more) in [(&objects, ""), (&all_versions, " --versions")] {
        let line = format!("ls -r s3://bucket --endpoint-url {url} --output csv{more}");
        let command = with_keys(sts3(&line.split(' ').collect::<Vec<_>>()));
        let shown =
            end(on_terminal(&command, &format!("'{}' {line}", env!("CARGO_BIN_EXE_sts3")))).await.stdout;
        assert_harmless("csv", &shown);
        let rows = csv::Reader::from_reader(shown.as_bytes()).into_records().count();
        assert_eq!(rows, keys.len(), "{shown}");
        for escape in ["a\\u{1b}z", "a\\u{9b}z", "a\\u{202e}z", "a\\u{61c}z", "a\\u{2028}z", "a\\nz"] {
            assert!(shown.contains(escape), "{escape}: {shown}");
        }
        let exact = end(command).await.stdout;
        let mut reader = csv::Reader::from_reader(exact.as_bytes());
        let listed: Vec<String> = reader.records().map(|row| row.unwrap()[0].to_owned()).collect();
        assert_eq!(listed, keys);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn text_is_escaped_on_terminals_and_in_pipes_and_usage_is_too() {
    let keys = keys();
    let url = answering(&page(&keys)).await;
    for (line, lines) in [
        (format!("ls -r s3://bucket --endpoint-url {url}"), keys.len()),
        (format!("du s3://bucket --delimiter z --endpoint-url {url}"), keys.len() + 3),
        (format!("du s3://bucket --delimiter z --output csv --endpoint-url {url}"), keys.len() + 3),
    ] {
        let command = with_keys(sts3(&line.split(' ').collect::<Vec<_>>()));
        let shown =
            end(on_terminal(&command, &format!("'{}' {line}", env!("CARGO_BIN_EXE_sts3")))).await.stdout;
        // Progress is drawn over itself: what stands is behind the last carriage return of a line.
        let settled: Vec<&str> = shown
            .lines()
            .map(|line| line.rsplit('\r').next().unwrap().trim_start_matches("\u{1b}[2K"))
            .collect();
        assert_harmless(&line, &settled.join("\n"));
        assert_eq!(settled.len(), lines, "{line}: {shown}");
        if !line.contains("csv") {
            let piped = end(command).await.stdout;
            assert_harmless(&line, &piped);
            assert!(piped.contains("a\\u{61c}z") && piped.contains("a\\u{2029}z"), "{piped}");
        }
    }
}

/// What bash asks when Tab is pressed behind these words.
fn completing(home: &Home, words: &[&str], url: &str) -> Command {
    let mut command = with_keys(sts3(&["--", "sts3"]));
    command.args(words).env("HOME", home.path()).env("AWS_ENDPOINT_URL", url).env("AWS_REGION", "us-east-1");
    command.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", words.len().to_string());
    command.env("_CLAP_IFS", "\n").env("_CLAP_COMPLETE_COMP_TYPE", "9").env("_CLAP_COMPLETE_SPACE", "false");
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn shells_are_offered_no_bucket_and_no_profile_that_means_something_to_them() {
    let evil = [
        "$(touch${IFS}pwned)",
        "`reboot`",
        "a;reboot",
        "a|b",
        "a&b",
        "a>b",
        "it's",
        "two words",
        "star*",
        "que?y",
        "br[a]ce",
        "a{b,c}",
        "esc\u{1b}[31m",
        "quote\"",
        "back\\slash",
        "~root",
        "!history",
        "tab\tbed",
        "-rf",
        "pound#",
        "bidi\u{202e}",
        "curly\u{2019}",
        "c1\u{9b}2J",
    ];
    let names: String = evil
        .into_iter()
        .chain(["good-bucket", "other.one"])
        .map(|name| {
            let name: String = name.chars().map(|c| format!("&#{};", u32::from(c))).collect();
            format!("<Bucket><Name>{name}</Name></Bucket>")
        })
        .collect();
    // XML has no reference to ESC: that bucket would make the whole answer unreadable.
    let names = names.replace("&#27;", "\u{9b}");
    let buckets = format!("<ListAllMyBucketsResult><Buckets>{names}</Buckets></ListAllMyBucketsResult>");
    let url = answering(&buckets).await;
    let sections: String = evil
        .iter()
        .filter(|name| !name.contains([']', '"']))
        .map(|name| format!("[profile \"{name}\"]\nregion = us-east-1\n"))
        .collect();
    let home = Home::new("evil-names", &format!("{sections}[profile good.one]\nregion = x\n"), "");
    let listed = end(with_keys(sts3(&["ls", "--endpoint-url", &url, "--output", "ndjson"]))).await;
    assert_eq!(listed.stdout.lines().count(), evil.len() + 2, "{listed:?}");
    for (words, expected) in [
        (&["ls", "s3://"][..], "s3://good-bucket/\ns3://other.one/"),
        (&["du", "s3://$"], ""),
        (&["du", "s3://`"], ""),
        (&["ls", "--profile", ""], "good.one"),
        (&["ls", "--profile", "$"], ""),
    ] {
        let offered = end(completing(&home, words, &url)).await;
        assert_eq!(offered.stdout.trim(), expected, "{words:?}: {offered:?}");
    }
}
