//! Names that were stored before names were cleaned, cleaned once: what looks equal is equal from
//! then on (docs/DOMAIN.md, spelling).
//!
//! It runs after the migrations, in their transaction, and is recorded in `meta`. Texts of files
//! that people wrote (bodies, reasons, answers) and what is sealed or a line of the trail stay as
//! they are.

use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use serde_json::Value;

use super::{Conn, StoreError, meta, savepoint};
use crate::domain::text::{clean, fold, sort_key};
use crate::on_inner;

/// The key in `meta` under which it is recorded.
const DONE: &str = "spelling";

/// Rows read at once.
const PART: usize = 5_000;

/// A column of names.
struct Column {
    table: &'static str,
    key: &'static str,
    /// What sorts before every key.
    first: &'static str,
    text: &'static str,
    sort: Sort,
}

/// What stands in a column, and what follows from it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// A name, with its form for searches and its key for sorting.
    Name,
    /// A title, with its form for searches.
    Title,
    /// One line.
    Line,
    /// One line that may be missing.
    Optional,
    /// JSON, every text of which is one line.
    Json,
}

const fn column(table: &'static str, text: &'static str, sort: Sort) -> Column {
    Column {
        table,
        key: "id",
        first: "0",
        text,
        sort,
    }
}

const COLUMNS: &[Column] = &[
    column("unit", "name", Sort::Name),
    column("unit", "cluster", Sort::Optional),
    column("person", "name", Sort::Name),
    column("person", "title", Sort::Optional),
    Column {
        key: "code",
        first: "''",
        ..column("item_kind", "name", Sort::Line)
    },
    column("plan", "title", Sort::Line),
    column("plan", "document_number", Sort::Optional),
    column("plan", "issuer", Sort::Optional),
    column("rule_version", "content", Sort::Json),
    column("calendar", "spec", Sort::Json),
    column("score_scheme", "document_number", Sort::Line),
    column("score_scheme", "content", Sort::Json),
    column("policy", "legal_basis", Sort::Optional),
    column("event", "title", Sort::Title),
    column("event", "place", Sort::Optional),
    column("item", "title", Sort::Title),
    column("item_draft", "title", Sort::Line),
];

#[derive(QueryableByName)]
struct Stored {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Text)]
    text: String,
}

/// Cleans what was stored before, unless that was done. What cannot be cleaned is named in the log
/// and left.
pub(super) fn once(conn: &mut Conn) -> Result<(), StoreError> {
    if meta::get(conn, DONE)?.is_some() {
        return Ok(());
    }
    for column in COLUMNS {
        let (changed, left) = column.clean(conn)?;
        if changed + left > 0 {
            let Column { table, text, .. } = column;
            tracing::info!(table, text, changed, left, "names were cleaned");
        }
    }
    meta::put(conn, DONE, "1")
}

impl Column {
    /// How many rows were cleaned, and how many had to be left.
    fn clean(&self, conn: &mut Conn) -> Result<(usize, usize), StoreError> {
        let (mut changed, mut left) = (0, 0);
        let mut last = self.first.to_owned();
        loop {
            let rows = self.part(conn, &last)?;
            for row in &rows {
                match self.cleaned(&row.text) {
                    Some(new) if new.as_deref() == Some(&*row.text) => {}
                    Some(new) if self.save(conn, &row.key, new.as_deref())? => changed += 1,
                    _ => {
                        let Self { table, text, .. } = self;
                        tracing::warn!(table, text, key = row.key, "a name cannot be cleaned");
                        left += 1;
                    }
                }
            }
            match rows.last() {
                Some(row) if rows.len() == PART => last = self.literal(&row.key),
                _ => return Ok((changed, left)),
            }
        }
    }

    /// The rows after a key.
    fn part(&self, conn: &mut Conn, last: &str) -> Result<Vec<Stored>, StoreError> {
        let Self {
            table, key, text, ..
        } = self;
        let sql = format!(
            "SELECT CAST({key} AS TEXT) AS key, {text} AS text FROM {table} \
             WHERE {text} IS NOT NULL AND {key} > {last} ORDER BY {table}.{key} LIMIT {PART}"
        );
        Ok(on_inner!(conn, c => diesel::sql_query(&sql).load(c))?)
    }

    /// A key as it is written in SQL; keys are numbers or codes.
    fn literal(&self, key: &str) -> String {
        match self.first {
            "''" => format!("'{}'", key.replace('\'', "''")),
            _ => key.to_owned(),
        }
    }

    /// The text in the one spelling (`Some(None)`: it is missing); `None` if nothing is left of a
    /// text that cannot be missing, or it cannot be read.
    fn cleaned(&self, text: &str) -> Option<Option<String>> {
        if self.sort == Sort::Json {
            let old: Value = serde_json::from_str(text).ok()?;
            let new = respelled(old.clone());
            let same = new == old;
            return Some(Some(if same {
                text.to_owned()
            } else {
                new.to_string()
            }));
        }
        let new = clean(text);
        match self.sort {
            Sort::Optional => Some(Some(new).filter(|new| !new.is_empty())),
            // a draft may have no title yet
            _ if new.is_empty() && !text.is_empty() => None,
            _ => Some(Some(new)),
        }
    }

    /// Writes a text with what follows from it; `false` if the database refuses it as a duplicate.
    fn save(&self, conn: &mut Conn, key: &str, new: Option<&str>) -> Result<bool, StoreError> {
        savepoint::begin(conn)?;
        match self.write(conn, key, new) {
            Ok(()) => savepoint::release(conn).map(|()| true),
            Err(StoreError::Unique(_)) => savepoint::roll_back(conn).map(|()| false),
            Err(error) => Err(error),
        }
    }

    fn write(&self, conn: &mut Conn, key: &str, new: Option<&str>) -> Result<(), StoreError> {
        let Self { text, .. } = self;
        let mut all = vec![((*text).to_owned(), new.map(str::to_owned))];
        if matches!(self.sort, Sort::Name | Sort::Title) {
            all.push((format!("{text}_folded"), new.map(fold)));
        }
        if self.sort == Sort::Name {
            all.push((format!("{text}_sort"), new.map(sort_key)));
        }
        for (column, value) in all {
            let (table, of, key) = (self.table, self.key, self.literal(key));
            let sql = format!("UPDATE {table} SET {column} = $1 WHERE {of} = {key}");
            on_inner!(conn, c => diesel::sql_query(&sql)
                .bind::<Nullable<Text>, _>(&value)
                .execute(c))?;
        }
        Ok(())
    }
}

/// JSON with every text cleaned.
fn respelled(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(clean(&text)),
        Value::Array(all) => Value::Array(all.into_iter().map(respelled).collect()),
        Value::Object(all) => {
            let all = all.into_iter();
            Value::Object(all.map(|(key, value)| (key, respelled(value))).collect())
        }
        other => other,
    }
}
