//! The letter of a digest: its parts, the most urgent first, with a line for each obligation.

use chrono::{DateTime, Utc};

use crate::domain::ids::ObligationId;
use crate::domain::party::Party;
use crate::domain::preference::Lang;
use crate::domain::reminding::Message;
use crate::domain::text::local_due;
use crate::domain::words::say;
use crate::mail::render::{Anchor, Block, Letter, Row, Table};
use crate::service::notices::digest::Batch;
use crate::service::notices::links::Target;
use crate::service::notices::parts::{add_table, greeting};
use crate::service::notices::recipients::Recipient;
use crate::service::{Error, Tx};
use crate::store::obligations::ObligationRow;

/// Lines of one part of a mail; what exceeds them is counted.
const LINES: usize = 40;

/// What is said about an obligation.
pub(super) struct Said<'r> {
    pub(super) row: &'r ObligationRow,
    pub(super) message: Message,
    /// The recipient for whom the links of the line are signed.
    pub(super) party: Party,
    /// Whether the unit is named: the reader looks after others too.
    pub(super) names_unit: bool,
    /// It goes to the department because nobody else can be reached.
    pub(super) redirected: bool,
}

/// The line of one obligation in a digest.
pub(super) struct Entry {
    pub(super) obligation_id: ObligationId,
    pub(super) message: Message,
    pub(super) due_at: DateTime<Utc>,
    row: Row,
}

impl Entry {
    pub(super) fn of(batch: &Batch, tx: &mut Tx<'_>, said: &Said<'_>) -> Result<Self, Error> {
        let Said { row, message, .. } = *said;
        let due_at = row.due_at.0;
        let mut what = batch.names.title(tx, row, "vi")?;
        if said.names_unit {
            let unit = tx.lookups.unit(tx.conn, row.unit_id)?;
            what = format!("{}: {what}", unit.name);
        }
        let url = {
            let target = Target::Obligation(row.id);
            batch.signer.address(tx.app, target, said.party, tx.now)
        };
        Ok(Self {
            obligation_id: row.id,
            message,
            due_at,
            row: Row {
                what,
                note: note(said, tx.now),
                source: batch.sources.line(tx, row, "vi")?,
                due: local_due(due_at),
                link: Some(Anchor::new(words(message, "link"), url)),
            },
        })
    }
}

/// How far it has come; of what was missed, until when it is still taken.
fn note(said: &Said<'_>, now: DateTime<Utc>) -> String {
    let Said { row, message, .. } = *said;
    let (required, arrived) = (row.required.to_string(), row.arrived.to_string());
    let lacking = (row.required - row.arrived).max(0).to_string();
    let state = say("vi", &format!("obligation.state.{}", row.state.0), &[]);
    let values = [
        ("required", required.as_str()),
        ("arrived", arrived.as_str()),
        ("lacking", lacking.as_str()),
        ("state", state.as_str()),
    ];
    let mut note = say("vi", &key(message, "note"), &values);
    let taken_until = row.missed_at.filter(|until| until.0 > now);
    if let (Message::Missed, Some(until)) = (message, taken_until) {
        let until = local_due(until.0);
        note.push_str(&say(
            "vi",
            "digest.missed.taken_until",
            &[("until", until.as_str())],
        ));
    }
    if said.redirected {
        note.push_str(&say("vi", "digest.redirected", &[]));
    }
    note
}

/// The letter to one recipient.
pub(super) fn letter(recipient: &Recipient, mut entries: Vec<Entry>) -> Letter {
    entries.sort_by(|a, b| {
        (a.message, a.due_at, &a.row.what).cmp(&(b.message, b.due_at, &b.row.what))
    });
    let first = entries.first();
    let pressing = first.map(|entry| format!("{}: {}", entry.row.due, entry.row.what));
    let (mut titles, mut blocks) = (Vec::new(), Vec::new());
    for message in Message::ALL {
        let part = entries.iter().filter(|entry| entry.message == message);
        let rows: Vec<Row> = part.map(|entry| entry.row.clone()).collect();
        if rows.is_empty() {
            continue;
        }
        let number = rows.len().to_string();
        let values = [("number", number.as_str())];
        titles.push(say("vi", &key(message, "title"), &values));
        blocks.push(Block::Heading(words(message, "heading")));
        blocks.push(Block::Paragraph(words(message, "advice")));
        let table = Table {
            caption: words(message, "caption"),
            what: say("vi", "digest.what", &[]),
            due: say("vi", "digest.due", &[]),
            rows,
        };
        add_table(&mut blocks, table, LINES);
    }
    Letter {
        lang: Lang::Vi,
        title: titles.join(", "),
        pressing,
        greeting: greeting(Lang::Vi, recipient),
        blocks,
        why: say("vi", "digest.why", &[]),
        signature: say("vi", "digest.signature", &[]),
    }
}

fn words(message: Message, what: &str) -> String {
    say("vi", &key(message, what), &[])
}

/// The key of the words of a part.
fn key(message: Message, what: &str) -> String {
    let part = match message {
        Message::Missed => "missed",
        Message::Upcoming => "before",
        Message::AwaitingReview => "review",
        Message::Moved => "moved",
        Message::Corrected => "corrected",
    };
    format!("digest.{part}.{what}")
}
