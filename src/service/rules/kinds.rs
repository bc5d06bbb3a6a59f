//! Kinds of item: data, not code. Seven and a few that count when they arrive are shipped; a
//! department adds more.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::text;
use crate::domain::unit::note;
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::core::audit::Entry;
use crate::service::{App, Error};
use crate::store::rules::{self, KindRow};
use crate::store::{Conn, StoreError};

/// A kind of item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Kind {
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

impl From<KindRow> for Kind {
    fn from(row: KindRow) -> Self {
        let KindRow {
            code,
            name,
            reviewed,
            in_depth,
            sort,
        } = row;
        Self {
            code,
            name,
            reviewed,
            in_depth,
            sort,
        }
    }
}

/// All kinds in the order of display.
///
/// # Errors
/// Only the database's own: whoever has a role may read kinds.
pub fn list(app: &App) -> Result<Vec<Kind>, Error> {
    app.store
        .read(|conn| Ok(rules::kinds(conn)?.into_iter().map(Kind::from).collect()))
}

/// Adds a kind.
///
/// # Errors
/// Every fault of the fields; a code that is taken; [`Error::Forbidden`].
pub fn add(app: &App, actor: &Actor, kind: &Kind, now: DateTime<Utc>) -> Result<Kind, Error> {
    app.store.write(|conn| add_in(conn, actor, kind, now))
}

/// [`add`] in the caller's transaction.
///
/// # Errors
/// Those of [`add`].
pub fn add_in(
    conn: &mut Conn,
    actor: &Actor,
    kind: &Kind,
    now: DateTime<Utc>,
) -> Result<Kind, Error> {
    access::require_by_any_role(actor, Action::ManageRules)?;
    let kind = checked(kind)?;
    let Kind {
        code,
        name,
        reviewed,
        in_depth,
        sort,
    } = kind.clone();
    rules::insert_kind(
        conn,
        &KindRow {
            code,
            name,
            reviewed,
            in_depth,
            sort,
        },
    )
    .map_err(|error| match error {
        StoreError::Unique(_) => {
            Error::from(Invalid::new("code", "duplicate").with("value", &kind.code))
        }
        error => error.into(),
    })?;
    Entry::new(actor, now, "add", "item_kind", &kind.code)
        .new_value(&kind)?
        .record(conn)?;
    Ok(kind)
}

fn checked(kind: &Kind) -> Result<Kind, Vec<Invalid>> {
    let mut faults = Vec::new();
    let code = note(&mut faults, text::code("code", &kind.code));
    let name = note(&mut faults, text::name("name", &kind.name));
    if !(0..=10_000).contains(&kind.sort) {
        faults.push(
            Invalid::new("sort", "number_range")
                .with("value", kind.sort)
                .with("from", 0)
                .with("to", 10_000),
        );
    }
    match (code, name) {
        (Some(code), Some(name)) if faults.is_empty() => Ok(Kind {
            code,
            name,
            ..kind.clone()
        }),
        _ => Err(faults),
    }
}
