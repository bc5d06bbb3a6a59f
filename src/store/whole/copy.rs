//! Copying a database into an empty one of the other kind, or of the same.
//!
//! The copy is one transaction of the target: it is whole or not there. A mark that is written
//! before it and goes with it keeps everybody from using a target whose copy was interrupted.

use std::collections::BTreeMap;

use diesel::connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager as _};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{PgConnection, QueryableByName, sql_query};

use super::columns::columns;
use super::contents::{Number, tables};
use super::numbers;
use super::rows::{Sum, Table};
use crate::on_inner;
use crate::store::connection;
use crate::store::{Conn, Store, StoreError, meta};

/// The key in `meta` of a target whose copy is not done.
const UNFINISHED: &str = "unfinished_copy";

impl Store {
    /// Copies everything into `target`, whose tables are emptied first: what the migrations put
    /// there. Both have the schema of this program. What arrived is read back and compared.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the tables differ between the two, or what arrived does.
    pub fn copy_to(&self, target: &Self) -> Result<BTreeMap<String, Sum>, StoreError> {
        target.write(|conn| meta::put(conn, UNFINISHED, "1"))?;
        let mut from = connection::apart(&self.target)?;
        let mut to = connection::apart(&target.target)?;
        begin(
            &mut from,
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            "BEGIN DEFERRED",
        )?;
        begin(&mut to, "BEGIN", "BEGIN IMMEDIATE")?;
        let copied = copied(&mut from, &mut to);
        let ended = match copied {
            Ok(_) => <Conn as Connection>::TransactionManager::commit_transaction(&mut to),
            Err(_) => <Conn as Connection>::TransactionManager::rollback_transaction(&mut to),
        };
        let copied = copied?;
        ended?;
        Ok(copied)
    }

    /// Whether a copy into this database was interrupted.
    ///
    /// # Errors
    /// Those of the database.
    pub fn has_unfinished_copy(&self) -> Result<bool, StoreError> {
        self.read(is_unfinished)
    }

    /// Checks that no copy into this database was interrupted.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if one was; those of the database.
    pub fn check_copy_finished(&self) -> Result<(), StoreError> {
        match self.has_unfinished_copy()? {
            true => Err(unfinished()),
            false => Ok(()),
        }
    }
}

/// The error about a copy that was interrupted.
pub(in crate::store) fn unfinished() -> StoreError {
    let said = "một lần chép vào đây bị dừng giữa chừng; hãy chạy lại tinbai copy (a copy into it was interrupted; run tinbai copy again)";
    StoreError::Unavailable(said.to_owned())
}

/// Whether a copy into this database was interrupted.
pub(in crate::store) fn is_unfinished(conn: &mut Conn) -> Result<bool, StoreError> {
    Ok(meta::get(conn, UNFINISHED)?.is_some())
}

fn begin(conn: &mut Conn, postgres: &str, sqlite: &str) -> QueryResult<()> {
    match conn {
        Conn::Pg(c) => AnsiTransactionManager::begin_transaction_sql(c, postgres),
        Conn::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, sqlite),
    }
}

fn copied(from: &mut Conn, to: &mut Conn) -> Result<BTreeMap<String, Sum>, StoreError> {
    let (all, there) = (described(from)?, described(to)?);
    if let Some(odd) = differing(&all, &there) {
        return Err(StoreError::Corrupt(format!(
            "the table {odd} differs between the two databases"
        )));
    }
    let keys = Keys::defer(to)?;
    for table in &there {
        empty(to, &table.name)?;
    }
    let mut sums = BTreeMap::new();
    for table in &all {
        let sent = table.copy(from, to)?;
        let arrived = table.each(to, |_| Ok(()))?;
        if sent != arrived {
            return Err(StoreError::Corrupt(format!(
                "the table {} arrived otherwise: {} rows with the digest {}, not {} with {}",
                table.name,
                arrived.rows,
                arrived.hex(),
                sent.rows,
                sent.hex()
            )));
        }
        sums.insert(table.name.clone(), sent);
    }
    numbers::go_on(from, to)?;
    keys.enforce(to)?;
    Ok(sums)
}

fn described(conn: &mut Conn) -> Result<Vec<Table>, StoreError> {
    let names = tables(conn)?.into_iter();
    let table = |name: String| {
        Ok(Table {
            columns: columns(conn, &name)?,
            name,
        })
    };
    names.map(table).collect()
}

/// A table that is not the same on both sides.
fn differing(here: &[Table], there: &[Table]) -> Option<String> {
    let lacking = |all: &[Table], other: &[Table]| {
        let odd = all.iter().find(|table| !other.contains(table));
        odd.map(|table| table.name.clone())
    };
    lacking(here, there).or_else(|| lacking(there, here))
}

fn empty(conn: &mut Conn, table: &str) -> Result<(), StoreError> {
    let delete = format!("DELETE FROM \"{table}\"");
    on_inner!(conn, c => sql_query(delete).execute(c))?;
    Ok(())
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = Text)]
    owner: String,
    #[diesel(sql_type = Text)]
    name: String,
}

/// Foreign keys that wait until all rows are there: rows refer to each other, in any order.
struct Keys(Vec<Key>);

impl Keys {
    fn defer(conn: &mut Conn) -> Result<Self, StoreError> {
        let Conn::Pg(c) = conn else {
            on_inner!(conn, c => c.batch_execute("PRAGMA defer_foreign_keys = ON"))?;
            return Ok(Self(Vec::new()));
        };
        let found = sql_query(
            "SELECT conrelid::regclass::text AS owner, conname::text AS name FROM pg_constraint \
             WHERE contype = 'f' AND NOT condeferrable AND connamespace = current_schema()::regnamespace",
        );
        let keys = Self(found.load(c)?);
        keys.each(c, "DEFERRABLE INITIALLY DEFERRED")?;
        Ok(keys)
    }

    fn each(&self, conn: &mut PgConnection, how: &str) -> Result<(), StoreError> {
        for Key { owner, name } in &self.0 {
            conn.batch_execute(&format!(
                "ALTER TABLE {owner} ALTER CONSTRAINT \"{name}\" {how}"
            ))?;
        }
        Ok(())
    }

    /// Checks all rows, and has the keys checked row by row again.
    fn enforce(&self, conn: &mut Conn) -> Result<(), StoreError> {
        match conn {
            Conn::Pg(c) => {
                c.batch_execute("SET CONSTRAINTS ALL IMMEDIATE")?;
                self.each(c, "NOT DEFERRABLE")
            }
            Conn::Sqlite(c) => {
                let astray = "SELECT count(*) AS n FROM pragma_foreign_key_check";
                match sql_query(astray).get_result::<Number>(c)?.n {
                    0 => Ok(()),
                    n => Err(StoreError::Refused(format!(
                        "{n} rows refer to missing ones"
                    ))),
                }
            }
        }
    }
}
