//! What scores are computed from: closed obligations and items of a unit or of all units of a group,
//! in few statements.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::dsl::{AsExprOf, auto_type};
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::domain::ids::{ItemId, ObligationId, RuleVersionId, UnitId};
use crate::domain::obligation::{ObligationKind, State};
use crate::domain::period::PeriodKind;
use crate::domain::policy::Policy;
use crate::domain::score::ScoreGroup;
use crate::domain::unit::Category;
use crate::store::obligations::ObligationRow;
use crate::store::schema::{item, obligation, rule, rule_version, unit};
use crate::store::types::{At, JsonText, Word};
use crate::store::units::UnitRow;
use crate::store::{Conn, StoreError};

/// What a score needs to know of an obligation.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = obligation)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct ClosedRow {
    pub id: ObligationId,
    pub unit_id: UnitId,
    pub rule_version_id: RuleVersionId,
    pub kind: Word<ObligationKind>,
    pub period: Option<Word<PeriodKind>>,
    pub required: i32,
    pub done: i32,
    pub state: Word<State>,
    pub chained: bool,
}

/// The units that scores are computed of: all units of a group, or one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitSelection {
    /// The group in which they are scored.
    pub group: ScoreGroup,
    /// This unit alone; `None`: all units of the group.
    pub only: Option<UnitId>,
}

impl From<ScoreGroup> for UnitSelection {
    fn from(group: ScoreGroup) -> Self {
        Self { group, only: None }
    }
}

/// Ids of the units of a category in a federation.
#[auto_type(no_type_alias)]
fn unit_ids(federation_id: UnitId, category: Category) -> _ {
    let category: AsExprOf<Word<Category>, Text> = Word(category).into_sql::<Text>();
    unit::table
        .filter(unit::federation_id.eq(federation_id))
        .filter(unit::category.eq(category))
        .select(unit::id)
}

/// The units, those that ended included, in the order of their names.
pub fn units(conn: &mut Conn, selection: UnitSelection) -> Result<Vec<UnitRow>, StoreError> {
    let mut query = UnitRow::query()
        .filter(unit::federation_id.eq(selection.group.unit_id))
        .filter(unit::category.eq(Word(selection.group.category)))
        .order((unit::name_sort, unit::id))
        .into_boxed();
    if let Some(unit_id) = selection.only {
        query = query.filter(unit::id.eq(unit_id));
    }
    Ok(query.load(conn)?)
}

/// Whether a group has more than `most` units, those that ended included.
pub fn has_more_than(conn: &mut Conn, group: ScoreGroup, most: i64) -> Result<bool, StoreError> {
    let next: Option<UnitId> = unit_ids(group.unit_id, group.category)
        .offset(most)
        .limit(1)
        .get_result(conn)
        .optional()?;
    Ok(next.is_some())
}

/// The query narrowed to what the units owed themselves in the year.
macro_rules! owed_by {
    ($query:expr, $selection:expr) => {{
        let group = $selection.group;
        let query = $query
            .filter(obligation::year.eq(group.year))
            .filter(obligation::person_id.is_null())
            .into_boxed();
        match $selection.only {
            Some(unit_id) => query.filter(obligation::unit_id.eq(unit_id)),
            None => {
                query.filter(obligation::unit_id.eq_any(unit_ids(group.unit_id, group.category)))
            }
        }
    }};
}

/// Ids of what the units themselves (not their persons) owed in the year, in order.
pub fn owed(conn: &mut Conn, selection: UnitSelection) -> Result<Vec<ObligationId>, StoreError> {
    Ok(
        owed_by!(obligation::table.select(obligation::id), selection)
            .order(obligation::id)
            .load(conn)?,
    )
}

/// Those of them to which something has to happen by `now`: what is stored of them may be old.
pub fn waiting(
    conn: &mut Conn,
    selection: UnitSelection,
    now: DateTime<Utc>,
) -> Result<Vec<ObligationId>, StoreError> {
    Ok(
        owed_by!(obligation::table.select(obligation::id), selection)
            .filter(obligation::next_step_at.le(At(now)))
            .load(conn)?,
    )
}

/// What the units themselves owed in the year and that is settled, exempt obligations included.
pub fn closed(conn: &mut Conn, selection: UnitSelection) -> Result<Vec<ClosedRow>, StoreError> {
    let running = [State::Open, State::AwaitingReview].map(Word);
    Ok(owed_by!(ClosedRow::query(), selection)
        .filter(obligation::state.ne_all(running))
        .load(conn)?)
}

/// How many obligations of a year are open or await review, of those of these units that have any;
/// those of their people included.
///
/// # Errors
/// Those of the database.
pub fn undecided(
    conn: &mut Conn,
    units: &[UnitId],
    year: i32,
) -> Result<HashMap<UnitId, i64>, StoreError> {
    let mut all = HashMap::new();
    for chunk in units.chunks(5_000) {
        let counts: Vec<(UnitId, i64)> = obligation::table
            .filter(obligation::unit_id.eq_any(chunk))
            .filter(obligation::year.eq(year))
            .filter(obligation::state.eq_any([State::Open, State::AwaitingReview].map(Word)))
            .group_by(obligation::unit_id)
            .select((obligation::unit_id, diesel::dsl::count_star()))
            .load(conn)?;
        all.extend(counts);
    }
    Ok(all)
}

/// The quotas of a unit itself that are open at an instant, in order of their due instant.
pub fn open_quotas(
    conn: &mut Conn,
    unit_id: UnitId,
    year: i32,
    now: DateTime<Utc>,
) -> Result<Vec<ObligationRow>, StoreError> {
    Ok(ObligationRow::query()
        .filter(obligation::unit_id.eq(unit_id))
        .filter(obligation::year.eq(year))
        .filter(obligation::kind.eq(Word(ObligationKind::Quota)))
        .filter(obligation::person_id.is_null())
        .filter(obligation::state.eq(Word(State::Open)))
        .filter(obligation::window_from.le(At(now)))
        .order((obligation::due_at, obligation::id))
        .load(conn)?)
}

/// The policies that these obligations were opened with.
pub fn policies(
    conn: &mut Conn,
    obligations: &[ObligationId],
) -> Result<Vec<(ObligationId, JsonText<Policy>)>, StoreError> {
    let mut all = Vec::with_capacity(obligations.len());
    for chunk in obligations.chunks(5_000) {
        let rows: Vec<(ObligationId, JsonText<Policy>)> = obligation::table
            .filter(obligation::id.eq_any(chunk))
            .select((obligation::id, obligation::policy))
            .load(conn)?;
        all.extend(rows);
    }
    Ok(all)
}

/// Codes of the rules that these versions belong to.
pub fn rule_codes(
    conn: &mut Conn,
    versions: &[RuleVersionId],
) -> Result<HashMap<RuleVersionId, String>, StoreError> {
    let mut all = HashMap::with_capacity(versions.len());
    for chunk in versions.chunks(5_000) {
        let rows: Vec<(RuleVersionId, String)> = rule_version::table
            .inner_join(rule::table.on(rule::id.eq(rule_version::rule_id)))
            .filter(rule_version::id.eq_any(chunk))
            .select((rule_version::id, rule::code))
            .load(conn)?;
        all.extend(rows);
    }
    Ok(all)
}

/// Those of these codes that a rule of any plan, or a built-in one, has.
pub fn known_rules(conn: &mut Conn, codes: &[&str]) -> Result<HashSet<String>, StoreError> {
    let known = rule::table
        .filter(rule::code.eq_any(codes))
        .select(rule::code)
        .distinct();
    Ok(known.load(conn)?.into_iter().collect())
}

/// Titles and kinds of items.
pub fn titles(
    conn: &mut Conn,
    items: &[ItemId],
) -> Result<HashMap<ItemId, (String, String)>, StoreError> {
    let mut all = HashMap::with_capacity(items.len());
    for chunk in items.chunks(5_000) {
        let rows: Vec<(ItemId, String, String)> = item::table
            .filter(item::id.eq_any(chunk))
            .select((item::id, item::title, item::kind))
            .load(conn)?;
        all.extend(
            rows.into_iter()
                .map(|(id, title, kind)| (id, (title, kind))),
        );
    }
    Ok(all)
}
