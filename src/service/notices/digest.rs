//! Digests: for each recipient one mail of everything that the ledger holds for them at a check.
//! What it says follows the state at the moment of queueing, read in the same transaction: what is
//! done meanwhile is dropped.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::domain::ladder::Phase;
use crate::domain::mail::Outgoing;
use crate::domain::obligation::State;
use crate::domain::text::{local_date, local_due};
use crate::domain::words::say;
use crate::mail::render::{Anchor, Block, Letter, Row, Table};
use crate::service::core::lookups::Lookups;
use crate::service::notices::links::Signer;
use crate::service::notices::post::{Envelope, outgoing};
use crate::service::notices::recipients::{Recipient, by_keys};
use crate::service::obligations::naming::Names;
use crate::service::obligations::{ladder_in, step};
use crate::service::units::succession;
use crate::service::{App, Error};
use crate::store::obligations::{self, ObligationRow};
use crate::store::reminders::{self, ReminderRow};
use crate::store::types::{At, micros};
use crate::store::{Conn, outbox};

/// Recipients served in one transaction.
const BATCH: usize = 1_000;

/// Lines of one part of a mail; what exceeds them is counted.
const LINES: usize = 40;

/// Writes the digests of everything that may leave by `now`, one for each recipient and `check`;
/// how many mails that are.
///
/// # Errors
/// Only the database's own; what was committed before stays.
pub fn run(app: &App, check: DateTime<Utc>, now: DateTime<Utc>) -> Result<usize, Error> {
    let waiting = || {
        app.store
            .read(|conn| reminders::waiting_recipients(conn, now))
    };
    let mut recipients = waiting()?;
    if succession::hand_over_reminders(app, &recipients, now)? > 0 {
        recipients = waiting()?;
    }
    let mut mails = 0;
    for keys in recipients.chunks(BATCH) {
        mails += app
            .store
            .write(|conn| batch_in(conn, app, keys, (check, now)))?;
    }
    Ok(mails)
}

/// One batch of recipients: how many mails it made. What was settled since they were read is left
/// alone.
fn batch_in(
    conn: &mut Conn,
    app: &App,
    keys: &[String],
    (check, now): (DateTime<Utc>, DateTime<Utc>),
) -> Result<usize, Error> {
    let lines = reminders::waiting(conn, keys, now)?;
    let ids: Vec<i64> = lines.iter().map(|line| line.obligation_id).collect();
    let rows = obligations::find_many(conn, &ids)?;
    let mut lookups = Lookups::new(app);
    let lines = in_office_hours(conn, &mut lookups, lines, &rows, now)?;
    let names = Names::of(conn, &mut lookups, rows.values())?;
    let recipients = by_keys(conn, keys, local_date(now))?;
    // names of units are said to others only
    let others = lines.iter().filter_map(|line| {
        let unit_id = rows.get(&line.obligation_id)?.unit_id;
        recipients
            .get(&line.recipient)
            .is_some_and(|reader| reader.unit_id != unit_id)
            .then_some(unit_id)
    });
    lookups.read_units(conn, others)?;
    let mail_keys: Vec<String> = keys.iter().map(|key| digest_key(key, check)).collect();
    // somebody who has had a digest of this very check waits for the next one
    let served = reminders::mails_of(conn, &mail_keys)?;
    let desk = Desk {
        app,
        signer: Signer::in_house(conn)?,
        names,
        rows,
        check,
        now,
    };
    let (mut mails, mut settled) = (
        Vec::with_capacity(keys.len()),
        Vec::with_capacity(lines.len()),
    );
    for lines in lines.chunk_by(|a, b| a.recipient == b.recipient) {
        let Some(key) = lines.first().map(|line| line.recipient.clone()) else {
            continue;
        };
        let mail_key = digest_key(&key, check);
        if served.contains(&mail_key) {
            continue;
        }
        let mail = match recipients.get(&key) {
            Some(recipient) => desk.mail(conn, &mut lookups, recipient, lines)?,
            None => None,
        };
        // in order, as the lines are
        let said = mail.as_ref().map_or(&[][..], |(said, _)| said.as_slice());
        settled.extend(lines.iter().map(|line| {
            ReminderRow {
                settled_at: Some(At(now)),
                mail_key: said
                    .binary_search(&line.obligation_id)
                    .is_ok()
                    .then(|| mail_key.clone()),
                ..line.clone()
            }
        }));
        mails.extend(mail.map(|(_, mail)| mail));
    }
    reminders::settle(conn, &settled)?;
    Ok(outbox::enqueue(conn, &mails)?)
}

fn digest_key(recipient: &str, check: DateTime<Utc>) -> String {
    format!("digest:{recipient}:{}", micros(check))
}

/// The lines that may leave now. What could not leave when it was to, because the service was down,
/// waits for the next opening if the office is closed by now; a minute more or less is no such
/// delay.
fn in_office_hours(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    lines: Vec<ReminderRow>,
    rows: &HashMap<i64, ObligationRow>,
    now: DateTime<Utc>,
) -> Result<Vec<ReminderRow>, Error> {
    let delayed = now - lookups.app().settings.worker.late_after_seconds.delta();
    let mut leaving = Vec::with_capacity(lines.len());
    for line in lines {
        let row = rows
            .get(&line.obligation_id)
            .filter(|_| *line.leave_at < delayed);
        if let Some(row) = row {
            let (calendar, _) = lookups.calendar(conn, &row.calendar)?;
            // a calendar that never opens again keeps nothing back
            let opening = calendar.next_opening(now).unwrap_or(now);
            if opening > now {
                reminders::postpone(conn, &line, opening)?;
                continue;
            }
        }
        leaving.push(line);
    }
    Ok(leaving)
}

/// The parts of a digest, in the order in which they matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Part {
    Missed,
    Before,
    Review,
    Moved,
    Corrected,
}

impl Part {
    const ALL: [Self; 5] = [
        Self::Missed,
        Self::Before,
        Self::Review,
        Self::Moved,
        Self::Corrected,
    ];

    const fn key(self) -> &'static str {
        match self {
            Self::Missed => "missed",
            Self::Before => "before",
            Self::Review => "review",
            Self::Moved => "moved",
            Self::Corrected => "corrected",
        }
    }
}

/// Writes the mails of one batch.
struct Desk<'h> {
    app: &'h App,
    signer: Signer,
    names: Names,
    rows: HashMap<i64, ObligationRow>,
    check: DateTime<Utc>,
    now: DateTime<Utc>,
}

impl Desk<'_> {
    /// The mail to one recipient and the obligations that it speaks of; `None` if everything is
    /// done meanwhile.
    fn mail(
        &self,
        conn: &mut Conn,
        lookups: &mut Lookups<'_>,
        recipient: &Recipient,
        lines: &[ReminderRow],
    ) -> Result<Option<(Vec<i64>, Outgoing)>, Error> {
        let mut parts: HashMap<Part, Vec<(At, Row)>> = HashMap::new();
        let mut expires_at: Option<At> = None;
        let mut stays = false;
        let mut said = Vec::new();
        for lines in lines.chunk_by(|a, b| a.obligation_id == b.obligation_id) {
            let Some(row) = lines
                .first()
                .and_then(|line| self.rows.get(&line.obligation_id))
            else {
                continue;
            };
            let Some(part) = self.part(conn, lookups, row, lines)? else {
                continue;
            };
            said.push(row.id);
            if part == Part::Before {
                expires_at = expires_at.max(Some(row.due_at));
            } else {
                stays = true;
            }
            let line = self.line(conn, lookups, recipient, row, part)?;
            parts.entry(part).or_default().push((row.due_at, line));
        }
        if parts.is_empty() {
            return Ok(None);
        }
        let letter = self.letter(recipient, parts);
        let envelope = Envelope {
            key: digest_key(&recipient.key, self.check),
            kind: "digest",
            reader: recipient,
            unit_id: recipient.unit_id,
            leaves_at: self.now,
            // a reminder of what is to come is stale once all of it has passed
            expires_at: expires_at.filter(|_| !stays).map(|at| at.0),
            check_at: Some(self.check),
        };
        Ok(Some((said, outgoing(self.app, &letter, envelope)?)))
    }

    /// What is still worth saying about an obligation, given its state now.
    fn part(
        &self,
        conn: &mut Conn,
        lookups: &mut Lookups<'_>,
        row: &ObligationRow,
        lines: &[ReminderRow],
    ) -> Result<Option<Part>, Error> {
        let state = row.state.0;
        let current = |line: &&ReminderRow| line.due_revision == row.due_revision;
        let mut found = None;
        let ladder = ladder_in(conn, lookups, row)?;
        for line in lines.iter().filter(current) {
            let name = line.step.as_str();
            let planned = ladder
                .iter()
                .find(|due| due.planned.step == name)
                .map(|due| due.planned.phase);
            let part = match (name, planned) {
                (step::CORRECTED, _) if !matches!(state, State::Missed) => Some(Part::Corrected),
                (step::MOVED, _) if state == State::Open => Some(Part::Moved),
                (name, _) if name.starts_with(step::REVIEW) => {
                    (state == State::AwaitingReview).then_some(Part::Review)
                }
                (name, _) if name.starts_with(step::SNOOZED) => self.pressing(state, row),
                (_, Some(Phase::Before)) => self
                    .pressing(state, row)
                    .filter(|part| *part == Part::Before),
                (_, Some(Phase::Due | Phase::After)) => {
                    (state == State::Missed).then_some(Part::Missed)
                }
                _ => None,
            };
            found = match (found, part) {
                (Some(a), Some(b)) => Some(std::cmp::min(a, b)),
                (a, b) => a.or(b),
            };
        }
        Ok(found)
    }

    /// Whether something is still owed, and whether there is time.
    fn pressing(&self, state: State, row: &ObligationRow) -> Option<Part> {
        match state {
            State::Open if row.arrived < row.required && self.now < row.due_at.0 => {
                Some(Part::Before)
            }
            State::Missed => Some(Part::Missed),
            _ => None,
        }
    }

    fn line(
        &self,
        conn: &mut Conn,
        lookups: &mut Lookups<'_>,
        recipient: &Recipient,
        row: &ObligationRow,
        part: Part,
    ) -> Result<Row, Error> {
        let mut what = self.names.title(conn, lookups, row, "vi")?;
        if row.unit_id != recipient.unit_id {
            what = format!("{}: {what}", lookups.unit(conn, row.unit_id)?.name);
        }
        let (required, arrived) = (row.required.to_string(), row.arrived.to_string());
        let lacking = (row.required - row.arrived).max(0).to_string();
        let state = say("vi", &format!("obligation.state.{}", row.state.0), &[]);
        let values = [
            ("required", required.as_str()),
            ("arrived", arrived.as_str()),
            ("lacking", lacking.as_str()),
            ("state", state.as_str()),
        ];
        let label = say("vi", &format!("digest.{}.link", part.key()), &[]);
        let mut note = say("vi", &format!("digest.{}.note", part.key()), &values);
        if let Some(until) = row
            .missed_at
            .filter(|until| part == Part::Missed && until.0 > self.now)
        {
            note.push_str(&say(
                "vi",
                "digest.missed.taken_until",
                &[("until", local_due(until.0).as_str())],
            ));
        }
        Ok(Row {
            what,
            note,
            due: local_due(row.due_at.0),
            link: Some(Anchor::new(
                label,
                self.signer
                    .address(self.app, row.id, &recipient.key, self.now),
            )),
        })
    }

    fn letter(&self, recipient: &Recipient, mut parts: HashMap<Part, Vec<(At, Row)>>) -> Letter {
        let mut blocks = Vec::new();
        let mut title = Vec::new();
        let mut pressing = None;
        for part in Part::ALL {
            let Some(mut lines) = parts.remove(&part) else {
                continue;
            };
            lines.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.what.cmp(&b.1.what)));
            if pressing.is_none() {
                pressing = lines
                    .first()
                    .map(|(_, row)| format!("{}: {}", row.due, row.what));
            }
            let number = lines.len().to_string();
            title.push(say(
                "vi",
                &format!("digest.{}.title", part.key()),
                &[("number", number.as_str())],
            ));
            blocks.push(Block::Heading(say(
                "vi",
                &format!("digest.{}.heading", part.key()),
                &[],
            )));
            blocks.push(Block::Paragraph(say(
                "vi",
                &format!("digest.{}.advice", part.key()),
                &[],
            )));
            let more = lines.len().saturating_sub(LINES);
            lines.truncate(LINES);
            blocks.push(Block::Table(Table {
                caption: say("vi", &format!("digest.{}.caption", part.key()), &[]),
                what: say("vi", "digest.what", &[]),
                due: say("vi", "digest.due", &[]),
                rows: lines.into_iter().map(|(_, row)| row).collect(),
            }));
            if more > 0 {
                blocks.push(Block::Paragraph(say(
                    "vi",
                    "digest.more",
                    &[("number", more.to_string().as_str())],
                )));
            }
        }
        let greeting = if recipient.person_id.is_some() {
            "digest.greeting_person"
        } else {
            "digest.greeting_unit"
        };
        Letter {
            title: title.join(", "),
            pressing,
            greeting: say("vi", greeting, &[("name", recipient.name.as_str())]),
            blocks,
            why: say("vi", "digest.why", &[]),
            signature: say("vi", "digest.signature", &[]),
        }
    }
}
