//! Mails to leaders about items that wait for their approval. Each submission is a line of the table
//! `approval_request`; the sweep makes one mail for each mailbox of the lines that may leave, if the
//! item still waits then. Line and mail are settled in one transaction: nothing is sent twice or
//! lost. What a mail's link shows is [`show`].

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::approval_letter::{Asked, letter};
use crate::domain::access::{Actor, Scope};
use crate::domain::ids::ItemId;
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
use crate::store::obligations::ObligationRow;
use crate::store::views::obligations::{self as owed, ObligationFilter};
use crate::store::{accounts, kinds, outbox};

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
    let mut directory = Directory::on(local_date(tx.now));
    let mut mailboxes: BTreeMap<String, Mailbox> = BTreeMap::new();
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
            address(tx, &mut directory, (line, row), &mut mailboxes)?;
        }
    }
    let signer = Signer::create_or_read(tx.conn)?;
    let mut mails = Vec::with_capacity(mailboxes.len());
    for mailbox in mailboxes.into_values() {
        mails.push(mail(tx, &signer, mailbox)?);
    }
    Ok(outbox::enqueue(tx.conn, &mails)?)
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

/// Adds a request to the mailboxes of those who can approve the item.
fn address(
    tx: &mut Tx<'_>,
    directory: &mut Directory,
    (line, row): (&ApprovalRequestRow, &ItemRow),
    mailboxes: &mut BTreeMap<String, Mailbox>,
) -> Result<(), Error> {
    let unit = tx.lookups.unit(tx.conn, row.unit_id)?;
    let mut readers = directory.heads(tx.conn, &unit)?;
    let redirected = readers.is_empty();
    if redirected {
        let federation = tx.lookups.unit(tx.conn, unit.federation_id)?;
        readers = directory.department(tx.conn, &federation)?;
    }
    if readers.is_empty() {
        tracing::warn!(item = %row.id, "a request for approval reaches nobody");
    }
    let asked = Asked {
        item_id: row.id,
        title: row.title.clone(),
        kind: kinds::find(tx.conn, &row.kind)?.map_or_else(|| row.kind.clone(), |kind| kind.name),
        unit: unit.name.clone(),
        sender: sender(tx, row.id)?,
        asked_at: line.asked_at.0,
        due_at: deadline(tx, row)?.map(|owed| owed.due_at.0),
    };
    for reader in readers {
        let address = reader.mail.folded();
        let key = || format!("approval:{address}:{}.{}", row.id, line.item_version);
        let mailbox = mailboxes.entry(address.clone()).or_insert_with(|| Mailbox {
            key: key(),
            reader,
            asked: Vec::new(),
            redirected,
        });
        mailbox.asked.push(asked.clone());
    }
    Ok(())
}

/// The mail to one mailbox, in the language of its reader's account.
fn mail(tx: &mut Tx<'_>, signer: &Signer, mailbox: Mailbox) -> Result<Outgoing, Error> {
    let reader = &mailbox.reader;
    let account = match reader.party.person_id() {
        Some(person) => accounts::of_person(tx.conn, person)?,
        None => None,
    };
    let lang = account
        .and_then(|row| row.language)
        .map_or(Lang::Vi, |lang| *lang);
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

/// Who submitted an item last.
fn sender(tx: &mut Tx<'_>, id: ItemId) -> Result<Option<String>, Error> {
    let steps = rows::steps(tx.conn, id)?;
    let submits = |step: &&rows::ItemStepRow| {
        matches!(*step.action, ItemAction::Submit | ItemAction::Resubmit)
    };
    let last = steps.iter().rev().find(submits);
    Ok(last.map(|step| crate::domain::access::shown_actor(&step.actor).to_owned()))
}

/// The deadline of the event that an item reports.
fn deadline(tx: &mut Tx<'_>, row: &ItemRow) -> Result<Option<ObligationRow>, Error> {
    let Some(event_id) = row.event_id else {
        return Ok(None);
    };
    let filter = ObligationFilter {
        event_id: Some(event_id),
        kinds: vec![ObligationKind::Cutoff, ObligationKind::Event],
        ..ObligationFilter::default()
    };
    Ok(owed::page(tx.conn, &Scope::All, &filter, 1)?.pop())
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
    let work = deadline(tx, &row)?;
    let kind = kinds::find(tx.conn, &row.kind)?;
    Ok(ToApprove {
        kind_name: kind.map_or_else(|| row.kind.clone(), |kind| kind.name),
        sender: sender(tx, id)?,
        work: work
            .map(|owed| detail(tx, &Scope::All, &owed, locale))
            .transpose()?,
        may_approve: waits && tx.may(Action::Approve, row.unit_id)?,
        detail: items::of_row(tx, row)?,
        waits,
    })
}
