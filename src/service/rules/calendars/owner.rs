//! The owner of a calendar: who sees it, uses it and changes it, and what happens to it when units move
//! and merge.

use std::collections::HashSet;

use serde_json::json;

use super::CalendarVersion;
use crate::domain::calendar::shipped;
use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::domain::text::local_date;
use crate::service::core::access::{Action, is_bound_by};
use crate::service::{Error, Tx};
use crate::store::units::{self, UnitRow};
use crate::store::{Conn, StoreError, calendars, policies};

/// Whether the actor may read a calendar that belongs to this federation (`None`: to everybody).
pub(super) fn is_seen(tx: &mut Tx<'_>, owner: Option<UnitId>) -> Result<bool, Error> {
    match owner {
        None => Ok(true),
        Some(unit) => {
            Ok(tx.may(Action::Read, unit)? || is_bound_by(tx.conn, tx.actor, Action::Read, unit)?)
        }
    }
}

/// A calendar is changed by those who manage the rules of its whole federation. One that was stored
/// before calendars belonged to federations may bind several of them.
pub(super) fn require_may_change(tx: &mut Tx<'_>, calendar: &CalendarVersion) -> Result<(), Error> {
    tx.require_by_any_role(Action::ManageRules)?;
    let code = calendar.spec.code.as_str();
    if shipped::calendar(code).is_some() {
        let fault = Invalid::new("code", "calendar_shipped");
        return Err(Error::Conflict(fault.with("value", code)));
    }
    let Some(owner) = calendar.unit_id else {
        return tx.require_over_everybody(Action::ManageRules);
    };
    match tx.require(Action::ManageRules, owner) {
        // they are bound by it, and see no more of its federation
        Err(Error::NotFound { .. }) => Err(Error::Forbidden),
        checked => checked,
    }
}

/// The federation that a new calendar is to belong to.
pub(super) fn owner_for(tx: &mut Tx<'_>, unit_id: Option<UnitId>) -> Result<UnitId, Error> {
    let federations = units::federations(tx.conn)?;
    if let Some(id) = unit_id {
        tx.require_named(Action::ManageRules, id, "unit_id")?;
        let fault = Invalid::new("unit_id", "calendar_needs_federation");
        let is_federation = federations.iter().any(|unit| unit.id == id);
        return is_federation.then_some(id).ok_or_else(|| fault.into());
    }
    let mut managed: Vec<UnitId> = Vec::new();
    for unit in federations {
        if tx.may(Action::ManageRules, unit.id)? {
            managed.push(unit.id);
        }
    }
    let mut tops = Vec::new();
    for id in &managed {
        let above = units::ancestors(tx.conn, *id)?;
        if !above
            .iter()
            .any(|unit| unit != id && managed.contains(unit))
        {
            tops.push(*id);
        }
    }
    match tops.as_slice() {
        [only] => Ok(*only),
        [] if !tx.actor.holds_everywhere() => Err(Error::Forbidden),
        _ => Err(Invalid::new("unit_id", "required").into()),
    }
}

/// Whether a unit may set this calendar: it is shipped, belongs to the unit's federation or to one
/// above it, or was stored before calendars belonged to federations.
pub(crate) fn is_usable(conn: &mut Conn, code: &str, unit_id: UnitId) -> Result<bool, StoreError> {
    match calendars::find(conn, code)? {
        None => Ok(shipped::calendar(code).is_some()),
        Some(row) => match row.unit_id {
            Some(owner) => units::is_below(conn, unit_id, owner),
            None => Ok(true),
        },
    }
}

/// Gives the calendars of a federation that merges to the federation of its successor.
pub(crate) fn pass_on(tx: &mut Tx<'_>, from: UnitId, successor: &UnitRow) -> Result<(), Error> {
    let owner = successor.federation_id;
    for code in calendars::give(tx.conn, from, owner)? {
        tx.audit("pass_on", "calendar", &code)
            .unit(owner)
            .old(&json!({ "unit_id": from }))
            .new_value(&json!({ "unit_id": owner }))
            .record()?;
    }
    Ok(())
}

/// The fault of moving a unit below `parent`, if it or a unit below it uses a calendar that belongs
/// neither to them nor to a unit above the parent.
pub(crate) fn left_behind(
    tx: &mut Tx<'_>,
    unit_id: UnitId,
    parent: Option<UnitId>,
) -> Result<Option<Invalid>, Error> {
    let moving: HashSet<UnitId> = units::below(tx.conn, unit_id)?.into_iter().collect();
    let above = match parent {
        Some(parent) => units::ancestors(tx.conn, parent)?,
        None => Vec::new(),
    };
    let (today, mut settled) = (local_date(tx.now), HashSet::new());
    for row in policies::list(tx.conn)? {
        let Some(code) = &row.patch.calendar else {
            continue;
        };
        if !moving.contains(&row.unit_id) || settled.contains(&row.unit_id) {
            continue;
        }
        let owner = calendars::find(tx.conn, code)?.and_then(|calendar| calendar.unit_id);
        if owner.is_some_and(|owner| !moving.contains(&owner) && !above.contains(&owner)) {
            let unit = tx.lookups.unit(tx.conn, row.unit_id)?;
            let fault = Invalid::new("", "unit_calendar_elsewhere");
            return Ok(Some(fault.with("value", code).with("unit", &unit.name)));
        }
        if row.valid_from <= today {
            settled.insert(row.unit_id);
        }
    }
    Ok(None)
}
