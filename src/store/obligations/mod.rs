//! Obligations.
//!
//! | file | what |
//! |---|---|
//! | here | the row: new ones, and by id |
//! | `select` | which obligations concern an instant, an event, a unit or a person |
//! | `save` | what is written to existing ones |
//! | `credits` | which items count towards which obligation |
//! | `arrivals` | items that arrived, as the fold reads them |
//! | `extensions` | more time, asked for or granted |
//! | `exemptions` | who is excused from what |

mod arrivals;
mod credits;
mod exemptions;
mod extensions;
mod save;
mod select;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::schema::obligation;
use super::types::{AsText, At, JsonText, Word};
use super::{Conn, StoreError};
use crate::domain::ids::{EventId, ObligationId, PersonId, RuleId, RuleVersionId, UnitId};
use crate::domain::obligation::{ExemptionCause, ObligationKind, State, Why};
use crate::domain::party::Party;
use crate::domain::period::PeriodKind;
use crate::domain::policy::Policy;
use crate::on_inner;

pub use arrivals::{
    Arrived, ArrivedItem, arrivals_about, arrivals_below, arrivals_of_humans, arrivals_of_units,
};
pub use credits::{CreditRow, credited_by, credits, delete_credits, put_credits};
pub use exemptions::{ExemptionRow, delete_exemption, exemptions, insert_exemption};
pub use extensions::{
    ExtensionRow, decide_extension, extensions, find_extension, insert_extension,
};
pub use save::{
    Settled, hand_over, save, save_settled, save_step, set_chained, sweep_at, sweep_calendar_at,
};
pub use select::{
    any_below, behind_calendar, chain, chained_subjects, due_steps, ended_periods, next_step,
    of_event, of_events, of_persons_at, of_persons_since, of_units_at, of_units_since,
    open_on_calendar, running_of_unit, stepping_below, window_ends,
};

/// An obligation as stored.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = obligation)]
#[diesel(treat_none_as_null = true, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct ObligationRow {
    #[diesel(skip_insertion)]
    pub id: ObligationId,
    pub rule_id: RuleId,
    pub rule_version_id: RuleVersionId,
    pub subject: AsText<Party>,
    pub unit_id: UnitId,
    pub person_id: Option<PersonId>,
    pub federation_id: UnitId,
    pub kind: Word<ObligationKind>,
    pub period: Option<Word<PeriodKind>>,
    pub period_key: String,
    pub year: i32,
    pub event_id: Option<EventId>,
    pub window_from: At,
    pub window_to: At,
    pub due_at: At,
    pub due_revision: i32,
    pub explanation: JsonText<Why>,
    pub policy: JsonText<Policy>,
    pub calendar: String,
    pub calendar_version: i32,
    pub required: i32,
    pub maximum: Option<i32>,
    pub missed_at: Option<At>,
    pub extended_to: Option<At>,
    pub exempt_at: Option<At>,
    pub exempt_cause: Option<Word<ExemptionCause>>,
    pub chained: bool,
    pub arrived: i32,
    pub published: i32,
    pub done: i32,
    pub state: Word<State>,
    pub decided_at: Option<At>,
    pub next_step_at: Option<At>,
    pub swept_until: At,
    pub opened_at: At,
    pub version: i32,
}

/// Writes new obligations; those that exist already (rule, subject, period) stay as they are. How
/// many were new.
pub fn insert_new(conn: &mut Conn, rows: &[ObligationRow]) -> Result<usize, StoreError> {
    let mut written = 0;
    // 35 columns a row, and SQLite binds at most 32,766 values
    for chunk in rows.chunks(500) {
        written += on_inner!(conn, c => diesel::insert_into(obligation::table)
            .values(chunk)
            .on_conflict((obligation::rule_id, obligation::subject, obligation::period_key))
            .do_nothing()
            .execute(c))?;
    }
    Ok(written)
}

/// An obligation by id.
pub fn find(conn: &mut Conn, id: ObligationId) -> Result<Option<ObligationRow>, StoreError> {
    Ok(ObligationRow::query()
        .filter(obligation::id.eq(id))
        .get_result(conn)
        .optional()?)
}

/// Has an obligation looked at again at another instant.
pub fn postpone(
    conn: &mut Conn,
    id: ObligationId,
    next_step_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::update(obligation::table.find(id))
        .set(obligation::next_step_at.eq(At(next_step_at)))
        .execute(conn)?;
    Ok(())
}

/// Obligations by id; missing ones are left out.
pub fn find_many(
    conn: &mut Conn,
    ids: &[ObligationId],
) -> Result<HashMap<ObligationId, ObligationRow>, StoreError> {
    let mut all = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(5_000) {
        for row in ObligationRow::query()
            .filter(obligation::id.eq_any(chunk))
            .load(conn)?
        {
            all.insert(row.id, row);
        }
    }
    Ok(all)
}

/// The obligation of a rule and subject for a period or event.
pub fn find_by_key(
    conn: &mut Conn,
    rule_id: RuleId,
    subject: Party,
    period_key: &str,
) -> Result<Option<ObligationRow>, StoreError> {
    Ok(ObligationRow::query()
        .filter(obligation::rule_id.eq(rule_id))
        .filter(obligation::subject.eq(AsText(subject)))
        .filter(obligation::period_key.eq(period_key))
        .get_result(conn)
        .optional()?)
}
