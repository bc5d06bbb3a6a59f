//! Loads what was handed in, folds, and writes credits and states. Folding twice writes nothing the
//! second time.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::domain::field::Field;
use crate::domain::obligation::{ObligationKind, State};
use crate::domain::rule::{CountScope, RuleContent};
use crate::domain::settle::{Candidate, Fate, Outcome, settle_chain};
use crate::domain::text::local_date;
use crate::service::Error;
use crate::service::core::lookups::Lookups;
use crate::service::obligations::step;
use crate::service::obligations::steps;
use crate::service::obligations::steps::told_in;
use crate::service::obligations::terms::{candidate, stored, terms_of};
use crate::store::obligations::{self as store, CreditRow, Handed, ObligationRow, Settled};
use crate::store::people::{self, PersonRow};
use crate::store::reminders::ReminderRow;
use crate::store::types::{AsText, At, Word};
use crate::store::{Conn, events, reminders};

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
pub fn refold_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    rows: Vec<ObligationRow>,
    now: DateTime<Utc>,
) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::with_capacity(rows.len());
    let mut record = Record::default();
    let folded = fold_in(conn, lookups, rows, now)?;
    let stored = store::credits(conn, &folded.iter().map(|f| f.row.id).collect::<Vec<_>>())?;
    for folded in folded {
        let steps_done_until = steps::steps_done_until(&folded.row, folded.outcome.state);
        let next = steps::next_step(
            conn,
            lookups,
            &folded.row,
            &folded.outcome,
            steps_done_until,
            now,
        )?;
        let credits = stored.get(&folded.row.id).map_or(&[][..], Vec::as_slice);
        changes.push(record.take_in(
            conn,
            lookups,
            folded,
            credits,
            (steps_done_until, next),
            now,
        )?);
    }
    record.write_in(conn)?;
    Ok(changes)
}

/// Folds these obligations and the neighbours that they are chained to; writes nothing.
pub(crate) fn fold_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    rows: Vec<ObligationRow>,
    now: DateTime<Utc>,
) -> Result<Vec<Folded>, Error> {
    let chains = chains(conn, rows)?;
    let members: Vec<&ObligationRow> = chains.iter().flatten().collect();
    // deadlines of events have policies, not contents
    let of_rules = members.iter().filter(|row| row.event_id.is_none());
    lookups.read_contents(
        conn,
        &of_rules.map(|row| row.rule_version_id).collect::<Vec<_>>(),
    )?;
    let handed = Arrivals::load(conn, lookups, &members)?;
    let mut folded = Vec::with_capacity(members.len());
    for chain in chains {
        let mut terms = Vec::with_capacity(chain.len());
        let mut candidates: BTreeMap<i64, Candidate> = BTreeMap::new();
        for row in &chain {
            terms.push(terms_of(lookups, row)?);
            for candidate in handed.of(conn, lookups, row)? {
                candidates.insert(candidate.item_id, candidate);
            }
        }
        let candidates: Vec<Candidate> = candidates.into_values().collect();
        let outcomes = settle_chain(&terms, &candidates, now);
        folded.extend(
            chain
                .into_iter()
                .zip(outcomes)
                .map(|(row, outcome)| Folded { row, outcome }),
        );
    }
    Ok(folded)
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

/// What was handed in by everybody whom a batch of obligations concerns.
struct Arrivals {
    by_unit: HashMap<i64, Vec<Handed>>,
    by_person: HashMap<i64, Vec<Handed>>,
    by_event: HashMap<i64, Vec<Handed>>,
    lives: HashMap<i64, Vec<PersonRow>>,
    answers: HashMap<i64, Option<At>>,
}

impl Arrivals {
    fn load(
        conn: &mut Conn,
        lookups: &mut Lookups<'_>,
        rows: &[&ObligationRow],
    ) -> Result<Self, Error> {
        let (mut units, mut persons, mut events, mut questions) = (vec![], vec![], vec![], vec![]);
        let (mut from, mut to) = (DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC);
        for row in rows {
            match (row.kind.0, row.event_id, row.person_id) {
                (ObligationKind::Answer, Some(event), _) => questions.push(event),
                (_, Some(event), _) => events.push(event),
                (_, None, Some(person)) => persons.push(person),
                (_, None, None)
                    if lookups.content(conn, row.rule_version_id)?.scope == CountScope::Own =>
                {
                    units.push(row.unit_id);
                }
                (_, None, None) => {}
            }
            from = from.min(row.window_from.0);
            to = to.max(last_arrival(row));
        }
        for ids in [&mut units, &mut persons, &mut events, &mut questions] {
            ids.sort_unstable();
            ids.dedup();
        }
        let lives = people::lives(conn, &persons)?;
        Ok(Self {
            by_unit: by_owner(store::handed_by_units(conn, &units, from, to)?),
            by_person: by_owner(store::handed_by_humans(conn, &persons, from, to)?),
            by_event: by_owner(store::handed_about(conn, &events)?),
            lives,
            answers: events::find_many(conn, &questions)?
                .into_iter()
                .map(|(id, event)| (id, event.answered_at))
                .collect(),
        })
    }

    /// The candidates of one obligation.
    fn of(
        &self,
        conn: &mut Conn,
        lookups: &mut Lookups<'_>,
        row: &ObligationRow,
    ) -> Result<Vec<Candidate>, Error> {
        let none: &[Handed] = &[];
        let find = |all: &HashMap<i64, Vec<Handed>>, id: i64| {
            all.get(&id).map_or(none, Vec::as_slice).to_vec()
        };
        if let Some(event) = row.event_id {
            if row.kind.0 == ObligationKind::Answer {
                return Ok(self.answer(event));
            }
            return Ok(candidates(find(&self.by_event, event).iter()));
        }
        let content = lookups.content(conn, row.rule_version_id)?;
        let handed = match row.person_id {
            Some(person) => find(&self.by_person, person),
            None if content.scope == CountScope::Own => find(&self.by_unit, row.unit_id),
            None => store::handed_below(conn, row.unit_id, row.window_from.0, last_arrival(row))?,
        };
        let posts = row.person_id.and_then(|human| self.lives.get(&human));
        Ok(candidates(
            handed
                .iter()
                .filter(|handed| counts(&content, posts, handed)),
        ))
    }

    /// An answer is dated, and no item.
    fn answer(&self, event: i64) -> Vec<Candidate> {
        let answered_at = self.answers.get(&event).copied().flatten();
        let answer = answered_at.map(|At(at)| Candidate {
            item_id: NO_ITEM,
            arrived_at: at,
            fate: Fate::Published(at),
        });
        answer.into_iter().collect()
    }
}

/// Stands for an answer among candidates; no item has this id.
const NO_ITEM: i64 = 0;

/// A rule names its kinds exactly; a rule for a person's own field wants a field of the post in which
/// they were on the day of the arrival.
fn counts(content: &RuleContent, posts: Option<&Vec<PersonRow>>, handed: &Handed) -> bool {
    let in_field = || {
        let field = handed.field.as_deref().and_then(Field::parse);
        let on = handed.arrived_at.map(|At(at)| local_date(at));
        let posts = posts.into_iter().flatten();
        let mut there = posts.filter(|post| on.is_some_and(|on| post.active_on(on)));
        field.is_some_and(|field| there.any(|post| post.fields.contains(&field)))
    };
    content.kinds.contains(&handed.kind) && (!content.own_field || in_field())
}

fn candidates<'a>(handed: impl Iterator<Item = &'a Handed>) -> Vec<Candidate> {
    handed.filter_map(candidate).collect()
}

fn by_owner(handed: Vec<Handed>) -> HashMap<i64, Vec<Handed>> {
    let mut all: HashMap<i64, Vec<Handed>> = HashMap::new();
    for handed in handed {
        all.entry(handed.owner).or_default().push(handed);
    }
    all
}

/// The latest arrival that may still concern an obligation.
fn last_arrival(row: &ObligationRow) -> DateTime<Utc> {
    let last = row.window_to.max(row.due_at);
    row.missed_at.map_or(last, |missed| missed.max(last)).0
}

/// What folds found, gathered and then written by few statements: at the end of a period most of
/// them come to the same.
#[derive(Debug, Default)]
pub(crate) struct Record {
    credits: Vec<CreditRow>,
    settled: BTreeMap<Settled, Vec<i64>>,
    stepped: BTreeMap<Schedule, Vec<i64>>,
}

/// Until when the ladder of an obligation is done, and when it has to be looked at next.
type Schedule = (DateTime<Utc>, Option<DateTime<Utc>>);

impl Record {
    /// Gathers what one fold found: credits that differ, the row if anything of it changed,
    /// and the instants up to which its steps are done and at which it is looked at next. Those who
    /// were told of a miss that no longer holds get a correction.
    pub(crate) fn take_in(
        &mut self,
        conn: &mut Conn,
        lookups: &mut Lookups<'_>,
        folded: Folded,
        stored_credits: &[CreditRow],
        (swept_until, next_step_at): (DateTime<Utc>, Option<DateTime<Utc>>),
        now: DateTime<Utc>,
    ) -> Result<Change, Error> {
        let Folded { mut row, outcome } = folded;
        self.take_credits_in(conn, row.id, stored_credits, &outcome)?;
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
        let steps = (At(swept_until), next_step_at.map(At));
        let stepped = (row.swept_until, row.next_step_at) != steps;
        (row.swept_until, row.next_step_at) = steps;
        if !same {
            (row.arrived, row.published, row.done) = counts;
            row.state = Word(outcome.state);
            row.decided_at = decided_at;
            self.settled.entry(settled(&row)).or_default().push(row.id);
            row.version += 1;
        } else if stepped {
            self.stepped
                .entry((swept_until, next_step_at))
                .or_default()
                .push(row.id);
        }
        if before == State::Missed && !matches!(outcome.state, State::Missed | State::MetLate) {
            correct_in(conn, lookups, &row, now)?;
        }
        Ok(Change {
            row,
            before,
            after: outcome.state,
        })
    }

    fn take_credits_in(
        &mut self,
        conn: &mut Conn,
        id: i64,
        stored: &[CreditRow],
        outcome: &Outcome,
    ) -> Result<(), Error> {
        let items = outcome
            .credits
            .iter()
            .filter(|credit| credit.item_id != NO_ITEM);
        let wanted: Vec<CreditRow> = items
            .map(|credit| CreditRow {
                obligation_id: id,
                item_id: credit.item_id,
                status: Word(credit.status),
                arrived_at: At(credit.arrived_at),
            })
            .collect();
        let gone: Vec<i64> = stored
            .iter()
            .map(|credit| credit.item_id)
            .filter(|item| !wanted.iter().any(|credit| credit.item_id == *item))
            .collect();
        if !gone.is_empty() {
            store::delete_credits(conn, id, &gone)?;
        }
        self.credits
            .extend(wanted.into_iter().filter(|credit| !stored.contains(credit)));
        Ok(())
    }

    /// Writes what was taken down.
    pub(crate) fn write_in(self, conn: &mut Conn) -> Result<(), Error> {
        store::put_credits(conn, &self.credits)?;
        for (settled, ids) in &self.settled {
            store::save_settled(conn, ids, settled)?;
        }
        for ((swept_until, next_step_at), ids) in &self.stepped {
            store::save_step(conn, ids, *swept_until, *next_step_at)?;
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

/// A correction to everybody who was told that it was missed.
fn correct_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    row: &ObligationRow,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let (calendar, _) = lookups.calendar(conn, &row.calendar)?;
    let leave_at = calendar.next_opening(now).unwrap_or(now);
    let lines: Vec<ReminderRow> = told_in(conn, lookups, row)?
        .into_iter()
        .map(|recipient| ReminderRow {
            obligation_id: row.id,
            due_revision: row.due_revision,
            step: step::CORRECTED.to_owned(),
            recipient: AsText(recipient),
            check_at: At(now),
            leave_at: At(leave_at),
            settled_at: None,
            mail_key: None,
        })
        .collect();
    reminders::insert_new(conn, &lines)?;
    Ok(())
}
