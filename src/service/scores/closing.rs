//! How a round ends: published with the decision's number and date, frozen for good, or opened
//! again as a new edition.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::Deserialize;

use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::score::{
    Contender, Decision, Points, RoundState, Scheme, Sealed, SealedScheme, SheetState, hash_of,
    ranks,
};
use crate::domain::text::{self, local_date};
use crate::domain::unit::note;
use crate::service::scores::inputs::Year;
use crate::service::scores::letters;
use crate::service::scores::rounds::{RoundFacts, decidable, draft, expect, insert, save};
use crate::service::scores::stored::{inputs_of, scheme_of, score_of, slot_of};
use crate::service::{App, Error};
use crate::store::StoreError;
use crate::store::score_rounds::{self as rows, RoundRow, SheetRow};
use crate::store::scores::SchemeRow;
use crate::store::types::{from_json, from_text, instant, micros};

/// How many unit names a sentence lists.
const NAMED: usize = 5;

/// The decision that publishes a round.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishRound {
    /// Its number.
    pub decision_number: String,
    /// Its date.
    pub decision_date: NaiveDate,
}

/// Publishes the round with the decision's number and date; ranks are made from the reviewed
/// totals, and mails tell them.
///
/// # Errors
/// Faults of the decision; [`Error::Conflict`] while the year runs, units are undecided or manual
/// marks are missing; [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn publish(
    app: &App,
    actor: &Actor,
    id: i64,
    input: &PublishRound,
    version: i32,
    now: DateTime<Utc>,
) -> Result<RoundFacts, Error> {
    app.store.write(|conn| {
        let before = decidable(conn, actor, id, version)?;
        expect(
            &before,
            &[RoundState::Computed],
            "score_round_needs_computed",
        )?;
        let (number, date) = decision(input, now)?;
        if now < Year::of(before.year)?.end {
            return Err(Error::Conflict(
                Invalid::new("year", "score_year_runs").with("year", before.year),
            ));
        }
        let sheets = rows::sheets(conn, id)?;
        decided(&scheme_of(conn, &before)?.1, &sheets)?;
        let places: Vec<Contender<'_>> = sheets
            .iter()
            .map(|sheet| Contender {
                cluster: sheet.cluster.as_deref(),
                total: sheet.total.filter(|_| !sheet.ended).map(Points::hundredths),
            })
            .collect();
        for (sheet, rank) in sheets.iter().zip(ranks(&places)) {
            let rank = rank.and_then(|rank| i32::try_from(rank).ok());
            let row = SheetRow {
                rank,
                updated_at: micros(now),
                ..sheet.clone()
            };
            rows::update_sheet(conn, row)?.ok_or(Error::Stale)?;
        }
        let after = RoundRow {
            state: RoundState::Published.as_str().to_owned(),
            decision_number: Some(number),
            decision_date: Some(date),
            published_at: Some(micros(now)),
            ..before.clone()
        };
        let facts = save(conn, actor, ("publish", None), &before, after, now)?;
        let row = rows::find_round(conn, id)?.ok_or(Error::not_found("score_round"))?;
        letters::published_in(conn, app, &row, now)?;
        Ok(facts)
    })
}

fn decision(input: &PublishRound, now: DateTime<Utc>) -> Result<(String, NaiveDate), Error> {
    let mut faults = Vec::new();
    let number = note(
        &mut faults,
        text::name("decision_number", &input.decision_number),
    );
    let (date, today) = (input.decision_date, local_date(now));
    if date.year() < 2000 || date > today {
        let fault = Invalid::new("decision_date", "score_decision_date")
            .with("value", date.format("%d/%m/%Y"));
        faults.push(fault.with("today", today.format("%d/%m/%Y")));
    }
    match number {
        Some(number) if faults.is_empty() => Ok((number, date)),
        _ => Err(Error::Invalid(faults)),
    }
}

/// That an officer confirmed every score and no manual mark is missing. A unit without a score has
/// nothing to confirm.
fn decided(scheme: &Scheme, sheets: &[SheetRow]) -> Result<(), Error> {
    let conflict = |code: &'static str, names: &[&str]| {
        let shown = names
            .iter()
            .copied()
            .take(NAMED)
            .collect::<Vec<_>>()
            .join(", ");
        let more = if names.len() > NAMED { ", …" } else { "" };
        let fault = Invalid::new("sheets", code).with("count", names.len());
        Error::Conflict(fault.with("units", format!("{shown}{more}")))
    };
    let scored = sheets.iter().filter(|sheet| sheet.total.is_some());
    let undecided = scored
        .clone()
        .filter(|sheet| sheet.state != SheetState::Reviewed.as_str());
    let undecided: Vec<&str> = undecided.map(|sheet| sheet.unit_name.as_str()).collect();
    if !undecided.is_empty() {
        return Err(conflict("score_undecided", &undecided));
    }
    let mut unmarked = Vec::new();
    for sheet in scored {
        let marks = inputs_of(sheet)?.marks;
        if scheme.manual().any(|one| !marks.contains_key(&one.code)) {
            unmarked.push(sheet.unit_name.as_str());
        }
    }
    if unmarked.is_empty() {
        Ok(())
    } else {
        Err(conflict("score_manual_missing", &unmarked))
    }
}

/// Closes a published round for good: every sheet is sealed with everything that it rests on.
///
/// # Errors
/// [`Error::Conflict`] unless it is published; [`Error::NotFound`], [`Error::Forbidden`],
/// [`Error::Stale`].
pub fn freeze(
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
            &[RoundState::Published],
            "score_round_needs_published",
        )?;
        let scheme = scheme_of(conn, &before)?;
        let corrected = match before.corrects_id {
            None => HashMap::new(),
            Some(old) => rows::sheets(conn, old)?
                .into_iter()
                .map(|sheet| (sheet.unit_id, sheet))
                .collect(),
        };
        for sheet in rows::sheets(conn, id)? {
            let corrects = corrected
                .get(&sheet.unit_id)
                .map(|old| old.hash.clone().unwrap_or_else(|| old.id.to_string()));
            let sealed = sealed(&before, &scheme, &sheet, corrects, now)?;
            let text = sealed
                .canonical()
                .map_err(|error| StoreError::Corrupt(error.to_string()))?;
            let hash = Some(hash_of(&text));
            let row = SheetRow {
                sealed: Some(text),
                hash,
                updated_at: micros(now),
                ..sheet
            };
            rows::update_sheet(conn, row)?.ok_or(Error::Stale)?;
        }
        let frozen_at = Some(micros(now));
        let after = RoundRow {
            state: RoundState::Frozen.as_str().to_owned(),
            frozen_at,
            ..before.clone()
        };
        save(conn, actor, ("freeze", None), &before, after, now)
    })
}

fn sealed(
    round: &RoundRow,
    (scheme, content): &(SchemeRow, Scheme),
    sheet: &SheetRow,
    corrects: Option<String>,
    now: DateTime<Utc>,
) -> Result<Sealed, Error> {
    let missing = || {
        StoreError::Corrupt(format!(
            "round {} is published without a decision",
            round.id
        ))
    };
    Ok(Sealed {
        engine: u32::try_from(sheet.engine).unwrap_or_default(),
        year: round.year,
        category: from_text("category", &round.category)?,
        edition: round.edition,
        corrects,
        unit_id: sheet.unit_id,
        unit_name: sheet.unit_name.clone(),
        cluster: sheet.cluster.clone(),
        scheme: SealedScheme {
            version: scheme.version,
            document_number: scheme.document_number.clone(),
            document_date: scheme.document_date,
            content: content.clone(),
        },
        inputs: inputs_of(sheet)?,
        score: score_of(sheet)?,
        rank: sheet.rank,
        self_assessment: sheet
            .self_assessment
            .as_deref()
            .map(|json| from_json("assessment", json))
            .transpose()?,
        review: sheet
            .review
            .as_deref()
            .map(|json| from_json("review", json))
            .transpose()?,
        decision: Decision {
            number: round.decision_number.clone().ok_or_else(missing)?,
            date: round.decision_date.ok_or_else(missing)?,
        },
        computed_at: instant(round.computed_at.ok_or_else(missing)?)?,
        frozen_at: now,
    })
}

/// Begins a new edition in the place of a published or frozen one, with a reason. A published one
/// is open again by that; a frozen one stays as it is, and the new sheets name the old.
///
/// # Errors
/// A missing reason; [`Error::Conflict`] unless it is the newest edition, published or frozen;
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn reopen(
    app: &App,
    actor: &Actor,
    id: i64,
    reason: &str,
    version: i32,
    now: DateTime<Utc>,
) -> Result<RoundFacts, Error> {
    app.store.write(|conn| {
        let before = decidable(conn, actor, id, version)?;
        let reason = text::paragraph("reason", reason)?;
        let allowed = [RoundState::Published, RoundState::Frozen];
        let state = expect(&before, &allowed, "score_round_needs_published_or_frozen")?;
        if state == RoundState::Published {
            let after = RoundRow {
                state: RoundState::Reopened.as_str().to_owned(),
                ..before.clone()
            };
            save(conn, actor, ("reopen", Some(&reason)), &before, after, now)?;
        }
        let next = RoundRow {
            corrects_id: Some(id),
            reason: Some(reason),
            ..draft(slot_of(&before)?, before.edition + 1, now)
        };
        insert(conn, actor, next, "correct", now)
    })
}
