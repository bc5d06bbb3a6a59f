//! Facts as they stood at an instant of the past: those whose own instants are not later, as they are
//! known today. What was due by then is folded over them by the same rules as everything else.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::deadline::missed_for_good;
use crate::domain::ids::ItemId;
use crate::domain::item::{PastStep, Stood, stood_at};
use crate::domain::obligation::ExtensionState;
use crate::domain::settle::Terms;
use crate::service::Error;
use crate::service::core::tx::Tx;
use crate::service::obligations::terms::policy_of;
use crate::store::items::{self, ItemStepRow};
use crate::store::obligations::{self as store, ArrivedItem, ObligationRow};
use crate::store::types::{At, Word};

/// The items that had arrived by `at`, as they stood then.
pub(crate) fn items_at<O>(
    tx: &mut Tx<'_>,
    mut all: Vec<ArrivedItem<O>>,
    at: DateTime<Utc>,
) -> Result<Vec<ArrivedItem<O>>, Error> {
    let mut ids: Vec<ItemId> = all.iter().map(|item| item.item_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let steps = items::steps_of(tx.conn, &ids)?;
    for item in &mut all {
        let of_item = steps.get(&item.item_id).map_or(&[][..], Vec::as_slice);
        let past: Vec<PastStep> = of_item.iter().map(past_step).collect();
        let stood = stood_at(item.stood(), &past, at);
        item.state = Word(stood.state);
        item.arrived_at = stood.arrived_at.map(At);
        item.published_at = stood.published_at.map(At);
        item.return_lapses_at = stood.return_lapses_at.map(At);
        item.grade = stood.grade;
    }
    all.retain(|item| item.arrived_at.is_some_and(|arrived| arrived.0 <= at));
    Ok(all)
}

fn past_step(step: &ItemStepRow) -> PastStep {
    PastStep {
        at: *step.at,
        action: *step.action,
        left: Stood {
            state: *step.state,
            arrived_at: step.arrived_at.map(|at| *at),
            published_at: None,
            return_lapses_at: step.return_lapses_at.map(|at| *at),
            grade: step.grade,
        },
    }
}

/// The terms of an obligation without the exemption and the extensions that were decided after `at`.
/// What follows from the dates of a life is known today.
pub(crate) fn terms_at(
    tx: &mut Tx<'_>,
    row: &ObligationRow,
    terms: Terms,
    at: DateTime<Utc>,
) -> Result<Terms, Error> {
    let by_life = row.exempt_cause.is_some_and(|cause| cause.follows_life());
    let terms = Terms {
        excused: terms.excused.filter(|excused| by_life || excused.at <= at),
        // no request of then is in flight any more
        check_delay: TimeDelta::zero(),
        ..terms
    };
    if row.extended_to.is_none() {
        return Ok(terms);
    }
    let until = store::extensions(tx.conn, row.id)?
        .into_iter()
        .filter(|one| *one.state == ExtensionState::Granted)
        .filter(|one| one.decided_at.is_some_and(|decided_at| *decided_at <= at))
        .map(|one| *one.until)
        .next_back();
    let base = terms.window_to;
    let due_at = until.map_or(base, |until| until.max(base));
    let (calendar, _) = tx.lookups.calendar(tx.conn, &row.calendar)?;
    let days = policy_of(&mut tx.lookups, row)?.missed_after_days;
    Ok(Terms {
        due_at,
        missed_at: terms
            .missed_at
            .map(|_| missed_for_good(&calendar, due_at, days)),
        ..terms
    })
}
