//! Where backups go, and how long they are kept.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::domain::error::Invalid;

/// `[backup]`. When backups are taken is the schedule of the job `backup`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BackupSettings {
    /// The folder of the backups of this database and of no other; made when missing. Without one no
    /// backups are taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<PathBuf>,
    /// How long backups are kept.
    pub keep: KeepSettings,
}

/// `[backup.keep]`: the newest backup of each of the last so many days, weeks and months that have
/// one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeepSettings {
    /// Days.
    pub daily: u16,
    /// Weeks, from Monday on.
    pub weekly: u16,
    /// Months.
    pub monthly: u16,
}

impl Default for KeepSettings {
    fn default() -> Self {
        Self {
            daily: 7,
            weekly: 5,
            monthly: 12,
        }
    }
}

impl BackupSettings {
    pub(super) fn check(&self, faults: &mut Vec<Invalid>) {
        within!(faults, "backup.keep", self.keep, {
            daily: 1..=3_660,
            weekly: 0..=530,
            monthly: 0..=240,
        });
    }
}
