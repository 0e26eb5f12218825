//! Reading the files that settings, variables and options name: bounded in bytes and in time.

#[cfg(unix)]
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};
use std::{
    fs::{File, OpenOptions},
    io::{self, Read},
    path::Path,
    time::{Duration, Instant},
};

use super::super::files::FileContent;

/// How long whoever writes into a pipe may take: a helper may ask a person for a password.
const PIPE_LIMIT: Duration = Duration::from_secs(60);
/// How long an empty pipe is given for a writer to come.
const WRITER_LIMIT: Duration = Duration::from_millis(200);
const PAUSE: Duration = Duration::from_millis(5);

/// The whole content of a file that a setting names, of `limit` bytes at most.
///
/// It never hangs: a FIFO that nobody writes to is an empty file, and one that stays open without its end is an
/// error after a minute. What a shell's `<(command)` names can be read, once. An endless device is too large.
///
/// # Errors
/// There is no such file, it cannot be read, or it is larger.
pub(super) fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    read_open(&open(path)?, limit)
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        // Without it, opening a FIFO waits for a writer.
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits().cast_signed());
    }
    options.open(path)
}

/// A settings file. Region, endpoints and keys are read from it in turn, and a shell's `<(decrypt)` gives
/// its content once: what such a pipe gave first is given again.
#[cfg(unix)]
pub(super) fn read_settings(path: &Path, limit: u64) -> io::Result<FileContent> {
    use std::os::unix::fs::MetadataExt;

    static GIVEN: Mutex<BTreeMap<(u64, u64), FileContent>> = Mutex::new(BTreeMap::new());
    let file = open(path)?;
    let metadata = file.metadata()?;
    // A FIFO that has a name in the file system may have another writer each time.
    let is_shell_s = ["/dev/fd", "/proc"].iter().any(|folder| path.starts_with(folder));
    if !is_pipe(&metadata) || !is_shell_s {
        return read_open(&file, limit).map(FileContent::new);
    }
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    let pipe = (metadata.dev(), metadata.ino());
    if let Some(before) = given.get(&pipe) {
        return Ok(before.clone());
    }
    let settings = FileContent::new(read_open(&file, limit)?);
    given.insert(pipe, settings.clone());
    Ok(settings)
}

/// A settings file.
#[cfg(not(unix))]
pub(super) fn read_settings(path: &Path, limit: u64) -> io::Result<FileContent> {
    read(path, limit).map(FileContent::new)
}

/// The rest of an open file, which does not block.
pub(super) fn read_open(mut file: &File, limit: u64) -> io::Result<Vec<u8>> {
    let metadata = file.metadata()?;
    let room = if metadata.is_file() { metadata.len().min(limit) } else { 0 };
    let mut content = Vec::with_capacity(usize::try_from(room).unwrap_or_default() + 1);
    let began = Instant::now();
    loop {
        let left = (limit + 1).saturating_sub(content.len() as u64);
        let read = file.by_ref().take(left).read_to_end(&mut content);
        if content.len() as u64 > limit {
            return Err(io::Error::other(format!("it is larger than {limit} bytes")));
        }
        match read {
            Ok(_) if content.is_empty() && is_pipe(&metadata) && began.elapsed() < WRITER_LIMIT => {}
            Ok(_) => return Ok(content),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if began.elapsed() > PIPE_LIMIT {
                    let problem = "whoever writes to this pipe has not come to the end within a minute";
                    return Err(io::Error::new(io::ErrorKind::TimedOut, problem));
                }
            }
            Err(error) => return Err(error),
        }
        std::thread::sleep(PAUSE);
    }
}

#[cfg(unix)]
fn is_pipe(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_: &std::fs::Metadata) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Write;

    use rustix::fs::{CWD, Mode, mknodat};

    use super::*;

    /// A folder with a FIFO.
    struct Fifo(std::path::PathBuf);

    impl Fifo {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("sts3-fifo-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            let fifo = folder.join("fifo");
            let _ = std::fs::remove_file(&fifo);
            mknodat(CWD, &fifo, rustix::fs::FileType::Fifo, Mode::from(0o600), 0).unwrap();
            Self(fifo)
        }
    }

    impl Drop for Fifo {
        fn drop(&mut self) {
            // A file that is left in the temporary folder does no harm.
            let _ = std::fs::remove_dir_all(self.0.parent().unwrap());
        }
    }

    #[test]
    fn an_endless_device_is_too_large_and_a_directory_is_an_error() {
        let problem = read(Path::new("/dev/zero"), 100_000).unwrap_err();
        assert!(problem.to_string().contains("larger than 100000 bytes"), "{problem}");
        assert_eq!(read(Path::new("/dev/null"), 10).unwrap(), b"");
        assert!(read(Path::new("/"), 10).is_err());
    }

    #[test]
    fn a_fifo_without_a_writer_is_an_empty_file() {
        let fifo = Fifo::new("alone");
        assert_eq!(read(&fifo.0, 10).unwrap(), b"");
    }

    #[test]
    fn a_fifo_whose_writer_comes_late_and_writes_slowly_is_read_to_its_end() {
        let fifo = Fifo::new("slow");
        let path = fifo.0.clone();
        let writing = std::thread::spawn(move || {
            let mut pipe = OpenOptions::new().write(true).open(path).unwrap();
            for part in ["[def", "ault]\n", "region=x\n"] {
                pipe.write_all(part.as_bytes()).unwrap();
                std::thread::sleep(Duration::from_millis(30));
            }
        });
        assert_eq!(read(&fifo.0, 100).unwrap(), b"[default]\nregion=x\n");
        writing.join().unwrap();
    }

    /// As a shell's `<(command)` hands it over: `/dev/fd/63`.
    #[test]
    fn an_anonymous_pipe_is_read_by_its_descriptor_s_name() {
        use std::os::fd::AsRawFd;

        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(b"secret").unwrap();
        drop(writer);
        let path = format!("/dev/fd/{}", reader.as_raw_fd());
        assert_eq!(read(Path::new(&path), 100).unwrap(), b"secret");
    }
}
