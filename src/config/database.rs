//! Where the data lives, and how many connections are held to it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Seconds;
use super::secret::DatabaseUrl;
use crate::domain::error::Invalid;

/// `[database]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseSettings {
    /// `sqlite:FILE` (created when missing) or `postgres://user:password@host/name`.
    pub url: DatabaseUrl,
    /// A file whose only line is the address; wins over `url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url_file: Option<PathBuf>,
    /// Connections to PostgreSQL; on SQLite the number of readers (there is always one writer).
    pub pool_size: u32,
    /// How long a statement waits for a lock before it gives up (SQLite `busy_timeout`, PostgreSQL
    /// `lock_timeout`).
    pub busy_timeout_seconds: Seconds,
    /// How long a request waits for a free connection before it is answered 503.
    pub acquire_timeout_seconds: Seconds,
    /// The health check fails when the write-ahead log of SQLite is longer than this: somebody reads
    /// for hours, and the disk may become full.
    pub log_limit_bytes: usize,
    /// Bring the schema up to date when a server or worker starts; otherwise it refuses to start on
    /// an old one.
    pub migrate_on_start: bool,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self {
            url: DatabaseUrl::new("sqlite:tinbai.sqlite"),
            url_file: None,
            pool_size: 8,
            busy_timeout_seconds: Seconds(5),
            acquire_timeout_seconds: Seconds(5),
            log_limit_bytes: 268_435_456,
            migrate_on_start: true,
        }
    }
}

impl DatabaseSettings {
    pub(super) fn check(&self, faults: &mut Vec<Invalid>) {
        let known = ["sqlite:", "postgres://", "postgresql://"];
        if !known
            .iter()
            .any(|scheme| self.url.expose().starts_with(scheme))
        {
            faults.push(
                Invalid::new("database.url", "config_database_url")
                    .with("value", self.url.redacted()),
            );
        }
        within!(faults, "database", self, {
            pool_size: 1..=1_000,
            busy_timeout_seconds: 1..=600,
            acquire_timeout_seconds: 1..=600,
            log_limit_bytes: 67_108_864..=1_099_511_627_776,
        });
    }
}
