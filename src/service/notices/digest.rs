//! Digests: for each mailbox one mail of everything that the ledger holds for them at a check.
//! What it says follows the state at the moment of queueing, read in the same transaction: what was
//! settled meanwhile is dropped. The words of the mail are in `digest_letter`.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::domain::access::Actor;
use crate::domain::ids::ObligationId;
use crate::domain::mail::Outgoing;
use crate::domain::party::Party;
use crate::domain::reminding::{self, Message, Owed, Trigger};
use crate::domain::set_aside::SetAsideEntity;
use crate::domain::text::local_date;
use crate::service::core::tx::Tx;
use crate::service::notices::digest_letter::{Entry, Said, letter};
use crate::service::notices::links::Signer;
use crate::service::notices::mailboxes::{self, Mailbox};
use crate::service::notices::post::{Envelope, outgoing};
use crate::service::notices::recipients::{self, Recipient};
use crate::service::obligations::ladder;
use crate::service::obligations::naming::Names;
use crate::service::obligations::standings::Sources;
use crate::service::schedule::set_aside;
use crate::service::units::succession;
use crate::service::{App, Error};
use crate::store::obligations::ObligationRow;
use crate::store::reminders::{self, ReminderRow};
use crate::store::types::{At, micros};

/// Mailboxes served in one transaction.
const BATCH: usize = 1_000;

/// Writes the digests of everything that may leave by `now`, one for each mailbox and `check`;
/// how many mails that are. After an error what was committed before stays.
pub fn run(app: &App, check: DateTime<Utc>, now: DateTime<Utc>) -> Result<usize, Error> {
    let actor = Actor::system();
    let waiting = || {
        app.read(&actor, now, |tx| {
            Ok(reminders::waiting_recipients(tx.conn, now)?)
        })
    };
    let mut parties = waiting()?;
    if succession::hand_over_reminders(app, &parties, now)? > 0 {
        parties = waiting()?;
    }
    let read = |parties: &[Party]| app.read(&actor, now, |tx| mailboxes::by_address(tx, parties));
    let mut mailboxes = read(&parties)?;
    if mailboxes::redirect(app, &parties, &mailboxes, now)? > 0 {
        mailboxes = read(&waiting()?)?;
    }
    let mut mails = 0;
    for mailboxes in mailboxes.chunks(BATCH) {
        mails += app.write(&actor, now, |tx| batch(tx, mailboxes, check))?;
    }
    Ok(mails)
}

/// One batch of mailboxes: how many mails it made. What was settled since they were read is left
/// alone.
fn batch(tx: &mut Tx<'_>, mailboxes: &[Mailbox], check: DateTime<Utc>) -> Result<usize, Error> {
    let parties = mailboxes.iter().flat_map(|mailbox| &mailbox.parties);
    let parties: Vec<Party> = parties.copied().collect();
    let lines = reminders::waiting(tx.conn, &parties, tx.now)?;
    let ids: Vec<ObligationId> = lines.iter().map(|line| line.obligation_id).collect();
    let rows = set_aside::readable(tx, &ids)?;
    let lines = leaving(tx, lines, &rows)?;
    let recipients = recipients::find_many(tx.conn, &parties, local_date(tx.now))?;
    let batch = Batch::prepare(tx, rows, check)?;
    batch.read_units(tx, &lines, &recipients)?;
    let served = batch.served(tx, mailboxes)?;
    let mut by_party: HashMap<Party, Vec<ReminderRow>> = HashMap::new();
    for line in lines {
        by_party.entry(line.recipient.0).or_default().push(line);
    }
    let (mut mails, mut settled) = (Vec::with_capacity(mailboxes.len()), Vec::new());
    for mailbox in mailboxes {
        let lines = mailbox.parties.iter();
        let lines = lines.filter_map(|party| by_party.remove(party)).flatten();
        let mut lines: Vec<ReminderRow> = lines.collect();
        lines.sort_by(|a, b| {
            (a.obligation_id, a.leave_at, &a.step).cmp(&(b.obligation_id, b.leave_at, &b.step))
        });
        let mail_key = batch.mail_key(mailbox);
        if lines.is_empty() || served.contains(&mail_key) {
            continue;
        }
        let mail = match mailbox.reader(&recipients) {
            Some(reader) => batch.mail(tx, mailbox, &reader, &lines)?,
            None => None,
        };
        // in order, as the lines are
        let said = mail.as_ref().map_or(&[][..], |(said, _)| said.as_slice());
        settled.extend(lines.into_iter().map(|line| {
            let is_said = said.binary_search(&line.obligation_id).is_ok();
            ReminderRow {
                settled_at: Some(At(tx.now)),
                mail_key: is_said.then(|| mail_key.clone()),
                ..line
            }
        }));
        mails.extend(mail.map(|(_, mail)| mail));
    }
    reminders::settle(tx.conn, &settled)?;
    tx.enqueue(mails)
}

/// The lines that may leave now. What could not leave when it was to, because the service was down,
/// waits for the next opening if the office is closed by now; a minute more or less is no such
/// delay. What is said about an obligation that cannot be judged waits until it can.
fn leaving(
    tx: &mut Tx<'_>,
    lines: Vec<ReminderRow>,
    rows: &HashMap<ObligationId, ObligationRow>,
) -> Result<Vec<ReminderRow>, Error> {
    let delayed = tx.now - tx.app.settings.worker.late_after_seconds.delta();
    let mut leaving = Vec::with_capacity(lines.len());
    for line in lines {
        let opening = match rows.get(&line.obligation_id) {
            Some(row) => opening(tx, row, *line.leave_at < delayed)?,
            None => Some(tx.now + set_aside::RETRY),
        };
        match opening {
            Some(opening) => reminders::postpone(tx.conn, &line, opening)?,
            None => leaving.push(line),
        }
    }
    Ok(leaving)
}

/// Until when a line about an obligation has to wait; `None`: it may leave now.
fn opening(
    tx: &mut Tx<'_>,
    row: &ObligationRow,
    is_delayed: bool,
) -> Result<Option<DateTime<Utc>>, Error> {
    let judged = match ladder(tx, row) {
        Ok(_) if is_delayed => tx.lookups.calendar(tx.conn, &row.calendar).map(Some),
        Ok(_) => Ok(None),
        Err(error) => Err(error),
    };
    match judged {
        Ok(Some((calendar, _))) => {
            // a calendar that never opens again keeps nothing back
            let opening = calendar.next_opening(tx.now).unwrap_or(tx.now);
            Ok((opening > tx.now).then_some(opening))
        }
        Ok(None) => Ok(None),
        Err(error) if error.is_about_data() => {
            set_aside::put(tx, SetAsideEntity::Obligation, row.id, &error)?;
            Ok(Some(tx.now + set_aside::RETRY))
        }
        Err(error) => Err(error),
    }
}

/// Writes the mails of one batch of recipients.
pub(super) struct Batch {
    pub(super) signer: Signer,
    pub(super) names: Names,
    pub(super) sources: Sources,
    rows: HashMap<ObligationId, ObligationRow>,
    /// The instant for which the check is held.
    check: DateTime<Utc>,
}

impl Batch {
    fn prepare(
        tx: &mut Tx<'_>,
        rows: HashMap<ObligationId, ObligationRow>,
        check: DateTime<Utc>,
    ) -> Result<Self, Error> {
        Ok(Self {
            signer: Signer::create_or_read(tx.conn)?,
            names: Names::of(tx, rows.values())?,
            sources: Sources::of(tx, rows.values())?,
            rows,
            check,
        })
    }

    /// Reads the units whose names stand in a mail: readers elsewhere are told them.
    fn read_units(
        &self,
        tx: &mut Tx<'_>,
        lines: &[ReminderRow],
        recipients: &HashMap<Party, Recipient>,
    ) -> Result<(), Error> {
        let others = lines.iter().filter_map(|line| {
            let unit_id = self.rows.get(&line.obligation_id)?.unit_id;
            let reader = recipients.get(&line.recipient.0)?;
            (reader.unit_id != unit_id).then_some(unit_id)
        });
        tx.lookups.read_units(tx.conn, others)
    }

    /// The mails of this check that were queued before: their readers wait for the next check.
    fn served(&self, tx: &mut Tx<'_>, mailboxes: &[Mailbox]) -> Result<HashSet<String>, Error> {
        let keys = mailboxes.iter().map(|mailbox| self.mail_key(mailbox));
        Ok(reminders::mails_of(tx.conn, &keys.collect::<Vec<_>>())?)
    }

    fn mail_key(&self, mailbox: &Mailbox) -> String {
        format!("digest:{}:{}", mailbox.address, micros(self.check))
    }

    /// The mail to one mailbox and the obligations that it speaks of; `None` if everything was
    /// settled meanwhile.
    fn mail(
        &self,
        tx: &mut Tx<'_>,
        mailbox: &Mailbox,
        reader: &Recipient,
        lines: &[ReminderRow],
    ) -> Result<Option<(Vec<ObligationId>, Outgoing)>, Error> {
        let mut entries: Vec<Entry> = Vec::new();
        for lines in lines.chunk_by(|a, b| a.obligation_id == b.obligation_id) {
            let Some(line) = lines.first() else { continue };
            let Some(row) = self.rows.get(&line.obligation_id) else {
                continue;
            };
            if let Some(message) = self.message(tx, row, lines)? {
                let said = Said {
                    row,
                    message,
                    party: line.recipient.0,
                    names_unit: mailbox.parties.len() > 1 || row.unit_id != reader.unit_id,
                    redirected: lines.iter().all(|line| line.redirected),
                };
                entries.push(Entry::of(self, tx, &said)?);
            }
        }
        if entries.is_empty() {
            return Ok(None);
        }
        let said = entries.iter().map(|entry| entry.obligation_id).collect();
        // a reminder of what is to come is stale once all of it has passed
        let upcoming = entries
            .iter()
            .all(|entry| entry.message == Message::Upcoming);
        let last_due = entries.iter().map(|entry| entry.due_at).max();
        let envelope = Envelope {
            key: self.mail_key(mailbox),
            kind: "digest",
            reader,
            unit_id: reader.unit_id,
            leaves_at: tx.now,
            expires_at: last_due.filter(|_| upcoming),
            check_at: Some(self.check),
        };
        let mail = outgoing(tx.app, &letter(reader, entries), envelope)?;
        Ok(Some((said, mail)))
    }

    /// The most urgent that is still worth saying about an obligation, given its state now.
    fn message(
        &self,
        tx: &mut Tx<'_>,
        row: &ObligationRow,
        lines: &[ReminderRow],
    ) -> Result<Option<Message>, Error> {
        let owed = Owed {
            state: row.state.0,
            is_lacking: row.arrived < row.required,
            due_at: row.due_at.0,
        };
        let ladder = ladder(tx, row)?;
        let phase = |name: &str| {
            let step = ladder.iter().find(|step| step.planned.step == name)?;
            Some(step.planned.phase)
        };
        Ok(lines
            .iter()
            .filter(|line| line.due_revision == row.due_revision)
            .filter_map(|line| Trigger::of(&line.step, phase))
            .filter_map(|trigger| reminding::message(trigger, &owed, tx.now))
            .min())
    }
}
