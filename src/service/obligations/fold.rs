//! Reads what arrived, folds, and writes credits and states. Folding twice writes nothing the
//! second time.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::domain::ids::{ItemId, ObligationId, RuleVersionId};
use crate::domain::obligation::State;
use crate::domain::score::{Basis, UnitYear, years_of};
use crate::domain::settle::{Candidate, Outcome, settle_chain};
use crate::service::Error;
use crate::service::core::tx::Tx;
use crate::service::obligations::arrivals::{Arrivals, NO_ITEM};
use crate::service::obligations::changes::{calendar_changed_before_due, follow_calendar};
use crate::service::obligations::ladder::{correct_miss, next_step, steps_done_until};
use crate::service::obligations::replay::terms_at;
use crate::service::obligations::terms::{stored, terms_of};
use crate::store::Conn;
use crate::store::obligations::{self as store, CreditRow, ObligationRow, Settled};
use crate::store::types::{At, Word};

/// What folding did to one obligation.
#[derive(Debug, Clone)]
pub struct Change {
    /// As it is stored now.
    pub row: ObligationRow,
    /// Its state before.
    pub before: State,
    /// Its state now.
    pub after: State,
}

/// An obligation and what the fold found.
#[derive(Debug)]
pub(crate) struct Folded {
    /// As it was stored.
    pub row: ObligationRow,
    /// What it comes to now.
    pub outcome: Outcome,
}

/// Folds these obligations, with the neighbours that they are chained to, and writes what changed;
/// they are looked at again when something is due next.
pub fn refold(tx: &mut Tx<'_>, rows: Vec<ObligationRow>) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::with_capacity(rows.len());
    let folded = fold_on_calendars(tx, rows)?;
    tx.require_unfrozen(&years_changed(&folded))?;
    let mut record = Record::of(tx, &folded)?;
    for folded in folded {
        let swept_until = steps_done_until(&folded.row, folded.outcome.state);
        let schedule = Schedule {
            swept_until,
            next_step_at: next_step(tx, &folded, swept_until)?,
        };
        changes.push(record.add(tx, folded, schedule)?);
    }
    record.write(tx)?;
    Ok(changes)
}

/// The years of units in which these folds change something.
fn years_changed(folded: &[Folded]) -> BTreeSet<UnitYear> {
    let years = folded.iter().flat_map(|Folded { row, outcome }| {
        let before = basis(row);
        let after = Basis::Owed {
            of: year_of(row),
            state: outcome.state,
            required: row.required,
            done: stored(outcome.done),
        };
        years_of(Some(&before), Some(&after))
    });
    years.collect()
}

/// What a score sees of an obligation as it is stored.
fn basis(row: &ObligationRow) -> Basis {
    Basis::Owed {
        of: year_of(row),
        state: *row.state,
        required: row.required,
        done: row.done,
    }
}

/// The year of the unit to whose score an obligation belongs.
pub(crate) fn year_of(row: &ObligationRow) -> UnitYear {
    UnitYear {
        unit_id: row.unit_id,
        year: row.year,
    }
}

/// Folds these obligations and their neighbours. What was settled, or excused, when its calendar
/// changed, and is owed again now, is due when the calendar as it is now says.
pub(crate) fn fold_on_calendars(
    tx: &mut Tx<'_>,
    rows: Vec<ObligationRow>,
) -> Result<Vec<Folded>, Error> {
    let folded = fold(tx, rows)?;
    let mut moved = false;
    for Folded { row, outcome } in &folded {
        if row.state.0 != State::Open
            && matches!(outcome.state, State::Open | State::Missed)
            && calendar_changed_before_due(tx, row)?
        {
            follow_calendar(tx, row.clone())?;
            moved = true;
        }
    }
    if !moved {
        return Ok(folded);
    }
    let ids: Vec<ObligationId> = folded.iter().map(|folded| folded.row.id).collect();
    let rows = store::find_many(tx.conn, &ids)?.into_values().collect();
    fold(tx, rows)
}

/// Folds these obligations and the neighbours that they are chained to; writes nothing.
pub(crate) fn fold(tx: &mut Tx<'_>, rows: Vec<ObligationRow>) -> Result<Vec<Folded>, Error> {
    let now = tx.now;
    fold_at(tx, rows, now)
}

/// The same as of an instant that is not to come, over the facts whose own instants are not later. The
/// rows have the due instants of then.
pub(crate) fn fold_at(
    tx: &mut Tx<'_>,
    rows: Vec<ObligationRow>,
    at: DateTime<Utc>,
) -> Result<Vec<Folded>, Error> {
    let chains = chains(tx.conn, rows)?;
    let members: Vec<&ObligationRow> = chains.iter().flatten().collect();
    // deadlines of events have policies, not contents
    let of_rules = members.iter().filter(|row| row.event_id.is_none());
    let versions: Vec<RuleVersionId> = of_rules.map(|row| row.rule_version_id).collect();
    tx.lookups.read_contents(tx.conn, &versions)?;
    let arrivals = Arrivals::read(tx, &members, at)?;
    let mut folded = Vec::with_capacity(members.len());
    for chain in chains {
        let mut terms = Vec::with_capacity(chain.len());
        let mut candidates: BTreeMap<ItemId, Candidate> = BTreeMap::new();
        for row in &chain {
            let today = terms_of(tx, row)?;
            terms.push(if at < tx.now {
                terms_at(tx, row, today, at)?
            } else {
                today
            });
            let of_row = arrivals.candidates(tx, row)?.into_iter();
            candidates.extend(of_row.map(|candidate| (candidate.item_id, candidate)));
        }
        let candidates: Vec<Candidate> = candidates.into_values().collect();
        let outcomes = settle_chain(&terms, &candidates, at);
        let pairs = chain.into_iter().zip(&terms).zip(outcomes);
        folded.extend(pairs.map(|((row, terms), outcome)| {
            let due_at = At(terms.due_at);
            let row = ObligationRow { due_at, ..row };
            Folded { row, outcome }
        }));
    }
    Ok(folded)
}

/// These obligations and their credits as of an instant, by id.
pub(crate) fn credited_at(
    tx: &mut Tx<'_>,
    ids: &[ObligationId],
    at: DateTime<Utc>,
) -> Result<HashMap<ObligationId, (ObligationRow, Vec<CreditRow>)>, Error> {
    let rows = store::find_many(tx.conn, ids)?;
    if at < tx.now {
        let folded = fold_at(tx, rows.into_values().collect(), at)?.into_iter();
        return Ok(folded
            .map(|Folded { row, outcome }| {
                let credits = credit_rows(row.id, &outcome);
                (row.id, (row, credits))
            })
            .collect());
    }
    let mut credits = store::credits(tx.conn, ids)?;
    let with_credits = |(id, row)| (id, (row, credits.remove(&id).unwrap_or_default()));
    Ok(rows.into_iter().map(with_credits).collect())
}

/// The credits of items that a fold found; an answer is no item.
fn credit_rows(id: ObligationId, outcome: &Outcome) -> Vec<CreditRow> {
    let credits = outcome.credits.iter();
    credits
        .filter(|credit| credit.item_id != NO_ITEM)
        .map(|credit| CreditRow {
            obligation_id: id,
            item_id: credit.item_id,
            status: Word(credit.status),
            arrived_at: At(credit.arrived_at),
        })
        .collect()
}

/// The rows, those that are chained together with all neighbours of their rule and subject and
/// year.
fn chains(conn: &mut Conn, rows: Vec<ObligationRow>) -> Result<Vec<Vec<ObligationRow>>, Error> {
    let mut chains = Vec::with_capacity(rows.len());
    let mut seen = HashSet::new();
    for row in rows {
        if !row.chained {
            chains.push(vec![row]);
        } else if seen.insert((row.rule_id, row.subject)) {
            chains.push(store::chain(conn, row.rule_id, row.subject.0)?);
        }
    }
    Ok(chains)
}

/// What folds found, gathered and then written by few statements: at the end of a period most of
/// them come to the same.
#[derive(Debug, Default)]
pub(crate) struct Record {
    stored_credits: HashMap<ObligationId, Vec<CreditRow>>,
    credits: Vec<CreditRow>,
    settled: BTreeMap<Settled, Vec<ObligationId>>,
    schedules: BTreeMap<Schedule, Vec<ObligationId>>,
}

/// Up to when the steps of an obligation's ladder are done, and when it has to be looked at next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Schedule {
    pub swept_until: DateTime<Utc>,
    pub next_step_at: Option<DateTime<Utc>>,
}

impl Record {
    /// An empty record for these folds.
    pub(crate) fn of(tx: &mut Tx<'_>, folded: &[Folded]) -> Result<Self, Error> {
        let ids: Vec<ObligationId> = folded.iter().map(|folded| folded.row.id).collect();
        Ok(Self {
            stored_credits: store::credits(tx.conn, &ids)?,
            ..Self::default()
        })
    }

    /// Adds what one fold found: credits that differ, and the row if anything of it changed. Those
    /// who were told of a miss that no longer holds get a correction.
    pub(crate) fn add(
        &mut self,
        tx: &mut Tx<'_>,
        folded: Folded,
        schedule: Schedule,
    ) -> Result<Change, Error> {
        let Folded { mut row, outcome } = folded;
        self.add_credits(tx, row.id, &outcome)?;
        let before = row.state.0;
        let counts = (
            stored(outcome.arrived),
            stored(outcome.published),
            stored(outcome.done),
        );
        let decided_at = outcome.decided_at.map(At);
        let same = before == outcome.state
            && (row.arrived, row.published, row.done) == counts
            && row.decided_at == decided_at;
        let steps = (At(schedule.swept_until), schedule.next_step_at.map(At));
        let rescheduled = (row.swept_until, row.next_step_at) != steps;
        (row.swept_until, row.next_step_at) = steps;
        if !same {
            (row.arrived, row.published, row.done) = counts;
            row.state = Word(outcome.state);
            row.decided_at = decided_at;
            self.settled.entry(settled(&row)).or_default().push(row.id);
            row.version += 1;
        } else if rescheduled {
            self.schedules.entry(schedule).or_default().push(row.id);
        }
        if before == State::Missed && !matches!(outcome.state, State::Missed | State::MetLate) {
            correct_miss(tx, &row)?;
        }
        Ok(Change {
            row,
            before,
            after: outcome.state,
        })
    }

    fn add_credits(
        &mut self,
        tx: &mut Tx<'_>,
        id: ObligationId,
        outcome: &Outcome,
    ) -> Result<(), Error> {
        let stored = self.stored_credits.remove(&id).unwrap_or_default();
        let wanted = credit_rows(id, outcome);
        let gone: Vec<ItemId> = stored
            .iter()
            .map(|credit| credit.item_id)
            .filter(|item| !wanted.iter().any(|credit| credit.item_id == *item))
            .collect();
        if !gone.is_empty() {
            store::delete_credits(tx.conn, id, &gone)?;
        }
        self.credits
            .extend(wanted.into_iter().filter(|credit| !stored.contains(credit)));
        Ok(())
    }

    /// Writes what was added.
    pub(crate) fn write(self, tx: &mut Tx<'_>) -> Result<(), Error> {
        store::put_credits(tx.conn, &self.credits)?;
        for (settled, ids) in &self.settled {
            store::save_settled(tx.conn, ids, settled)?;
        }
        for (schedule, ids) in &self.schedules {
            store::save_step(tx.conn, ids, schedule.swept_until, schedule.next_step_at)?;
        }
        Ok(())
    }
}

fn settled(row: &ObligationRow) -> Settled {
    Settled {
        arrived: row.arrived,
        published: row.published,
        done: row.done,
        state: row.state,
        decided_at: row.decided_at,
        swept_until: row.swept_until,
        next_step_at: row.next_step_at,
    }
}
