//! Obligations, as lists and pages show them.

use std::ops::Range;

use chrono::{DateTime, Utc};
use diesel::dsl::{auto_type, exists};
use diesel::prelude::*;

use super::human::owed_by;
use super::visible::{few_units, items_seen, obligations_seen, seen};
use super::{inside, part};
use crate::domain::access::{Scope, Units};
use crate::domain::ids::{EventId, ExtensionId, ItemId, ObligationId, PersonId, UnitId};
use crate::domain::obligation::{ExtensionState, ObligationKind, State};
use crate::domain::settle::CreditStatus;
use crate::domain::unit::Category;
use crate::store::obligations::{self as rows, ExemptionRow, ExtensionRow, ObligationRow};
use crate::store::schema::{credit, exemption, extension, item, obligation, unit};
use crate::store::types::{At, StoredWord, Word};
use crate::store::{Conn, StoreError};

/// Which obligations a list shows; all conditions hold at once.
#[derive(Debug, Clone, Default)]
pub struct ObligationFilter {
    /// Of this unit and all below it.
    pub below: Option<UnitId>,
    /// Of this unit alone.
    pub unit_id: Option<UnitId>,
    /// Of the human being behind this person.
    pub person_id: Option<PersonId>,
    /// What these units owe as units, and what this human being owes.
    pub of: Option<(Vec<UnitId>, Option<PersonId>)>,
    /// Decided at or after this instant.
    pub decided_from: Option<DateTime<Utc>>,
    /// Of this event.
    pub event_id: Option<EventId>,
    /// Of these kinds; none named = all.
    pub kinds: Vec<ObligationKind>,
    /// In these states; none named = all.
    pub states: Vec<State>,
    /// Of this plan year.
    pub year: Option<i32>,
    /// With this period's key.
    pub period_key: Option<String>,
    /// Due at or after this instant.
    pub due_from: Option<DateTime<Utc>>,
    /// Due before this instant.
    pub due_before: Option<DateTime<Utc>>,
    /// Only what is missed, or of which fewer have arrived than are required.
    pub lacking: bool,
    /// After the obligation with this due instant and id, in the order of the list.
    pub after: Option<(DateTime<Utc>, ObligationId)>,
}

/// Adds the conditions of a filter to a boxed query over obligations.
macro_rules! filtered {
    ($conn:expr, $query:expr, $scope:expr, $filter:expr) => {{
        let (scope, filter): (&Scope, &ObligationFilter) = ($scope, $filter);
        let mut query = $query;
        query = query.filter(obligations_seen(scope));
        if let Some(root) = filter.below {
            query = query.filter(obligation::unit_id.eq_any(inside(root)));
        }
        if let Some(unit) = filter.unit_id {
            query = query.filter(obligation::unit_id.eq(unit));
        }
        if let Some(person) = filter.person_id {
            query = query.filter(owed_by(person));
        }
        if let Some((units, person)) = &filter.of {
            let of_units = obligation::unit_id.eq_any(units.clone());
            let of_units = of_units.and(obligation::person_id.is_null());
            query = query.filter(of_units.or(owed_by(person.unwrap_or(PersonId::NONE))));
        }
        if let Some(from) = filter.decided_from {
            query = query.filter(obligation::decided_at.ge(At(from)));
        }
        if let Some(event) = filter.event_id {
            query = query.filter(obligation::event_id.eq(event));
        }
        if !filter.kinds.is_empty() {
            query = query.filter(obligation::kind.eq_any(words(&filter.kinds)));
        }
        if !filter.states.is_empty() {
            query = query.filter(obligation::state.eq_any(words(&filter.states)));
        }
        if let Some(year) = filter.year {
            query = query.filter(obligation::year.eq(year));
        }
        if let Some(key) = &filter.period_key {
            query = query.filter(obligation::period_key.eq(key.clone()));
        }
        if let Some(from) = filter.due_from {
            query = query.filter(obligation::due_at.ge(At(from)));
        }
        if let Some(before) = filter.due_before {
            query = query.filter(obligation::due_at.lt(At(before)));
        }
        if let Some(units) = few_units($conn, scope)? {
            let of_units = obligation::unit_id.eq_any(units);
            query = match scope.reader() {
                Some(reader) => query.filter(of_units.or(owed_by(reader))),
                None => query.filter(of_units),
            };
        }
        if let Some((due, id)) = filter.after {
            query = query.filter(comes_after(At(due), id));
        }
        if filter.lacking {
            let missed = obligation::state.eq(Word(State::Missed));
            query = query.filter(missed.or(obligation::arrived.lt(obligation::required)));
        }
        query
    }};
}

/// Obligations of the scope, in order of due instant; at most `limit`.
pub fn page(
    conn: &mut Conn,
    scope: &Scope,
    filter: &ObligationFilter,
    limit: i64,
) -> Result<Vec<ObligationRow>, StoreError> {
    let all = ObligationRow::query().into_boxed();
    let query = filtered!(conn, all, scope, filter);
    let query = query.order((obligation::due_at, obligation::id));
    Ok(query.limit(limit).load(conn)?)
}

/// How many obligations a list shows.
pub fn count(conn: &mut Conn, scope: &Scope, filter: &ObligationFilter) -> Result<i64, StoreError> {
    let all = obligation::table
        .select(diesel::dsl::count_star())
        .into_boxed();
    Ok(filtered!(conn, all, scope, filter).get_result(conn)?)
}

/// That an obligation comes after the one with this due instant and id, in the order of the list.
#[auto_type(no_type_alias)]
fn comes_after(due: At, id: ObligationId) -> _ {
    let at_once = obligation::due_at.eq(due);
    obligation::due_at
        .gt(due)
        .or(at_once.and(obligation::id.gt(id)))
}

/// Extensions that wait for a decision, with their obligations, oldest first; of this part of the
/// tree.
pub fn asked_extensions(
    conn: &mut Conn,
    scope: &Scope,
    after: Option<ExtensionId>,
    limit: i64,
) -> Result<Vec<(ExtensionRow, ObligationRow)>, StoreError> {
    let mut query = ExtensionRow::query()
        .filter(extension::state.eq(Word(ExtensionState::Asked)))
        .filter(extension::id.gt(after.unwrap_or(ExtensionId::NONE)))
        .order(extension::id)
        .limit(limit)
        .into_boxed();
    let owed = obligation::table
        .filter(obligation::id.eq(extension::obligation_id))
        .filter(obligations_seen(scope));
    query = query.filter(exists(owed));
    let asked = query.load(conn)?;
    with_obligations(conn, asked)
}

/// Extensions that were decided, with their obligations, the newest decision first; of this part of
/// the tree.
pub fn decided_extensions(
    conn: &mut Conn,
    scope: &Scope,
    limit: i64,
) -> Result<Vec<(ExtensionRow, ObligationRow)>, StoreError> {
    let owed = obligation::table
        .filter(obligation::id.eq(extension::obligation_id))
        .filter(obligations_seen(scope));
    let query = ExtensionRow::query()
        .filter(extension::state.ne(Word(ExtensionState::Asked)))
        .filter(exists(owed))
        .order((extension::decided_at.desc(), extension::id.desc()))
        .limit(limit);
    let decided = query.load(conn)?;
    with_obligations(conn, decided)
}

/// How many requests of this part of the tree wait for a decision, and how many were decided.
pub fn count_extensions(conn: &mut Conn, scope: &Scope) -> Result<(i64, i64), StoreError> {
    let mut numbers = [0, 0];
    for (number, waits) in numbers.iter_mut().zip([true, false]) {
        let asked = extension::state.eq(Word(ExtensionState::Asked));
        let owed = obligation::table
            .filter(obligation::id.eq(extension::obligation_id))
            .filter(obligations_seen(scope));
        let all = extension::table.select(diesel::dsl::count_star());
        *number = all
            .filter(asked.eq(waits))
            .filter(exists(owed))
            .get_result(conn)?;
    }
    let [waiting, decided] = numbers;
    Ok((waiting, decided))
}

fn with_obligations(
    conn: &mut Conn,
    extensions: Vec<ExtensionRow>,
) -> Result<Vec<(ExtensionRow, ObligationRow)>, StoreError> {
    let ids: Vec<ObligationId> = extensions.iter().map(|row| row.obligation_id).collect();
    let owed = rows::find_many(conn, &ids)?;
    // the same obligation may have several
    let pair = |row: ExtensionRow| {
        let owed = owed.get(&row.obligation_id)?.clone();
        Some((row, owed))
    };
    Ok(extensions.into_iter().filter_map(pair).collect())
}

/// An obligation by id, if it lies in `scope`.
pub fn find(
    conn: &mut Conn,
    scope: &Scope,
    id: ObligationId,
) -> Result<Option<ObligationRow>, StoreError> {
    let one = ObligationRow::query()
        .filter(obligation::id.eq(id))
        .filter(obligations_seen(scope));
    Ok(one.get_result(conn).optional()?)
}

/// Those of these obligations that lie in `scope`, in order of id.
pub fn find_many(
    conn: &mut Conn,
    scope: &Scope,
    ids: &[ObligationId],
) -> Result<Vec<ObligationRow>, StoreError> {
    Ok(ObligationRow::query()
        .filter(obligation::id.eq_any(ids))
        .filter(obligations_seen(scope))
        .order(obligation::id)
        .load(conn)?)
}

/// How many obligations of a year each unit of the scope has in each state: (unit, state, number).
pub fn counts(
    conn: &mut Conn,
    scope: &Scope,
    of: Units,
    year: i32,
) -> Result<Vec<(UnitId, Word<State>, i64)>, StoreError> {
    let mut query = obligation::table
        .filter(obligation::year.eq(year))
        .filter(obligation::unit_id.eq_any(part(of.unit_id, of.depth())))
        .group_by((obligation::unit_id, obligation::state))
        .select((
            obligation::unit_id,
            obligation::state,
            diesel::dsl::count_star(),
        ))
        .into_boxed();
    query = query.filter(obligations_seen(scope));
    Ok(query.load(conn)?)
}

/// An obligation that fell due, as far as "who is late" needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct DueRow {
    pub unit_id: UnitId,
    pub required: i32,
    pub arrived: i32,
    pub state: Word<State>,
}

/// What fell due in `due`, of this part of the tree: what arrives at exactly its due instant is on
/// time.
pub fn fell_due(
    conn: &mut Conn,
    scope: &Scope,
    of: Option<Units>,
    due: &Range<DateTime<Utc>>,
) -> Result<Vec<DueRow>, StoreError> {
    let mut query = obligation::table
        .filter(obligation::due_at.ge(At(due.start)))
        .filter(obligation::due_at.lt(At(due.end)))
        .select((
            obligation::unit_id,
            obligation::required,
            obligation::arrived,
            obligation::state,
        ))
        .into_boxed();
    query = query.filter(obligations_seen(scope));
    if let Some(units) = few_units(conn, scope)? {
        query = query.filter(obligation::unit_id.eq_any(units));
    }
    if let Some(of) = of {
        query = query.filter(obligation::unit_id.eq_any(part(of.unit_id, of.depth())));
    }
    Ok(query.load(conn)?)
}

/// Id, code, name and category of a unit.
pub type UnitNames = (UnitId, String, String, Word<Category>);

/// Those of these units that lie in the scope, in order of name.
pub fn units(conn: &mut Conn, scope: &Scope, of: Units) -> Result<Vec<UnitNames>, StoreError> {
    let mut query = unit::table
        .filter(unit::id.eq_any(part(of.unit_id, of.depth())))
        .select((unit::id, unit::code, unit::name, unit::category))
        .order((unit::name_sort, unit::id))
        .into_boxed();
    query = query.filter(seen(scope, unit::id));
    Ok(query.load(conn)?)
}

/// An item's credit to an obligation.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct CreditView {
    pub item_id: ItemId,
    pub title: String,
    pub kind: String,
    pub item_state: String,
    pub status: Word<CreditStatus>,
    pub arrived_at: At,
    pub published_at: Option<At>,
}

/// The credits of an obligation in order of arrival, as far as the reader may see the items.
pub fn credits(
    conn: &mut Conn,
    scope: &Scope,
    obligation_id: ObligationId,
) -> Result<Vec<CreditView>, StoreError> {
    let query = credit::table
        .inner_join(item::table.on(item::id.eq(credit::item_id)))
        .filter(credit::obligation_id.eq(obligation_id))
        .order((credit::arrived_at, credit::item_id))
        .select((
            item::id,
            item::title,
            item::kind,
            item::state,
            credit::status,
            credit::arrived_at,
            item::published_at,
        ))
        .into_boxed();
    Ok(match scope {
        Scope::Own(own) if own.as_contributor() => query.filter(items_seen(scope)).load(conn)?,
        _ => query.load(conn)?,
    })
}

/// The exemption of an obligation.
pub fn exemption(conn: &mut Conn, row: &ObligationRow) -> Result<Option<ExemptionRow>, StoreError> {
    Ok(ExemptionRow::query()
        .filter(exemption::rule_id.eq(row.rule_id))
        .filter(exemption::subject.eq(row.subject))
        .filter(exemption::period_key.eq(&row.period_key))
        .get_result(conn)
        .optional()?)
}

fn words<T: StoredWord>(values: &[T]) -> Vec<Word<T>> {
    values.iter().copied().map(Word).collect()
}
