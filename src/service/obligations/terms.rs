//! Between stored rows and the domain: kinds, states, terms, fates of items.

use std::sync::Arc;

use crate::domain::obligation::{ObligationKind, State, Why};
use crate::domain::policy::Policy;
use crate::domain::settle::{Candidate, Fate, Terms};
use crate::service::Error;
use crate::service::core::lookups::Lookups;
use crate::store::StoreError;
use crate::store::obligations::{Handed, ObligationRow};
use crate::store::types::{from_json, from_text, instant, instant_opt};

/// The stored kind.
pub(crate) fn kind_of(row: &ObligationRow) -> Result<ObligationKind, StoreError> {
    from_text("obligation kind", &row.kind)
}

/// The stored state.
pub(crate) fn state_of(row: &ObligationRow) -> Result<State, StoreError> {
    from_text("obligation state", &row.state)
}

/// The stored reasons.
pub(crate) fn why_of(row: &ObligationRow) -> Result<Why, StoreError> {
    from_json("explanation", &row.explanation)
}

/// The policy that it was opened with.
pub(crate) fn policy_of(
    lookups: &mut Lookups<'_>,
    row: &ObligationRow,
) -> Result<Arc<Policy>, StoreError> {
    lookups.opened_with(&row.policy)
}

/// The terms under which it is settled.
pub(crate) fn terms_of(lookups: &mut Lookups<'_>, row: &ObligationRow) -> Result<Terms, Error> {
    let policy = policy_of(lookups, row)?;
    Ok(Terms {
        kind: kind_of(row)?,
        required: count(row.required),
        maximum: row.maximum.map(count),
        window_from: instant(row.window_from)?,
        window_to: instant(row.window_to)?,
        due_at: instant(row.due_at)?,
        missed_at: instant_opt(row.missed_at)?,
        counted_when: policy.counted_when,
        carry: policy.carry,
        exempt_at: instant_opt(row.exempt_at)?,
    })
}

/// A stored count; the database's CHECKs keep it from being negative.
pub(crate) fn count(value: i32) -> u32 {
    u32::try_from(value).unwrap_or(0)
}

/// A count to store.
pub(crate) fn stored(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

/// What an item that arrived is to settling; `None` if it has not arrived.
pub(crate) fn candidate(handed: &Handed) -> Result<Option<Candidate>, StoreError> {
    let Some(arrived_at) = instant_opt(handed.arrived_at)? else {
        return Ok(None);
    };
    let fate = match handed.state.as_str() {
        "published" => Fate::Published(instant_opt(handed.published_at)?.unwrap_or(arrived_at)),
        // handed in again, it waits for the leader; its days run on until it is back at the board
        "returned" | "submitted" => match instant_opt(handed.return_lapses_at)? {
            Some(lapses_at) => Fate::Returned(lapses_at),
            None => Fate::Pending,
        },
        "rejected" | "withdrawn" => Fate::Void,
        _ => Fate::Pending,
    };
    Ok(Some(Candidate {
        item_id: handed.item_id,
        arrived_at,
        fate,
    }))
}
