//! Merging a unit into a successor.

use chrono::NaiveDate;
use serde::Deserialize;

use super::changes::{ChangeKind, UnitChange};
use super::end::{children_after, ends_too_early};
use super::save::Place;
use super::{save, update_obligations};
use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::domain::text;
use crate::domain::tree;
use crate::domain::unit::{Category, note};
use crate::service::core::access::Action;
use crate::service::rules::calendars;
use crate::service::{Error, Tx};
use crate::store::units::{self, UnitRow};
use crate::store::{Conn, StoreError};

/// Into which unit, when and why a unit merges.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeUnit {
    /// The successor.
    pub into_id: UnitId,
    /// Its last day.
    #[serde(deserialize_with = "crate::domain::years::read")]
    pub ended_on: NaiveDate,
    /// Why; kept in the audit trail.
    pub reason: String,
}

/// Merges a unit into a successor: the unit gets its last day, and the units directly below it that
/// go on move to the successor. The merger comes first in the answer, then the moves.
///
/// # Errors
/// A last day before the first; a successor that is the unit itself, is below it or has ended; a
/// unit below that would not fit under the successor; [`Error::Conflict`] if the unit has ended, or
/// if units would move before the last day has come; [`Error::NotFound`], [`Error::Forbidden`],
/// [`Error::Stale`].
pub fn merge(
    tx: &mut Tx<'_>,
    id: UnitId,
    merge: &MergeUnit,
    version: i32,
) -> Result<Vec<UnitChange>, Error> {
    let before: UnitRow = tx.load(id, Action::ManageUnits, Some(version))?;
    save::require_not_ended(&before)?;
    let successor = successor_for(tx, merge.into_id)?;
    let children = children_after(tx.conn, id, merge.ended_on)?;
    let merger = Merger {
        unit: &before,
        successor: &successor,
        children: &children,
    };
    let reason = merger.check(tx, merge)?;
    calendars::pass_on(tx, id, &successor)?;
    for child in &children {
        if let Some(fault) = calendars::left_behind(tx, child.id, Some(successor.id))? {
            return Err(Error::Conflict(fault));
        }
    }
    let next_day = merge.ended_on.succ_opt().unwrap_or(merge.ended_on);
    let mut moves = Vec::new();
    for child in children {
        // One that was put below the unit after its last day stands there from then on only.
        let since = units::below_since(tx.conn, child.id, id)?;
        let place = Place {
            parent: Some(&successor),
            from: text::local_midnight(next_day).max(since.unwrap_or(tree::ALWAYS)),
            reason: Some(&reason),
        };
        moves.push(save::attach(tx, child, &place)?);
    }
    let after = UnitRow {
        ended_on: Some(merge.ended_on),
        successor_id: Some(successor.id),
        ..before.clone()
    };
    let merged = UnitChange::new(ChangeKind::Merged, before, after);
    let mut changes = vec![save::update(tx, merged, Some(&reason))?];
    changes.append(&mut moves);
    update_obligations(tx, &changes)?;
    Ok(changes)
}

fn successor_for(tx: &mut Tx<'_>, id: UnitId) -> Result<UnitRow, Error> {
    match tx.load(id, Action::ManageUnits, None) {
        Err(Error::NotFound { .. }) => Err(Invalid::new("into_id", "not_found")
            .with("value", id)
            .into()),
        loaded => loaded,
    }
}

/// The units of a merger.
struct Merger<'a> {
    unit: &'a UnitRow,
    successor: &'a UnitRow,
    /// Units below the unit that go on after its last day.
    children: &'a [UnitRow],
}

impl Merger<'_> {
    /// Checks that the unit may merge into the successor; the cleaned reason.
    fn check(&self, tx: &mut Tx<'_>, merge: &MergeUnit) -> Result<String, Error> {
        let mut faults = Vec::new();
        let reason = note(&mut faults, text::paragraph("reason", &merge.reason));
        faults.extend(ends_too_early(self.unit, merge.ended_on));
        match self.unfit_successor(tx.conn, merge.ended_on)? {
            Some(fault) => faults.push(fault),
            None => faults.extend(self.misfits()),
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        if !self.children.is_empty() && merge.ended_on > text::local_date(tx.now) {
            let fault = Invalid::new("ended_on", "unit_merge_early")
                .with("n", self.children.len())
                .with("on", merge.ended_on.format("%d/%m/%Y"));
            return Err(Error::Conflict(fault));
        }
        Ok(reason.unwrap_or_default())
    }

    fn unfit_successor(
        &self,
        conn: &mut Conn,
        ended_on: NaiveDate,
    ) -> Result<Option<Invalid>, StoreError> {
        let (unit, successor) = (self.unit, self.successor);
        let fault = |code| Invalid::new("into_id", code);
        if unit.id == successor.id {
            return Ok(Some(fault("unit_successor_self")));
        }
        if units::is_below(conn, successor.id, unit.id)? {
            return Ok(Some(fault("unit_successor_below")));
        }
        if successor.ended_on.is_some_and(|on| on <= ended_on) {
            let on = ended_on.format("%d/%m/%Y");
            return Ok(Some(fault("unit_successor_ended").with("on", on)));
        }
        let federation_lost =
            unit.category == Category::Federation && successor.category != Category::Federation;
        Ok(federation_lost.then(|| fault("unit_successor_category")))
    }

    /// One fault for each category of the children that does not fit below the successor.
    fn misfits(&self) -> Vec<Invalid> {
        let category = *self.successor.category;
        let misfit = |child: &UnitRow| child.category.check_parent(Some(category), "into_id").err();
        let mut faults: Vec<Invalid> = self.children.iter().filter_map(misfit).collect();
        faults.dedup();
        faults
    }
}
