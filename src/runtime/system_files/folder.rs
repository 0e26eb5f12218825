//! Files that only their owner may read, in a folder that nobody else may write to, replaced whole or not at all.
//!
//! On Unix a folder is opened once, and all that happens in it goes through that descriptor. What others could have
//! put there is an error and is left alone: another's folder or file, a link, a FIFO, one that others may write to
//! (or read, for a file).

use std::{fs, io, path::Path};

use super::super::{
    files::{FileContent, PrivateFolder},
    random::{Random, SystemRandom},
};

#[cfg(not(unix))]
use self::portable as system;
#[cfg(unix)]
use self::unix as system;

/// A folder whose files are meant.
pub(super) struct Folder(system::Folder);

impl Folder {
    /// The user's own folder, which nobody else may write to; `None` if there is none. The folder itself may not be
    /// a link; those above it may.
    pub(super) fn own(path: &Path) -> io::Result<Option<Self>> {
        system::Folder::open(path, true).map(|folder| folder.map(Self))
    }

    /// The same, made where it is missing.
    pub(super) fn make_own(path: &Path) -> io::Result<Self> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)?;
        Self::own(path)?.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// As [`replace`](PrivateFolder::replace), and on the disk before the old content goes: what it holds cannot be had again.
    pub(super) fn replace_durably(&self, name: &str, content: &[u8]) -> io::Result<()> {
        self.put(name, content, true)
    }

    /// Written beside its final place, then moved there.
    fn put(&self, name: &str, content: &[u8], is_durable: bool) -> io::Result<()> {
        let mut random = [0; 16];
        SystemRandom.fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
        let random: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let draft = format!(".{name}.{random}.tmp");
        let written =
            self.0.write_new(&draft, content, is_durable).and_then(|()| self.0.rename(&draft, name));
        if written.is_err() {
            // It may not exist: then there is nothing to clear away.
            let _ = self.0.remove(&draft);
        }
        written
    }

    /// A folder that other programs keep, as it is.
    pub(super) fn of_others(path: &Path) -> io::Result<Self> {
        system::Folder::open(path, false)?.map(Self).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl PrivateFolder for Folder {
    fn read(&self, name: &str, limit: u64) -> io::Result<Option<FileContent>> {
        Ok(self.0.read(name, limit)?.map(FileContent::new))
    }

    fn replace(&self, name: &str, content: &[u8]) -> io::Result<()> {
        self.put(name, content, false)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }

    fn names(&self) -> io::Result<Vec<String>> {
        self.0.names()
    }
}

#[cfg(unix)]
mod unix {
    use std::{
        fs::{File, Metadata},
        io::{self, Write},
        os::unix::fs::MetadataExt,
        path::{Path, PathBuf},
    };

    use rustix::{
        fs::{AtFlags, CWD, Dir, Mode, OFlags, openat, renameat, unlinkat},
        io::Errno,
    };

    use super::super::bounded;

    pub(super) struct Folder(File);

    impl Folder {
        pub(super) fn open(path: &Path, must_be_own: bool) -> io::Result<Option<Self>> {
            let follow = if must_be_own { OFlags::NOFOLLOW } else { OFlags::empty() };
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | follow;
            // A slash at the end would have a link followed after all.
            let path: PathBuf = path.components().collect();
            let folder = match openat(CWD, &path, flags, Mode::empty()) {
                Ok(folder) => File::from(folder),
                Err(Errno::NOENT) => return Ok(None),
                Err(Errno::LOOP | Errno::NOTDIR) => {
                    return Err(io::Error::other("it is a symbolic link, or no folder"));
                }
                Err(error) => return Err(error.into()),
            };
            if must_be_own {
                check(&folder.metadata()?, 0o022, "write to it", "chmod go-w")?;
            }
            Ok(Some(Self(folder)))
        }

        pub(super) fn read(&self, name: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
            let flags =
                OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
            let file = match openat(&self.0, name, flags, Mode::empty()) {
                Ok(file) => File::from(file),
                Err(Errno::NOENT) => return Ok(None),
                Err(Errno::LOOP) => return Err(io::Error::other("it is a symbolic link: remove it")),
                Err(error) => return Err(error.into()),
            };
            let metadata = file.metadata()?;
            if !metadata.is_file() {
                return Err(io::Error::other("it is not a plain file: remove it"));
            }
            check(&metadata, 0o077, "read or write it", "chmod go-rwx, or remove it")?;
            bounded::read_open(&file, limit).map(Some)
        }

        pub(super) fn write_new(&self, name: &str, content: &[u8], is_durable: bool) -> io::Result<()> {
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let mut file = File::from(openat(&self.0, name, flags, Mode::RUSR | Mode::WUSR)?);
            file.write_all(content)?;
            if is_durable { file.sync_all() } else { Ok(()) }
        }

        pub(super) fn names(&self) -> io::Result<Vec<String>> {
            let mut names = Vec::new();
            for entry in Dir::read_from(&self.0)? {
                let name = entry?.file_name().to_str().map(str::to_owned);
                names.extend(name.ok().filter(|name| name != "." && name != ".."));
            }
            Ok(names)
        }

        pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
            Ok(renameat(&self.0, from, &self.0, to)?)
        }

        pub(super) fn remove(&self, name: &str) -> io::Result<()> {
            match unlinkat(&self.0, name, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => Ok(()),
                Err(error) => Err(error.into()),
            }
        }
    }

    /// This user's, and not open to others.
    fn check(metadata: &Metadata, forbidden: u32, what: &str, remedy: &str) -> io::Result<()> {
        let (owner, own) = (metadata.uid(), rustix::process::geteuid().as_raw());
        if owner != own {
            return Err(io::Error::other(format!("it belongs to another user (uid {owner}, not {own})")));
        }
        let mode = metadata.mode() & 0o777;
        if mode & forbidden != 0 {
            return Err(io::Error::other(format!("others may {what} (mode {mode:03o}): {remedy}")));
        }
        Ok(())
    }
}

/// Elsewhere the user's profile folder is the user's own.
#[cfg(not(unix))]
mod portable {
    use std::{
        fs::{self, OpenOptions},
        io::{self, Write},
        path::{Path, PathBuf},
    };

    use super::super::bounded;

    pub(super) struct Folder(PathBuf);

    impl Folder {
        pub(super) fn open(path: &Path, _must_be_own: bool) -> io::Result<Option<Self>> {
            Ok(path.is_dir().then(|| Self(path.to_owned())))
        }

        pub(super) fn read(&self, name: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
            match bounded::read(&self.0.join(name), limit) {
                Ok(content) => Ok(Some(content)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            }
        }

        pub(super) fn write_new(&self, name: &str, content: &[u8], is_durable: bool) -> io::Result<()> {
            let mut file = OpenOptions::new().write(true).create_new(true).open(self.0.join(name))?;
            file.write_all(content)?;
            if is_durable { file.sync_all() } else { Ok(()) }
        }

        pub(super) fn names(&self) -> io::Result<Vec<String>> {
            let names = fs::read_dir(&self.0)?.map(|entry| Ok(entry?.file_name().into_string().ok()));
            names.filter_map(io::Result::transpose).collect()
        }

        pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
            fs::rename(self.0.join(from), self.0.join(to))
        }

        pub(super) fn remove(&self, name: &str) -> io::Result<()> {
            match fs::remove_file(self.0.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            }
        }
    }
}
