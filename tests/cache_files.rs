//! What is kept on disk: whose it is, and in which files and folders it is neither looked for nor written.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use sts3::{
    Credentials, Endpoint, Error, Region, RetryPolicy, TransportError, http,
    providers::{ChainProvider, Environment, FileCache, Provider},
    runtime::{BoxFuture, Caller, Limits, SystemClock, Transport},
};

const HOUR: Duration = Duration::from_secs(3600);

/// An STS whose sessions are numbered, each an hour long.
#[derive(Clone, Default)]
struct Sts(Arc<AtomicU64>);

impl Transport for Sts {
    fn send(
        &self,
        _: http::Request<Vec<u8>>,
        _: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        let end = (time::OffsetDateTime::now_utc() + HOUR).replace_nanosecond(0).unwrap();
        let end = end.format(&time::format_description::well_known::Rfc3339).unwrap();
        let body = format!(
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>SESSION{number}</AccessKeyId>\
             <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>{end}</Expiration>\
             </Credentials></AssumeRoleResult></AssumeRoleResponse>"
        );
        Box::pin(async { Ok(http::Response::new(body.into_bytes())) })
    }
}

fn caller(sts: &Sts) -> Caller {
    let endpoint = Endpoint::new(Region::us_east_1());
    Caller::new(Arc::new(sts.clone()), Arc::new(SystemClock), endpoint, RetryPolicy::default())
}

/// A folder for a test, with the cache's folder in it and what the cache has said.
struct Bench {
    folder: PathBuf,
    said: Arc<Mutex<Vec<String>>>,
}

impl Bench {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("sts3-cache-files-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Self { folder, said: Arc::default() }
    }

    fn cache_folder(&self) -> PathBuf {
        self.folder.join("cache")
    }

    fn cache(&self) -> FileCache {
        let said = self.said.clone();
        FileCache::new(self.cache_folder())
            .on_problem(move |problem| said.lock().unwrap().push(problem.to_owned()))
    }

    fn said(&self) -> Vec<String> {
        std::mem::take(&mut self.said.lock().unwrap())
    }

    /// The id that the cache gives under one key, or else the given one, which is then kept.
    async fn ask(&self, otherwise: &str) -> String {
        let end = time::OffsetDateTime::now_utc() + HOUR;
        let keys = Credentials::new(otherwise, "s").with_session_token("t").with_expiration(end);
        let kept = self.cache().keep("key", keys);
        kept.credentials(&caller(&Sts::default())).await.unwrap().access_key_id().to_owned()
    }

    /// The only file.
    fn file(&self) -> PathBuf {
        let mut entries = std::fs::read_dir(self.cache_folder()).unwrap();
        entries.next().unwrap().unwrap().path()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // Left in the temporary folder, it harms nobody.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn allow(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// In place of the file something else is neither read nor written, and stays.
async fn must_be_left_alone(bench: &Bench, reason: &str) {
    let before = std::fs::symlink_metadata(bench.file()).unwrap();
    assert_eq!(bench.ask("NEW").await, "NEW", "{reason}");
    let said = bench.said();
    assert!(said.iter().any(|said| said.contains(reason)), "{reason}: {said:?}");
    let after = std::fs::symlink_metadata(bench.file()).unwrap();
    assert_eq!((before.file_type(), before.len()), (after.file_type(), after.len()), "{reason}");
}

#[tokio::test]
async fn a_file_that_others_may_read_or_that_is_no_plain_file_is_neither_read_nor_written() {
    let bench = Bench::new("file");
    assert_eq!(bench.ask("OLD").await, "OLD");
    assert_eq!(bench.ask("NEW").await, "OLD");
    assert_eq!(bench.said(), [""; 0]);
    let (file, content) = (bench.file(), std::fs::read(bench.file()).unwrap());
    for mode in [0o644, 0o620, 0o666, 0o602] {
        allow(&file, mode);
        must_be_left_alone(&bench, &format!("mode {mode:03o}")).await;
    }
    allow(&file, 0o600);
    assert_eq!(bench.ask("NEW").await, "OLD");

    // A link, to a file that would do; another's would not matter more.
    let elsewhere = bench.folder.join("elsewhere");
    std::fs::rename(&file, &elsewhere).unwrap();
    symlink(&elsewhere, &file).unwrap();
    must_be_left_alone(&bench, "symbolic link").await;
    assert_eq!(std::fs::read(&elsewhere).unwrap(), content);

    // A FIFO that nobody writes to does not hold anybody up.
    std::fs::remove_file(&file).unwrap();
    mknodat(CWD, &file, FileType::Fifo, Mode::from(0o600), 0).unwrap();
    let asked = tokio::time::timeout(Duration::from_secs(20), must_be_left_alone(&bench, "not a plain file"));
    asked.await.unwrap();

    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    must_be_left_alone(&bench, "not a plain file").await;
}

#[tokio::test]
async fn a_folder_that_others_may_write_to_or_that_is_a_link_is_neither_read_nor_written() {
    let bench = Bench::new("folder");
    assert_eq!(bench.ask("OLD").await, "OLD");
    let (folder, file) = (bench.cache_folder(), bench.file());
    let content = std::fs::read(&file).unwrap();
    for mode in [0o777, 0o770, 0o702] {
        allow(&folder, mode);
        assert_eq!(bench.ask("NEW").await, "NEW", "{mode:o}");
        let said = bench.said();
        assert_eq!(said.len(), 1, "said once: {said:?}");
        assert!(said[0].contains("others may write to it") && said[0].contains("is not used"), "{said:?}");
    }
    allow(&folder, 0o755);
    assert_eq!(bench.ask("NEW").await, "OLD");
    assert_eq!(std::fs::read(&file).unwrap(), content);

    let elsewhere = bench.folder.join("elsewhere");
    std::fs::rename(&folder, &elsewhere).unwrap();
    symlink(&elsewhere, &folder).unwrap();
    assert_eq!(bench.ask("NEW").await, "NEW");
    assert!(bench.said()[0].contains("symbolic link"));
    let said = bench.said.clone();
    let slash = FileCache::new(format!("{}/", folder.display()));
    let slash = slash.on_problem(move |problem| said.lock().unwrap().push(problem.to_owned()));
    slash.keep("key", Credentials::new("A", "s")).credentials(&caller(&Sts::default())).await.unwrap();
    assert!(bench.said()[0].contains("symbolic link"));
}

/// `~/.cache` may be on another disk.
#[tokio::test]
async fn folders_above_the_cache_s_own_may_be_links() {
    let bench = Bench::new("above");
    let real = bench.folder.join("real");
    std::fs::create_dir(&real).unwrap();
    let link = bench.folder.join("link");
    symlink(&real, &link).unwrap();
    let said = bench.said.clone();
    let cache = FileCache::new(link.join("sts3"))
        .on_problem(move |problem| said.lock().unwrap().push(problem.into()));
    let keys = |id: &str| {
        let end = time::OffsetDateTime::now_utc() + HOUR;
        Credentials::new(id, "s").with_session_token("t").with_expiration(end)
    };
    for id in ["OLD", "NEW"] {
        let kept = cache.keep("key", keys(id)).credentials(&caller(&Sts::default())).await.unwrap();
        assert_eq!(kept.access_key_id(), "OLD");
    }
    assert_eq!(bench.said(), [""; 0]);
    assert_eq!(std::fs::metadata(real.join("sts3")).unwrap().permissions().mode() & 0o777, 0o700);
}

/// Only root can make such a folder; CI is root, a developer may not be.
#[tokio::test]
async fn another_user_s_folder_and_file_are_neither_read_nor_written() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let bench = Bench::new("owner");
    bench.ask("OLD").await;
    std::os::unix::fs::chown(bench.file(), Some(4711), None).unwrap();
    must_be_left_alone(&bench, "another user (uid 4711").await;
    std::os::unix::fs::chown(bench.file(), Some(0), None).unwrap();
    std::os::unix::fs::chown(bench.cache_folder(), Some(4711), None).unwrap();
    assert_eq!(bench.ask("NEW").await, "NEW");
    assert!(bench.said()[0].contains("another user (uid 4711"));
}

/// A planted link with a name that could be foreseen would have been written through.
#[tokio::test]
async fn drafts_have_names_that_nobody_can_foresee() {
    let bench = Bench::new("drafts");
    bench.ask("OLD").await;
    let name = bench.file().file_name().unwrap().to_str().unwrap().to_owned();
    std::fs::remove_file(bench.file()).unwrap();
    for number in 0..50 {
        let foreseen = format!("{}.{}-{number}.tmp", name.trim_end_matches(".json"), std::process::id());
        symlink(bench.folder.join("target"), bench.cache_folder().join(foreseen)).unwrap();
    }
    bench.ask("NEW").await;
    assert!(!bench.folder.join("target").exists());
    assert_eq!(bench.ask("NEWER").await, "NEW");
}

/// A home where the profile `work` assumes a role with what a process prints: the content of `who`.
fn chain(bench: &Bench) -> ChainProvider {
    let who = bench.folder.join("who");
    std::fs::write(
        bench.folder.join("config"),
        format!(
            "[profile helper]\ncredential_process = cat {}\n[profile work]\nsource_profile = helper\n\
             role_arn = arn:aws:iam::123456789012:role/reader\n",
            who.display()
        ),
    )
    .unwrap();
    let variables = [
        ("AWS_CONFIG_FILE", bench.folder.join("config")),
        ("AWS_SHARED_CREDENTIALS_FILE", bench.folder.join("none")),
    ];
    let variables = variables.map(|(name, path)| (name.to_owned(), path.display().to_string()));
    ChainProvider::new(variables.into_iter().collect::<Environment>()).profile("work").cache(bench.cache())
}

#[tokio::test]
async fn the_session_of_one_identity_behind_a_process_is_never_given_to_another() {
    let (bench, sts) = (Bench::new("process"), Sts::default());
    let prints = |id: &str, secret: &str| {
        let printed = format!(r#"{{"Version":1,"AccessKeyId":"{id}","SecretAccessKey":"{secret}"}}"#);
        std::fs::write(bench.folder.join("who"), printed).unwrap();
    };
    let mut given = Vec::new();
    for (id, secret) in [
        ("ALICE", "alice-s-secret"),
        ("ALICE", "alice-s-secret"),
        ("BOB", "bob-s-secret"),
        // A known id with a wrong secret.
        ("ALICE", "guessed"),
        ("ALICE", "alice-s-secret"),
        ("BOB", "bob-s-secret"),
    ] {
        prints(id, secret);
        let session: Result<Credentials, Error> = chain(&bench).credentials(&caller(&sts)).await;
        given.push(session.unwrap().access_key_id().to_owned());
    }
    assert_eq!(given, ["SESSION1", "SESSION1", "SESSION2", "SESSION3", "SESSION1", "SESSION2"]);
    assert_eq!(sts.0.load(Ordering::Relaxed), 3);
    for entry in std::fs::read_dir(bench.cache_folder()).unwrap() {
        let content = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!content.contains("ALICE") && !content.contains("secret\""), "{content}");
    }
}

#[tokio::test]
async fn a_refused_session_is_forgotten_and_its_identity_s_next_one_is_kept() {
    let (bench, sts) = (Bench::new("forgotten"), Sts::default());
    std::fs::write(bench.folder.join("who"), r#"{"Version":1,"AccessKeyId":"ALICE","SecretAccessKey":"s"}"#)
        .unwrap();
    let (chain, caller) = (chain(&bench), caller(&sts));
    let first = chain.credentials(&caller).await.unwrap();
    chain.forget(&Credentials::new("OLDER", "s"), &caller);
    assert_eq!(chain.credentials(&caller).await.unwrap(), first);
    chain.forget(&first, &caller);
    assert_eq!(chain.credentials(&caller).await.unwrap().access_key_id(), "SESSION2");
    assert_eq!(chain.credentials(&caller).await.unwrap().access_key_id(), "SESSION2");
}
