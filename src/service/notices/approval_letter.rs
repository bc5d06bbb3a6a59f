//! The words of the mail to a leader about items that wait for approval.

use chrono::{DateTime, Utc};

use crate::domain::ids::ItemId;
use crate::domain::preference::Lang;
use crate::domain::text::local_due;
use crate::domain::words::say;
use crate::mail::render::{Anchor, Block, Letter, Row, Table};
use crate::service::notices::parts::{add_table, greeting};
use crate::service::notices::recipients::Recipient;

/// Lines of the table; what exceeds them is counted.
const LINES: usize = 40;

/// An item that waits for approval.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) item_id: ItemId,
    pub(super) title: String,
    /// The name of its kind.
    pub(super) kind: String,
    /// The name of its unit.
    pub(super) unit: String,
    /// Who submitted it.
    pub(super) sender: Option<String>,
    pub(super) asked_at: DateTime<Utc>,
    /// When the event that it reports is due.
    pub(super) due_at: Option<DateTime<Utc>>,
}

/// The letter to one reader about these items; `redirected` if it goes to the department because
/// nobody of the unit has an address.
pub(super) fn letter(
    lang: Lang,
    reader: &Recipient,
    (asked, redirected): (&[Asked], bool),
    address: impl Fn(ItemId) -> String,
) -> Letter {
    let words =
        |key: &str, values: &[(&str, &str)]| say(lang.locale(), &format!("approval.{key}"), values);
    let row = |item: &Asked| {
        let mut note = words("kind", &[("kind", &item.kind)]);
        if let Some(sender) = &item.sender {
            note.push_str(&words("sender", &[("sender", sender)]));
        }
        if redirected {
            note.push_str(&words("unit", &[("unit", &item.unit)]));
        }
        if let Some(due) = item.due_at {
            note.push_str(&words("due", &[("due", &local_due(due))]));
        }
        Row {
            what: item.title.clone(),
            note,
            source: String::new(),
            due: local_due(item.asked_at),
            link: Some(Anchor::new(words("link", &[]), address(item.item_id))),
        }
    };
    let number = asked.len().to_string();
    let mut blocks = vec![Block::Paragraph(words("advice", &[]))];
    if redirected {
        blocks.push(Block::Paragraph(words("redirected", &[])));
    }
    let table = Table {
        caption: words("caption", &[]),
        what: words("what", &[]),
        due: words("asked_at", &[]),
        rows: asked.iter().map(row).collect(),
    };
    add_table(&mut blocks, table, LINES);
    let title = if asked.len() == 1 {
        "title_one"
    } else {
        "title"
    };
    Letter {
        lang,
        title: words(title, &[("number", &number)]),
        pressing: asked.first().map(|item| item.title.clone()),
        greeting: greeting(lang, reader),
        blocks,
        why: words("why", &[]),
        signature: say(lang.locale(), "digest.signature", &[]),
    }
}
