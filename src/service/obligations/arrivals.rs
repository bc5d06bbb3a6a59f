//! The items that a batch of obligations is settled by, read at once.

use std::collections::HashMap;
use std::hash::Hash;

use chrono::{DateTime, Utc};

use crate::domain::field::Field;
use crate::domain::grant::Days;
use crate::domain::ids::{EventId, ItemId, PersonId, UnitId};
use crate::domain::obligation::ObligationKind;
use crate::domain::rule::{CountScope, RuleContent};
use crate::domain::settle::{Candidate, Fate};
use crate::domain::text::local_date;
use crate::service::Error;
use crate::service::core::tx::Tx;
use crate::service::obligations::replay::items_at;
use crate::service::obligations::terms::{candidate, policy_of};
use crate::store::events;
use crate::store::obligations::{self as store, Arrived, ArrivedItem, ObligationRow};
use crate::store::types::At;
use crate::store::{Conn, people, roles};

/// Items of everybody whom a batch of obligations concerns.
pub(super) struct Arrivals {
    by_unit: HashMap<UnitId, Vec<ArrivedItem<UnitId>>>,
    by_person: HashMap<PersonId, Vec<ArrivedItem<PersonId>>>,
    by_event: HashMap<EventId, Vec<ArrivedItem<EventId>>>,
    fields: HashMap<PersonId, Vec<FieldsHeld>>,
    answers: HashMap<EventId, Option<At>>,
    /// As of when.
    at: DateTime<Utc>,
}

/// The subjects whose items a batch needs, and the time in which they arrived.
struct Wanted {
    units: Vec<UnitId>,
    persons: Vec<PersonId>,
    events: Vec<EventId>,
    questions: Vec<EventId>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl Wanted {
    fn of(tx: &mut Tx<'_>, rows: &[&ObligationRow]) -> Result<Self, Error> {
        let mut wanted = Self {
            units: Vec::new(),
            persons: Vec::new(),
            events: Vec::new(),
            questions: Vec::new(),
            from: DateTime::<Utc>::MAX_UTC,
            to: DateTime::<Utc>::MIN_UTC,
        };
        for row in rows {
            match (row.kind.0, row.event_id, row.person_id) {
                (ObligationKind::Answer, Some(event), _) => wanted.questions.push(event),
                (_, Some(event), _) => wanted.events.push(event),
                (_, None, Some(person)) => wanted.persons.push(person),
                (_, None, None) => {
                    let content = tx.lookups.content(tx.conn, row.rule_version_id)?;
                    if content.scope == CountScope::Own {
                        wanted.units.push(row.unit_id);
                    }
                }
            }
            wanted.from = wanted.from.min(row.window_from.0);
            wanted.to = wanted.to.max(last_arrival(row));
        }
        let Self {
            units,
            persons,
            events,
            questions,
            ..
        } = &mut wanted;
        sort_once(units);
        sort_once(persons);
        sort_once(events);
        sort_once(questions);
        Ok(wanted)
    }
}

impl Arrivals {
    /// Reads them as they stood at `at`.
    pub(super) fn read(
        tx: &mut Tx<'_>,
        rows: &[&ObligationRow],
        at: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let wanted = Wanted::of(tx, rows)?;
        let when = Arrived {
            from: wanted.from,
            to: wanted.to,
            former: at < tx.now,
        };
        let conn = &mut *tx.conn;
        let fields = fields_held(conn, &wanted.persons)?;
        let of_units = store::arrivals_of_units(conn, &wanted.units, when)?;
        let of_persons = store::arrivals_of_humans(conn, &wanted.persons, when)?;
        let about = store::arrivals_about(conn, &wanted.events)?;
        let questions = events::find_many(conn, &wanted.questions)?;
        Ok(Self {
            by_unit: by_owner(stood(tx, of_units, at)?),
            by_person: by_owner(stood(tx, of_persons, at)?),
            by_event: by_owner(stood(tx, about, at)?),
            at,
            fields,
            answers: questions
                .into_iter()
                .map(|(id, event)| (id, event.answered_at))
                .collect(),
        })
    }

    /// The candidates of one obligation.
    pub(super) fn candidates(
        &self,
        tx: &mut Tx<'_>,
        row: &ObligationRow,
    ) -> Result<Vec<Candidate>, Error> {
        if let Some(event) = row.event_id {
            return Ok(if row.kind.0 == ObligationKind::Answer {
                self.answer(event)
            } else {
                let policy = policy_of(&mut tx.lookups, row)?;
                owned(&self.by_event, event)
                    .iter()
                    .filter(|item| policy.settled_by.contains(&item.kind))
                    .filter_map(candidate)
                    .collect()
            });
        }
        let content = tx.lookups.content(tx.conn, row.rule_version_id)?;
        Ok(match row.person_id {
            Some(person) => {
                let held = self.fields.get(&person);
                counted(&content, held, owned(&self.by_person, person))
            }
            None if content.scope == CountScope::Own => {
                counted(&content, None, owned(&self.by_unit, row.unit_id))
            }
            None => {
                let when = Arrived {
                    from: row.window_from.0,
                    to: last_arrival(row),
                    former: self.at < tx.now,
                };
                let below = store::arrivals_below(tx.conn, row.unit_id, when)?;
                counted(&content, None, &stood(tx, below, self.at)?)
            }
        })
    }

    /// An answer is dated, and no item.
    fn answer(&self, event: EventId) -> Vec<Candidate> {
        let answered_at = self.answers.get(&event).copied().flatten();
        let answered_at = answered_at.filter(|answered| answered.0 <= self.at);
        let answer = answered_at.map(|At(at)| Candidate {
            item_id: NO_ITEM,
            arrived_at: at,
            fate: Fate::Published(at),
        });
        answer.into_iter().collect()
    }
}

/// The items as they stood at `at`.
fn stood<O>(
    tx: &mut Tx<'_>,
    items: Vec<ArrivedItem<O>>,
    at: DateTime<Utc>,
) -> Result<Vec<ArrivedItem<O>>, Error> {
    if at < tx.now {
        items_at(tx, items, at)
    } else {
        Ok(items)
    }
}

/// Stands for an answer among candidates; no item has this id.
pub(super) const NO_ITEM: ItemId = ItemId::NONE;

/// The fields of work that somebody has by a post or a role beside it, and on which days.
struct FieldsHeld {
    days: Days,
    fields: Vec<Field>,
}

/// The fields of work of these human beings.
fn fields_held(
    conn: &mut Conn,
    humans: &[PersonId],
) -> Result<HashMap<PersonId, Vec<FieldsHeld>>, Error> {
    let lives = people::lives(conn, humans)?;
    let mut posts = HashMap::new();
    let mut held: HashMap<PersonId, Vec<FieldsHeld>> = HashMap::new();
    for post in lives.values().flatten() {
        posts.insert(post.id, post);
        held.entry(post.human()).or_default().push(FieldsHeld {
            days: post.days(),
            fields: post.fields.0.clone(),
        });
    }
    let ids: Vec<PersonId> = posts.keys().copied().collect();
    for role in roles::ever_of_posts(conn, &ids)? {
        if let (Some(post), Some(fields)) = (posts.get(&role.person_id), &role.fields) {
            held.entry(post.human()).or_default().push(FieldsHeld {
                days: role.days_held().shared_with(post.days()),
                fields: fields.0.clone(),
            });
        }
    }
    Ok(held)
}

/// A rule names its kinds exactly; a rule for a person's own field wants a field that they had on the
/// day of the arrival, by a post or a role beside it.
fn counts<O>(content: &RuleContent, held: Option<&Vec<FieldsHeld>>, item: &ArrivedItem<O>) -> bool {
    let in_field = || {
        let field = item.field.as_deref().and_then(Field::parse);
        let on = item.arrived_at.map(|At(at)| local_date(at));
        let (Some(field), Some(on)) = (field, on) else {
            return false;
        };
        let mut held = held.into_iter().flatten();
        held.any(|held| held.days.contains(on) && held.fields.contains(&field))
    };
    content.kinds.contains(&item.kind) && (!content.own_field || in_field())
}

fn counted<O>(
    content: &RuleContent,
    held: Option<&Vec<FieldsHeld>>,
    items: &[ArrivedItem<O>],
) -> Vec<Candidate> {
    let counting = items.iter().filter(|item| counts(content, held, item));
    counting.filter_map(candidate).collect()
}

fn owned<O: Eq + Hash>(all: &HashMap<O, Vec<ArrivedItem<O>>>, owner: O) -> &[ArrivedItem<O>] {
    all.get(&owner).map_or(&[][..], Vec::as_slice)
}

fn sort_once<Id: Ord>(ids: &mut Vec<Id>) {
    ids.sort_unstable();
    ids.dedup();
}

fn by_owner<O: Copy + Eq + Hash>(items: Vec<ArrivedItem<O>>) -> HashMap<O, Vec<ArrivedItem<O>>> {
    let mut all: HashMap<O, Vec<ArrivedItem<O>>> = HashMap::new();
    for item in items {
        all.entry(item.owner).or_default().push(item);
    }
    all
}

/// The latest arrival that may still concern an obligation.
fn last_arrival(row: &ObligationRow) -> DateTime<Utc> {
    let last = row.window_to.max(row.due_at);
    row.missed_at.map_or(last, |missed| missed.max(last)).0
}
