//! The columns of a table, as the database describes them: what is read and written without knowing
//! the table.

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{QueryableByName, sql_query};
use serde_json::Value;

use crate::on_inner;
use crate::store::{Conn, StoreError};

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) sort: Sort,
}

/// What a column holds: what both databases have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    Number,
    Truth,
    Text,
    Date,
}

impl Sort {
    fn of(kind: &str) -> Option<Self> {
        match kind.to_ascii_lowercase().as_str() {
            "bigint" | "integer" => Some(Self::Number),
            "boolean" => Some(Self::Truth),
            "text" => Some(Self::Text),
            "date" => Some(Self::Date),
            _ => None,
        }
    }

    /// The type of PostgreSQL that a JSON text of it is cast to; numbers fit all their columns.
    pub(super) const fn cast(self) -> &'static str {
        match self {
            Self::Number => "::bigint",
            Self::Truth => "::boolean",
            Self::Text => "",
            Self::Date => "::date",
        }
    }

    /// The value in the one form that both databases are compared in: SQLite writes truth as 0 and 1.
    pub(super) fn canonical(self, value: Value) -> Value {
        match (self, value.as_i64()) {
            (Self::Truth, Some(number)) => Value::Bool(number != 0),
            _ => value,
        }
    }
}

#[derive(QueryableByName)]
struct Described {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
}

/// The columns of a table, by name.
///
/// # Errors
/// [`StoreError::Corrupt`] for a type that the other database does not have.
pub(super) fn columns(conn: &mut Conn, table: &str) -> Result<Vec<Column>, StoreError> {
    let sql = match conn {
        Conn::Pg(_) => format!(
            "SELECT column_name::text AS name, data_type::text AS kind FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = '{table}'"
        ),
        Conn::Sqlite(_) => {
            format!("SELECT name, type AS kind FROM pragma_table_info('{table}')")
        }
    };
    let described = on_inner!(conn, c => sql_query(sql).load::<Described>(c))?;
    let column = |found: Described| {
        let unknown = format!("{table}.{} is of the type {}", found.name, found.kind);
        Ok(Column {
            sort: Sort::of(&found.kind).ok_or(StoreError::Corrupt(unknown))?,
            name: found.name,
        })
    };
    let mut columns: Vec<Column> = described
        .into_iter()
        .map(column)
        .collect::<Result<_, StoreError>>()?;
    columns.sort_unstable();
    Ok(columns)
}
