//! How much room a disk has.

use std::path::{Path, PathBuf};

/// A disk with less free room than this, in bytes, and than a tenth of all is nearly full.
const LOW: u64 = 10_000_000_000;

/// The room on the disk of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// The folder.
    pub folder: PathBuf,
    /// Free bytes for this account.
    pub free: u64,
    /// Bytes in all.
    pub total: u64,
}

impl Room {
    /// The room of the disk on which a file or folder lies, or will lie; nothing if the system does
    /// not tell.
    pub fn at(path: &Path) -> Option<Self> {
        let folder = path.ancestors().find(|above| above.is_dir())?;
        let (free, total) = bytes(folder)?;
        Some(Self {
            folder: folder.to_owned(),
            free,
            total,
        })
    }

    /// Whether less than a tenth is free, and less than 10 GB.
    pub fn is_low(&self) -> bool {
        self.free < LOW.min(self.total / 10)
    }
}

#[cfg(target_os = "linux")]
fn bytes(folder: &Path) -> Option<(u64, u64)> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
    Some((bytes(disk.f_bavail), bytes(disk.f_blocks)))
}

#[cfg(not(target_os = "linux"))]
fn bytes(_: &Path) -> Option<(u64, u64)> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_low_below_a_tenth_and_ten_gigabytes() {
        let room = |free, total| Room {
            folder: PathBuf::new(),
            free,
            total,
        };
        assert!(room(99, 1_000).is_low() && !room(100, 1_000).is_low());
        let (large, gigabyte) = (2_000_000_000_000, 1_000_000_000);
        assert!(room(9 * gigabyte, large).is_low() && !room(10 * gigabyte, large).is_low());
        let here = Room::at(Path::new("/nowhere/at/all")).unwrap();
        assert_eq!(here.folder, Path::new("/"));
        assert!(here.total > here.free && here.total > 1_000_000);
    }
}
