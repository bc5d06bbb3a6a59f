//! Mails to leaders about items that wait for their approval. Each submission is a line of the table
//! `approval_request`; the sweep makes one mail for each mailbox of the lines that may leave, if the
//! item still waits then. Line and mail are settled in one transaction: nothing is sent twice or
//! lost. What a mail's link shows is [`show`].

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::approval_letter::{Asked, letter};
use crate::domain::access::{Actor, Scope, shown_actor};
use crate::domain::ids::{EventId, ItemId};
use crate::domain::item::ItemAction;
use crate::domain::mail::Outgoing;
use crate::domain::obligation::ObligationKind;
use crate::domain::preference::Lang;
use crate::domain::text::local_date;
use crate::service::core::access::Action;
use crate::service::core::tx::Tx;
use crate::service::notices::links::{self, Signer, Target};
use crate::service::notices::post::{Envelope, outgoing};
use crate::service::notices::recipients::{Directory, Recipient};
use crate::service::obligations::standings::{ObligationDetail, detail};
use crate::service::schedule::set_aside;
use crate::service::submissions::items::{self, ItemDetail};
use crate::service::{App, Error};
use crate::store::approvals::{self as store, ApprovalRequestRow};
use crate::store::items::{self as rows, ItemRow};
use crate::store::obligations::{self as owed, ObligationRow};
use crate::store::{accounts, kinds};

/// The most requests of one transaction.
const BATCH: i64 = 1_000;

/// Queues the mails about requests that may leave by `now`; how many these are.
pub fn run(app: &App, now: DateTime<Utc>) -> Result<usize, Error> {
    let (system, mut mails) = (Actor::system(), 0);
    loop {
        let waiting = app.read(&system, now, |tx| Ok(store::waiting(tx.conn, now, BATCH)?))?;
        if waiting.is_empty() {
            return Ok(mails);
        }
        mails += app.write(&system, now, batch)?;
    }
}

/// The requests of one mailbox.
struct Mailbox {
    reader: Recipient,
    /// Names the mail: no request is told of twice.
    key: String,
    asked: Vec<Asked>,
    /// It reaches the department, because nobody of the unit has an address.
    redirected: bool,
}

fn batch(tx: &mut Tx<'_>) -> Result<usize, Error> {
    let lines = store::waiting(tx.conn, tx.now, BATCH)?;
    let ids: Vec<ItemId> = lines.iter().map(|line| line.item_id).collect();
    let found: HashMap<ItemId, ItemRow> = rows::find_many(tx.conn, &ids)?;
    let mut addressed = Addressed {
        directory: Directory::on(local_date(tx.now)),
        told: Told::read(tx, found.values())?,
        mailboxes: BTreeMap::new(),
    };
    let mut told: HashSet<ItemId> = HashSet::new();
    for line in &lines {
        let row = found.get(&line.item_id);
        // what was decided or taken back meanwhile is not asked for
        let Some(row) = row.filter(|row| row.waits_for_leader()) else {
            store::settle(tx.conn, line, tx.now)?;
            continue;
        };
        if let Some(later) = later(tx, line, row)? {
            store::postpone(tx.conn, line, later)?;
            continue;
        }
        store::settle(tx.conn, line, tx.now)?;
        if told.insert(row.id) {
            addressed.add(tx, line, row)?;
        }
    }
    let signer = Signer::create_or_read(tx.conn)?;
    let mailboxes: Vec<Mailbox> = addressed.mailboxes.into_values().collect();
    let persons = mailboxes.iter();
    let persons = persons.filter_map(|mailbox| mailbox.reader.party.person_id());
    let languages = accounts::languages(tx.conn, &persons.collect::<Vec<_>>())?;
    let mut mails = Vec::with_capacity(mailboxes.len());
    for mailbox in mailboxes {
        let person = mailbox.reader.party.person_id();
        let lang = person.and_then(|person| languages.get(&person).copied());
        mails.push(mail(tx, &signer, mailbox, lang.unwrap_or(Lang::Vi))?);
    }
    tx.enqueue(mails)
}

/// Until when the mail about a request has to wait; `None`: it may leave now. What could not leave
/// when it was to waits for the next opening of the office.
fn later(
    tx: &mut Tx<'_>,
    line: &ApprovalRequestRow,
    row: &ItemRow,
) -> Result<Option<DateTime<Utc>>, Error> {
    let opening = match items::office_opening(tx, row.unit_id) {
        Ok(opening) => opening,
        // the unit or its policy cannot be read; others are not kept back
        Err(error) if error.is_about_data() => return Ok(Some(tx.now + set_aside::RETRY)),
        Err(error) => return Err(error),
    };
    let delayed = tx.now - tx.app.settings.worker.late_after_seconds.delta();
    Ok((*line.leave_at < delayed && opening > tx.now).then_some(opening))
}

/// The requests of a batch by mailbox, and what is known of them.
struct Addressed {
    directory: Directory,
    told: Told,
    mailboxes: BTreeMap<String, Mailbox>,
}

impl Addressed {
    /// Adds a request to the mailboxes of those who can approve the item.
    fn add(
        &mut self,
        tx: &mut Tx<'_>,
        line: &ApprovalRequestRow,
        row: &ItemRow,
    ) -> Result<(), Error> {
        let unit = tx.lookups.unit(tx.conn, row.unit_id)?;
        let mut readers = self.directory.heads(tx.conn, &unit)?;
        let redirected = readers.is_empty();
        if redirected {
            let federation = tx.lookups.unit(tx.conn, unit.federation_id)?;
            readers = self.directory.department(tx.conn, &federation)?;
        }
        if readers.is_empty() {
            tracing::warn!(item = %row.id, "a request for approval reaches nobody");
        }
        let asked = Asked {
            item_id: row.id,
            title: row.title.clone(),
            kind: self.told.kind(row),
            unit: unit.name.clone(),
            sender: self.told.sender(row.id),
            asked_at: line.asked_at.0,
            due_at: self.told.deadline(row).map(|owed| owed.due_at.0),
        };
        for reader in readers {
            let address = reader.mail.folded();
            let key = format!("approval:{address}:{}.{}", row.id, line.item_version);
            let mailbox = self.mailboxes.entry(address).or_insert_with(|| Mailbox {
                key,
                reader,
                asked: Vec::new(),
                redirected,
            });
            mailbox.asked.push(asked.clone());
        }
        Ok(())
    }
}

/// The mail to one mailbox, in the language of its reader's account.
fn mail(tx: &mut Tx<'_>, signer: &Signer, mailbox: Mailbox, lang: Lang) -> Result<Outgoing, Error> {
    let reader = &mailbox.reader;
    let address = |item| signer.address(tx.app, Target::Item(item), reader.party, tx.now);
    let letter = letter(lang, reader, (&mailbox.asked, mailbox.redirected), address);
    let envelope = Envelope {
        key: mailbox.key,
        kind: "approval",
        reader,
        unit_id: reader.unit_id,
        leaves_at: tx.now,
        expires_at: None,
        check_at: None,
    };
    outgoing(tx.app, &letter, envelope)
}

/// What a request tells of items, read at once.
struct Told {
    kinds: HashMap<String, String>,
    steps: HashMap<ItemId, Vec<rows::ItemStepRow>>,
    deadlines: HashMap<EventId, ObligationRow>,
}

impl Told {
    fn read<'i>(tx: &mut Tx<'_>, items: impl Iterator<Item = &'i ItemRow>) -> Result<Self, Error> {
        let (ids, events): (Vec<ItemId>, Vec<Option<EventId>>) =
            items.map(|item| (item.id, item.event_id)).unzip();
        let events: Vec<EventId> = events.into_iter().flatten().collect();
        let kinds = kinds::list(tx.conn)?.into_iter();
        let mut owed = owed::of_events(tx.conn, &events)?;
        owed.retain(|row| matches!(*row.kind, ObligationKind::Cutoff | ObligationKind::Event));
        // what is due first is put in last
        owed.sort_by_key(|row| std::cmp::Reverse((row.due_at, row.id)));
        let of_event = |row: ObligationRow| Some((row.event_id?, row));
        Ok(Self {
            kinds: kinds.map(|kind| (kind.code, kind.name)).collect(),
            steps: rows::steps_of(tx.conn, &ids)?,
            deadlines: owed.into_iter().filter_map(of_event).collect(),
        })
    }

    /// The name of an item's kind.
    fn kind(&self, row: &ItemRow) -> String {
        self.kinds.get(&row.kind).unwrap_or(&row.kind).clone()
    }

    /// Who submitted an item last.
    fn sender(&self, id: ItemId) -> Option<String> {
        let submits = |step: &&rows::ItemStepRow| {
            matches!(*step.action, ItemAction::Submit | ItemAction::Resubmit)
        };
        let last = self.steps.get(&id)?.iter().rev().find(submits)?;
        Some(shown_actor(&last.actor).to_owned())
    }

    /// The deadline of the event that an item reports.
    fn deadline(&self, row: &ItemRow) -> Option<&ObligationRow> {
        self.deadlines.get(&row.event_id?)
    }
}

/// What the link of such a mail shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToApprove {
    /// The item with its text.
    pub detail: ItemDetail,
    /// The name of its kind.
    pub kind_name: String,
    /// Who submitted it last.
    pub sender: Option<String>,
    /// The deadline that it would settle.
    pub work: Option<ObligationDetail>,
    /// Whether it still waits for the leader.
    pub waits: bool,
    /// Whether the reader is signed in as somebody who may approve it.
    pub may_approve: bool,
}

/// The item behind a link. Changes nothing: mail scanners follow links too. Approving takes a
/// sign-in, because the leader answers for the item by name.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work: see [`links::open`].
pub fn show(tx: &mut Tx<'_>, token: &str, locale: &str) -> Result<ToApprove, Error> {
    let missing = || Error::not_found("link");
    let Target::Item(id) = links::open(tx, token)?.target else {
        return Err(missing());
    };
    let row = rows::find(tx.conn, id)?.ok_or_else(missing)?;
    let waits = row.waits_for_leader();
    let told = Told::read(tx, std::iter::once(&row))?;
    let work = told.deadline(&row);
    Ok(ToApprove {
        kind_name: told.kind(&row),
        sender: told.sender(id),
        work: work
            .map(|owed| detail(tx, &Scope::All, owed, locale))
            .transpose()?,
        may_approve: waits && tx.may(Action::Approve, row.unit_id)?,
        detail: items::of_row(tx, row)?,
        waits,
    })
}
