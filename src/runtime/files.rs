//! Files as the library uses them: read with a limit, and replaced whole.
//!
//! - Every function is synchronous: constructors that are not async read settings, and what is read is short and bounded.
//! - What the caller decides: which file, how large it may be, what its content means, and what an error is to the user.
//! - What an implementation decides: how a name becomes a file without a race. So the checks of owner, mode and links stand
//!   below the trait, next to the handle that they check, and a [`PrivateFolder`] is such a handle.
//! - [`SystemFiles`](super::SystemFiles) is the default. Functions that have no `Caller` (`SharedFiles::load`,
//!   `ChainProvider::origin`) use it unless they are given another; what is read at call time (tokens, caches) comes from
//!   [`Caller::files`](super::Caller::files).
//! - Settings are read several times, for the region and for the keys, and a shell's pipe gives its content once. That memory
//!   belongs to whoever reads the pipe: [`Files::read_settings`].
//! - Files are replaced whole, so that readers need no lock. Who renews what can be renewed only once (a refresh token) takes
//!   [`Files::try_lock`]; waiting for it is the [`Caller`](super::Caller)'s, which has the clock.

use std::{any::Any, fmt, io, path::Path, sync::Arc};

use zeroize::Zeroizing;

/// The content of a file, which is wiped when dropped.
pub type FileContent = Zeroizing<Vec<u8>>;

/// Reads and replaces files: settings, sign-ins, tokens and caches. Tests bring their own, and so do systems that keep such
/// documents elsewhere. Nothing is kept open between calls, but for a [`PrivateFolder`].
///
/// A file that does not exist is an error of the kind [`io::ErrorKind::NotFound`], unless a function says otherwise.
///
/// ```
/// use std::{io, path::Path};
/// use sts3::{
///     providers::{Environment, SharedFiles},
///     runtime::{FileContent, FileLock, Files, PrivateFolder},
/// };
///
/// /// One config file, built into the program. Nothing is kept.
/// struct BuiltIn;
///
/// impl Files for BuiltIn {
///     fn read(&self, path: &Path, _limit: u64) -> io::Result<FileContent> {
///         match path.to_str() {
///             Some("/config") => Ok(FileContent::new(b"[default]\nregion = eu-west-1\n".to_vec())),
///             _ => Err(io::ErrorKind::NotFound.into()),
///         }
///     }
///
///     fn replace(&self, _path: &Path, _content: &[u8]) -> io::Result<()> {
///         Err(io::ErrorKind::ReadOnlyFilesystem.into())
///     }
///
///     fn try_lock(&self, _path: &Path) -> io::Result<Option<FileLock>> {
///         Err(io::ErrorKind::ReadOnlyFilesystem.into())
///     }
///
///     fn private_folder(&self, _path: &Path) -> io::Result<Option<Box<dyn PrivateFolder + '_>>> {
///         Ok(None)
///     }
///
///     fn make_private_folder(&self, _path: &Path) -> io::Result<Box<dyn PrivateFolder + '_>> {
///         Err(io::ErrorKind::ReadOnlyFilesystem.into())
///     }
/// }
///
/// let environment: Environment = [("AWS_CONFIG_FILE".to_owned(), "/config".to_owned())].into_iter().collect();
/// let files = SharedFiles::load_from(&BuiltIn, &environment)?;
/// assert_eq!(files.profile("default").and_then(|profile| profile.region()), Some("eu-west-1"));
/// # Ok::<(), sts3::Error>(())
/// ```
pub trait Files: Send + Sync {
    /// The whole content of a file that a setting names, of `limit` bytes at most. Links are followed.
    ///
    /// # Errors
    /// There is no such file, it cannot be read, or it is larger.
    fn read(&self, path: &Path, limit: u64) -> io::Result<FileContent>;

    /// The same for a settings file, which is read several times: a source that gives its content only once (a shell's
    /// `<(decrypt)`) has to give it again.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn read_settings(&self, path: &Path, limit: u64) -> io::Result<FileContent> {
        self.read(path, limit)
    }

    /// Give a file that other programs read too a new content, as a whole: a reader sees the old content or the new one.
    /// The new file can be read by its owner alone, and is kept even if the machine stops right after. The folder must exist.
    ///
    /// # Errors
    /// It cannot be written. The old content is still there.
    fn replace(&self, path: &Path, content: &[u8]) -> io::Result<()>;

    /// Remove a file that other programs read too, if it is there.
    ///
    /// # Errors
    /// It is there and cannot be removed.
    fn remove(&self, path: &Path) -> io::Result<()> {
        let _ = path;
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Take the lock that `path` names, a file of its own that is made where it is missing, in a folder that exists; `None`
    /// while another process (or another caller in this one) has it. Nothing is waited for. Whoever ends without giving the lock
    /// back loses it.
    ///
    /// # Errors
    /// Nothing can be locked there: nobody else will get the lock either.
    fn try_lock(&self, path: &Path) -> io::Result<Option<FileLock>>;

    /// The user's own folder, to which nobody else may write; `None` if there is none.
    ///
    /// # Errors
    /// It is not a folder (a link to one is not), it belongs to another user, or others may write to it.
    fn private_folder(&self, path: &Path) -> io::Result<Option<Box<dyn PrivateFolder + '_>>>;

    /// The same, made where it is missing, with the folders above it.
    ///
    /// # Errors
    /// As [`private_folder`](Self::private_folder), or it cannot be made.
    fn make_private_folder(&self, path: &Path) -> io::Result<Box<dyn PrivateFolder + '_>>;
}

/// A lock that is held: dropping it gives it back.
pub struct FileLock {
    _held: Box<dyn Any + Send + Sync>,
}

impl FileLock {
    /// What holds the lock until it is dropped: an open file, a guard.
    pub fn new(held: impl Any + Send + Sync) -> Self {
        Self { _held: Box::new(held) }
    }
}

impl fmt::Debug for FileLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileLock")
    }
}

/// An open folder with files that only their owner may read. Names are those of files directly in it.
pub trait PrivateFolder {
    /// The whole file, of `limit` bytes at most; `None` if there is none.
    ///
    /// # Errors
    /// It cannot be read, is larger, or is not the user's own plain file that nobody else may read or write.
    fn read(&self, name: &str, limit: u64) -> io::Result<Option<FileContent>>;

    /// Give a file a new content, as a whole, or make it: a reader sees the old content or the new one.
    ///
    /// # Errors
    /// It cannot be written. The old content is still there.
    fn replace(&self, name: &str, content: &[u8]) -> io::Result<()>;

    /// Remove a file, if it is there.
    ///
    /// # Errors
    /// It is there and cannot be removed.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// The names of the files in it, in any order. Names that are not text are left out.
    ///
    /// # Errors
    /// It cannot be read, or this folder cannot be listed, as it is unless an implementation does so.
    fn names(&self) -> io::Result<Vec<String>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// What points to files has them.
macro_rules! through {
    ($($pointer:ty),*) => {$(
        impl<T: Files + ?Sized> Files for $pointer {
            fn read(&self, path: &Path, limit: u64) -> io::Result<FileContent> {
                (**self).read(path, limit)
            }

            fn read_settings(&self, path: &Path, limit: u64) -> io::Result<FileContent> {
                (**self).read_settings(path, limit)
            }

            fn replace(&self, path: &Path, content: &[u8]) -> io::Result<()> {
                (**self).replace(path, content)
            }

            fn remove(&self, path: &Path) -> io::Result<()> {
                (**self).remove(path)
            }

            fn try_lock(&self, path: &Path) -> io::Result<Option<FileLock>> {
                (**self).try_lock(path)
            }

            fn private_folder(&self, path: &Path) -> io::Result<Option<Box<dyn PrivateFolder + '_>>> {
                (**self).private_folder(path)
            }

            fn make_private_folder(&self, path: &Path) -> io::Result<Box<dyn PrivateFolder + '_>> {
                (**self).make_private_folder(path)
            }
        }
    )*};
}

through!(&T, Box<T>, Arc<T>);

/// For the `Debug` of what has files.
impl fmt::Debug for dyn Files + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Files")
    }
}
