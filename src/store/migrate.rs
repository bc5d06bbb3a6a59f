//! Migrations up and down, from files compiled into the binary; same names for both databases.

use diesel::connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager as _};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Conn, StoreError, respell, whole};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// The lock under which one replica migrates at a time. The number is arbitrary but must not
/// change.
const ADVISORY_LOCK: i64 = 7_461_696_110;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn failed(error: &Failure) -> StoreError {
    StoreError::Unavailable(format!("migration failed and was rolled back: {error}"))
}

/// Runs the missing migrations in one transaction, and cleans what was stored before names were
/// cleaned; returns the names of the migrations.
pub(super) fn up(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    locked(conn, |conn| {
        refuse_newer(conn)?;
        let done = match conn {
            Conn::Pg(c) => names(c.run_pending_migrations(POSTGRES)),
            Conn::Sqlite(c) => names(c.run_pending_migrations(SQLITE)),
        }?;
        respell::once(conn)?;
        Ok(done)
    })
}

/// Reverts all migrations in one transaction; returns their names.
pub(super) fn down(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    locked(conn, |conn| {
        refuse_newer(conn)?;
        match conn {
            Conn::Pg(c) => names(c.revert_all_migrations(POSTGRES)),
            Conn::Sqlite(c) => names(c.revert_all_migrations(SQLITE)),
        }
    })
}

fn names(
    versions: Result<Vec<diesel::migration::MigrationVersion<'_>>, Failure>,
) -> Result<Vec<String>, StoreError> {
    versions
        .map(|all| all.iter().map(ToString::to_string).collect())
        .map_err(|e| failed(&e))
}

/// Runs `work` in one transaction while no other process migrates. Already the first look at the
/// list of migrations is under the lock: it creates the list in an empty database, which two
/// processes can't do at once. A migration takes as long as it takes.
fn locked<T>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    match conn {
        Conn::Pg(c) => {
            AnsiTransactionManager::begin_transaction_sql(c, "BEGIN")?;
            c.batch_execute(&format!(
                "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; \
                 SET LOCAL idle_in_transaction_session_timeout = 0; SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"
            ))?;
        }
        Conn::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
    }
    let result = work(conn);
    match &result {
        Ok(_) => <Conn as diesel::Connection>::TransactionManager::commit_transaction(conn)?,
        Err(_) => <Conn as diesel::Connection>::TransactionManager::rollback_transaction(conn)?,
    }
    result
}

/// Refuses a schema that this binary does not know: it could write rows that a newer binary
/// misreads (F38).
fn refuse_newer(conn: &mut Conn) -> Result<(), StoreError> {
    let (applied, known) = match conn {
        Conn::Pg(c) => (
            c.applied_migrations(),
            versions::<diesel::pg::Pg>(&POSTGRES),
        ),
        Conn::Sqlite(c) => (
            c.applied_migrations(),
            versions::<diesel::sqlite::Sqlite>(&SQLITE),
        ),
    };
    let applied: Vec<String> = applied
        .map_err(|e| failed(&e))?
        .iter()
        .map(ToString::to_string)
        .collect();
    let known = known?;
    match applied.iter().find(|version| !known.contains(version)) {
        Some(version) => Err(StoreError::Unavailable(format!(
            "the database was written by a newer tinbai (migration {version}); install that version or restore a backup"
        ))),
        None => Ok(()),
    }
}

/// Whether this binary has that migration; both databases have the same.
pub(super) fn is_known(version: &str) -> Result<bool, StoreError> {
    Ok(versions::<diesel::sqlite::Sqlite>(&SQLITE)?
        .iter()
        .any(|known| known == version))
}

fn versions<DB: diesel::backend::Backend>(
    source: &EmbeddedMigrations,
) -> Result<Vec<String>, StoreError> {
    use diesel::migration::MigrationSource;
    let all = MigrationSource::<DB>::migrations(source).map_err(|e| failed(&e))?;
    Ok(all.iter().map(|m| m.name().version().to_string()).collect())
}

/// Whether exactly the known migrations ran. It only reads: diesel's own function would create its
/// table, and on a connection that was opened before the migrations ran it does not see the table.
pub(super) fn check_current(conn: &mut Conn) -> Result<(), StoreError> {
    let older =
        || StoreError::Unavailable("the database's schema is older than this tinbai".to_owned());
    if let Err(error) = conn.batch_execute("SELECT 1 FROM __diesel_schema_migrations LIMIT 1") {
        let missing = error.to_string().contains("__diesel_schema_migrations");
        return Err(if missing { older() } else { error.into() });
    }
    refuse_newer(conn)?;
    let pending = match conn {
        Conn::Pg(c) => c.has_pending_migration(POSTGRES),
        Conn::Sqlite(c) => c.has_pending_migration(SQLITE),
    };
    match pending {
        Ok(false) if whole::is_unfinished(conn)? => Err(whole::unfinished()),
        Ok(false) => Ok(()),
        Ok(true) => Err(older()),
        Err(error) => Err(failed(&error)),
    }
}
