//! Folder: the data folder, which belongs to one process at a time.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// Why the data folder is not ours.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It cannot be made or written.
    #[error("the data folder {} cannot be used: {error}; choose another one with --data", path.display())]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Another process has it.
    #[error("another dyn53 uses the data folder {}: stop it, or choose another one with --data", .0.display())]
    Locked(PathBuf),
}

/// The data folder, ours for as long as this value lives.
#[derive(Debug)]
pub struct Folder {
    _locks: [File; 2],
}

impl Folder {
    /// Makes the folder if there is none, and takes it for this process; that ends with the process,
    /// however it ends. The folder itself is locked, because the file `lock` can be deleted; the file
    /// too, because former versions know only that.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn take(path: &Path) -> Result<Self, FolderError> {
        let failed = |error| FolderError::Unusable {
            path: path.to_owned(),
            error,
        };
        std::fs::create_dir_all(path).map_err(failed)?;
        let options = File::options().create(true).append(true).clone();
        let file = options.open(path.join("lock")).map_err(failed)?;
        let locks = [File::open(path).map_err(failed)?, file];
        for lock in &locks {
            lock.try_lock().map_err(|error| match error {
                TryLockError::WouldBlock => FolderError::Locked(path.to_owned()),
                TryLockError::Error(error) => failed(error),
            })?;
        }
        Ok(Self { _locks: locks })
    }
}
