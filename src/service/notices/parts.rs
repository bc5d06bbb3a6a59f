//! What the letters of digest and summary share.

use crate::domain::party::Party;
use crate::domain::preference::Lang;
use crate::domain::words::say;
use crate::mail::render::{Block, Table};
use crate::service::notices::recipients::Recipient;

/// How a letter in a language addresses its reader.
pub(crate) fn greeting(lang: Lang, reader: &Recipient) -> String {
    let key = match reader.party {
        Party::Person(_) => "digest.greeting_person",
        Party::Unit(_) => "digest.greeting_unit",
    };
    say(lang.locale(), key, &[("name", reader.name.as_str())])
}

/// Adds a table of at most `most` lines; the others are counted below it.
pub(super) fn add_table(blocks: &mut Vec<Block>, mut table: Table, most: usize) {
    let more = table.rows.len().saturating_sub(most);
    table.rows.truncate(most);
    blocks.push(Block::Table(table));
    if more > 0 {
        let number = more.to_string();
        let text = say("vi", "digest.more", &[("number", number.as_str())]);
        blocks.push(Block::Paragraph(text));
    }
}
