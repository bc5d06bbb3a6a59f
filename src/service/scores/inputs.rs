//! What scores are made of, for all units of a category at once, as of an instant.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::domain::obligation::{ObligationKind, State};
use crate::domain::policy::CountedWhen;
use crate::domain::score::{Handed, Inputs, Owed};
use crate::domain::settle::Fate;
use crate::domain::text::{local_date, local_midnight};
use crate::service::Error;
use crate::service::core::lookups::Lookups;
use crate::service::obligations::candidate;
use crate::service::scores::schemes::Slot;
use crate::store::scores::{self as rows, ClosedRow};
use crate::store::types::{from_text, micros};
use crate::store::units::UnitRow;
use crate::store::{Conn, StoreError, kinds};

/// The units that existed in the year, each with what its score is made of, as of `at`; without
/// marks.
///
/// An obligation counts from the instant at which it was decided; where a late arrival decided it,
/// it was missed until then. Items count by their arrival, and where the unit's policy says so by
/// their publication.
pub(crate) fn read_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    slot: Slot,
    (at, now): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<(UnitRow, Inputs)>, Error> {
    let year = Year::of(slot.year)?;
    let last = local_date(at).min(year.last_day);
    let existed = |unit: &UnitRow| {
        unit.founded_on.is_none_or(|day| day <= last)
            && unit.ended_on.is_none_or(|day| day >= year.first_day)
    };
    let units: Vec<UnitRow> = rows::units(conn, slot.field())?
        .into_iter()
        .filter(existed)
        .collect();
    lookups.learn_units(units.iter().cloned());
    let mut obligations = obligations_in(conn, lookups, slot, at, at < now)?;
    let mut handed: HashMap<i64, Vec<(Handed, Fate)>> = HashMap::new();
    let in_depth: BTreeMap<String, bool> = kinds::list(conn)?
        .into_iter()
        .map(|kind| (kind.code, kind.in_depth))
        .collect();
    // what arrives at the very instant asked for is in
    let until = micros(year.end.min(at + TimeDelta::seconds(1)));
    for (row, grade) in rows::handed_in(conn, slot.field(), micros(year.begin), until)? {
        let Some(candidate) = candidate(&row)? else {
            continue;
        };
        let item = Handed {
            id: row.item_id,
            in_depth: in_depth.get(&row.kind).copied().unwrap_or(false),
            kind: row.kind,
            grade: grade.and_then(|grade| u32::try_from(grade).ok()),
        };
        handed
            .entry(row.owner)
            .or_default()
            .push((item, candidate.fate));
    }
    let mut all = Vec::with_capacity(units.len());
    for unit in units {
        let counted_when = lookups.policy(conn, unit.id, last)?.counted_when;
        let items = handed.remove(&unit.id).unwrap_or_default().into_iter();
        let items = items
            .filter(|(_, fate)| counts(*fate, counted_when, at))
            .map(|(item, _)| item)
            .collect();
        let obligations = obligations.remove(&unit.id).unwrap_or_default();
        all.push((
            unit,
            Inputs {
                obligations,
                items,
                marks: BTreeMap::new(),
            },
        ));
    }
    Ok(all)
}

/// Whether an item that arrived counts.
fn counts(fate: Fate, counted_when: CountedWhen, at: DateTime<Utc>) -> bool {
    match (fate, counted_when) {
        (Fate::Published(published), CountedWhen::Published) => published <= at,
        (Fate::Returned(lapses_at), CountedWhen::Arrived) => at < lapses_at,
        (Fate::Published(_) | Fate::Pending, CountedWhen::Arrived) => true,
        _ => false,
    }
}

/// What each unit owed and that was decided by `at`.
fn obligations_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    slot: Slot,
    at: DateTime<Utc>,
    replayed: bool,
) -> Result<HashMap<i64, Vec<Owed>>, Error> {
    let mut closed = Vec::new();
    for row in rows::closed(conn, slot.field(), slot.year)? {
        if let Some(state) = state_by(&row, at)? {
            closed.push((row, state));
        }
    }
    let mut versions: Vec<i64> = closed.iter().map(|(row, _)| row.rule_version_id).collect();
    versions.sort_unstable();
    versions.dedup();
    let codes = rows::rule_codes(conn, &versions)?;
    let of_rules = closed.iter().filter(|(row, _)| {
        from_text::<ObligationKind>("kind", &row.kind).is_ok_and(|kind| !kind.is_of_event())
    });
    lookups.read_contents(
        conn,
        &of_rules
            .map(|(row, _)| row.rule_version_id)
            .collect::<Vec<_>>(),
    )?;
    let ids: Vec<i64> = closed.iter().map(|(row, _)| row.id).collect();
    // what counted by then; the stored number is today's
    let done = if replayed {
        Some(rows::done_by(conn, &ids, micros(at))?)
    } else {
        None
    };
    let mut all: HashMap<i64, Vec<Owed>> = HashMap::new();
    for (row, state) in closed {
        let kind: ObligationKind = from_text("obligation kind", &row.kind)?;
        let item_kinds = if kind.is_of_event() {
            Vec::new()
        } else {
            lookups.content(conn, row.rule_version_id)?.kinds.clone()
        };
        let done = match &done {
            Some(by_then) => by_then
                .get(&row.id)
                .copied()
                .unwrap_or_default()
                .min(i64::from(row.done)),
            None => i64::from(row.done),
        };
        let owed = Owed {
            id: row.id,
            rule: codes.get(&row.rule_version_id).cloned().unwrap_or_default(),
            kind,
            item_kinds,
            period: row
                .period
                .as_deref()
                .map(|period| from_text("period", period))
                .transpose()?,
            state,
            required: u32::try_from(row.required).unwrap_or_default(),
            done: u32::try_from(done).unwrap_or_default(),
        };
        all.entry(row.unit_id).or_default().push(owed);
    }
    Ok(all)
}

/// The state by `at`; `None` if it was not decided yet.
fn state_by(row: &ClosedRow, at: DateTime<Utc>) -> Result<Option<State>, StoreError> {
    let state: State = from_text("obligation state", &row.state)?;
    let decided = row.decided_at.is_some_and(|decided| decided <= micros(at));
    Ok(match state {
        _ if decided => Some(state),
        State::MetLate if row.due_at <= micros(at) => Some(State::Missed),
        _ => None,
    })
}

/// A year in the users' zone.
pub(crate) struct Year {
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
    pub begin: DateTime<Utc>,
    /// Not included.
    pub end: DateTime<Utc>,
}

impl Year {
    pub(crate) fn of(year: i32) -> Result<Self, Error> {
        let new_year = |year| NaiveDate::from_ymd_opt(year, 1, 1);
        let bounds = new_year(year).zip(new_year(year.saturating_add(1)));
        let (first_day, next) = bounds.ok_or(Error::not_found("year"))?;
        let last_day = next.pred_opt().unwrap_or(next);
        Ok(Self {
            first_day,
            last_day,
            begin: local_midnight(first_day),
            end: local_midnight(next),
        })
    }
}
