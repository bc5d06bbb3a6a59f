//! Rounds: a year's scores of a category, begun, computed and read. How they end: `closing`.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::score::{ENGINE_VERSION, Inputs, Points, RoundState, Scheme, SheetState, score};
use crate::domain::text::{self, local_date};
use crate::domain::unit::Category;
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::core::audit::Entry;
use crate::service::core::lookups::Lookups;
use crate::service::scores::inputs::{Year, read_in};
use crate::service::scores::schemes;
use crate::service::scores::schemes::Slot;
use crate::service::scores::stored::{inputs_of, slot_of};
use crate::service::{App, Error};
use crate::store::score_rounds::{self as rows, RoundRow, SheetRow};
use crate::store::scores::SchemeRow;
use crate::store::types::{from_json, from_text, instant_opt, micros, to_json};
use crate::store::units::UnitRow;
use crate::store::{Conn, StoreError};

/// A round to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRound {
    /// The federation.
    pub unit_id: i64,
    /// The year.
    pub year: i32,
    /// The category of the units.
    pub category: Category,
}

/// A round as it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RoundFacts {
    /// Its id.
    pub id: i64,
    /// The federation.
    pub unit_id: i64,
    /// The year.
    pub year: i32,
    /// The category of the units.
    pub category: Category,
    /// The first one, or one that takes the place of an earlier one.
    pub edition: i32,
    /// How far it has come.
    pub state: RoundState,
    /// How far the units' sheets have come.
    pub sheets: Progress,
    /// The edition that it takes the place of.
    pub corrects_id: Option<i64>,
    /// Why it does.
    pub reason: Option<String>,
    /// The version of the scheme that it was computed with.
    pub scheme_id: Option<i64>,
    /// As of when it was computed.
    #[serde(serialize_with = "instant_text")]
    pub computed_at: Option<DateTime<Utc>>,
    /// Number of the decision that published it.
    pub decision_number: Option<String>,
    /// Date of that decision.
    pub decision_date: Option<NaiveDate>,
    /// When it was published.
    #[serde(serialize_with = "instant_text")]
    pub published_at: Option<DateTime<Utc>>,
    /// When it was frozen.
    #[serde(serialize_with = "instant_text")]
    pub frozen_at: Option<DateTime<Utc>>,
    /// Goes up with every change.
    pub version: i32,
}

/// How many sheets stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Progress {
    /// Computed only.
    pub computed: usize,
    /// Self-assessed.
    pub self_assessed: usize,
    /// Reviewed.
    pub reviewed: usize,
}

fn instant_text<S: serde::Serializer>(
    at: &Option<DateTime<Utc>>,
    to: S,
) -> Result<S::Ok, S::Error> {
    at.map(text::rfc3339).serialize(to)
}

/// The rounds of a federation's year, newest edition first within a category.
///
/// # Errors
/// [`Error::NotFound`] for a federation that neither is the actor's nor stands above it.
pub fn rounds(app: &App, actor: &Actor, unit_id: i64, year: i32) -> Result<Vec<RoundFacts>, Error> {
    app.store.read(|conn| {
        access::require_read_or_bound(conn, actor, Action::ReadScores, unit_id)?;
        rows::rounds(conn, Some(unit_id), year)?
            .iter()
            .map(|row| facts(conn, row))
            .collect()
    })
}

/// A round.
///
/// # Errors
/// [`Error::NotFound`].
pub fn round(app: &App, actor: &Actor, id: i64) -> Result<RoundFacts, Error> {
    app.store.read(|conn| {
        let row = readable(conn, actor, id)?;
        facts(conn, &row)
    })
}

/// Begins a year's scores of a category, in the caller's transaction.
///
/// # Errors
/// [`Error::Conflict`] if they were begun; [`Error::NotFound`] without a scheme;
/// [`Error::Forbidden`].
pub fn begin_in(
    conn: &mut Conn,
    actor: &Actor,
    new: NewRound,
    now: DateTime<Utc>,
) -> Result<RoundFacts, Error> {
    access::require_on_scores(conn, actor, Action::Decide, new.unit_id)?;
    let slot = Slot {
        unit_id: new.unit_id,
        year: new.year,
        category: new.category,
    };
    schemes::newest_in(conn, slot)?;
    insert(conn, actor, draft(slot, 1, now), "begin", now)
}

/// Computes the sheets, anew if they were computed before. What units and reviewers said stays
/// where nothing changed under it.
///
/// # Errors
/// [`Error::Conflict`] once it is published; [`Error::NotFound`], [`Error::Forbidden`],
/// [`Error::Stale`].
pub fn compute(
    app: &App,
    actor: &Actor,
    id: i64,
    version: i32,
    now: DateTime<Utc>,
) -> Result<RoundFacts, Error> {
    app.store.write(|conn| {
        let before = decidable(conn, actor, id, version)?;
        expect(
            &before,
            &[RoundState::Draft, RoundState::Computed],
            "score_round_needs_open",
        )?;
        let slot = slot_of(&before)?;
        let scheme = schemes::newest_in(conn, slot)?;
        let units = read_in(conn, &mut Lookups::new(app), slot, (now, now))?;
        let same_scheme = before.scheme_id == Some(scheme.id);
        sheets_in(conn, &before, (&scheme, same_scheme), units, now)?;
        let after = RoundRow {
            state: RoundState::Computed.as_str().to_owned(),
            scheme_id: Some(scheme.id),
            computed_at: Some(micros(now)),
            ..before.clone()
        };
        save(conn, actor, ("compute", None), &before, after, now)
    })
}

fn sheets_in(
    conn: &mut Conn,
    round: &RoundRow,
    (scheme, same_scheme): (&SchemeRow, bool),
    units: Vec<(UnitRow, Inputs)>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let content: Scheme = from_json("score scheme", &scheme.content)?;
    let last = local_date(now).min(Year::of(round.year)?.last_day);
    let mut known: HashMap<i64, SheetRow> = rows::sheets(conn, round.id)?
        .into_iter()
        .map(|sheet| (sheet.unit_id, sheet))
        .collect();
    let mut new = Vec::new();
    for (unit, inputs) in units {
        let score = score(&content, &inputs);
        let fresh = SheetRow {
            id: 0,
            round_id: round.id,
            unit_id: unit.id,
            ended: unit.ended_on.is_some_and(|day| day <= last),
            unit_name: unit.name,
            cluster: unit.cluster,
            state: SheetState::Computed.as_str().to_owned(),
            engine: i32::try_from(ENGINE_VERSION).unwrap_or(i32::MAX),
            inputs: to_json(&inputs)?,
            score: to_json(&score)?,
            total: score.total.map(Points::as_hundredths),
            rank: None,
            self_assessment: None,
            review: None,
            sealed: None,
            hash: None,
            version: 1,
            updated_at: micros(now),
        };
        match known.remove(&unit.id) {
            None => new.push(fresh),
            Some(old) => {
                let unmarked = Inputs {
                    marks: inputs.marks.clone(),
                    ..inputs_of(&old)?
                };
                let kept = same_scheme && unmarked == inputs;
                let (name, cluster, ended) =
                    (fresh.unit_name.clone(), fresh.cluster.clone(), fresh.ended);
                let base = if kept { old.clone() } else { fresh };
                let (id, version) = (old.id, old.version);
                let row = SheetRow {
                    id,
                    version,
                    unit_name: name,
                    cluster,
                    ended,
                    ..base
                };
                if row != old {
                    rows::update_sheet(conn, row)?.ok_or(Error::Stale)?;
                }
            }
        }
    }
    rows::insert_sheets(conn, &new)?;
    rows::delete_sheets(
        conn,
        &known.values().map(|sheet| sheet.id).collect::<Vec<_>>(),
    )?;
    Ok(())
}

pub(crate) fn draft(slot: Slot, edition: i32, now: DateTime<Utc>) -> RoundRow {
    RoundRow {
        id: 0,
        unit_id: slot.unit_id,
        year: slot.year,
        category: slot.category.as_str().to_owned(),
        edition,
        state: RoundState::Draft.as_str().to_owned(),
        corrects_id: None,
        reason: None,
        scheme_id: None,
        computed_at: None,
        decision_number: None,
        decision_date: None,
        published_at: None,
        frozen_at: None,
        version: 1,
        created_at: micros(now),
        updated_at: micros(now),
    }
}

pub(crate) fn insert(
    conn: &mut Conn,
    actor: &Actor,
    row: RoundRow,
    action: &str,
    now: DateTime<Utc>,
) -> Result<RoundFacts, Error> {
    let row = rows::insert_round(conn, row).map_err(|error| match error {
        StoreError::Unique(_) => Error::Conflict(Invalid::new("edition", "score_round_exists")),
        error => error.into(),
    })?;
    let facts = facts(conn, &row)?;
    let mut line = Entry::new(actor, now, action, "score_round", row.id)
        .unit(row.unit_id)
        .new_value(&facts)?;
    if let Some(reason) = &row.reason {
        line = line.reason(reason);
    }
    line.record(conn)?;
    Ok(facts)
}

pub(crate) fn save(
    conn: &mut Conn,
    actor: &Actor,
    (action, reason): (&str, Option<&str>),
    before: &RoundRow,
    after: RoundRow,
    now: DateTime<Utc>,
) -> Result<RoundFacts, Error> {
    let row = rows::update_round(
        conn,
        RoundRow {
            updated_at: micros(now),
            ..after
        },
    )?
    .ok_or(Error::Stale)?;
    let facts = facts(conn, &row)?;
    let mut line = Entry::new(actor, now, action, "score_round", row.id).unit(row.unit_id);
    if let Some(reason) = reason {
        line = line.reason(reason);
    }
    line.old(&facts_without_sheets(before)?)?
        .new_value(&facts)?
        .record(conn)?;
    Ok(facts)
}

/// The round, if the actor is bound by its federation or reads it.
pub(crate) fn readable(conn: &mut Conn, actor: &Actor, id: i64) -> Result<RoundRow, Error> {
    let row = rows::find_round(conn, id)?.ok_or(Error::not_found("score_round"))?;
    access::require_read_or_bound(conn, actor, Action::ReadScores, row.unit_id)
        .map_err(missing_round)?;
    Ok(row)
}

/// What belongs to a unit that the actor may not see is missing itself.
fn missing_round(error: Error) -> Error {
    if matches!(error, Error::NotFound { .. }) {
        Error::not_found("score_round")
    } else {
        error
    }
}

/// The round, if the actor decides on it and nobody saved since `version`.
pub(crate) fn decidable(
    conn: &mut Conn,
    actor: &Actor,
    id: i64,
    version: i32,
) -> Result<RoundRow, Error> {
    let row = rows::find_round(conn, id)?.ok_or(Error::not_found("score_round"))?;
    access::require_on_scores(conn, actor, Action::Decide, row.unit_id).map_err(missing_round)?;
    if row.version == version {
        Ok(row)
    } else {
        Err(Error::Stale)
    }
}

/// That the round is in one of the states that allow it.
pub(crate) fn expect(
    row: &RoundRow,
    allowed: &[RoundState],
    otherwise: &'static str,
) -> Result<RoundState, Error> {
    let state = from_text("round state", &row.state)?;
    if allowed.contains(&state) {
        Ok(state)
    } else {
        Err(Error::Conflict(Invalid::new("state", otherwise)))
    }
}

fn facts(conn: &mut Conn, row: &RoundRow) -> Result<RoundFacts, Error> {
    let mut sheets = Progress::default();
    for sheet in rows::states(conn, row.id)? {
        match from_text("sheet state", &sheet.0)? {
            SheetState::Computed => sheets.computed = usize::try_from(sheet.1).unwrap_or_default(),
            SheetState::SelfAssessed => {
                sheets.self_assessed = usize::try_from(sheet.1).unwrap_or_default()
            }
            SheetState::Reviewed => sheets.reviewed = usize::try_from(sheet.1).unwrap_or_default(),
        }
    }
    Ok(RoundFacts {
        sheets,
        ..facts_without_sheets(row)?
    })
}

fn facts_without_sheets(row: &RoundRow) -> Result<RoundFacts, Error> {
    Ok(RoundFacts {
        id: row.id,
        unit_id: row.unit_id,
        year: row.year,
        category: from_text("category", &row.category)?,
        edition: row.edition,
        state: from_text("round state", &row.state)?,
        sheets: Progress::default(),
        corrects_id: row.corrects_id,
        reason: row.reason.clone(),
        scheme_id: row.scheme_id,
        computed_at: instant_opt(row.computed_at)?,
        decision_number: row.decision_number.clone(),
        decision_date: row.decision_date,
        published_at: instant_opt(row.published_at)?,
        frozen_at: instant_opt(row.frozen_at)?,
        version: row.version,
    })
}
