//! Files that are nowhere but in memory. They have no owners or modes: whoever has the value owns all.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
};

use sts3::runtime::{FileContent, FileLock, Files, PrivateFolder};

/// Contents by path. Clones share them.
#[derive(Clone, Default)]
pub struct MemoryFiles {
    contents: Arc<Mutex<BTreeMap<PathBuf, Vec<u8>>>>,
    locked: Arc<Mutex<BTreeSet<PathBuf>>>,
}

impl MemoryFiles {
    pub fn new<P: Into<PathBuf>>(files: impl IntoIterator<Item = (P, String)>) -> Self {
        let files = files.into_iter().map(|(path, text)| (path.into(), text.into_bytes()));
        Self { contents: Arc::new(Mutex::new(files.collect())), locked: Arc::default() }
    }

    pub fn of_bytes(files: BTreeMap<PathBuf, Vec<u8>>) -> Self {
        Self { contents: Arc::new(Mutex::new(files)), locked: Arc::default() }
    }

    pub fn all(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Vec<u8>>> {
        self.contents.lock().unwrap()
    }
}

impl Files for MemoryFiles {
    fn read(&self, path: &Path, limit: u64) -> io::Result<FileContent> {
        let content = self.all().get(path).cloned().ok_or(io::ErrorKind::NotFound)?;
        if content.len() as u64 > limit {
            return Err(io::Error::other(format!("it is larger than {limit} bytes")));
        }
        Ok(FileContent::new(content))
    }

    fn replace(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.all().insert(path.to_owned(), content.to_owned());
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.all().remove(path);
        Ok(())
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<FileLock>> {
        let is_free = self.locked.lock().unwrap().insert(path.to_owned());
        Ok(is_free.then(|| FileLock::new(Held { locked: self.locked.clone(), path: path.to_owned() })))
    }

    fn private_folder(&self, path: &Path) -> io::Result<Option<Box<dyn PrivateFolder + '_>>> {
        let exists = self.all().keys().any(|file| file.parent() == Some(path));
        Ok(if exists { Some(self.make_private_folder(path)?) } else { None })
    }

    fn make_private_folder(&self, path: &Path) -> io::Result<Box<dyn PrivateFolder + '_>> {
        Ok(Box::new(MemoryFolder { files: self, path: path.to_owned() }))
    }
}

/// A lock, until it is dropped.
struct Held {
    locked: Arc<Mutex<BTreeSet<PathBuf>>>,
    path: PathBuf,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.locked.lock().unwrap().remove(&self.path);
    }
}

struct MemoryFolder<'a> {
    files: &'a MemoryFiles,
    path: PathBuf,
}

impl PrivateFolder for MemoryFolder<'_> {
    fn read(&self, name: &str, limit: u64) -> io::Result<Option<FileContent>> {
        match self.files.read(&self.path.join(name), limit) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn replace(&self, name: &str, content: &[u8]) -> io::Result<()> {
        self.files.replace(&self.path.join(name), content)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.files.all().remove(&self.path.join(name));
        Ok(())
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let files = self.files.all();
        let here = files.keys().filter(|path| path.parent() == Some(&self.path));
        Ok(here.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect())
    }
}

/// Files that can be read and not written; with `true` they can be locked: a full disk, or a folder with a lock's file in it.
pub struct ReadOnly(pub MemoryFiles, pub bool);

impl Files for ReadOnly {
    fn read(&self, path: &Path, limit: u64) -> io::Result<FileContent> {
        self.0.read(path, limit)
    }

    fn replace(&self, _: &Path, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<FileLock>> {
        if self.1 { self.0.try_lock(path) } else { Err(io::ErrorKind::ReadOnlyFilesystem.into()) }
    }

    fn private_folder(&self, path: &Path) -> io::Result<Option<Box<dyn PrivateFolder + '_>>> {
        self.0.private_folder(path)
    }

    fn make_private_folder(&self, path: &Path) -> io::Result<Box<dyn PrivateFolder + '_>> {
        self.0.make_private_folder(path)
    }
}
