//! Which numbers new rows get: a copy goes on where its source stood, so that the number of a row
//! that was deleted is not given again.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::{PgConnection, QueryableByName, sql_query};

use crate::store::{Conn, StoreError};

#[derive(QueryableByName)]
struct Given {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// The last number that each table with numbers of its own gave.
fn given(conn: &mut Conn) -> Result<BTreeMap<String, i64>, StoreError> {
    let found: Vec<Given> = match conn {
        Conn::Pg(c) => of_sequences(c)?,
        Conn::Sqlite(c) => sql_query("SELECT name, seq AS n FROM sqlite_sequence").load(c)?,
    };
    Ok(found
        .into_iter()
        .map(|given| (given.name, given.n))
        .collect())
}

#[derive(QueryableByName)]
struct Sequence {
    #[diesel(sql_type = Text)]
    owner: String,
    #[diesel(sql_type = Text)]
    sequence: String,
}

/// One that was not asked yet stands before its first number.
fn of_sequences(conn: &mut PgConnection) -> QueryResult<Vec<Given>> {
    let all: Vec<Sequence> = sql_query(
        "SELECT d.relname::text AS owner, s.oid::regclass::text AS sequence \
         FROM pg_class s JOIN pg_depend p ON p.objid = s.oid AND p.deptype IN ('a', 'i') \
         JOIN pg_class d ON d.oid = p.refobjid \
         WHERE s.relkind = 'S' AND s.relnamespace = current_schema()::regnamespace",
    )
    .load(conn)?;
    all.into_iter()
        .map(|Sequence { owner, sequence }| {
            let last = "SELECT (last_value - CASE WHEN is_called THEN 0 ELSE 1 END)::bigint AS n";
            let sql = format!("{last}, '{owner}' AS name FROM {sequence}");
            sql_query(sql).get_result::<Given>(conn)
        })
        .collect()
}

/// Has the tables of `to` go on where those of `from` are, and never before their own last row.
pub(super) fn go_on(from: &mut Conn, to: &mut Conn) -> Result<(), StoreError> {
    let (stood, here) = (given(from)?, given(to)?);
    match to {
        Conn::Pg(c) => {
            for (table, own) in here {
                let last = stood.get(&table).copied().unwrap_or(0).max(own);
                c.batch_execute(&format!(
                    "SELECT setval(pg_get_serial_sequence('\"{table}\"', 'id'), last) FROM \
                     (SELECT greatest({last}, max(id)) AS last FROM \"{table}\") AS found WHERE last > 0"
                ))?;
            }
        }
        Conn::Sqlite(c) => {
            for (table, last) in stood.iter().filter(|(_, last)| **last > 0) {
                c.batch_execute(&format!(
                    "INSERT INTO sqlite_sequence (name, seq) SELECT '{table}', 0 \
                     WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = '{table}'); \
                     UPDATE sqlite_sequence SET seq = max(seq, {last}) WHERE name = '{table}'"
                ))?;
            }
        }
    }
    Ok(())
}
