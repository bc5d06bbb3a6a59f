//! The letter of a summary: what was missed, what is still owed, what arrived.

use crate::domain::obligation::State;
use crate::domain::preference::Lang;
use crate::domain::text::{local_due, local_time};
use crate::domain::words::say;
use crate::mail::render::{Anchor, Block, Letter, Row, Table};
use crate::service::notices::links::Target;
use crate::service::notices::parts::{add_table, greeting};
use crate::service::notices::recipients::Recipient;
use crate::service::notices::summary::{Facts, Summary};
use crate::service::{Error, Tx};
use crate::store::obligations::ObligationRow;
use crate::store::summaries::Arrived;

/// Lines of one part; what exceeds them is counted.
const LINES: usize = 100;

impl Summary<'_> {
    /// The letter to one reader.
    pub(super) fn letter(&self, tx: &mut Tx<'_>, reader: &Recipient) -> Result<Letter, Error> {
        let (facts, number) = (&self.facts, |n: usize| n.to_string());
        let (arrived, missed) = (number(facts.arrived.len()), number(facts.missed.len()));
        let (owed, met) = (number(facts.owed.len()), number(facts.met));
        let (since, until) = (local_time(self.since), local_time(self.until));
        let values = [
            ("since", since.as_str()),
            ("until", until.as_str()),
            ("arrived", arrived.as_str()),
            ("missed", missed.as_str()),
            ("owed", owed.as_str()),
            ("met", met.as_str()),
            ("federation", self.federation.name.as_str()),
        ];
        let mut blocks = vec![Block::Paragraph(say("vi", "summary.lead", &values))];
        blocks.extend(asking(&facts.asking));
        add_part(
            &mut blocks,
            "missed",
            self.deadlines(tx, reader, &facts.missed)?,
        );
        add_part(
            &mut blocks,
            "owed",
            self.deadlines(tx, reader, &facts.owed)?,
        );
        add_part(&mut blocks, "arrived", items(facts));
        let button = say("vi", "summary.button", &[]);
        blocks.push(Block::Button(Anchor::new(button, tx.app.link("/"))));
        Ok(Letter {
            lang: Lang::Vi,
            title: say("vi", "summary.title", &values),
            pressing: None,
            greeting: greeting(Lang::Vi, reader),
            blocks,
            why: say("vi", "summary.why", &values),
            signature: self.federation.name.clone(),
        })
    }

    fn deadlines(
        &self,
        tx: &mut Tx<'_>,
        reader: &Recipient,
        rows: &[ObligationRow],
    ) -> Result<Vec<Row>, Error> {
        let label = say("vi", "digest.missed.link", &[]);
        let mut lines = Vec::with_capacity(rows.len());
        for row in rows {
            let unit = tx.lookups.unit(tx.conn, row.unit_id)?;
            let title = self.facts.names.title(tx, row, "vi")?;
            let target = Target::Obligation(row.id);
            let url = self.signer.address(tx.app, target, reader.party, tx.now);
            lines.push(Row {
                what: format!("{}: {title}", unit.name),
                note: progress(row),
                source: self.facts.sources.line(tx, row, "vi")?,
                due: local_due(row.due_at.0),
                link: Some(Anchor::new(label.clone(), url)),
            });
        }
        Ok(lines)
    }
}

/// Requests for more time that wait for a decision.
fn asking(units: &[String]) -> Option<Block> {
    let (number, units) = (units.len().to_string(), units.join("; "));
    let values = [("number", number.as_str()), ("units", units.as_str())];
    (!units.is_empty()).then(|| Block::Paragraph(say("vi", "summary.asking", &values)))
}

fn items(facts: &Facts) -> Vec<Row> {
    let line = |item: &Arrived| {
        let is_late = facts.late.contains(&item.item_id);
        let key = if is_late {
            "summary.late"
        } else {
            "summary.in_time"
        };
        Row {
            what: format!("{}: {}", item.unit_name, item.title),
            note: format!("{}{}", item.kind_name, say("vi", key, &[])),
            due: local_time(*item.arrived_at),
            ..Row::default()
        }
    };
    facts.arrived.iter().map(line).collect()
}

/// How far it has come; of what was missed, until when it is still taken.
fn progress(row: &ObligationRow) -> String {
    let (arrived, required) = (row.arrived.to_string(), row.required.to_string());
    let values = [
        ("arrived", arrived.as_str()),
        ("required", required.as_str()),
    ];
    let mut text = say("vi", "summary.progress", &values);
    if let (State::Missed, Some(until)) = (row.state.0, row.missed_at) {
        let until = local_due(until.0);
        text.push_str(&say(
            "vi",
            "summary.taken_until",
            &[("until", until.as_str())],
        ));
    }
    text
}

fn add_part(blocks: &mut Vec<Block>, name: &str, rows: Vec<Row>) {
    let words = |what: &str| say("vi", &format!("summary.{name}.{what}"), &[]);
    blocks.push(Block::Heading(words("heading")));
    if rows.is_empty() {
        blocks.push(Block::Paragraph(words("none")));
        return;
    }
    let table = Table {
        caption: words("caption"),
        what: say("vi", "summary.what", &[]),
        due: words("when"),
        rows,
    };
    add_table(blocks, table, LINES);
}
