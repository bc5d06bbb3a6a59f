//! The ledger of reminders: what was said about which due instant, at which step, to whom; and what
//! readers answered.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::upsert::excluded;
use serde::Serialize;

use super::obligations::ObligationRow;
use super::schema::{acknowledgement, reminder};
use super::types::{AsText, At};
use super::{Conn, StoreError};
use crate::domain::ids::{ObligationId, PersonId};
use crate::domain::party::Party;
use crate::domain::reminding::ledger;
use crate::on_inner;

/// A line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = reminder, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct ReminderRow {
    pub obligation_id: ObligationId,
    pub due_revision: i32,
    pub step: String,
    pub recipient: AsText<Party>,
    pub check_at: At,
    pub leave_at: At,
    pub settled_at: Option<At>,
    pub mail_key: Option<String>,
    pub redirected: bool,
}

impl ReminderRow {
    /// A line about an obligation, found at `check_at`, that may leave at once.
    pub fn new(
        row: &ObligationRow,
        step: String,
        recipient: Party,
        check_at: DateTime<Utc>,
    ) -> Self {
        Self {
            obligation_id: row.id,
            due_revision: row.due_revision,
            step,
            recipient: AsText(recipient),
            check_at: At(check_at),
            leave_at: At(check_at),
            settled_at: None,
            mail_key: None,
            redirected: false,
        }
    }
}

/// What a reader of a reminder answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, HasQuery, Insertable)]
#[diesel(table_name = acknowledgement, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct AcknowledgementRow {
    pub obligation_id: ObligationId,
    pub recipient: AsText<Party>,
    pub acknowledged_at: At,
    pub snoozed_until: Option<At>,
}

/// Writes what is not in the ledger yet; how much that was.
pub fn insert_new(conn: &mut Conn, rows: &[ReminderRow]) -> Result<usize, StoreError> {
    let mut written = 0;
    // 9 columns a row, and SQLite binds at most 32,766 values
    for chunk in rows.chunks(3_000) {
        written += on_inner!(conn, c => diesel::insert_into(reminder::table)
            .values(chunk)
            .on_conflict((reminder::obligation_id, reminder::due_revision, reminder::step, reminder::recipient))
            .do_nothing()
            .execute(c))?;
    }
    Ok(written)
}

/// Recipients to whom something may leave by `now`, in the order in which their digests are
/// written.
pub fn waiting_recipients(conn: &mut Conn, now: DateTime<Utc>) -> Result<Vec<Party>, StoreError> {
    let waiting: Vec<AsText<Party>> = reminder::table
        .filter(reminder::settled_at.is_null())
        .filter(reminder::leave_at.le(At(now)))
        .select(reminder::recipient)
        .distinct()
        .order(reminder::recipient)
        .load(conn)?;
    Ok(waiting.into_iter().map(|recipient| recipient.0).collect())
}

/// The next instant at which something may leave to anybody.
pub fn next_leave(conn: &mut Conn) -> Result<Option<DateTime<Utc>>, StoreError> {
    let waiting = reminder::table
        .filter(reminder::settled_at.is_null())
        .select(reminder::leave_at);
    let first: Option<At> = waiting.order(reminder::leave_at).first(conn).optional()?;
    Ok(first.map(|at| at.0))
}

/// What may leave to these recipients by `now`, by recipient.
pub fn waiting(
    conn: &mut Conn,
    recipients: &[Party],
    now: DateTime<Utc>,
) -> Result<Vec<ReminderRow>, StoreError> {
    Ok(ReminderRow::query()
        .filter(reminder::settled_at.is_null())
        .filter(reminder::leave_at.le(At(now)))
        .filter(reminder::recipient.eq_any(recipients.iter().copied().map(AsText)))
        .order((
            reminder::recipient,
            reminder::obligation_id,
            reminder::leave_at,
            reminder::step,
        ))
        .load(conn)?)
}

/// Writes when these lines were settled, and the mails that carry them.
pub fn settle(conn: &mut Conn, lines: &[ReminderRow]) -> Result<(), StoreError> {
    for chunk in lines.chunks(3_000) {
        on_inner!(conn, c => diesel::insert_into(reminder::table)
            .values(chunk)
            .on_conflict((reminder::obligation_id, reminder::due_revision, reminder::step, reminder::recipient))
            .do_update()
            .set((
                reminder::settled_at.eq(excluded(reminder::settled_at)),
                reminder::mail_key.eq(excluded(reminder::mail_key)),
            ))
            .execute(c))?;
    }
    Ok(())
}

/// Gives what waits for one recipient to another, who takes over; what that one is told anyhow is
/// settled. How much that was.
pub fn hand_over(
    conn: &mut Conn,
    from: Party,
    to: Party,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let waiting = ReminderRow::query()
        .filter(reminder::settled_at.is_null())
        .filter(reminder::recipient.eq(AsText(from)));
    let waiting: Vec<ReminderRow> = waiting.load(conn)?;
    let theirs: Vec<ReminderRow> = waiting
        .iter()
        .map(|line| ReminderRow {
            recipient: AsText(to),
            ..line.clone()
        })
        .collect();
    let over: Vec<ReminderRow> = waiting
        .into_iter()
        .map(|line| ReminderRow {
            settled_at: Some(At(now)),
            ..line
        })
        .collect();
    settle(conn, &over)?;
    insert_new(conn, &theirs)
}

/// How many lines wait for a person.
pub fn waiting_for(conn: &mut Conn, person: PersonId) -> Result<usize, StoreError> {
    let waiting: i64 = reminder::table
        .filter(reminder::settled_at.is_null())
        .filter(reminder::recipient.eq(AsText(Party::Person(person))))
        .count()
        .get_result(conn)?;
    Ok(usize::try_from(waiting).unwrap_or_default())
}

/// Lets a line leave at another instant.
pub fn postpone(
    conn: &mut Conn,
    line: &ReminderRow,
    leave_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let line = reminder::table.find((
        line.obligation_id,
        line.due_revision,
        &line.step,
        line.recipient,
    ));
    diesel::update(line)
        .set(reminder::leave_at.eq(At(leave_at)))
        .execute(conn)?;
    Ok(())
}

/// Those of the given mails that carry lines of the ledger.
pub fn mails_of(conn: &mut Conn, mail_keys: &[String]) -> Result<HashSet<String>, StoreError> {
    let found: Vec<Option<String>> = reminder::table
        .filter(reminder::mail_key.eq_any(mail_keys))
        .select(reminder::mail_key)
        .distinct()
        .load(conn)?;
    Ok(found.into_iter().flatten().collect())
}

/// The ledger of an obligation, oldest first.
pub fn of_obligation(
    conn: &mut Conn,
    obligation_id: ObligationId,
) -> Result<Vec<ReminderRow>, StoreError> {
    Ok(ReminderRow::query()
        .filter(reminder::obligation_id.eq(obligation_id))
        .order((reminder::check_at, reminder::step, reminder::recipient))
        .load(conn)?)
}

/// The last manual reminder of each of these obligations, if there was one.
pub fn last_manual(
    conn: &mut Conn,
    obligations: &[ObligationId],
) -> Result<HashMap<ObligationId, ReminderRow>, StoreError> {
    let manual = format!("{}%", ledger::MANUAL);
    let lines: Vec<ReminderRow> = ReminderRow::query()
        .filter(reminder::obligation_id.eq_any(obligations))
        .filter(reminder::step.like(manual))
        .order((reminder::obligation_id, reminder::check_at))
        .load(conn)?;
    Ok(lines
        .into_iter()
        .map(|line| (line.obligation_id, line))
        .collect())
}

/// Drops what waits for an obligation, and what readers answered to it: its due instant moved, or
/// it is not owed any more.
pub fn drop_waiting(
    conn: &mut Conn,
    obligation_id: ObligationId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let lines = reminder::table
        .filter(reminder::obligation_id.eq(obligation_id))
        .filter(reminder::settled_at.is_null());
    diesel::update(lines)
        .set(reminder::settled_at.eq(At(now)))
        .execute(conn)?;
    diesel::delete(acknowledgement::table.filter(acknowledgement::obligation_id.eq(obligation_id)))
        .execute(conn)?;
    Ok(())
}

/// What readers answered about these obligations, by obligation and recipient.
pub fn acknowledgements(
    conn: &mut Conn,
    obligations: &[ObligationId],
) -> Result<HashMap<(ObligationId, Party), AcknowledgementRow>, StoreError> {
    let mut all = HashMap::new();
    for chunk in obligations.chunks(5_000) {
        for row in AcknowledgementRow::query()
            .filter(acknowledgement::obligation_id.eq_any(chunk))
            .load(conn)?
        {
            all.insert((row.obligation_id, row.recipient.0), row);
        }
    }
    Ok(all)
}

/// What a reader answered about an obligation.
pub fn acknowledgement(
    conn: &mut Conn,
    obligation_id: ObligationId,
    recipient: Party,
) -> Result<Option<AcknowledgementRow>, StoreError> {
    Ok(AcknowledgementRow::query()
        .filter(acknowledgement::obligation_id.eq(obligation_id))
        .filter(acknowledgement::recipient.eq(AsText(recipient)))
        .get_result(conn)
        .optional()?)
}

/// Writes what a reader answered; the newest answer holds.
pub fn acknowledge(conn: &mut Conn, row: &AcknowledgementRow) -> Result<(), StoreError> {
    on_inner!(conn, c => diesel::insert_into(acknowledgement::table)
        .values(row)
        .on_conflict((acknowledgement::obligation_id, acknowledgement::recipient))
        .do_update()
        .set((
            acknowledgement::acknowledged_at.eq(row.acknowledged_at),
            acknowledgement::snoozed_until.eq(row.snoozed_until),
        ))
        .execute(c))?;
    Ok(())
}
