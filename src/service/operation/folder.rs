//! The folder that backups are written into, held by one process at a time.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::domain::backup;
use crate::domain::error::Invalid;
use crate::service::Error;

/// What is written lies in this folder until it is whole.
const UNFINISHED: &str = ".tinbai-backup";

/// A folder of backups, locked; what was left unfinished in it is gone, and goes with this value.
pub(super) struct Folder {
    path: PathBuf,
    unfinished: PathBuf,
    lock: File,
}

impl Folder {
    /// Locks a folder, which is made when missing.
    ///
    /// # Errors
    /// `backup_running` if another process holds it; `backup_unwritten`.
    pub(super) fn lock(path: &Path) -> Result<Self, Error> {
        let fault = |cause| unwritten(path, &cause);
        let mut private = DirBuilder::new();
        private.mode(0o700);
        if !path.is_dir() {
            private.recursive(true).create(path).map_err(fault)?;
            private.recursive(false);
        }
        let lock = File::open(path).map_err(fault)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let running = Invalid::new("", "backup_running");
                return Err(Error::Conflict(running.with("folder", path.display())));
            }
            Err(TryLockError::Error(cause)) => return Err(fault(cause)),
        }
        let unfinished = path.join(UNFINISHED);
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(fault)?;
        }
        private.create(&unfinished).map_err(fault)?;
        Ok(Self {
            path: path.to_owned(),
            unfinished,
            lock,
        })
    }

    /// The folder itself.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where files may be unfinished.
    pub(super) fn unfinished(&self) -> &Path {
        &self.unfinished
    }

    /// Gives a finished file its name.
    ///
    /// # Errors
    /// Those of the disk.
    pub(super) fn publish(&self, finished: &Path, name: &Path) -> io::Result<()> {
        fs::rename(finished, self.path.join(name))?;
        self.lock.sync_all()
    }

    /// The backups in it, by their instants.
    ///
    /// # Errors
    /// Those of the disk.
    pub(super) fn backups(&self) -> io::Result<Vec<DateTime<Utc>>> {
        let names = fs::read_dir(&self.path)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<Vec<String>>>()?;
        Ok(names
            .iter()
            .filter_map(|name| backup::taken_at(name))
            .collect())
    }

    /// Deletes a backup.
    ///
    /// # Errors
    /// Those of the disk.
    pub(super) fn delete(&self, taken_at: DateTime<Utc>) -> io::Result<()> {
        fs::remove_file(self.path.join(backup::file_name(taken_at)))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(cause) = fs::remove_dir_all(&self.unfinished) {
            tracing::warn!(%cause, folder = %self.unfinished.display(), "an unfinished backup stays");
        }
    }
}

/// A fault of the disk: full, read-only, or a folder that this account may not write to.
pub(super) fn unwritten(path: &Path, cause: &dyn std::fmt::Display) -> Error {
    let fault = Invalid::new("", "backup_unwritten").with("folder", path.display());
    Error::Conflict(fault.with("cause", cause))
}
