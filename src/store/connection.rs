//! Connections: which database an address means, how a new connection is set up, the pool's
//! manager.

use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::r2d2::{HandleError, ManageConnection};
use diesel::{Connection as _, PgConnection, RunQueryDsl as _, SqliteConnection};

use super::{Conn, StoreError, StoreOptions};
use crate::domain::backup::Engine;

/// Which database an address means. The scheme alone decides: trying one after the other would
/// create an SQLite file named after an unreachable PostgreSQL server.
#[derive(Clone, PartialEq, Eq)]
pub enum Target {
    /// A file of the embedded database.
    Sqlite(PathBuf),
    /// A PostgreSQL connection string.
    Postgres(String),
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            // the address may hold a password
            Self::Postgres(_) => f.write_str("postgres"),
        }
    }
}

impl Target {
    /// Reads an address: `sqlite://PATH`, `sqlite:PATH`, a bare path, `postgres://…` or
    /// `postgresql://…`.
    ///
    /// # Errors
    /// If the scheme is another one, or the path is empty or in memory (readers would not see the
    /// writer's data).
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        let path = url
            .strip_prefix("sqlite://")
            .or_else(|| url.strip_prefix("sqlite:"))
            .unwrap_or(url);
        if path.is_empty() || path.contains(":memory:") || path.contains("://") {
            return Err(StoreError::Unavailable(
                "database.url must be sqlite://PATH or postgres://USER@HOST/DATABASE".to_owned(),
            ));
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }

    /// Which database that is.
    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Refuses a file on a network file system, where SQLite's locks can't be trusted (R14).
    ///
    /// # Errors
    /// If the file's folder does not exist or lies on such a file system.
    pub fn check(&self) -> Result<(), StoreError> {
        let Self::Sqlite(path) = self else {
            return Ok(());
        };
        let folder = path
            .parent()
            .filter(|p| !p.as_os_str().is_empty())
            .unwrap_or_else(|| Path::new("."));
        let folder = folder.canonicalize().map_err(|e| {
            StoreError::Unavailable(format!(
                "the folder {} can't be used: {e}",
                folder.display()
            ))
        })?;
        let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        match network_file_system(&mounts, &folder) {
            Some(kind) => Err(StoreError::Unavailable(format!(
                "{} lies on a network file system ({kind}); SQLite needs a local disk, or use PostgreSQL",
                folder.display()
            ))),
            None => Ok(()),
        }
    }
}

fn network_file_system(mounts: &str, folder: &Path) -> Option<String> {
    const NETWORK: [&str; 9] = [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "fuse.sshfs",
        "9p",
        "afs",
        "ceph",
    ];
    mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ').skip(1);
            Some((words.next()?, words.next()?))
        })
        .filter(|(at, _)| folder.starts_with(at))
        .max_by_key(|(at, _)| at.len())
        .filter(|(_, kind)| NETWORK.contains(kind))
        .map(|(_, kind)| kind.to_owned())
}

/// The path of a file whose name is that of another one and `more`.
pub(super) fn beside(file: &Path, more: &str) -> PathBuf {
    let mut name = file.to_owned().into_os_string();
    name.push(more);
    name.into()
}

/// A connection outside the pools, for work that takes as long as it takes.
pub(super) fn apart(target: &Target) -> Result<Conn, StoreError> {
    let options = StoreOptions {
        stall_timeout: Duration::ZERO,
        ..StoreOptions::new("")
    };
    Manager::new(target.clone(), Mode::Write, &options).open()
}

/// What a pool's connections are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// May write.
    Write,
    /// SQLite refuses writes on it.
    ReadOnly,
}

/// Opens and checks connections for the pool.
#[derive(Debug)]
pub struct Manager {
    target: Target,
    mode: Mode,
    busy_timeout: Duration,
    stall_timeout: Duration,
}

impl Manager {
    pub(super) fn new(target: Target, mode: Mode, options: &StoreOptions) -> Self {
        Self {
            target,
            mode,
            busy_timeout: options.busy_timeout,
            stall_timeout: options.stall_timeout,
        }
    }

    pub(super) fn open(&self) -> Result<Conn, StoreError> {
        match &self.target {
            Target::Postgres(url) => {
                let mut conn = PgConnection::establish(url).map_err(|cause| {
                    StoreError::Unavailable(without_password(&cause.to_string(), url))
                })?;
                conn.batch_execute(&format!(
                    "SET lock_timeout = {0}; SET statement_timeout = {1}; \
                     SET idle_in_transaction_session_timeout = {1}; SET client_min_messages = warning; SET TIME ZONE 'UTC'",
                    self.busy_timeout.as_millis(),
                    self.stall_timeout.as_millis()
                ))?;
                Ok(Conn::Pg(conn))
            }
            Target::Sqlite(path) => {
                let name = path.to_str().ok_or_else(|| {
                    StoreError::Unavailable(format!(
                        "the database path {} is not UTF-8",
                        path.display()
                    ))
                })?;
                keep_from_others(path)?;
                let mut conn = SqliteConnection::establish(name)
                    .map_err(|e| StoreError::Unavailable(format!("{name}: {e}")))?;
                // busy_timeout first: switching to WAL needs a lock too (R13). A big check commits
                // every few MB: it is not to copy the same pages back after each of them, so
                // checkpoints wait for 16 MB.
                conn.batch_execute(&format!(
                    "PRAGMA busy_timeout = {}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                     PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536; \
                     PRAGMA mmap_size = 268435456; PRAGMA wal_autocheckpoint = 4096; \
                     PRAGMA journal_size_limit = {LOG_KEPT};",
                    self.busy_timeout.as_millis()
                ))?;
                if self.mode == Mode::ReadOnly {
                    conn.batch_execute("PRAGMA query_only = ON;")?;
                }
                check_sqlite_version(&mut conn)?;
                Ok(Conn::Sqlite(conn))
            }
        }
    }
}

/// What libpq says about an address, without its password: it repeats an address that it can't
/// read, such as one whose password has a space.
fn without_password(said: &str, url: &str) -> String {
    let login = url
        .split_once("://")
        .and_then(|(_, rest)| rest.rsplit_once('@'));
    let after_user = login.and_then(|(login, _)| login.split_once(':'));
    let in_query = url.split_once("password=").map(|(_, rest)| {
        let end = rest.find('&').unwrap_or(rest.len());
        rest.split_at(end).0
    });
    let secrets = [after_user.map(|(_, password)| password), in_query];
    secrets
        .into_iter()
        .flatten()
        .filter(|secret| !secret.is_empty())
        .fold(said.to_owned(), |said, secret| said.replace(secret, "***"))
}

/// Only the account of the service may read the database: a new file is created so (its log follows
/// it), and others lose their rights to one that exists.
fn keep_from_others(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt};
    let unusable =
        |cause: std::io::Error| StoreError::Unavailable(format!("{}: {cause}", path.display()));
    match std::fs::metadata(path) {
        Ok(known) if known.is_file() && known.permissions().mode() & 0o007 != 0 => {
            let mode = known.permissions().mode() & 0o770;
            if let Err(cause) = std::fs::set_permissions(path, PermissionsExt::from_mode(mode)) {
                tracing::warn!(%cause, file = %path.display(), "the database can be read by all");
            }
            Ok(())
        }
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
            let mut new = std::fs::OpenOptions::new();
            // another process may be creating it at the same time
            new.write(true).create(true).truncate(false).mode(0o600);
            new.open(path).map(drop).map_err(unusable)
        }
        _ => Ok(()),
    }
}

/// After a checkpoint the write-ahead log is cut to this many bytes: a slow reader may have made it
/// much longer.
const LOG_KEPT: u64 = 33_554_432;

/// Moves the write-ahead log into the file and empties it; `false` if others hold it.
pub(super) fn merge_log(conn: &mut Conn) -> Result<bool, StoreError> {
    #[derive(diesel::QueryableByName)]
    struct Merged {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        busy: i32,
    }
    match conn {
        Conn::Pg(_) => Ok(true),
        Conn::Sqlite(conn) => {
            let merged = diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)");
            Ok(merged.get_result::<Merged>(conn)?.busy == 0)
        }
    }
}

/// Older releases can corrupt a WAL with two connections (R14).
fn check_sqlite_version(conn: &mut SqliteConnection) -> Result<(), StoreError> {
    diesel::define_sql_function! { fn sqlite_version() -> diesel::sql_types::Text }
    let version: String = diesel::select(sqlite_version()).get_result(conn)?;
    let parts: Vec<u32> = version.split('.').map(|p| p.parse().unwrap_or(0)).collect();
    if parts.as_slice() < [3, 51, 3].as_slice() {
        return Err(StoreError::Unavailable(format!(
            "SQLite {version} is older than 3.51.3 and can lose data"
        )));
    }
    Ok(())
}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = StoreError;

    fn connect(&self) -> Result<Conn, StoreError> {
        self.open()
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), StoreError> {
        match conn {
            // a file cannot become unreachable as a server can
            Conn::Sqlite(_) => Ok(()),
            Conn::Pg(c) => Ok(c.batch_execute("SELECT 1")?),
        }
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        use diesel::connection::{AnsiTransactionManager, TransactionManager as _};
        std::thread::panicking()
            || match conn {
                Conn::Pg(c) => AnsiTransactionManager::is_broken_transaction_manager(c),
                Conn::Sqlite(c) => AnsiTransactionManager::is_broken_transaction_manager(c),
            }
    }
}

/// Sends the pool's background errors to the log.
#[derive(Debug)]
pub struct LogErrors;

impl HandleError<StoreError> for LogErrors {
    fn handle_error(&self, error: StoreError) {
        tracing::warn!(%error, "a database connection failed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_alone_decides_which_database_is_meant() {
        assert_eq!(
            Target::parse("sqlite://a/b.db").unwrap(),
            Target::Sqlite("a/b.db".into())
        );
        assert_eq!(
            Target::parse("/var/lib/t.db").unwrap(),
            Target::Sqlite("/var/lib/t.db".into())
        );
        assert!(matches!(
            Target::parse("postgres://nobody@127.0.0.1:1/x").unwrap(),
            Target::Postgres(_)
        ));
        assert!(Target::parse("mysql://x").is_err());
        assert!(Target::parse("sqlite::memory:").is_err());
    }

    #[test]
    fn an_address_that_is_repeated_has_no_password() {
        for url in [
            "postgres://tinbai:mở ra@db/tinbai",
            "postgres://tinbai:p@ss w@db/tinbai",
            "postgresql://db/tinbai?password=mở ra&sslmode=require",
        ] {
            let said = without_password(&format!("unexpected spaces found in \"{url}\""), url);
            assert!(said.contains("***"), "{said}");
            assert!(
                !["mở ra", "p@ss", "ss w"]
                    .iter()
                    .any(|part| said.contains(part)),
                "{said}"
            );
        }
        let plain = "postgres://tinbai@db/tinbai";
        assert_eq!(without_password("no such host", plain), "no such host");
    }

    #[test]
    fn a_folder_on_a_network_file_system_is_named() {
        let mounts = "/dev/vda / ext4 rw 0 0\nhost:/x /srv/data nfs4 rw 0 0\n/dev/vdb /srv/data/local ext4 rw 0 0\n";
        assert_eq!(
            network_file_system(mounts, Path::new("/srv/data/t")),
            Some("nfs4".to_owned())
        );
        assert_eq!(
            network_file_system(mounts, Path::new("/srv/data/local")),
            None
        );
        assert_eq!(network_file_system(mounts, Path::new("/var")), None);
    }
}
