//! Which due instants a changed calendar would move, and where a due instant lies on a calendar.

use chrono::{DateTime, Utc};

use crate::domain::calendar::{Calendar, Explanation};
use crate::domain::ids::{EventId, ObligationId};
use crate::domain::opening::{self, Window};
use crate::service::Error;
use crate::service::core::tx::Tx;
use crate::service::obligations::changes::period_of;
use crate::service::obligations::deadlines::due_now;
use crate::service::obligations::lives::life_end;
use crate::service::obligations::terms::policy_of;
use crate::store::events::{self, EventRow};
use crate::store::obligations::{self as store, ObligationRow};

/// How many obligations are read at once.
const BATCH: i64 = 1_000;

/// An open obligation whose due instant would move.
#[derive(Debug)]
pub(crate) struct Move {
    /// The obligation as it is.
    pub row: ObligationRow,
    /// When it would be due.
    pub due_at: DateTime<Utc>,
}

/// The due instant that an obligation has on a calendar, with its reasons; `None` where no calendar
/// gives it. `event` is the one that it is about.
pub(super) fn due_on(
    tx: &mut Tx<'_>,
    row: &ObligationRow,
    event: Option<&EventRow>,
    calendar: &Calendar,
) -> Result<Option<Explanation>, Error> {
    let policy = policy_of(&mut tx.lookups, row)?;
    match (event, period_of(row)) {
        (Some(event), _) => due_now(event, row.kind.0, &policy, calendar),
        (None, Some(period)) => {
            let ended_on = row.explanation.read()?.ended_on();
            let window = Window::of(period, row.window_from.0, calendar, &policy);
            let window = window.ending_on(ended_on, calendar);
            Ok(Some(window.explain(calendar, &policy)))
        }
        (None, None) => Ok(None),
    }
}

/// How many obligations are open on the calendar `code`, and those whose due instants would move if
/// it were `changed`, by due instant.
pub(crate) fn moves(
    tx: &mut Tx<'_>,
    code: &str,
    changed: &Calendar,
) -> Result<(usize, Vec<Move>), Error> {
    let (mut examined, mut after, mut moves) = (0, ObligationId::NONE, Vec::new());
    loop {
        let rows = store::open_on_calendar(tx.conn, code, after, BATCH)?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        examined += rows.len();
        let about: Vec<EventId> = rows.iter().filter_map(|row| row.event_id).collect();
        let events = events::find_many(tx.conn, &about)?;
        tx.lookups
            .read_units(tx.conn, rows.iter().map(|row| row.unit_id))?;
        for row in rows {
            let event = row.event_id.and_then(|id| events.get(&id));
            let due = due_on(tx, &row, event, changed)?;
            let due_at = match due {
                Some(due) if due.due != row.explanation.read()?.due.due => {
                    moved_to(tx, &row, due.due)?
                }
                _ => continue,
            };
            if due_at != row.due_at.0 {
                moves.push(Move { row, due_at });
            }
        }
    }
    moves.sort_by_key(|one| (one.row.due_at, one.row.id));
    Ok((examined, moves))
}

/// The due instant of an obligation whose computed one is `base`: an extension and the last day of
/// its subject hold.
pub(super) fn moved_to(
    tx: &mut Tx<'_>,
    row: &ObligationRow,
    base: DateTime<Utc>,
) -> Result<DateTime<Utc>, Error> {
    let extended_to = row.extended_to.map(|until| until.0);
    Ok(opening::due_at(base, extended_to, life_end(tx, row)?))
}
