//! The few things that a snapshot asks of the file system, so that a test can let each of them fail. It must not know
//! what is written.

use std::fmt::Debug;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Where snapshots are written.
pub(crate) trait Disk: Debug + Send + Sync {
    /// A new file.
    fn create(&self, path: &Path) -> io::Result<Box<dyn Output>>;
    /// Gives a file its name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Makes the names in a folder last: a renamed file is there after a power cut only once its folder is synced.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
}

/// A file being written.
pub(crate) trait Output: Write + Send {
    /// Makes what was written last.
    fn sync(&mut self) -> io::Result<()>;
}

/// The file system itself.
#[derive(Debug)]
pub(crate) struct FileSystem;

impl Disk for FileSystem {
    fn create(&self, path: &Path) -> io::Result<Box<dyn Output>> {
        Ok(Box::new(File::create(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }
}

impl Output for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}
