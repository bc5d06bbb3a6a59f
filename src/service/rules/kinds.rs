//! Kinds of item: data, not code. Seven that are reviewed and a few that count when they arrive
//! are shipped; a department adds more.

use crate::domain::error::Invalid;
use crate::domain::text;
use crate::domain::unit::note;
use crate::service::core::access::Action;
use crate::service::{Error, Tx};
use crate::store::StoreError;
use crate::store::kinds::{self, KindRow};

/// All kinds in the order of display. Every actor with a role can read kinds.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<KindRow>, Error> {
    Ok(kinds::list(tx.conn)?)
}

/// Adds a kind. Every federation can use it, so that takes a role over all of them.
///
/// # Errors
/// Every fault of the fields; a code that is taken; [`Error::Forbidden`].
pub fn add(tx: &mut Tx<'_>, kind: &KindRow) -> Result<KindRow, Error> {
    tx.require_over_everybody(Action::ManageRules)?;
    let kind = checked(kind)?;
    kinds::insert(tx.conn, &kind).map_err(|error| match error {
        StoreError::Unique(_) => {
            Error::from(Invalid::new("code", "duplicate").with("value", &kind.code))
        }
        error => error.into(),
    })?;
    tx.audit("add", "item_kind", &kind.code)
        .new_value(&kind)
        .record()?;
    Ok(kind)
}

fn checked(kind: &KindRow) -> Result<KindRow, Vec<Invalid>> {
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
        (Some(code), Some(name)) if faults.is_empty() => Ok(KindRow {
            code,
            name,
            ..kind.clone()
        }),
        _ => Err(faults),
    }
}
