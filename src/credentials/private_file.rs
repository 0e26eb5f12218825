//! Files that only their owner may read, replaced whole or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

/// No file of credentials or tokens is that large.
const MAX_FILE: u64 = 256 * 1024;

/// The whole file; `None` if there is none.
pub(super) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut content = Vec::new();
    file.take(MAX_FILE + 1).read_to_end(&mut content)?;
    if content.len() as u64 > MAX_FILE {
        return Err(io::Error::other(format!("larger than {MAX_FILE} bytes")));
    }
    Ok(Some(content))
}

/// Write a file beside its final place, then move it there: whoever reads meanwhile sees the old one or the
/// new one.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    let folder = path.parent().ok_or_else(|| io::Error::other("no folder to write to"))?;
    create_folder(folder)?;
    let unique = format!(".{}-{}.tmp", std::process::id(), WRITTEN.fetch_add(1, Ordering::Relaxed));
    let draft = path.with_extension(unique.trim_start_matches('.'));
    let written = write_new(&draft, content).and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        // It may not exist: then there is nothing to clear away.
        let _ = fs::remove_file(&draft);
    }
    written
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(content)
}

fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
