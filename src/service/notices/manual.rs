//! Manual reminders of the department. Each is a line of the ledger like those of a ladder:
//! it goes into the reader's next digest, and leaves in office hours only.

use std::collections::HashMap;

use chrono::{DateTime, FixedOffset, Utc};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::domain::error::Invalid;
use crate::domain::ids::{ObligationId, UnitId};
use crate::domain::ladder::Audience;
use crate::domain::manual_reminder::{Last, ManualReminder};
use crate::domain::reminding::{Readers, ledger};
use crate::domain::text::{self, local_date};
use crate::service::core::access::Action;
use crate::service::notices::readers::reached;
use crate::service::notices::recipients::{Directory, Recipient};
use crate::service::obligations::standings::{self, ObligationView};
use crate::service::{Error, Tx};
use crate::store::obligations::ObligationRow;
use crate::store::reminders::{self, ReminderRow};
use crate::store::types::At;
use crate::store::views::obligations as view;

/// The most works that are reminded of at once.
pub const MOST: usize = 500;

/// Who gets a manual reminder, or why nobody gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManualOutcome {
    /// The work.
    pub id: ObligationId,
    /// The work as readers see it; none for one that the actor may not see.
    pub work: Option<ObligationView>,
    /// Whom it reaches and when, or why not.
    pub verdict: Result<Leaves, Invalid>,
}

/// A reminder that leaves, or has been asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Leaves {
    /// When its mail may leave: now, or at the next opening of the office.
    pub leaves_at: DateTime<FixedOffset>,
    /// The names of those who get it.
    pub recipients: Vec<String>,
}

/// What reminding of these works would do, in the order in which they are named; nothing is written.
///
/// # Errors
/// Too many at once; [`Error::Forbidden`] for an actor who decides nowhere.
pub fn preview(
    tx: &mut Tx<'_>,
    ids: &[ObligationId],
    locale: &str,
) -> Result<Vec<ManualOutcome>, Error> {
    Ok(plan(tx, ids, locale)?
        .into_iter()
        .map(|(of, _)| of)
        .collect())
}

/// Reminds of these works, each if it can be reminded of now.
///
/// # Errors
/// Too many at once; [`Error::Forbidden`] for an actor who decides nowhere. What is refused of one
/// work stands in its answer.
pub fn remind(
    tx: &mut Tx<'_>,
    ids: &[ObligationId],
    locale: &str,
) -> Result<Vec<ManualOutcome>, Error> {
    let planned = plan(tx, ids, locale)?;
    let lines: Vec<ReminderRow> = planned
        .iter()
        .flat_map(|(_, lines)| lines.clone())
        .collect();
    reminders::insert_new(tx.conn, &lines)?;
    for (of, _) in &planned {
        if let (Some(work), Ok(leaves)) = (&of.work, &of.verdict) {
            let new = json!({ "leaves_at": leaves.leaves_at, "recipients": leaves.recipients });
            tx.audit("remind", "obligation", of.id)
                .unit(work.unit.id)
                .new_value(&new)
                .record()?;
        }
    }
    Ok(planned.into_iter().map(|(of, _)| of).collect())
}

/// Reminds of one work.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Conflict`] if it can't be reminded of now.
pub fn remind_one(tx: &mut Tx<'_>, id: ObligationId, locale: &str) -> Result<Leaves, Error> {
    require(tx, id)?;
    let reminded = remind(tx, &[id], locale)?.pop();
    let reminded = reminded.ok_or(Error::not_found("obligation"))?;
    reminded.verdict.map_err(Error::Conflict)
}

/// Whom a reminder of one work would reach.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn preview_one(
    tx: &mut Tx<'_>,
    id: ObligationId,
    locale: &str,
) -> Result<ManualOutcome, Error> {
    require(tx, id)?;
    let found = preview(tx, &[id], locale)?.pop();
    found.ok_or(Error::not_found("obligation"))
}

fn require(tx: &mut Tx<'_>, id: ObligationId) -> Result<(), Error> {
    let row = view::find(tx.conn, &tx.scope(), id)?.ok_or(Error::not_found("obligation"))?;
    tx.require(Action::Decide, row.unit_id)
}

impl Leaves {
    /// Whether it leaves at once.
    pub fn at_once(&self, now: DateTime<Utc>) -> bool {
        self.leaves_at.to_utc() <= now
    }
}

/// A reminder with the lines of the ledger that make it.
type Planned = (ManualOutcome, Vec<ReminderRow>);

fn plan(tx: &mut Tx<'_>, ids: &[ObligationId], locale: &str) -> Result<Vec<Planned>, Error> {
    tx.require_by_any_role(Action::Decide)?;
    if ids.len() > MOST {
        let fault = Invalid::new("ids", "remind_too_many").with("max", MOST);
        return Err(fault.into());
    }
    let scope = tx.scope_for(Action::Decide);
    let rows = view::find_many(tx.conn, &scope, ids)?;
    let views = standings::views(tx, &rows, locale)?;
    let last = reminders::last_manual(tx.conn, ids)?;
    let mut directory = Directory::on(local_date(tx.now));
    let units: Vec<UnitId> = rows.iter().map(|row| row.unit_id).collect();
    directory.read_leaders(tx.conn, &units)?;
    let mut found: HashMap<ObligationId, (ObligationRow, ObligationView)> = HashMap::new();
    for (row, view) in rows.into_iter().zip(views) {
        found.insert(row.id, (row, view));
    }
    let mut planned = Vec::with_capacity(ids.len());
    for id in ids {
        if planned.iter().any(|(of, _): &Planned| of.id == *id) {
            continue;
        }
        planned.push(match found.remove(id) {
            None => (unknown(*id), Vec::new()),
            Some((row, work)) => {
                let lines = lines(tx, &mut directory, &row, last.get(id))?;
                answer(work, lines)
            }
        });
    }
    Ok(planned)
}

fn unknown(id: ObligationId) -> ManualOutcome {
    ManualOutcome {
        id,
        work: None,
        verdict: Err(Invalid::new("id", "remind_unknown")),
    }
}

/// The lines of the ledger, each with the name of its reader.
type Lines = Vec<(String, ReminderRow)>;

fn answer(work: ObligationView, lines: Result<Lines, Invalid>) -> Planned {
    let id = work.id;
    let (verdict, rows) = match lines {
        Err(why) => (Err(why), Vec::new()),
        Ok(lines) => {
            let leaves_at = lines.first().map(|(_, line)| line.leave_at.0);
            let (recipients, rows) = lines.into_iter().unzip();
            let leaves_at = text::local(leaves_at.unwrap_or_default());
            let leaves = Leaves {
                leaves_at,
                recipients,
            };
            (Ok(leaves), rows)
        }
    };
    let of = ManualOutcome {
        id,
        work: Some(work),
        verdict,
    };
    (of, rows)
}

/// The lines that a reminder at this instant writes, or why it writes none.
fn lines(
    tx: &mut Tx<'_>,
    directory: &mut Directory,
    row: &ObligationRow,
    last: Option<&ReminderRow>,
) -> Result<Result<Lines, Invalid>, Error> {
    let manual = ManualReminder {
        state: row.state.0,
        is_lacking: row.arrived < row.required,
        due_at: row.due_at.0,
        taken_until: standings::taken_until(row),
        last: last.map(|line| Last {
            asked_at: line.check_at.0,
            waits_until: line.settled_at.is_none().then_some(line.leave_at.0),
        }),
    };
    if let Err(why) = manual.check(tx.now) {
        return Ok(Err(why));
    }
    let reached = reached(directory, tx, row, Readers::Audience(&[Audience::Leader]))?;
    if reached.redirected || reached.recipients.is_empty() {
        return Ok(Err(Invalid::new("id", "remind_nobody")));
    }
    let (calendar, _) = tx.lookups.calendar(tx.conn, &row.calendar)?;
    // a calendar that never opens again keeps nothing back
    let leave_at = calendar.next_opening(tx.now).unwrap_or(tx.now);
    let line = |recipient: Recipient| {
        let step = format!("{}{}", ledger::MANUAL, tx.now.timestamp());
        let line = ReminderRow {
            leave_at: At(leave_at),
            ..ReminderRow::new(row, step, recipient.party, tx.now)
        };
        (recipient.name, line)
    };
    Ok(Ok(reached.recipients.into_iter().map(line).collect()))
}
