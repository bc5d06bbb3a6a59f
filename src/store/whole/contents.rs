//! What a database holds: its schema, and how many rows each table has.

use std::collections::BTreeMap;
use std::path::Path;

use diesel::connection::Connection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, SqliteConnection, sql_query};

use crate::on_inner;
use crate::store::{Conn, StoreError};

/// Where diesel notes which migrations ran.
const MIGRATIONS: &str = "__diesel_schema_migrations";

/// The schema and the number of rows of each table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The newest migration.
    pub schema: String,
    /// The number of rows of each table.
    pub tables: BTreeMap<String, i64>,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
pub(super) struct Number {
    #[diesel(sql_type = BigInt)]
    pub(super) n: i64,
}

/// The names of all tables but diesel's own, in the order of the alphabet.
pub(super) fn tables(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    let sql = match conn {
        Conn::Pg(_) => {
            "SELECT table_name::text AS name FROM information_schema.tables \
             WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
        }
        Conn::Sqlite(_) => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'"
        }
    };
    let found = on_inner!(conn, c => sql_query(sql).load::<Name>(c))?;
    let names = found.into_iter().map(|table| table.name);
    let mut names: Vec<String> = names.filter(|name| name != MIGRATIONS).collect();
    names.sort_unstable();
    Ok(names)
}

/// What the database holds, as its transaction sees it.
pub(super) fn contents(conn: &mut Conn) -> Result<Contents, StoreError> {
    let newest = format!("SELECT max(version) AS name FROM {MIGRATIONS}");
    let schema = on_inner!(conn, c => sql_query(newest).get_result::<Name>(c))?.name;
    let mut counted = BTreeMap::new();
    for table in tables(conn)? {
        let sql = format!("SELECT count(*) AS n FROM \"{table}\"");
        let rows = on_inner!(conn, c => sql_query(sql).get_result::<Number>(c))?.n;
        counted.insert(table, rows);
    }
    Ok(Contents {
        schema,
        tables: counted,
    })
}

/// What a file of SQLite holds that nobody writes to, after all of it was checked.
///
/// # Errors
/// [`StoreError::Corrupt`] if it is damaged.
pub(super) fn checked(file: &Path) -> Result<Contents, StoreError> {
    let mut conn = SqliteConnection::establish(&unchanging(file))
        .map_err(|cause| StoreError::Unavailable(format!("{}: {cause}", file.display())))?;
    look_through(&mut conn, "integrity_check")?;
    let astray = "SELECT count(*) AS n FROM pragma_foreign_key_check";
    let astray = sql_query(astray).get_result::<Number>(&mut conn)?.n;
    if astray > 0 {
        let why = format!("{astray} rows refer to rows that are missing");
        return Err(StoreError::Corrupt(why));
    }
    contents(&mut Conn::Sqlite(conn))
}

/// Has SQLite check its file: `quick_check` or, with the indexes, `integrity_check`.
pub(super) fn look_through(conn: &mut SqliteConnection, how: &str) -> Result<(), StoreError> {
    let sound = format!("SELECT {how} AS name FROM pragma_{how}");
    let said = sql_query(sound).get_result::<Name>(conn)?.name;
    match said.as_str() {
        "ok" => Ok(()),
        _ => Err(StoreError::Corrupt(said)),
    }
}

/// The address of a file that is only read and that nobody else writes to: no log beside it is
/// looked for or made.
fn unchanging(file: &Path) -> String {
    let path = file.to_string_lossy();
    let path = path
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    format!("file:{path}?mode=ro&immutable=1")
}
