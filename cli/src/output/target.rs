//! Where a listing goes: to standard output, or into a file that has its name only once it is complete.

use std::{
    fs::{self, File},
    io::{self, Stdout, Write},
    path::{Path, PathBuf},
    process,
};

/// Where output goes.
#[derive(Debug)]
pub(crate) enum Target {
    Stdout(Stdout),
    File(NewFile),
}

/// A file under a name of its own until it is complete.
#[derive(Debug)]
pub(crate) struct NewFile {
    file: File,
    partial: PathBuf,
    path: PathBuf,
}

impl Target {
    /// Standard output, or a new file that will replace `path`.
    pub(crate) fn new(path: Option<&Path>) -> io::Result<Self> {
        let Some(path) = path else { return Ok(Self::Stdout(io::stdout())) };
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let Some(name) = path.file_name() else {
            return Err(named(io::Error::new(io::ErrorKind::InvalidInput, "this is no file's name")));
        };
        let mut partial_name = name.to_owned();
        partial_name.push(format!(".{}.partial", process::id()));
        let partial = path.with_file_name(partial_name);
        let file = File::create(&partial).map_err(named)?;
        Ok(Self::File(NewFile { file, partial, path: path.to_owned() }))
    }

    /// All has been written: the file gets its name.
    pub(crate) fn complete(self) -> io::Result<()> {
        match self {
            Self::Stdout(_) => Ok(()),
            Self::File(NewFile { file, partial, path }) => {
                file.sync_all()?;
                fs::rename(partial, path)
            }
        }
    }

    /// Not all has been written: where what has been is, if that is anything.
    pub(crate) fn partial(&self, is_empty: bool) -> Option<&Path> {
        match self {
            Self::Stdout(_) => None,
            Self::File(file) if is_empty => {
                // A file that nobody needs and that cannot be removed does no harm.
                let _ = fs::remove_file(&file.partial);
                None
            }
            Self::File(file) => Some(&file.partial),
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(bytes),
            Self::File(file) => file.file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::File(file) => file.file.flush(),
        }
    }
}
