//! The operating system's files. `bounded` reads what a setting names, `folder` keeps private files, `lock` has one caller at a
//! time.

mod bounded;
mod folder;
mod lock;

use std::{io, path::Path};

use self::folder::Folder;
use super::files::{FileContent, FileLock, Files, PrivateFolder};

/// The operating system's files.
///
/// Reading never hangs: a FIFO that nobody writes to is an empty file, and one that stays open without its end is an error
/// after a minute. An endless device is too large. What a shell's `<(command)` names is kept for this process when it is read as
/// settings, and given again.
///
/// On Unix a private folder that is a link, is another user's, or that others may write to is an error, and so is a private
/// file that is no plain file of the user's own with no rights for others. New files have mode 0600, new folders 0700.
///
/// A lock is the system's own (`flock` on Unix, an open that shares nothing on Windows): it ends with its holder, however that ends.
/// Its file is empty and stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemFiles;

impl Files for SystemFiles {
    fn read(&self, path: &Path, limit: u64) -> io::Result<FileContent> {
        bounded::read(path, limit).map(FileContent::new)
    }

    fn read_settings(&self, path: &Path, limit: u64) -> io::Result<FileContent> {
        bounded::read_settings(path, limit)
    }

    fn replace(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let (folder, name) = place(path)?;
        Folder::of_others(folder)?.replace_durably(name, content)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let (folder, name) = place(path)?;
        match Folder::of_others(folder) {
            Ok(folder) => folder.remove(name),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<FileLock>> {
        lock::try_lock(path)
    }

    fn private_folder(&self, path: &Path) -> io::Result<Option<Box<dyn PrivateFolder + '_>>> {
        Ok(match Folder::own(path)? {
            Some(folder) => Some(Box::new(folder)),
            None => None,
        })
    }

    fn make_private_folder(&self, path: &Path) -> io::Result<Box<dyn PrivateFolder + '_>> {
        Ok(Box::new(Folder::make_own(path)?))
    }
}

/// The folder and the name in it.
fn place(path: &Path) -> io::Result<(&Path, &str)> {
    let place = path.parent().zip(path.file_name().and_then(|name| name.to_str()));
    place.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it is not the path of a file"))
}
