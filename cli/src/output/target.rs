//! Where output goes: to standard output, into a file that has its name only once it is complete, or into
//! whatever else has the name that was given (a pipe, a device), which is never replaced.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, IsTerminal, Stdout, Write},
    path::{Path, PathBuf},
};

/// Links that are followed to a file; Linux follows as many.
const MAX_LINKS: usize = 40;
/// A longer name leaves no room for what is appended to it (file systems take 255 bytes).
const LONGEST_NAME: usize = 200;

/// Where output goes.
#[derive(Debug)]
pub(crate) enum Target {
    Stdout(Stdout),
    /// A pipe, a device or a file descriptor: written as it is.
    Special(File, PathBuf),
    File(NewFile),
}

/// A file under a name of its own until it is complete. It is removed when it is dropped before that.
#[derive(Debug)]
pub(crate) struct NewFile {
    file: File,
    partial: PathBuf,
    path: PathBuf,
    is_kept: bool,
}

/// What stands at a path, once its symbolic links are followed.
enum Place {
    Stdout,
    Special(OpenOptions, PathBuf),
    /// A regular file (what is there now), or nothing yet.
    File(PathBuf, Option<Metadata>),
}

impl Target {
    /// Standard output (also as `-`), a new file that will replace the regular file at `path`, or what else is
    /// there.
    ///
    /// # Errors
    /// Of the system; `path` is in them.
    pub(crate) fn new(path: Option<&Path>) -> io::Result<Self> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else {
            return Ok(Self::Stdout(io::stdout()));
        };
        let opened = find(path).and_then(|place| match place {
            Place::Stdout => Ok(Self::Stdout(io::stdout())),
            Place::Special(options, path) => Ok(Self::Special(options.open(&path)?, path)),
            Place::File(path, existing) => Ok(Self::File(NewFile::create(path, existing.as_ref())?)),
        });
        opened.map_err(|error| about(path, &error))
    }

    /// Whether somebody watches.
    pub(crate) fn is_terminal(&self) -> bool {
        match self {
            Self::Stdout(out) => out.is_terminal(),
            Self::Special(file, _) => file.is_terminal(),
            Self::File(_) => false,
        }
    }

    /// All has been written: a new file gets its name.
    pub(crate) fn complete(self) -> io::Result<()> {
        match self {
            Self::Stdout(_) | Self::Special(..) => Ok(()),
            Self::File(file) => file.complete(),
        }
    }

    /// Not all has been written: what has been is kept if somebody is told where it is.
    pub(crate) fn keep_partial(self, is_told: impl FnOnce(&Path) -> bool) {
        if let Self::File(mut file) = self {
            file.is_kept = is_told(&file.partial);
        }
    }
}

/// An error that says which file it is about.
fn about(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Follow symbolic links one by one: the file that the last one names is replaced, and the links stay.
fn find(path: &Path) -> io::Result<Place> {
    let mut path = path.to_owned();
    for _ in 0..=MAX_LINKS {
        if let Some(descriptor) = descriptor(&path) {
            return Ok(descriptor);
        }
        let found = match fs::symlink_metadata(&path) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let is_folder = path.to_string_lossy().ends_with(std::path::is_separator);
                return if is_folder { Err(is_a_folder()) } else { Ok(Place::File(path, None)) };
            }
            Err(error) => return Err(error),
        };
        if found.is_symlink() {
            // The system may forbid to follow it: one that somebody planted in /tmp (protected_symlinks).
            if let Err(error) = fs::metadata(&path)
                && error.kind() != io::ErrorKind::NotFound
            {
                return Err(error);
            }
            let link = fs::read_link(&path)?;
            path = path.parent().map_or_else(|| link.clone(), |folder| folder.join(&link));
        } else if found.is_file() {
            // Who may not write the file does not replace it either.
            to_write().open(&path)?;
            return Ok(Place::File(path, Some(found)));
        } else if found.is_dir() {
            return Err(is_a_folder());
        } else if is_socket(&found) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "it is a socket, which cannot be written to",
            ));
        } else {
            return Ok(Place::Special(to_write(), path));
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "too many symbolic links"))
}

fn is_a_folder() -> io::Error {
    io::Error::new(io::ErrorKind::IsADirectory, "it is a folder: name a file in it")
}

/// What is there is opened as if it might be created: then the system looks for pipes and files that somebody
/// planted in /tmp, too (protected_fifos, protected_regular).
fn to_write() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    options
}

/// `/dev/stdout`, `/dev/fd/3`, `/proc/self/fd/3`: what looks like a link there is no path, and what is open
/// under it (also a regular file) is written, not replaced.
fn descriptor(path: &Path) -> Option<Place> {
    let folder = fs::canonicalize(path.parent().filter(|folder| folder.is_absolute())?).ok()?;
    let is_own =
        folder == Path::new("/dev/fd") || fs::canonicalize("/proc/self/fd").ok().as_ref() == Some(&folder);
    if is_own && path.file_name().is_some_and(|name| name == "1") {
        return Some(Place::Stdout);
    }
    let is_of_a_process = folder.starts_with("/proc") && folder.ends_with("fd");
    (is_own || is_of_a_process).then(|| {
        let mut options = OpenOptions::new();
        // Opened anew, a file would be written from its start.
        options.append(true);
        Place::Special(options, path.to_owned())
    })
}

#[cfg(unix)]
fn is_socket(found: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_socket(&found.file_type())
}

#[cfg(not(unix))]
fn is_socket(_: &Metadata) -> bool {
    false
}

impl NewFile {
    /// Beside `path`, under a name that nobody can know before.
    fn create(path: PathBuf, existing: Option<&Metadata>) -> io::Result<Self> {
        let name = path.file_name().filter(|name| name.len() <= LONGEST_NAME);
        let mut partial_name = match name {
            Some(name) => name.to_owned(),
            None if path.file_name().is_some() => "sts3".into(),
            None => return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is no file's name")),
        };
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
        partial_name.push(format!(".{}.partial", hex::encode(random)));
        let partial = path.with_file_name(partial_name);
        let file = create_new(&partial, existing.is_some())?;
        let new = Self { file, partial, path, is_kept: false };
        if let Some(existing) = existing {
            keep_mode(&new.file, existing)?;
        }
        Ok(new)
    }

    fn complete(mut self) -> io::Result<()> {
        self.file.sync_all().map_err(|error| about(&self.path, &error))?;
        // From here on all is there, and nothing of it is thrown away.
        self.is_kept = true;
        let unnamed = |error: io::Error| {
            let (partial, path) = (self.partial.display(), self.path.display());
            io::Error::new(
                error.kind(),
                format!("{partial} is complete but cannot be renamed to {path}: {error}"),
            )
        };
        match fs::symlink_metadata(&self.path) {
            Ok(found) if !found.is_file() => {
                Err(unnamed(io::Error::other("meanwhile it is not a regular file any more")))
            }
            _ => fs::rename(&self.partial, &self.path).map_err(unnamed),
        }
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.is_kept {
            // A file that nobody needs and that cannot be removed does no harm.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// Fails if anything has the name, a symbolic link too. What replaces a file is nobody else's until it has that
/// file's mode; otherwise the umask decides.
fn create_new(path: &Path, is_private: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if is_private {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = is_private;
    options.open(path)
}

/// The new file may be read by those who may read the old one.
#[cfg(unix)]
fn keep_mode(file: &File, existing: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    // Who is not root cannot give a file away, and need not.
    let _ = fchown(file, Some(existing.uid()), None);
    let has_group =
        file.metadata()?.gid() == existing.gid() || fchown(file, None, Some(existing.gid())).is_ok();
    // What the old group might read is not for another one.
    let kept = if has_group { 0o777 } else { 0o707 };
    file.set_permissions(fs::Permissions::from_mode(existing.mode() & kept))
}

#[cfg(not(unix))]
fn keep_mode(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Errors name the file.
impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(bytes),
            Self::Special(file, path) => file.write(bytes).map_err(|error| about(path, &error)),
            Self::File(new) => new.file.write(bytes).map_err(|error| about(&new.path, &error)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::Special(file, _) => file.flush(),
            Self::File(new) => new.file.flush(),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_that_was_planted_at_the_partial_name_is_not_followed() {
        let folder = std::env::temp_dir().join(format!("sts3-target-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (victim, planted) = (folder.join("victim"), folder.join("keys.partial"));
        fs::write(&victim, "precious").unwrap();
        for aim in [victim.as_path(), Path::new("/no/such/file")] {
            symlink(aim, &planted).unwrap();
            for is_private in [false, true] {
                let refused = create_new(&planted, is_private).unwrap_err();
                assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
            }
            fs::remove_file(&planted).unwrap();
        }
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn the_partial_name_is_another_each_time_and_the_file_goes_with_it() {
        let folder = std::env::temp_dir().join(format!("sts3-names-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let long = "k".repeat(255);
        for name in ["keys", &long] {
            let path = folder.join(name);
            let both = [0, 1].map(|_| NewFile::create(path.clone(), None).unwrap());
            let names = both.each_ref().map(|new| new.partial.file_name().unwrap().to_owned());
            assert_ne!(names[0], names[1]);
            assert!(names[0].to_str().unwrap().ends_with(".partial") && both[0].partial.exists());
            let [one, other] = both;
            drop(one);
            other.complete().unwrap();
            let left: Vec<_> =
                fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            assert_eq!(left, [name], "{name}");
            fs::remove_file(path).unwrap();
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
