//! Reading files of other programs: never more than a limit, and never for ever.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

/// How long a pipe or device may take until its end.
const PATIENCE: Duration = Duration::from_secs(10);

/// The whole content of a file, if it has at most `limit` bytes.
///
/// What is not a regular file is read as well: shells give pipes (`<(…)`), systems give files of `/proc`. It gets
/// ten seconds: a named pipe that nobody writes to would otherwise block its reader for ever.
///
/// # Errors
/// The file cannot be read, has more than `limit` bytes, or does not come to its end in time.
pub(crate) fn read_bounded(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.is_file() { read(path, limit) } else { read_patiently(path, limit, PATIENCE) }
}

fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut content)?;
    if content.len() as u64 > limit {
        return Err(io::Error::other(format!("it is larger than {limit} bytes")));
    }
    Ok(content)
}

/// Read on a thread of its own. If that blocks for ever, the thread is all that is lost: it keeps neither the runtime
/// nor the process from ending.
fn read_patiently(path: &Path, limit: u64, patience: Duration) -> io::Result<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    let path = PathBuf::from(path);
    thread::Builder::new().spawn(move || {
        // Whoever asked may have given up.
        let _ = sender.send(read(&path, limit));
    })?;
    receiver.recv_timeout(patience).unwrap_or_else(|_| {
        let problem = format!("it did not come to its end within {patience:?}");
        Err(io::Error::new(io::ErrorKind::TimedOut, problem))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_the_limit_and_not_beyond() {
        let path = std::env::temp_dir().join(format!("sts3-bounded-{}", std::process::id()));
        fs::write(&path, [b'x'; 100]).unwrap();
        assert_eq!(read_bounded(&path, 100).unwrap().len(), 100);
        assert!(read_bounded(&path, 99).unwrap_err().to_string().contains("larger than 99 bytes"));
        assert!(read_bounded(&path, u64::MAX).is_ok());
        fs::remove_file(&path).unwrap();
        assert_eq!(read_bounded(&path, 100).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(read_bounded(&std::env::temp_dir(), 100).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn devices_and_pipes_are_read_but_not_without_end() {
        let endless = read_bounded(Path::new("/dev/zero"), 1024).unwrap_err();
        assert!(endless.to_string().contains("larger than 1024 bytes"), "{endless}");
        assert_eq!(read_bounded(Path::new("/dev/null"), 1024).unwrap(), b"");

        let pipe = std::env::temp_dir().join(format!("sts3-pipe-{}", std::process::id()));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        // Nobody writes to it.
        let silent = read_patiently(&pipe, 1024, Duration::from_millis(20)).unwrap_err();
        assert_eq!(silent.kind(), io::ErrorKind::TimedOut);
        fs::remove_file(&pipe).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let writer = {
            let pipe = pipe.clone();
            thread::spawn(move || fs::write(pipe, "token").unwrap())
        };
        assert_eq!(read_bounded(&pipe, 1024).unwrap(), b"token");
        writer.join().unwrap();
        fs::remove_file(&pipe).unwrap();
    }
}
