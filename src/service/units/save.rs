//! Writing units, each change with its line in the audit trail. The use cases have checked
//! everything before.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::changes::{ChangeKind, UnitChange};
use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::domain::tree;
use crate::domain::unit::{Category, UnitFacts};
use crate::service::{Error, Tx};
use crate::store::StoreError;
use crate::store::types::At;
use crate::store::units::{self, UnitRow};

/// Writes a new unit below `parent`.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    facts: UnitFacts,
    parent: Option<&UnitRow>,
) -> Result<UnitChange, Error> {
    let code = facts.code.clone();
    let row = UnitRow::new(facts, parent, tx.now);
    let unit = units::insert(tx.conn, row).map_err(|error| match error {
        StoreError::Unique(_) => Error::from(duplicate(&code)),
        error => error.into(),
    })?;
    tx.audit(ChangeKind::Created.verb(), "unit", unit.id)
        .unit(unit.id)
        .new_value(&unit)
        .record()?;
    Ok(UnitChange {
        before: None,
        unit,
        kind: ChangeKind::Created,
        above: Vec::new(),
    })
}

/// Where a unit is put in the tree.
pub(super) struct Place<'a> {
    /// The unit above.
    pub(super) parent: Option<&'a UnitRow>,
    /// Since when.
    pub(super) from: DateTime<Utc>,
    /// Why; kept in the audit trail.
    pub(super) reason: Option<&'a str>,
}

/// A move as the audit trail tells it. One that was recorded late may not change where the unit
/// stands now.
#[derive(Serialize)]
struct Placed<'a> {
    #[serde(flatten)]
    unit: &'a UnitRow,
    placed_below: Option<UnitId>,
    placed_from: At,
    placed_until: Option<At>,
}

/// Moves a unit, with all units below it. If it was moved again since, it stays where it is now.
pub(super) fn attach(
    tx: &mut Tx<'_>,
    before: UnitRow,
    place: &Place<'_>,
) -> Result<UnitChange, Error> {
    let id = before.id;
    let parent_id = place.parent.map(|parent| parent.id);
    let moved = units::relink(tx.conn, id, parent_id, place.from)?;
    let mut after = before.clone();
    if moved.time.end == tree::STILL {
        after.parent_id = parent_id;
        after.federation_id = match place.parent {
            Some(parent) if before.category != Category::Federation => parent.federation_id,
            _ => id,
        };
        units::set_federation(tx.conn, id, after.federation_id)?;
    }
    let kind = ChangeKind::Moved { from: place.from };
    let change = UnitChange {
        above: moved.above,
        ..UnitChange::new(kind, before, after)
    };
    let change = save(tx, change)?;
    let new = Placed {
        unit: &change.unit,
        placed_below: parent_id,
        placed_from: At(moved.time.start),
        placed_until: Some(At(moved.time.end)).filter(|_| moved.time.end != tree::STILL),
    };
    tx.audit(change.kind.verb(), "unit", id)
        .unit(id)
        .reason(place.reason)
        .old(&change.before)
        .new_value(&new)
        .record()?;
    Ok(change)
}

/// Writes a changed unit.
pub(super) fn update(
    tx: &mut Tx<'_>,
    change: UnitChange,
    reason: Option<&str>,
) -> Result<UnitChange, Error> {
    let change = save(tx, change)?;
    tx.audit(change.kind.verb(), "unit", change.unit.id)
        .unit(change.unit.id)
        .reason(reason)
        .old(&change.before)
        .new_value(&change.unit)
        .record()?;
    Ok(change)
}

/// Writes a changed unit without its line in the trail.
fn save(tx: &mut Tx<'_>, mut change: UnitChange) -> Result<UnitChange, Error> {
    change.unit.updated_at = tx.now.into();
    change.unit = units::update(tx.conn, change.unit)?.ok_or(Error::Stale)?;
    Ok(change)
}

/// Checks that a unit has no last day.
pub(super) fn require_not_ended(unit: &UnitRow) -> Result<(), Error> {
    match unit.ended_on {
        None => Ok(()),
        Some(on) => Err(Error::Conflict(
            Invalid::new("", "unit_ended").with("on", on.format("%d/%m/%Y")),
        )),
    }
}

/// The fault of a code that another unit has.
pub(super) fn duplicate(code: &str) -> Invalid {
    Invalid::new("code", "duplicate").with("value", code)
}
