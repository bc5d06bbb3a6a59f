//! What is sent next about what a reader sees, and what was sent.

use chrono::{DateTime, Utc};
use diesel::dsl::count_star;
use diesel::prelude::*;

use super::visible::obligations_seen;
use crate::domain::access::Scope;
use crate::domain::ids::{ObligationId, UnitId};
use crate::domain::party::Party;
use crate::store::schema::{obligation, reminder};
use crate::store::types::{AsText, At};
use crate::store::{Conn, StoreError};

/// The next instants after `now` at which a check looks at obligations that are not due yet, each
/// with how many they are: then the reminders of those that are still owed are written.
pub fn checks(
    conn: &mut Conn,
    scope: &Scope,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(DateTime<Utc>, i64)>, StoreError> {
    let query = obligation::table
        .filter(obligation::next_step_at.gt(At(now)))
        .filter(
            obligation::next_step_at
                .assume_not_null()
                .lt(obligation::due_at),
        )
        .filter(obligations_seen(scope))
        .group_by(obligation::next_step_at)
        .select((obligation::next_step_at.assume_not_null(), count_star()))
        .order(obligation::next_step_at)
        .limit(limit);
    let found: Vec<(At, i64)> = query.load(conn)?;
    Ok(found
        .into_iter()
        .map(|(at, number)| (at.0, number))
        .collect())
}

/// The next instants at which reminders leave that are written already, each with how many they are:
/// those in the past leave with the next digest.
pub fn reminders(
    conn: &mut Conn,
    scope: &Scope,
    limit: i64,
) -> Result<Vec<(DateTime<Utc>, i64)>, StoreError> {
    let query = reminder::table
        .inner_join(obligation::table.on(obligation::id.eq(reminder::obligation_id)))
        .filter(reminder::settled_at.is_null())
        .filter(obligations_seen(scope))
        .group_by(reminder::leave_at)
        .select((reminder::leave_at, count_star()))
        .order(reminder::leave_at)
        .limit(limit);
    let found: Vec<(At, i64)> = query.load(conn)?;
    Ok(found
        .into_iter()
        .map(|(at, number)| (at.0, number))
        .collect())
}

/// A line of the ledger of a unit's reminders.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct ReminderLine {
    pub obligation_id: ObligationId,
    pub recipient: AsText<Party>,
    pub leave_at: At,
    pub settled_at: Option<At>,
    pub mail_key: Option<String>,
}

/// How many reminders of what a unit owes or owed there are.
pub fn count_reminders_of_unit(
    conn: &mut Conn,
    scope: &Scope,
    unit_id: UnitId,
) -> Result<i64, StoreError> {
    let all = reminder::table
        .inner_join(obligation::table.on(obligation::id.eq(reminder::obligation_id)))
        .filter(obligation::unit_id.eq(unit_id))
        .filter(obligations_seen(scope))
        .select(count_star());
    Ok(all.get_result(conn)?)
}

/// The reminders of what a unit owes or owed, the last first; at most `limit`.
pub fn reminders_of_unit(
    conn: &mut Conn,
    scope: &Scope,
    unit_id: UnitId,
    limit: i64,
) -> Result<Vec<ReminderLine>, StoreError> {
    let query = reminder::table
        .inner_join(obligation::table.on(obligation::id.eq(reminder::obligation_id)))
        .filter(obligation::unit_id.eq(unit_id))
        .filter(obligations_seen(scope))
        .order((
            reminder::leave_at.desc(),
            reminder::obligation_id,
            reminder::recipient,
        ))
        .select((
            reminder::obligation_id,
            reminder::recipient,
            reminder::leave_at,
            reminder::settled_at,
            reminder::mail_key,
        ))
        .limit(limit);
    Ok(query.load(conn)?)
}
