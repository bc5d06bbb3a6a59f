//! Plans of a year: drafted, approved, put in force, ended; their rules and the versions of those.
//!
//! | file | what lives there |
//! |---|---|
//! | `facts` | plans as they are read: who may see which, rules with their versions |
//! | `head` | drafting, the head with its legal basis, copying into another year |
//! | `rules` | adding, changing and removing rules, in drafts and in force |
//! | `states` | approving, putting in force, ending |
//!
//! The plan is the unit of saving: every change of it or of one of its rules asks for its version
//! and makes it go up by one.

mod facts;
mod head;
mod rules;
mod states;

pub(crate) use facts::facts as facts_of;
pub use facts::{PlanFacts, PlanHead, PlanQuery, RuleFacts, RuleVersion, get, list};
pub use head::{change, change_in, copy, copy_in, draft, draft_in};
pub use rules::{
    ChangeRule, NewRule, add_rule, add_rule_in, change_rule, change_rule_in, remove_rule,
    remove_rule_in,
};
pub(crate) use states::{InForce, begin_in};
pub use states::{
    approve, approve_in, end, end_in, put_in_force, put_in_force_in, reopen, reopen_in,
};

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::plan::PlanState;
use crate::service::Error;
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::store::rules::{self as rows, PlanRow};
use crate::store::types::micros;
use crate::store::{Conn, StoreError};

/// The plan, if the actor may manage its rules and nobody saved it since `expected_version`.
fn manageable(
    conn: &mut Conn,
    actor: &Actor,
    id: i64,
    expected_version: i32,
) -> Result<PlanRow, Error> {
    let row = manageable_unread(conn, actor, id)?;
    if row.version == expected_version {
        Ok(row)
    } else {
        Err(Error::Stale)
    }
}

/// The plan, if the actor may manage its rules.
fn manageable_unread(conn: &mut Conn, actor: &Actor, id: i64) -> Result<PlanRow, Error> {
    let row = facts::visible(conn, actor, id)?;
    access::require(conn, actor, Action::ManageRules, row.unit_id).map_err(
        |error| match error {
            // whoever is bound by a plan sees it, though not its unit
            Error::NotFound { .. } => Error::Forbidden,
            error => error,
        },
    )?;
    Ok(row)
}

fn save(conn: &mut Conn, row: PlanRow, now: DateTime<Utc>) -> Result<PlanRow, Error> {
    rows::update_plan(
        conn,
        PlanRow {
            updated_at: micros(now),
            ..row
        },
    )?
    .ok_or(Error::Stale)
}

fn state_of(row: &PlanRow) -> Result<PlanState, StoreError> {
    PlanState::parse(&row.state)
        .ok_or_else(|| StoreError::Corrupt(format!("state of plan {}: {}", row.id, row.state)))
}

/// That the plan is in one of the states that allow it.
fn expect_state(
    row: &PlanRow,
    allowed: &[PlanState],
    otherwise: &'static str,
) -> Result<PlanState, Error> {
    let state = state_of(row)?;
    if allowed.contains(&state) {
        Ok(state)
    } else {
        Err(Error::Conflict(Invalid::new("state", otherwise)))
    }
}

/// 1 January of the plan's year.
fn new_year(row: &PlanRow) -> Result<NaiveDate, StoreError> {
    NaiveDate::from_ymd_opt(row.year, 1, 1)
        .ok_or_else(|| StoreError::Corrupt(format!("year {}", row.year)))
}

fn shown(date: NaiveDate) -> String {
    date.format("%d/%m/%Y").to_string()
}
