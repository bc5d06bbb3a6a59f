//! The mailboxes to which digests go. Parties that share an address share a digest, and what waits
//! for somebody who can't be reached any more goes to the department.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::domain::access::Actor;
use crate::domain::ids::ObligationId;
use crate::domain::ladder::Audience;
use crate::domain::party::Party;
use crate::domain::text::local_date;
use crate::service::core::tx::Tx;
use crate::service::notices::recipients::{self, Directory, Recipient};
use crate::service::{App, Error};
use crate::store::reminders::{self, ReminderRow};
use crate::store::types::{AsText, At};
use crate::store::{obligations, people, units};

/// Parties whose addresses are read in one statement.
const CHUNK: usize = 5_000;

/// An address with the parties that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mailbox {
    /// The address, as addresses are compared.
    pub(super) address: String,
    pub(super) parties: Vec<Party>,
}

impl Mailbox {
    /// Who reads it; `None` if none of its parties can be reached any more.
    pub(super) fn reader(&self, found: &HashMap<Party, Recipient>) -> Option<Recipient> {
        let all = self.parties.iter().filter_map(|party| found.get(party));
        let all: Vec<&Recipient> = all.collect();
        let first = all.first()?;
        let mut names: Vec<&str> = all.iter().map(|reader| reader.name.as_str()).collect();
        let mut seen = HashSet::new();
        names.retain(|name| seen.insert(*name));
        let party = match names.as_slice() {
            [_] => first.party,
            // a shared mailbox is nobody's own
            _ => Party::Unit(first.unit_id),
        };
        Some(Recipient {
            party,
            mail: first.mail.clone(),
            name: names.join("; "),
            unit_id: first.unit_id,
        })
    }
}

/// These parties by mailbox, in the order of addresses; those without an address are left out.
pub(super) fn by_address(tx: &mut Tx<'_>, parties: &[Party]) -> Result<Vec<Mailbox>, Error> {
    let mut mailboxes: BTreeMap<String, Vec<Party>> = BTreeMap::new();
    for parties in parties.chunks(CHUNK) {
        let (persons, unit_ids) = Party::split(parties);
        let persons = people::addresses(tx.conn, &persons, local_date(tx.now))?;
        let of_units = units::addresses(tx.conn, &unit_ids)?;
        let persons = persons
            .into_iter()
            .map(|(id, mail)| (Party::Person(id), mail));
        let of_units = of_units
            .into_iter()
            .map(|(id, mail)| (Party::Unit(id), mail));
        for (party, mail) in persons.chain(of_units) {
            mailboxes.entry(mail.folded()).or_default().push(party);
        }
    }
    let mailbox = |(address, mut parties): (String, Vec<Party>)| {
        parties.sort_unstable();
        Mailbox { address, parties }
    };
    Ok(mailboxes.into_iter().map(mailbox).collect())
}

/// Redirects what waits for parties without an address to the department, unless others are told
/// of it; how many lines that were.
pub(super) fn redirect(
    app: &App,
    waiting: &[Party],
    reachable: &[Mailbox],
    now: DateTime<Utc>,
) -> Result<usize, Error> {
    let reachable: HashSet<Party> = reachable
        .iter()
        .flat_map(|mailbox| mailbox.parties.iter().copied())
        .collect();
    let lost: Vec<Party> = waiting
        .iter()
        .copied()
        .filter(|party| !reachable.contains(party))
        .collect();
    let mut lines = 0;
    for lost in lost.chunks(CHUNK) {
        lines += app.write(&Actor::system(), now, |tx| redirect_lines(tx, lost))?;
    }
    Ok(lines)
}

fn redirect_lines(tx: &mut Tx<'_>, lost: &[Party]) -> Result<usize, Error> {
    let lines = reminders::waiting(tx.conn, lost, tx.now)?;
    let ids: Vec<ObligationId> = lines.iter().map(|line| line.obligation_id).collect();
    let rows = obligations::find_many(tx.conn, &ids)?;
    let mut directory = Directory::on(local_date(tx.now));
    let mut redirected = Vec::new();
    for line in &lines {
        let Some(row) = rows.get(&line.obligation_id) else {
            continue;
        };
        if is_told_to_others(tx, line)? {
            continue;
        }
        let department = directory.audience(tx, row, Audience::Department)?;
        if department.is_empty() {
            tracing::warn!(obligation = %row.id, "a reminder reaches nobody");
        }
        redirected.extend(department.into_iter().map(|reader| ReminderRow {
            recipient: AsText(reader.party),
            redirected: true,
            ..line.clone()
        }));
    }
    let settled: Vec<ReminderRow> = lines
        .into_iter()
        .map(|line| ReminderRow {
            settled_at: Some(At(tx.now)),
            ..line
        })
        .collect();
    reminders::settle(tx.conn, &settled)?;
    Ok(reminders::insert_new(tx.conn, &redirected)?)
}

/// Whether somebody else who can be reached has a line of the same step.
fn is_told_to_others(tx: &mut Tx<'_>, line: &ReminderRow) -> Result<bool, Error> {
    let same_step = |other: &ReminderRow| {
        (other.due_revision, &other.step) == (line.due_revision, &line.step)
            && other.recipient != line.recipient
    };
    let others = reminders::of_obligation(tx.conn, line.obligation_id)?;
    let others: Vec<ReminderRow> = others.into_iter().filter(same_step).collect();
    let waiting: Vec<Party> = others
        .iter()
        .filter(|other| other.settled_at.is_none())
        .map(|other| other.recipient.0)
        .collect();
    let found = recipients::find_many(tx.conn, &waiting, local_date(tx.now))?;
    Ok(!found.is_empty() || others.iter().any(|other| other.mail_key.is_some()))
}
