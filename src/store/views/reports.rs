//! What units owed in a stretch of time and what came of it, as reports count it.

use std::collections::HashMap;
use std::ops::Range;

use chrono::{DateTime, Datelike as _, Utc};
use diesel::dsl::count_star;
use diesel::prelude::*;

use super::seen::seen;
use crate::domain::access::Scope;
use crate::domain::ids::{ObligationId, RuleVersionId, UnitId};
use crate::domain::obligation::{ObligationKind, State};
use crate::domain::settle::CreditStatus;
use crate::store::schema::{credit, obligation, unit_ancestor};
use crate::store::types::{At, Word};
use crate::store::{Conn, StoreError};

/// What a unit owed, as far as reports need it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct Owed {
    pub id: ObligationId,
    pub unit_id: UnitId,
    pub rule_version_id: RuleVersionId,
    pub kind: Word<ObligationKind>,
    pub state: Word<State>,
    pub required: i32,
    pub arrived: i32,
    pub done: i32,
}

/// The conditions of what a unit and those below it owed as units, not as persons: quotas and reports
/// whose window ends after the start of `span` and no later than its end, and everything else that
/// falls due then.
macro_rules! owed_in {
    ($query:expr, $scope:expr, $unit:expr, $span:expr) => {{
        let below = unit_ancestor::table
            .filter(unit_ancestor::ancestor_id.eq($unit))
            .select(unit_ancestor::unit_id);
        let periodic = [Word(ObligationKind::Quota), Word(ObligationKind::Report)];
        let (from, to) = (At($span.start), At($span.end));
        let ends = obligation::window_to
            .gt(from)
            .and(obligation::window_to.le(to));
        let due = obligation::due_at.gt(from).and(obligation::due_at.le(to));
        let of_period = obligation::kind.eq_any(periodic).and(ends);
        let of_instant = obligation::kind.ne_all(periodic).and(due);
        // a week belongs to the year of its Thursday
        let (first, last) = ($span.start.year() - 1, $span.end.year() + 1);
        $query
            .filter(obligation::year.between(first, last))
            .filter(obligation::unit_id.eq_any(below))
            .filter(obligation::person_id.is_null())
            .filter(seen($scope, obligation::unit_id))
            .filter(of_period.or(of_instant))
    }};
}

/// What a unit and those below it owed in a stretch of time, as far as the reader sees it.
pub fn owed(
    conn: &mut Conn,
    scope: &Scope,
    unit: UnitId,
    span: &Range<DateTime<Utc>>,
) -> Result<Vec<Owed>, StoreError> {
    let query = obligation::table.select((
        obligation::id,
        obligation::unit_id,
        obligation::rule_version_id,
        obligation::kind,
        obligation::state,
        obligation::required,
        obligation::arrived,
        obligation::done,
    ));
    Ok(owed_in!(query, scope, unit, span)
        .order((obligation::due_at, obligation::id))
        .load(conn)?)
}

/// How many items came late for each of [`owed`]; those for which none did are left out.
pub fn late(
    conn: &mut Conn,
    scope: &Scope,
    unit: UnitId,
    span: &Range<DateTime<Utc>>,
) -> Result<HashMap<ObligationId, i64>, StoreError> {
    let query = credit::table
        .inner_join(obligation::table.on(obligation::id.eq(credit::obligation_id)))
        .filter(credit::status.eq(Word(CreditStatus::Late)))
        .group_by(credit::obligation_id)
        .select((credit::obligation_id, count_star()));
    let found: Vec<(ObligationId, i64)> = owed_in!(query, scope, unit, span).load(conn)?;
    Ok(found.into_iter().collect())
}
