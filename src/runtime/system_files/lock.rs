//! Locks of the operating system, which end with whoever holds them.

use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
};

use super::super::files::FileLock;

/// Take the lock, if nobody has it.
pub(super) fn try_lock(path: &Path) -> io::Result<Option<FileLock>> {
    Ok(system_lock(path)?.map(FileLock::new))
}

/// An open file of our own, so that a lock holds between the callers of one process too: flock(2) belongs to the opening.
#[cfg(unix)]
fn system_lock(path: &Path) -> io::Result<Option<File>> {
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::{
        fs::{FlockOperation, OFlags, flock},
        io::{Errno, retry_on_intr},
    };

    // Nobody's link leads us to make a file elsewhere, and no FIFO holds us up.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600).custom_flags(flags.bits().cast_signed());
    let file = options.open(path)?;
    match retry_on_intr(|| flock(&file, FlockOperation::NonBlockingLockExclusive)) {
        Ok(()) => Ok(Some(file)),
        Err(Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A file that is open and shares nothing cannot be opened again.
#[cfg(windows)]
fn system_lock(path: &Path) -> io::Result<Option<File>> {
    const ERROR_SHARING_VIOLATION: i32 = 32;

    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    std::os::windows::fs::OpenOptionsExt::share_mode(&mut options, 0);
    match options.open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.raw_os_error() == Some(ERROR_SHARING_VIOLATION) => Ok(None),
        Err(error) => Err(error),
    }
}

/// No locks are known here.
#[cfg(not(any(unix, windows)))]
fn system_lock(path: &Path) -> io::Result<Option<File>> {
    let _ = OpenOptions::new().write(true).open(path)?;
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("sts3-lock-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_lock_is_held_by_one_opening_at_a_time_and_ends_when_it_is_dropped() {
        let folder = folder("held");
        let path = folder.join("token.lock");
        let held = try_lock(&path).unwrap().unwrap();
        assert!(try_lock(&path).unwrap().is_none());
        drop(held);
        assert!(try_lock(&path).unwrap().is_some());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::remove_dir_all(folder).unwrap();
    }

    /// By flock(1), which is another program's idea of the same lock.
    #[test]
    fn a_lock_keeps_other_processes_out_and_they_keep_it() {
        let folder = folder("processes");
        let path = folder.join("token.lock");
        let flock = |arguments: &[&str]| {
            let mut command = std::process::Command::new("flock");
            command.arg("--nonblock").arg(&path).args(arguments).stdin(std::process::Stdio::piped());
            command.stdout(std::process::Stdio::piped());
            command
        };
        let held = try_lock(&path).unwrap().unwrap();
        let Ok(refused) = flock(&["true"]).status() else {
            eprintln!("skipped: this system has no flock(1)");
            return;
        };
        assert!(!refused.success());
        drop(held);
        let mut other = flock(&["cat"]).spawn().unwrap();
        // It has the lock once it gives back what it reads.
        let mut byte = [0; 1];
        let (mut input, mut output) = (other.stdin.take().unwrap(), other.stdout.take().unwrap());
        io::Write::write_all(&mut input, b".").unwrap();
        io::Read::read_exact(&mut output, &mut byte).unwrap();
        assert!(try_lock(&path).unwrap().is_none());
        drop(input);
        assert!(other.wait().unwrap().success());
        assert!(try_lock(&path).unwrap().is_some());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_link_in_the_lock_s_place_is_refused_and_no_folder_is_made() {
        let folder = folder("link");
        let (target, path) = (folder.join("target"), folder.join("token.lock"));
        std::os::unix::fs::symlink(&target, &path).unwrap();
        assert!(try_lock(&path).is_err());
        assert!(!target.exists());
        let missing = try_lock(&folder.join("missing/token.lock")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
