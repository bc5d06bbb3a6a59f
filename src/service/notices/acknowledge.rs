//! What the reader of a reminder answers by the signed link in it: noted, or remind me later.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::access::{Actor, ActorId, Scope};
use crate::domain::error::Invalid;
use crate::domain::obligation::State;
use crate::domain::party::Party;
use crate::domain::reminding::ledger;
use crate::service::Error;
use crate::service::core::audit::Entry;
use crate::service::core::tx::Tx;
use crate::service::notices::links::{self, Link, Target};
use crate::service::obligations::standings::{ObligationDetail, detail};
use crate::store::obligations::{self, ObligationRow};
use crate::store::reminders::{self, AcknowledgementRow, ReminderRow};
use crate::store::types::{AsText, At};

/// What a reader answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Noted: no more reminders before it is due.
    Noted,
    /// Remind me at the opening of the next working day.
    Later,
}

/// What a link shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The obligation with everything behind it.
    pub obligation: ObligationDetail,
    /// When the reader answered, if they did.
    pub answered_at: Option<DateTime<Utc>>,
    /// When they asked to be reminded again.
    pub again_at: Option<DateTime<Utc>>,
    /// Whether there is time for being reminded later.
    pub may_wait: bool,
}

/// What a link shows. Changes nothing: mail scanners follow links too.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work: see [`answer`].
pub fn show(tx: &mut Tx<'_>, token: &str, locale: &str) -> Result<Shown, Error> {
    let (link, row) = open_work(tx, token)?;
    let answer = reminders::acknowledgement(tx.conn, row.id, link.recipient)?;
    let snoozed_until = answer.as_ref().and_then(|answer| answer.snoozed_until);
    Ok(Shown {
        answered_at: answer.map(|answer| answer.acknowledged_at.0),
        again_at: snoozed_until.map(|until| until.0),
        may_wait: later(tx, &row).is_ok(),
        obligation: detail(tx, &Scope::All, &row, locale)?,
    })
}

/// Keeps the answer; answering again replaces it. When the next reminder comes, if there is one.
///
/// # Errors
/// [`Error::NotFound`] if the link was not signed here, has ended, leads nowhere, or was sent to
/// somebody who has left or whose account was disabled; `reminder_too_late` where "later" would be
/// after the due instant, or nothing is owed.
pub fn answer(
    tx: &mut Tx<'_>,
    token: &str,
    answer: Answer,
) -> Result<Option<DateTime<Utc>>, Error> {
    let (link, row) = open_work(tx, token)?;
    let until = match answer {
        Answer::Noted => None,
        Answer::Later => Some(remind_later(tx, &row, link.recipient)?),
    };
    let before = reminders::acknowledgement(tx.conn, row.id, link.recipient)?;
    let after = AcknowledgementRow {
        obligation_id: row.id,
        recipient: AsText(link.recipient),
        acknowledged_at: At(tx.now),
        snoozed_until: until.map(At),
    };
    reminders::acknowledge(tx.conn, &after)?;
    let reader = Actor {
        id: ActorId::Anonymous,
        name: format!("link:{}", after.recipient),
        request_id: tx.actor.request_id.clone(),
        ..Actor::system()
    };
    let entry = Entry::new(&reader, tx.now, "acknowledge", "obligation", row.id).unit(row.unit_id);
    let entry = match &before {
        Some(before) => entry.old(before)?,
        None => entry,
    };
    entry.new_value(&after)?.record(tx.conn)?;
    Ok(until)
}

/// The obligation behind a link.
fn open_work(tx: &mut Tx<'_>, token: &str) -> Result<(Link, ObligationRow), Error> {
    let missing = || Error::not_found("link");
    let link = links::open(tx, token)?;
    let Target::Obligation(id) = link.target else {
        return Err(missing());
    };
    let row = obligations::find(tx.conn, id)?.ok_or_else(missing)?;
    Ok((link, row))
}

fn remind_later(
    tx: &mut Tx<'_>,
    row: &ObligationRow,
    recipient: Party,
) -> Result<DateTime<Utc>, Error> {
    let until = later(tx, row)?;
    let step = format!("{}{}", ledger::SNOOZED, until.timestamp());
    let line = ReminderRow {
        leave_at: At(until),
        ..ReminderRow::new(row, step, recipient, tx.now)
    };
    reminders::insert_new(tx.conn, &[line])?;
    Ok(until)
}

/// When "later" is: the opening of the next working day, if something is owed then and not due yet.
fn later(tx: &mut Tx<'_>, row: &ObligationRow) -> Result<DateTime<Utc>, Error> {
    let too_late = || Error::Conflict(Invalid::new("answer", "reminder_too_late"));
    let (calendar, _) = tx.lookups.calendar(tx.conn, &row.calendar)?;
    let until = calendar
        .working_days_after(tx.now, 1)
        .map_err(|_| too_late())?;
    if row.state.0 != State::Open || until >= row.due_at.0 {
        Err(too_late())
    } else {
        Ok(until)
    }
}
