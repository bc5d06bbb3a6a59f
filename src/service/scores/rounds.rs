//! Rounds: begun, computed and read. `closing` publishes, freezes and reopens them.

use std::collections::HashMap;

use crate::domain::error::Invalid;
use crate::domain::ids::{RoundId, SheetId, UnitId};
use crate::domain::score::{RoundState, ScoreGroup, SheetState};
use crate::domain::text::local_date;
use crate::service::core::access::{self, Action};
use crate::service::schedule::set_aside;
use crate::service::scores::inputs::GroupInputs;
use crate::service::scores::scoring::{score_units, score_year};
use crate::service::scores::{inputs, schemes};
use crate::service::{Error, Tx};
use crate::store::StoreError;
use crate::store::scores::rounds::{self as store, Progress, RoundRow};
use crate::store::scores::{SchemeRow, Sheet, SheetRow, sheets};
use crate::store::types::{At, Word};

/// The rounds of a federation's year, newest edition first within a category.
///
/// # Errors
/// [`Error::NotFound`] for a federation that neither is the actor's nor is above the actor's unit.
pub fn list_rounds(tx: &mut Tx<'_>, unit_id: UnitId, year: i32) -> Result<Vec<RoundRow>, Error> {
    access::require_read_or_bound(tx.conn, tx.actor, Action::ReadScores, unit_id)?;
    Ok(store::of_year(tx.conn, Some(unit_id), year)?)
}

/// A round.
///
/// # Errors
/// [`Error::NotFound`] for a round that the actor may not see.
pub fn get_round(tx: &mut Tx<'_>, id: RoundId) -> Result<RoundRow, Error> {
    let row = store::find(tx.conn, id)?.ok_or(Error::not_found("score_round"))?;
    access::require_read_or_bound(tx.conn, tx.actor, Action::ReadScores, row.unit_id)
        .map_err(missing_round)?;
    Ok(row)
}

/// A round that the actor decides.
///
/// # Errors
/// [`Error::NotFound`] for a round that the actor may not see; [`Error::Forbidden`].
pub fn round_to_decide(tx: &mut Tx<'_>, id: RoundId) -> Result<RoundRow, Error> {
    let row = get_round(tx, id)?;
    access::require_on_scores(tx.conn, tx.actor, Action::Decide, row.unit_id)?;
    Ok(row)
}

/// Begins the scores of a group.
///
/// # Errors
/// [`Error::Conflict`] if they were begun before; [`Error::NotFound`] without a scheme;
/// [`Error::Forbidden`].
pub fn begin(tx: &mut Tx<'_>, group: ScoreGroup) -> Result<RoundRow, Error> {
    access::require_on_scores(tx.conn, tx.actor, Action::Decide, group.unit_id)?;
    schemes::newest(tx, group)?;
    let row = draft(tx, group, 1);
    insert(tx, row, "begin")
}

/// Computes the sheets, anew if they were computed before. Assessments and reviews are kept where
/// the scheme and what the sheet is computed from are unchanged. A unit of which something cannot be
/// read keeps the sheet it had, and the row is set aside.
///
/// # Errors
/// [`Error::Conflict`] once it is published; [`Error::NotFound`], [`Error::Forbidden`],
/// [`Error::Stale`].
pub fn compute(tx: &mut Tx<'_>, id: RoundId, version: i32) -> Result<RoundRow, Error> {
    let before = find_to_decide(tx, id, version)?;
    let open = [RoundState::Draft, RoundState::Computed];
    expect_state(&before, &open, "score_round_needs_open")?;
    let scheme = schemes::newest(tx, before.group())?;
    compute_sheets(tx, &before, &scheme)?;
    let after = RoundRow {
        state: Word(RoundState::Computed),
        scheme_id: Some(scheme.id),
        computed_at: Some(At(tx.now)),
        ..before.clone()
    };
    save(tx, &before, after, "compute")
}

fn compute_sheets(tx: &mut Tx<'_>, round: &RoundRow, scheme: &SchemeRow) -> Result<(), Error> {
    let GroupInputs { units, left_out } = inputs::read(tx, round.group().into(), tx.now)?;
    let last = local_date(tx.now).min(score_year(round.year)?.last_day);
    let same_scheme = round.scheme_id == Some(scheme.id);
    let mut known: HashMap<UnitId, SheetRow> = sheets::of_round(tx.conn, round.id)?
        .into_iter()
        .map(|row| (row.sheet.unit_id, row))
        .collect();
    for out in left_out {
        let why = StoreError::Corrupt(out.reason).into();
        set_aside::put(tx, out.entity, out.entity_id, &why)?;
        // its sheet stays as it was, if it has one
        known.remove(&out.unit_id);
    }
    let mut new = Vec::new();
    for sheet in score_units(&scheme.content, units, last) {
        match known.remove(&sheet.unit_id) {
            None => new.push(new_row(tx, round.id, sheet)),
            Some(old) => {
                let row = if same_scheme && old.sheet.inputs.same_facts(&sheet.inputs) {
                    with_unit_of(&old, sheet)
                } else {
                    SheetRow {
                        id: old.id,
                        version: old.version,
                        ..new_row(tx, round.id, sheet)
                    }
                };
                if row != old {
                    sheets::update(tx.conn, row)?.ok_or(Error::Stale)?;
                }
            }
        }
    }
    sheets::insert(tx.conn, &new)?;
    let gone: Vec<SheetId> = known.values().map(|row| row.id).collect();
    Ok(sheets::delete(tx.conn, &gone)?)
}

fn new_row(tx: &Tx<'_>, round_id: RoundId, sheet: Sheet) -> SheetRow {
    SheetRow {
        id: SheetId::NONE,
        round_id,
        sheet,
        state: Word(SheetState::Computed),
        self_assessment: None,
        review: None,
        sealed: None,
        hash: None,
        version: 1,
        updated_at: At(tx.now),
    }
}

/// The sheet as it was, with the unit's name and cluster of today.
fn with_unit_of(old: &SheetRow, today: Sheet) -> SheetRow {
    let mut row = old.clone();
    row.sheet.unit_name = today.unit_name;
    row.sheet.cluster = today.cluster;
    row.sheet.ended = today.ended;
    row
}

/// A round that is not computed yet.
pub(crate) fn draft(tx: &Tx<'_>, group: ScoreGroup, edition: i32) -> RoundRow {
    RoundRow {
        id: RoundId::NONE,
        unit_id: group.unit_id,
        year: group.year,
        category: Word(group.category),
        edition,
        state: Word(RoundState::Draft),
        sheets: Progress::default(),
        corrects_id: None,
        reason: None,
        scheme_id: None,
        computed_at: None,
        decision_number: None,
        decision_date: None,
        published_at: None,
        frozen_at: None,
        version: 1,
        created_at: At(tx.now),
        updated_at: At(tx.now),
    }
}

pub(crate) fn insert(tx: &mut Tx<'_>, row: RoundRow, action: &str) -> Result<RoundRow, Error> {
    let row = store::insert(tx.conn, row).map_err(|error| match error {
        StoreError::Unique(_) => Error::Conflict(Invalid::new("edition", "score_round_exists")),
        error => error.into(),
    })?;
    tx.audit(action, "score_round", row.id)
        .unit(row.unit_id)
        .reason(row.reason.as_deref())
        .new_value(&row)
        .record()?;
    Ok(row)
}

pub(crate) fn save(
    tx: &mut Tx<'_>,
    before: &RoundRow,
    after: RoundRow,
    action: &str,
) -> Result<RoundRow, Error> {
    let row = update(tx, after)?;
    tx.audit(action, "score_round", row.id)
        .unit(row.unit_id)
        .old(before)
        .new_value(&row)
        .record()?;
    Ok(row)
}

pub(crate) fn update(tx: &mut Tx<'_>, after: RoundRow) -> Result<RoundRow, Error> {
    let row = RoundRow {
        updated_at: At(tx.now),
        ..after
    };
    store::update(tx.conn, row)?.ok_or(Error::Stale)
}

/// What belongs to a unit that the actor may not see is reported as missing itself.
fn missing_round(error: Error) -> Error {
    if matches!(error, Error::NotFound { .. }) {
        Error::not_found("score_round")
    } else {
        error
    }
}

/// The round, if the actor decides on it and nobody has saved it since `version`.
pub(crate) fn find_to_decide(
    tx: &mut Tx<'_>,
    id: RoundId,
    version: i32,
) -> Result<RoundRow, Error> {
    let row = store::find(tx.conn, id)?.ok_or(Error::not_found("score_round"))?;
    access::require_on_scores(tx.conn, tx.actor, Action::Decide, row.unit_id)
        .map_err(missing_round)?;
    tx.require_current(row.version, version)?;
    Ok(row)
}

/// Checks that the round is in one of the states that allow what is asked for.
pub(crate) fn expect_state(
    row: &RoundRow,
    allowed: &[RoundState],
    otherwise: &'static str,
) -> Result<(), Error> {
    if allowed.contains(&row.state) {
        Ok(())
    } else {
        Err(Error::Conflict(Invalid::new("state", otherwise)))
    }
}
