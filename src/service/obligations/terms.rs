//! Between stored rows and the domain: kinds, states, terms, fates of items.

use std::sync::Arc;

use crate::domain::item::ItemState;
use crate::domain::obligation::ExemptionCause;
use crate::domain::policy::Policy;
use crate::domain::settle::{Candidate, Excused, Fate, Terms};
use crate::service::Error;
use crate::service::core::lookups::Lookups;
use crate::service::core::tx::Tx;
use crate::store::StoreError;
use crate::store::obligations::{ArrivedItem, ObligationRow};
use crate::store::types::{At, Word};

/// The policy that it was opened with.
pub(crate) fn policy_of(
    lookups: &mut Lookups<'_>,
    row: &ObligationRow,
) -> Result<Arc<Policy>, StoreError> {
    lookups.opened_with(&row.policy)
}

/// The terms under which it is settled.
pub(crate) fn terms_of(tx: &mut Tx<'_>, row: &ObligationRow) -> Result<Terms, Error> {
    let policy = policy_of(&mut tx.lookups, row)?;
    let only_unmet = row.exempt_cause == Some(Word(ExemptionCause::SubjectEnded));
    Ok(Terms {
        kind: row.kind.0,
        required: count(row.required),
        maximum: row.maximum.map(count),
        window_from: row.window_from.0,
        window_to: row.window_to.0,
        due_at: row.due_at.0,
        missed_at: row.missed_at.map(|at| at.0),
        counted_when: policy.counted_when,
        carry: policy.carry,
        excused: row.exempt_at.map(|At(at)| Excused { at, only_unmet }),
        check_delay: tx.app.settings.worker.check_delay_seconds.delta(),
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
pub(crate) fn candidate<O>(handed: &ArrivedItem<O>) -> Option<Candidate> {
    let At(arrived_at) = handed.arrived_at?;
    let fate = match handed.state.0 {
        ItemState::Published => Fate::Published(handed.published_at.map_or(arrived_at, |at| at.0)),
        // handed in again, it waits for the leader; its days run on until it is back at the board
        ItemState::Returned | ItemState::Submitted => match handed.return_lapses_at {
            Some(At(lapses_at)) => Fate::Returned(lapses_at),
            None => Fate::Pending,
        },
        ItemState::Rejected | ItemState::Withdrawn => Fate::Void,
        ItemState::Approved | ItemState::InReview => Fate::Pending,
    };
    Some(Candidate {
        item_id: handed.item_id,
        arrived_at,
        fate,
    })
}
