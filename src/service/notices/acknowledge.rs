//! What the reader of a reminder answers by the signed link in it: noted, or remind me later.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::access::{Actor, Scope};
use crate::domain::account::AccountState;
use crate::domain::error::Invalid;
use crate::domain::obligation::State;
use crate::domain::text::local_date;
use crate::service::core::audit::Entry;
use crate::service::core::lookups::Lookups;
use crate::service::notices::links::{Link, Signer};
use crate::service::obligations::standings::{ObligationDetail, detail_in};
use crate::service::obligations::step;
use crate::service::{App, Error};
use crate::store::obligations::{self, ObligationRow};
use crate::store::reminders::{self, AcknowledgementRow, ReminderRow};
use crate::store::types::At;
use crate::store::{Conn, StoreError, accounts, people};

/// What a reader answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Noted: no more reminders before it is due.
    Noted,
    /// Remind me at the opening of the next working day.
    Later,
}

/// The obligation behind a link.
///
/// # Errors
/// [`Error::NotFound`] if the link was not signed here, has ended, leads nowhere or was sent to
/// somebody who has left or was shut out.
pub fn open_link_in(
    conn: &mut Conn,
    token: &str,
    now: DateTime<Utc>,
) -> Result<(Link, ObligationRow), Error> {
    let signer = Signer::read(conn)?.ok_or(Error::not_found("link"))?;
    let link = signer.verify(token, now)?;
    if !is_reader(conn, &link.recipient, now)? {
        return Err(Error::not_found("link"));
    }
    let row = obligations::find(conn, link.obligation_id)?.ok_or(Error::not_found("link"))?;
    Ok((link, row))
}

/// Whether a recipient is still one: a unit's address is; a person in service is, unless their
/// account was disabled.
fn is_reader(conn: &mut Conn, recipient: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let Some(id) = recipient.strip_prefix('p').and_then(|id| id.parse().ok()) else {
        return Ok(true);
    };
    let account = accounts::of_person(conn, id)?;
    let disabled = account.is_some_and(|row| *row.state == AccountState::Disabled);
    Ok(!disabled && people::serving(conn, id, local_date(now))?.is_some())
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

/// What a link shows; changes nothing, whoever follows it (scanners of mail do).
///
/// # Errors
/// [`Error::NotFound`] for a bad link.
pub fn show(app: &App, token: &str, (now, locale): (DateTime<Utc>, &str)) -> Result<Shown, Error> {
    app.store.read(|conn| {
        let (link, row) = open_link_in(conn, token, now)?;
        let answers = reminders::acknowledgements(conn, &[row.id])?;
        let answer = answers.get(&(row.id, link.recipient));
        Ok(Shown {
            answered_at: answer.map(|answer| answer.acknowledged_at.0),
            again_at: answer
                .and_then(|answer| answer.snoozed_until)
                .map(|until| until.0),
            may_wait: later(conn, app, &row, now).is_ok(),
            obligation: detail_in(conn, app, &Scope::All, &row, (now, locale))?,
        })
    })
}

/// Keeps the answer; answering again replaces it. When the next reminder comes, if there is one.
///
/// # Errors
/// [`Error::NotFound`] for a bad link; `reminder_too_late` where "later" would be after the due
/// instant, or nothing is owed.
pub fn answer(
    app: &App,
    token: &str,
    answer: Answer,
    request_id: Option<String>,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Error> {
    app.store.write(|conn| {
        let (link, row) = open_link_in(conn, token, now)?;
        let actor = Actor {
            name: format!("link:{}", link.recipient),
            request_id: request_id.clone(),
            ..Actor::system()
        };
        let until = match answer {
            Answer::Noted => None,
            Answer::Later => Some(remind_later_in(conn, app, &row, &link.recipient, now)?),
        };
        let line = AcknowledgementRow {
            obligation_id: row.id,
            recipient: link.recipient.clone(),
            acknowledged_at: At(now),
            snoozed_until: until.map(At),
        };
        let before =
            reminders::acknowledgements(conn, &[row.id])?.remove(&(row.id, link.recipient.clone()));
        reminders::acknowledge(conn, &line)?;
        let entry = Entry::new(&actor, now, "acknowledge", "obligation", row.id).unit(row.unit_id);
        // answering again replaces the answer
        let entry = match &before {
            Some(before) => entry.old(before)?,
            None => entry,
        };
        entry.new_value(&line)?.record(conn)?;
        Ok(until)
    })
}

fn remind_later_in(
    conn: &mut Conn,
    app: &App,
    row: &ObligationRow,
    recipient: &str,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, Error> {
    let until = later(conn, app, row, now)?;
    let line = ReminderRow {
        obligation_id: row.id,
        due_revision: row.due_revision,
        step: format!("{}{}", step::SNOOZED, until.timestamp()),
        recipient: recipient.to_owned(),
        check_at: At(now),
        leave_at: At(until),
        settled_at: None,
        mail_key: None,
    };
    reminders::insert_new(conn, &[line])?;
    Ok(until)
}

/// When "later" is: the opening of the next working day, if something is owed then and not due yet.
fn later(
    conn: &mut Conn,
    app: &App,
    row: &ObligationRow,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, Error> {
    let too_late = || Error::Conflict(Invalid::new("answer", "reminder_too_late"));
    let (calendar, _) = Lookups::new(app).calendar(conn, &row.calendar)?;
    let until = calendar
        .working_days_after(now, 1)
        .map_err(|_| too_late())?;
    if row.state.0 != State::Open || until >= row.due_at.0 {
        Err(too_late())
    } else {
        Ok(until)
    }
}
