//! The rows of any table: read one after another, written in batches, summed up in a digest that is
//! the same on both databases.
//!
//! A row travels as a JSON array of its values, in the order of its columns' names.

use diesel::connection::DefaultLoadingMode;
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{QueryableByName, sql_query};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::columns::Column;
use crate::on_inner;
use crate::store::{Conn, StoreError};

/// Longest batch, in bytes of JSON.
const BATCH: usize = 1_048_576;

/// How many rows a table has, and a sum of them that does not depend on their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    /// The number of rows.
    pub rows: u64,
    /// The SHA-256 of each row, exclusive-or'd: every row has a key of its own, so that no two
    /// cancel each other out.
    digest: [u8; 32],
}

impl Sum {
    fn add(&mut self, row: &str) {
        self.rows += 1;
        let hash = Sha256::digest(row.as_bytes());
        for (sum, byte) in self.digest.iter_mut().zip(hash.iter()) {
            *sum ^= byte;
        }
    }

    /// The digest in hexadecimal digits.
    pub fn hex(&self) -> String {
        self.digest
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    values: String,
}

/// A table and its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
}

impl Table {
    /// Gives each row, in its canonical form, to `work`; the sum of all.
    pub(super) fn each(
        &self,
        conn: &mut Conn,
        mut work: impl FnMut(String) -> Result<(), StoreError>,
    ) -> Result<Sum, StoreError> {
        let mut sum = Sum::default();
        let mut take = |row: QueryResult<Row>| {
            let row = self.canonical(&row?.values)?;
            sum.add(&row);
            work(row)
        };
        let query = sql_query(self.select(conn));
        match conn {
            Conn::Pg(c) => query
                .load_iter::<Row, PgRowByRowLoadingMode>(c)?
                .try_for_each(&mut take)?,
            Conn::Sqlite(c) => query
                .load_iter::<Row, DefaultLoadingMode>(c)?
                .try_for_each(&mut take)?,
        }
        Ok(sum)
    }

    fn select(&self, conn: &Conn) -> String {
        let array = match conn {
            Conn::Pg(_) => "json_build_array",
            Conn::Sqlite(_) => "json_array",
        };
        let text = if matches!(conn, Conn::Pg(_)) {
            "::text"
        } else {
            ""
        };
        format!(
            "SELECT {array}({}){text} AS values FROM \"{}\"",
            self.names(),
            self.name
        )
        .replace(" AS values ", " AS \"values\" ")
    }

    fn names(&self) -> String {
        let quoted = self
            .columns
            .iter()
            .map(|column| format!("\"{}\"", column.name));
        quoted.collect::<Vec<_>>().join(", ")
    }

    fn canonical(&self, row: &str) -> Result<String, StoreError> {
        let unreadable =
            |cause: serde_json::Error| StoreError::Corrupt(format!("{}: {cause}", self.name));
        let values: Vec<Value> = serde_json::from_str(row).map_err(unreadable)?;
        let columns = self.columns.iter().map(|column| column.sort);
        let values: Vec<Value> = values
            .into_iter()
            .zip(columns)
            .map(|(value, sort)| sort.canonical(value))
            .collect();
        serde_json::to_string(&values).map_err(unreadable)
    }

    /// Copies all rows from one database to the other.
    pub(super) fn copy(&self, from: &mut Conn, to: &mut Conn) -> Result<Sum, StoreError> {
        let insert = self.insert(to);
        let mut batch = String::new();
        let sum = self.each(from, |row| {
            batch.push(if batch.is_empty() { '[' } else { ',' });
            batch.push_str(&row);
            if batch.len() > BATCH {
                write(to, &insert, &mut batch)?;
            }
            Ok(())
        })?;
        if !batch.is_empty() {
            write(to, &insert, &mut batch)?;
        }
        Ok(sum)
    }

    fn insert(&self, to: &Conn) -> String {
        let values: Vec<String> = match to {
            Conn::Pg(_) => (0..)
                .zip(&self.columns)
                .map(|(at, column)| format!("(row ->> {at}){}", column.sort.cast()))
                .collect(),
            Conn::Sqlite(_) => (0..)
                .zip(&self.columns)
                .map(|(at, _)| format!("json_extract(value, '$[{at}]')"))
                .collect(),
        };
        let rows = match to {
            Conn::Pg(_) => "json_array_elements($1::json) AS of (row)",
            Conn::Sqlite(_) => "json_each(?)",
        };
        format!(
            "INSERT INTO \"{}\" ({}) SELECT {} FROM {rows}",
            self.name,
            self.names(),
            values.join(", ")
        )
    }
}

fn write(to: &mut Conn, insert: &str, batch: &mut String) -> Result<(), StoreError> {
    batch.push(']');
    on_inner!(to, c => sql_query(insert).bind::<Text, _>(batch.as_str()).execute(c))?;
    batch.clear();
    Ok(())
}
