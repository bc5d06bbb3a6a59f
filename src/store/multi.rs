//! The connection enum; the derive's items carry no docs, so it has a file of its own.

use diesel::{PgConnection, SqliteConnection};

/// A connection to either database; queries written on it run on both.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// PostgreSQL.
    Pg(PgConnection),
    /// The embedded SQLite.
    Sqlite(SqliteConnection),
}
