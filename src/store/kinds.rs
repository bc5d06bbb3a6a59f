//! Kinds of item.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::schema::item_kind;
use super::{Conn, StoreError};

/// A kind of item.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, HasQuery, Insertable,
)]
#[serde(deny_unknown_fields)]
#[schema(as = Kind)]
#[diesel(table_name = item_kind)]
pub struct KindRow {
    /// Its code; rules name it.
    #[schema(example = "podcast")]
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// Its items pass review and publication; else they count when they arrive.
    pub reviewed: bool,
    /// It is an in-depth article: the share of such items is scored.
    #[serde(default)]
    pub in_depth: bool,
    /// Its place in lists, smaller first, 0 to 10000.
    #[serde(default = "last")]
    pub sort: i32,
}

const fn last() -> i32 {
    1_000
}

/// All kinds of item in the order of display.
pub fn list(conn: &mut Conn) -> Result<Vec<KindRow>, StoreError> {
    let query = KindRow::query().order((item_kind::sort, item_kind::code));
    Ok(query.load(conn)?)
}

/// A kind of item by its code.
pub fn find(conn: &mut Conn, code: &str) -> Result<Option<KindRow>, StoreError> {
    let query = KindRow::query().filter(item_kind::code.eq(code));
    Ok(query.get_result(conn).optional()?)
}

/// Writes a new kind of item.
///
/// # Errors
/// [`StoreError::Unique`] if the code is taken.
pub fn insert(conn: &mut Conn, row: &KindRow) -> Result<(), StoreError> {
    let query = diesel::insert_into(item_kind::table).values(row);
    query.execute(conn)?;
    Ok(())
}
