//! A consistent copy of the whole database into a file, while others read and write.

use std::path::Path;

use chrono::{DateTime, Utc};
use diesel::connection::{AnsiTransactionManager, SimpleConnection as _};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{PgConnection, QueryableByName, SqliteConnection, sql_query};

use super::contents::{self, Contents, Number, checked, contents};
use super::programs::{Server, read_through};
use crate::domain::backup::Engine;
use crate::store::connection::{self, Target};
use crate::store::{Conn, Store, StoreError};

impl Store {
    /// Which database this is.
    pub fn engine(&self) -> Engine {
        self.target.engine()
    }

    /// Looks through the whole file for damage (SQLite); a server looks after its own files.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn check_whole(&self) -> Result<(), StoreError> {
        match connection::apart(&self.target)? {
            Conn::Sqlite(mut conn) => contents::look_through(&mut conn, "quick_check"),
            Conn::Pg(_) => Ok(()),
        }
    }

    /// What the clock of the database server shows; nothing for a file. The only place that asks a
    /// database for the time: it is compared, and stored nowhere.
    ///
    /// # Errors
    /// If the server can't be reached.
    pub fn clock(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let Conn::Pg(mut conn) = connection::apart(&self.target)? else {
            return Ok(None);
        };
        let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS n";
        let micros = sql_query(sql).get_result::<Number>(&mut conn)?.n;
        Ok(DateTime::from_timestamp_micros(micros))
    }

    /// Writes a consistent copy of the database into `folder`, under the name that its engine gives
    /// it, and reads all of the copy; what it holds. The connection is none of the pool's: the
    /// writer is free meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`] if the disk is full; [`StoreError::Corrupt`] if the copy is
    /// damaged; [`StoreError::Unavailable`] if `pg_dump` is missing or fails.
    pub fn copy_into(&self, folder: &Path) -> Result<Contents, StoreError> {
        let file = folder.join(self.engine().file_name());
        match (connection::apart(&self.target)?, &self.target) {
            (Conn::Sqlite(mut conn), _) => vacuum(&mut conn, &file),
            (conn @ Conn::Pg(_), Target::Postgres(url)) => dump(conn, &Server::at(url)?, &file),
            (Conn::Pg(_), Target::Sqlite(_)) => Err(unlike()),
        }
    }
}

fn unlike() -> StoreError {
    StoreError::Unavailable("the connection is to another database".to_owned())
}

/// `VACUUM INTO` reads in one transaction; writers go on beside it.
fn vacuum(conn: &mut SqliteConnection, file: &Path) -> Result<Contents, StoreError> {
    let name = file.to_str().ok_or_else(|| {
        StoreError::Unavailable(format!("the path {} is not UTF-8", file.display()))
    })?;
    sql_query("VACUUM INTO ?")
        .bind::<Text, _>(name)
        .execute(conn)?;
    checked(file)
}

#[derive(QueryableByName)]
struct Exported {
    #[diesel(sql_type = Text)]
    id: String,
}

/// `pg_dump` dumps the snapshot of a transaction that counts the rows.
fn dump(mut conn: Conn, server: &Server, file: &Path) -> Result<Contents, StoreError> {
    let Conn::Pg(inner) = &mut conn else {
        return Err(unlike());
    };
    let id = export(inner)?;
    let counted = contents(&mut conn)?;
    server.dump(&id, file)?;
    read_through(file)?;
    Ok(counted)
}

/// Begins a transaction whose snapshot others may use while it lasts: to the end of its connection.
fn export(conn: &mut PgConnection) -> Result<String, StoreError> {
    AnsiTransactionManager::begin_transaction_sql(
        conn,
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    )?;
    conn.batch_execute("SET LOCAL idle_in_transaction_session_timeout = 0")?;
    let exported = sql_query("SELECT pg_export_snapshot() AS id").get_result::<Exported>(conn)?;
    Ok(exported.id)
}
