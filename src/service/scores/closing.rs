//! How a round ends: published with the decision's number and date, frozen for good, or replaced by
//! a new edition.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::domain::error::Invalid;
use crate::domain::ids::{RoundId, UnitId};
use crate::domain::score::{
    Decision, Inputs, RoundState, Sealed, SealedScheme, SheetToPublish, check_decided,
    check_settled, check_unchanged, hash_of,
};
use crate::domain::text::{self, local_date};
use crate::service::scores::inputs as group_inputs;
use crate::service::scores::rounds::{draft, expect_state, find_to_decide, insert, save, update};
use crate::service::scores::scoreboard::Scoreboard;
use crate::service::scores::scoring::{rank_sheets, score_year};
use crate::service::scores::{mails, schemes};
use crate::service::{Error, Tx};
use crate::store::StoreError;
use crate::store::scores::inputs;
use crate::store::scores::rounds::RoundRow;
use crate::store::scores::sheets::{self, Seal};
use crate::store::scores::{SchemeRow, Sheet, SheetRow};
use crate::store::types::{At, Word};
use crate::store::units::UnitRow;

/// The decision that publishes a round.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishRound {
    /// Its number.
    pub decision_number: String,
    /// Its date.
    #[serde(deserialize_with = "crate::domain::years::read")]
    pub decision_date: NaiveDate,
}

/// Publishes the round with the decision's number and date. The reviewed totals are ranked, and
/// mails announce them.
///
/// # Errors
/// Faults of the decision; [`Error::Conflict`] while the year runs, units are not reviewed or
/// manual marks are missing, and where something was decided since the sheets were computed;
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn publish(
    tx: &mut Tx<'_>,
    id: RoundId,
    input: &PublishRound,
    version: i32,
) -> Result<RoundRow, Error> {
    let before = find_to_decide(tx, id, version)?;
    let computed = [RoundState::Computed];
    expect_state(&before, &computed, "score_round_needs_computed")?;
    let today = local_date(tx.now);
    let decision = Decision::checked(&input.decision_number, input.decision_date, today)?;
    if tx.now < score_year(before.year)?.end {
        let fault = Invalid::new("year", "score_year_runs");
        return Err(Error::Conflict(fault.with("year", before.year)));
    }
    let mut sheets = sheets::of_round(tx.conn, id)?;
    let scheme = schemes::of_round(tx, &before)?;
    let to_publish: Vec<SheetToPublish<'_>> = sheets.iter().map(to_publish).collect();
    check_decided(&scheme.content, &to_publish).map_err(Error::Conflict)?;
    require_unchanged(tx, &before, &sheets, "score_computed_outdated")?;
    let ranks = rank_sheets(sheets.iter().map(|row| &row.sheet));
    for (row, rank) in sheets.iter_mut().zip(ranks) {
        row.sheet.rank = rank;
        sheets::save_rank(tx.conn, row, tx.now)?;
    }
    let after = RoundRow {
        state: Word(RoundState::Published),
        decision_number: Some(decision.number),
        decision_date: Some(decision.date),
        published_at: Some(At(tx.now)),
        ..before.clone()
    };
    let round = save(tx, &before, after, "publish")?;
    let board = Scoreboard::published(tx, round.clone(), sheets)?;
    mails::announce(tx, &board)?;
    Ok(round)
}

fn to_publish(row: &SheetRow) -> SheetToPublish<'_> {
    SheetToPublish {
        unit_name: &row.sheet.unit_name,
        scored: row.sheet.total.is_some(),
        state: *row.state,
        inputs: &row.sheet.inputs,
    }
}

/// Closes a published round for good: every sheet is sealed with everything that it rests on.
///
/// # Errors
/// [`Error::Conflict`] unless it is published, and while something that its units owed in the year is
/// open or awaits review, or was decided since the sheets were computed; [`Error::NotFound`],
/// [`Error::Forbidden`], [`Error::Stale`].
pub fn freeze(tx: &mut Tx<'_>, id: RoundId, version: i32) -> Result<RoundRow, Error> {
    let before = find_to_decide(tx, id, version)?;
    let published = [RoundState::Published];
    expect_state(&before, &published, "score_round_needs_published")?;
    let scheme = schemes::of_round(tx, &before)?;
    let corrected = corrected_sheets(tx, &before)?;
    let rows = sheets::of_round(tx.conn, id)?;
    require_settled(tx, &before, &rows)?;
    require_unchanged(tx, &before, &rows, "score_published_outdated")?;
    for row in rows {
        let sealed = Sealed {
            corrects: corrected.get(&row.sheet.unit_id).cloned(),
            frozen_at: tx.now,
            ..content(&before, &scheme, &row)?
        };
        let text = sealed
            .canonical()
            .map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let seal = Seal {
            hash: &hash_of(&text),
            sealed: &text,
        };
        sheets::freeze(tx.conn, &row, seal, tx.now)?;
    }
    let after = RoundRow {
        state: Word(RoundState::Frozen),
        frozen_at: Some(At(tx.now)),
        ..before.clone()
    };
    save(tx, &before, after, "freeze")
}

/// Checks that everything is decided that the units of these sheets owed in the year, themselves and
/// their people.
fn require_settled(tx: &mut Tx<'_>, round: &RoundRow, rows: &[SheetRow]) -> Result<(), Error> {
    let units: Vec<UnitId> = rows.iter().map(|row| row.sheet.unit_id).collect();
    let waiting = inputs::undecided(tx.conn, &units, round.year)?;
    let count = |row: &SheetRow| waiting.get(&row.sheet.unit_id).copied();
    let waiting: Vec<(&str, i64)> = rows
        .iter()
        .filter_map(|row| Some((row.sheet.unit_name.as_str(), count(row)?)))
        .collect();
    check_settled(round.year, &waiting).map_err(Error::Conflict)
}

/// Checks that the sheets rest on what is known now. A unit of which something cannot be read keeps
/// the sheet that it has.
fn require_unchanged(
    tx: &mut Tx<'_>,
    round: &RoundRow,
    rows: &[SheetRow],
    code: &'static str,
) -> Result<(), Error> {
    let sheets: HashMap<UnitId, &Sheet> = rows
        .iter()
        .map(|row| (row.sheet.unit_id, &row.sheet))
        .collect();
    let now = group_inputs::read(tx, round.group().into(), tx.now)?;
    let is_changed = |unit: &UnitRow, inputs: &Inputs| {
        let known = sheets.get(&unit.id).map(|sheet| &sheet.inputs.0);
        known.is_none_or(|known| !known.same_facts(inputs))
    };
    let units = now.units.iter();
    let changed = units.filter(|(unit, inputs)| is_changed(unit, inputs));
    let changed: Vec<&str> = changed.map(|(unit, _)| unit.name.as_str()).collect();
    check_unchanged(code, &changed).map_err(Error::Conflict)
}

/// What the sheets of a corrected edition are named by: their hash, or their id if they were never
/// frozen; by unit.
fn corrected_sheets(tx: &mut Tx<'_>, round: &RoundRow) -> Result<HashMap<UnitId, String>, Error> {
    let Some(corrects_id) = round.corrects_id else {
        return Ok(HashMap::new());
    };
    let rows = sheets::of_round(tx.conn, corrects_id)?.into_iter();
    let named = rows.map(|row| {
        let name = row.hash.unwrap_or_else(|| row.id.to_string());
        (row.sheet.unit_id, name)
    });
    Ok(named.collect())
}

/// Everything that a sheet of a published round is sealed with.
fn content(round: &RoundRow, scheme: &SchemeRow, row: &SheetRow) -> Result<Sealed, StoreError> {
    let (Some(number), Some(date), Some(computed_at)) = (
        round.decision_number.clone(),
        round.decision_date,
        round.computed_at,
    ) else {
        let what = format!("round {} is published without a decision", round.id);
        return Err(StoreError::Corrupt(what));
    };
    let sheet = row.sheet.clone();
    Ok(Sealed {
        engine: sheet.engine,
        year: round.year,
        category: *round.category,
        edition: round.edition,
        corrects: None,
        unit_id: sheet.unit_id,
        unit_name: sheet.unit_name,
        cluster: sheet.cluster,
        scheme: SealedScheme {
            version: scheme.version,
            document_number: scheme.document_number.clone(),
            document_date: scheme.document_date,
            content: scheme.content.0.clone(),
        },
        inputs: sheet.inputs.0,
        score: sheet.score.0,
        rank: sheet.rank,
        self_assessment: row.self_assessment.clone().map(|json| json.0),
        review: row.review.clone().map(|json| json.0),
        decision: Decision { number, date },
        computed_at: computed_at.0,
        frozen_at: computed_at.0,
    })
}

/// Begins a new edition that replaces a published or frozen one, with a reason. A published one
/// is no longer valid then; a frozen one stays as it is, and the new sheets name the old ones.
///
/// # Errors
/// A missing reason; [`Error::Conflict`] unless it is the newest edition, published or frozen;
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn reopen(tx: &mut Tx<'_>, id: RoundId, reason: &str, version: i32) -> Result<RoundRow, Error> {
    let before = find_to_decide(tx, id, version)?;
    let reason = text::paragraph("reason", reason)?;
    let final_states = [RoundState::Published, RoundState::Frozen];
    expect_state(
        &before,
        &final_states,
        "score_round_needs_published_or_frozen",
    )?;
    if *before.state == RoundState::Published {
        let after = RoundRow {
            state: Word(RoundState::Reopened),
            ..before.clone()
        };
        let after = update(tx, after)?;
        tx.audit("reopen", "score_round", id)
            .unit(after.unit_id)
            .reason(reason.as_str())
            .old(&before)
            .new_value(&after)
            .record()?;
    }
    let next = RoundRow {
        corrects_id: Some(id),
        reason: Some(reason),
        ..draft(tx, before.group(), before.edition + 1)
    };
    insert(tx, next, "correct")
}
