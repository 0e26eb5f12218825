//! `sts3 ls` as people and programs use it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use serde_json::Value;
use support::{READER, ok, run, sandbox};

fn names(text: &str) -> Vec<&str> {
    // Time, size, name: the name starts behind the third column.
    text.lines().map(|line| line.get(33..).unwrap_or_default()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_arguments_it_lists_buckets() {
    let sandbox = sandbox().await;
    let text = ok(&sandbox, &["ls"]).await;
    assert_eq!(text.lines().map(|line| &line[20..]).collect::<Vec<_>>(), ["big", "demo"]);
    let long = ok(&sandbox, &["ls", "-l"]).await;
    assert!(long.lines().all(|line| line.ends_with(" us-east-1")), "{long}");
    let json: Value = serde_json::from_str(&ok(&sandbox, &["ls", "--output", "json"]).await).unwrap();
    assert_eq!(json[1]["bucket"], "demo");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_level_shows_names_as_in_a_directory() {
    let sandbox = sandbox().await;
    let text = ok(&sandbox, &["ls", "s3://demo/logs/2026/"]).await;
    assert_eq!(text, format!("{0:>19} {1:>12} 01/\n{0:>19} {1:>12} 02/\n", "", "PRE"));
    let text = ok(&sandbox, &["ls", "s3://demo/logs/2026/01/01/", "--role-arn", READER]).await;
    assert_eq!(names(&text), ["app.log"]);
    // A prefix that ends inside a name.
    let text = ok(&sandbox, &["ls", "s3://demo/logs/2026/0"]).await;
    assert_eq!(names(&text), ["01/", "02/"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn recursive_listings_are_complete_with_either_version() {
    let sandbox = sandbox().await;
    for arguments in [
        &["ls", "-r", "s3://big"][..],
        &["ls", "-r", "s3://big", "--v1"],
        &["ls", "-r", "s3://big", "--page-size", "333"],
    ] {
        let text = ok(&sandbox, arguments).await;
        let names = names(&text);
        assert_eq!((names.len(), names[0], names[2]), (2500, "1", "100"), "{arguments:?}");
    }
    let text = ok(&sandbox, &["ls", "-r", "s3://big", "--summarize"]).await;
    assert!(text.contains("\nTotal Objects: 2500\n   Total Size: "), "{text:.200}");
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_are_listed_with_their_ids() {
    let sandbox = sandbox().await;
    let csv = ok(&sandbox, &["ls", "--versions", "s3://demo/logs/2026/", "--output", "csv"]).await;
    let expected = "key,size,last_modified,etag,storage_class,type,version_id,is_latest\n\
        logs/2026/01/,,,,,prefix,,\nlogs/2026/02/,,,,,prefix,,\n";
    assert_eq!(csv, expected);
    let lines = ok(&sandbox, &["ls", "-r", "--versions", "s3://big", "--output", "ndjson"]).await;
    let versions: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        (versions.len(), &versions[0]["key"], &versions[0]["version_id"]),
        (2500, &"1".into(), &"null".into())
    );
    assert_eq!(sandbox.count("ListObjectVersions"), 1 + 3);
    let rest = ["ls", "-r", "--versions", "s3://big", "--start-after", "998", "--output", "csv"];
    assert_eq!(ok(&sandbox, &rest).await.lines().count(), 2);
    let refused = run(&sandbox, &["ls", "--versions", "--v1", "s3://big"]).await;
    assert!(refused.code == Some(2) && refused.stderr.contains("--v1"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_and_starts_are_exact_and_cost_no_more_than_needed() {
    let sandbox = sandbox().await;
    let text = ok(&sandbox, &["ls", "-r", "s3://big", "--limit", "3", "--start-after", "100"]).await;
    assert_eq!(names(&text), ["1000", "1001", "1002"]);
    assert_eq!(sandbox.count("ListObjectsV2"), 1);
    let text = ok(&sandbox, &["ls", "-r", "s3://big", "--limit", "1500"]).await;
    assert_eq!(names(&text).len(), 1500);
    assert_eq!(sandbox.count("ListObjectsV2"), 3);
    let text = ok(&sandbox, &["ls", "-r", "s3://big", "--limit", "0"]).await;
    assert!(text.is_empty() && sandbox.count("ListObjectsV2") == 3, "{text}");
    assert_eq!(ok(&sandbox, &["ls", "s3://demo", "--limit", "2"]).await.lines().count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn control_characters_never_reach_a_terminal_but_programs_get_keys_exactly() {
    let sandbox = sandbox().await;
    let key = "control/escape-\u{1b}[31m-and-tab-\t.txt";
    let text = ok(&sandbox, &["ls", "-r", "s3://demo/control/"]).await;
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    assert!(text.contains("escape-\\u{1b}[31m-and-tab-\\t.txt"), "{text}");
    let lines = ok(&sandbox, &["ls", "-r", "s3://demo/control/", "--output", "ndjson"]).await;
    let keys: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0]["key"], key);
    let csv = ok(&sandbox, &["ls", "-r", "s3://demo", "--output", "csv"]).await;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 24);
    assert!(rows.iter().any(|row| &row[0] == key));
}

#[tokio::test(flavor = "multi_thread")]
async fn long_and_human_columns_tell_more() {
    let sandbox = sandbox().await;
    let line = ok(&sandbox, &["ls", "-lH", "--fetch-owner", "s3://demo/readme.md"]).await;
    for part in ["10 B", "STANDARD", " sandbox ", "readme.md"] {
        assert!(line.contains(part), "{part}: {line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_listed_before_an_error_is_printed_and_the_error_decides_the_exit_code() {
    let sandbox = sandbox().await;
    let ended = run(&sandbox, &["ls", "s3://no-such-bucket"]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("NoSuchBucket") && ended.stderr.contains("hint: "), "{}", ended.stderr);
    let ended = run(&sandbox, &["ls", "s3://big", "--role-arn", support::LIMITED]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("s3:ListBucket on the bucket's ARN"), "{}", ended.stderr);
}

/// Ended at any moment by any signal, then the rest with what was printed: together every key once.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_listing_that_is_interrupted_can_be_continued() {
    use std::{
        process::{Command, Stdio},
        time::{Duration, SystemTime, UNIX_EPOCH},
    };

    use sts3_sandbox::{BucketSpec, Distribution, Sandbox};

    let bucket = BucketSpec::synthetic("dated", Distribution::Dated, 30_000);
    let sandbox = Sandbox::builder().bucket(bucket).latency(Duration::from_millis(40)).start().await.unwrap();
    let mut cut = 0;
    for (round, (signal, code, concurrency)) in
        [("-INT", 130, "1"), ("-TERM", 143, "1"), ("-INT", 130, "8"), ("-TERM", 143, "8")]
            .repeat(3)
            .into_iter()
            .enumerate()
    {
        let list = ["ls", "-r", "s3://dated", "--output", "ndjson", "--concurrency", concurrency];
        let mut command = support::sts3(&list);
        command.envs(sandbox.environment()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        let id = child.id().to_string();
        // At a moment that nobody knows beforehand.
        let random = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos() % 400;
        tokio::time::sleep(Duration::from_millis(60 + u64::from(random))).await;
        let _ = Command::new("kill").args([signal, &id]).stderr(Stdio::null()).status();
        let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
        let (first, said) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        let mut both = first.clone();
        if output.status.code() != Some(0) {
            cut += 1;
            assert_eq!(output.status.code(), Some(code), "{round} {random}: {said}");
            let line = said.lines().next().unwrap();
            let after = line.split_once(" objects were listed; the rest with --start-after '");
            let rest = match after {
                Some((objects, after)) => {
                    assert_eq!(objects.strip_prefix("sts3: ").unwrap(), first.lines().count().to_string());
                    support::ok(
                        &sandbox,
                        &[&list[..], &["--start-after", after.strip_suffix('\'').unwrap()]].concat(),
                    )
                    .await
                }
                // Nothing was listed yet.
                None => support::ok(&sandbox, &list).await,
            };
            both += &rest;
        }
        let keys: Vec<&str> = both.lines().map(|line| line.split('"').nth(3).unwrap()).collect();
        assert_eq!(keys.len(), 30_000, "{round} {random}");
        assert!(keys.is_sorted_by(|a, b| a < b), "{round} {random}");
    }
    assert!(cut >= 4, "only {cut} listings were cut short");
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_put_together_are_the_whole() {
    let sandbox = support::sandbox().await;
    let list = |more: &[&'static str]| [&["ls", "-r", "s3://big", "--output", "csv"][..], more].concat();
    let whole = support::ok(&sandbox, &list(&[])).await;
    let first = support::ok(&sandbox, &list(&["--stop-at", "1500"])).await;
    let rest = support::ok(&sandbox, &list(&["--start-after", "1500", "--concurrency", "4"])).await;
    let (_, rest) = rest.split_once('\n').unwrap();
    assert_eq!(first + rest, whole);
    for (concurrency, is_right) in
        [("0", false), ("257", false), ("many", false), ("256", true), ("auto", true)]
    {
        let ended = support::run(&sandbox, &list(&["--concurrency", concurrency])).await;
        assert_eq!(ended.code == Some(0), is_right, "{concurrency}: {}", ended.stderr);
        assert!(is_right || (ended.code == Some(2) && ended.stderr.contains("1 to 256")), "{}", ended.stderr);
    }
}

/// Sums beside those that the listing itself gives.
#[tokio::test(flavor = "multi_thread")]
async fn sizes_add_up_by_prefix_and_class() {
    let sandbox = sandbox().await;
    let listed = ok(&sandbox, &["ls", "-r", "s3://demo", "--output", "ndjson"]).await;
    let objects: Vec<Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let sum = |is_wanted: &dyn Fn(&str) -> bool| {
        let wanted = objects.iter().filter(|object| is_wanted(object["key"].as_str().unwrap()));
        wanted.fold((0, 0), |(bytes, count), object| (bytes + object["size"].as_u64().unwrap(), count + 1))
    };
    let used = ok(&sandbox, &["du", "s3://demo", "--depth", "2", "--output", "ndjson"]).await;
    let records: Vec<Value> = used.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str, name: &str| {
        let found = records.iter().find(|record| record["kind"] == kind && record["name"] == name);
        let found = found.unwrap_or_else(|| panic!("no {kind} {name}: {used}"));
        (found["bytes"].as_u64().unwrap(), found["objects"].as_u64().unwrap())
    };
    assert_eq!(of("total", ""), sum(&|_| true));
    assert_eq!(of("prefix", "logs/2026/"), sum(&|key| key.starts_with("logs/2026/")));
    // Objects at the top stand between the folders, in several parts.
    assert_eq!(of("prefix", ""), sum(&|key| !key.contains('/')));
    let prefixes = records.iter().filter(|record| record["kind"] == "prefix");
    let counted: u64 = prefixes.clone().map(|record| record["objects"].as_u64().unwrap()).sum();
    assert_eq!(counted, 24);
    let sizes: Vec<u64> = prefixes.map(|record| record["bytes"].as_u64().unwrap()).collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");

    let few = ok(&sandbox, &["du", "s3://demo", "--top", "2", "--output", "ndjson"]).await;
    let few: Vec<Value> = few.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(few.iter().filter(|record| record["kind"] == "prefix").count(), 2);
    let all: u64 = few
        .iter()
        .filter(|r| ["prefix", "others"].contains(&r["kind"].as_str().unwrap()))
        .map(|r| r["objects"].as_u64().unwrap())
        .sum();
    assert_eq!(all, 24);
    let text = ok(&sandbox, &["du", "-H", "s3://big"]).await;
    assert!(text.lines().last().unwrap().ends_with("2500 total"), "{text}");
}

/// The ranges, listed one by one, are the bucket.
#[tokio::test(flavor = "multi_thread")]
async fn split_ranges_list_every_key_once() {
    use sts3_sandbox::{BucketSpec, Distribution, Sandbox};

    let bucket = BucketSpec::synthetic("unicode", Distribution::Unicode, 30_000);
    let sandbox = Sandbox::builder().bucket(bucket).start().await.unwrap();
    let list = ["ls", "-r", "s3://unicode", "--output", "ndjson"];
    let whole = ok(&sandbox, &list).await;
    let split = run(&sandbox, &["split", "s3://unicode", "--parts", "5", "--output", "json"]).await;
    assert!(split.stderr.contains("5 ranges, ") && split.stderr.ends_with(" requests\n"), "{}", split.stderr);
    let parts: Vec<Value> = serde_json::from_str(&split.stdout).unwrap();
    assert_eq!(parts.len(), 5);
    let mut together = String::new();
    for part in &parts {
        let mut arguments = list.to_vec();
        if let Some(start) = part["start_after"].as_str().filter(|start| !start.is_empty()) {
            arguments.extend(["--start-after", start]);
        }
        if let Some(stop) = part["stop_at"].as_str() {
            arguments.extend(["--stop-at", stop]);
        }
        let listed = ok(&sandbox, &arguments).await;
        assert!(listed.lines().count() > 1_000, "{part}");
        together += &listed;
    }
    assert!(together == whole);
}

/// The demo bucket's keys hold quotes, blanks, `<`, ESC and a tab.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn split_bounds_in_text_are_words_that_a_shell_reads_as_the_keys_they_are() {
    let sandbox = sandbox().await;
    for url in ["s3://demo", "s3://demo/control/", "s3://demo/amp"] {
        let split = ["split", url, "--parts", "6"];
        let text = ok(&sandbox, &split).await;
        assert!(!url.contains("control") || text.contains(r"$'control/escape-\033"), "{text}");
        let json = ok(&sandbox, &[&split[..], &["--output", "json"]].concat()).await;
        let parts: Vec<Value> = serde_json::from_str(&json).unwrap();
        let lines: String = text.lines().map(|line| format!("words {line}\n")).collect();
        let mut shell = std::process::Command::new("bash");
        shell.args(["-c", &format!("words() {{ printf '%s\\0' \"$@\"; }}\n{lines}")]);
        let read = support::end(shell).await.stdout;
        let mut expected = Vec::new();
        for part in &parts {
            let bound = |name: &str| part[name].as_str().unwrap_or_default().to_owned();
            expected.extend([part["keys"].to_string(), bound("start_after"), bound("stop_at")]);
        }
        assert_eq!(read.split_terminator('\0').collect::<Vec<_>>(), expected, "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_has_its_name_only_when_it_is_complete() {
    let sandbox = sandbox().await;
    let home = support::Home::new("listing", "", "");
    let path = home.path().join("keys.csv");
    let out = path.to_str().unwrap();
    assert_eq!(ok(&sandbox, &["ls", "-r", "s3://big", "--output", "csv", "--out", out]).await, "");
    let expected = ok(&sandbox, &["ls", "-r", "s3://big", "--output", "csv"]).await;
    assert!(std::fs::read_to_string(&path).unwrap() == expected);
    // What is there is not touched by a listing that fails, and nothing is left of that.
    let files = || std::fs::read_dir(home.path()).unwrap().count();
    let before = files();
    let refused = run(&sandbox, &["ls", "-r", "s3://none", "--out", out]).await;
    assert_eq!((refused.code, files()), (Some(1), before), "{}", refused.stderr);
    assert!(std::fs::read_to_string(&path).unwrap() == expected);
    let unwritable = run(&sandbox, &["ls", "-r", "s3://big", "--out", "/no/such/folder/keys"]).await;
    assert_eq!(unwritable.code, Some(3));
    assert!(unwritable.stderr.contains("/no/such/folder/keys: No such file"), "{}", unwritable.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn colours_are_for_terminals_unless_somebody_says_otherwise() {
    let sandbox = sandbox().await;
    let folder = "\u{1b}[1m\u{1b}[34mlogs/\u{1b}[0m";
    assert!(!ok(&sandbox, &["ls", "s3://demo"]).await.contains('\u{1b}'));
    assert!(ok(&sandbox, &["ls", "s3://demo", "--color", "always"]).await.contains(folder));
    let refused = run(&sandbox, &["ls", "s3://none", "--color", "always"]).await;
    assert!(refused.stderr.contains("\u{1b}[36mhint:\u{1b}[0m"), "{:?}", refused.stderr);
    // With util-linux's `script` for a terminal.
    for (name, value, color, is_colored) in [
        ("TERM", "xterm", "auto", true),
        ("NO_COLOR", "1", "auto", false),
        ("NO_COLOR", "", "auto", true),
        ("TERM", "dumb", "auto", false),
        ("TERM", "xterm", "never", false),
        ("NO_COLOR", "1", "always", true),
    ] {
        let listing = format!("{} ls s3://demo --color {color}", env!("CARGO_BIN_EXE_sts3"));
        let mut script = std::process::Command::new("script");
        script
            .args(["-qec", &listing, "/dev/null"])
            .env_clear()
            .env("HOME", "nowhere")
            .env("SHELL", "/bin/sh")
            .env("TERM", "xterm");
        script.env("PATH", std::env::var_os("PATH").unwrap()).stdin(std::process::Stdio::null());
        let ended = support::end({
            script.envs(sandbox.environment()).env(name, value);
            script
        });
        let text = ended.await.stdout;
        assert_eq!(text.contains(folder), is_colored, "{name}={value} {color}: {text:?}");
    }
}
