//! The texts of mails about scores: a unit's own score, and the table of all units.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::domain::preference::Lang;
use crate::domain::score::Points;
use crate::domain::text::local_time;
use crate::domain::words::say;
use crate::mail::render::{Block, Letter, Row, Table};
use crate::service::notices::recipients::Recipient;
use crate::service::scores::scoreboard::{ScoreRow, Scoreboard};
use crate::store::scores::Sheet;
use crate::store::units::UnitRow;

/// Writes the letters about the scores of a group.
pub(super) struct Letters<'a> {
    pub board: &'a Scoreboard,
    pub federation: Arc<UnitRow>,
    /// Whether a unit asked for it.
    pub requested: bool,
}

/// What a letter says.
struct Content<'c> {
    /// `unit` or `all`: the end of the keys of its sentences.
    about: &'static str,
    /// What its sentences are filled with, besides what every letter says.
    values: &'c [(&'c str, &'c str)],
    rows: Vec<Row>,
}

impl Letters<'_> {
    /// The letter about a unit's own score.
    pub(super) fn of_unit(&self, sheet: &Sheet, reader: &Recipient) -> Letter {
        let scheme = &self.board.scheme.content;
        let row = ScoreRow::of(scheme, sheet);
        let rank = row
            .rank
            .map_or_else(|| text("unranked"), |rank| rank.to_string());
        let band = row.band.unwrap_or_else(|| text("no_band"));
        let lines = scheme.criteria.iter().zip(&sheet.score.lines);
        let mut rows: Vec<Row> = lines
            .map(|(criterion, line)| Row {
                what: criterion.name.clone(),
                note: line.filled(criterion, "vi"),
                due: line.counted.to_text("vi"),
                ..Row::default()
            })
            .collect();
        let rest = [
            ("floor", sheet.score.floor),
            ("rounding", sheet.score.rounding),
        ];
        rows.extend(
            rest.iter()
                .filter(|(_, points)| *points != Points::ZERO)
                .map(|(name, points)| Row {
                    what: text(name),
                    due: points.to_text("vi"),
                    ..Row::default()
                }),
        );
        let values = [
            ("unit", row.unit.name.as_str()),
            ("total", &total(row.total)),
            ("rank", &rank),
            ("band", &band),
        ];
        let content = Content {
            about: "unit",
            values: &values,
            rows,
        };
        self.letter(content, reader)
    }

    /// The letter with the scores of all units.
    pub(super) fn of_all(&self, reader: &Recipient) -> Letter {
        let sheets = self.board.sheets.iter();
        let mut scores: Vec<ScoreRow> = sheets
            .map(|sheet| ScoreRow::of(&self.board.scheme.content, sheet))
            .collect();
        scores.sort_by_cached_key(ScoreRow::order);
        let number = scores.len().to_string();
        let content = Content {
            about: "all",
            values: &[("number", number.as_str())],
            rows: scores.into_iter().map(table_row).collect(),
        };
        self.letter(content, reader)
    }

    fn letter(&self, content: Content<'_>, reader: &Recipient) -> Letter {
        let about = content.about;
        let (year, as_of) = (self.board.group.year.to_string(), local_time(self.board.at));
        let (number, date) = self.decision().unwrap_or_default();
        let mut values = vec![
            ("year", year.as_str()),
            ("as_of", &as_of),
            ("decision", &number),
            ("date", &date),
            ("scheme", &self.board.scheme.content.title),
        ];
        values.extend(content.values);
        let sentence = |key: String| say("vi", &format!("score.mail.{key}_{about}"), &values);
        let kind = match self.board.round {
            Some(_) => "published",
            None => "standing",
        };
        let cause = if self.requested { "request" } else { kind };
        let greeting = match reader.party.person_id() {
            Some(_) => "digest.greeting_person",
            None => "digest.greeting_unit",
        };
        let table = Table {
            caption: sentence("caption".to_owned()),
            what: sentence("what".to_owned()),
            due: text("points"),
            rows: content.rows,
        };
        Letter {
            lang: Lang::Vi,
            title: sentence(format!("{kind}.title")),
            pressing: None,
            greeting: say("vi", greeting, &[("name", reader.name.as_str())]),
            blocks: vec![
                Block::Paragraph(sentence(format!("{kind}.lead"))),
                Block::Table(table),
            ],
            why: sentence(format!("{cause}.why")),
            signature: self.federation.name.clone(),
        }
    }

    /// Number and date of the decision that published the scores.
    fn decision(&self) -> Option<(String, String)> {
        let round = self.board.round.as_ref()?;
        let date = |date: NaiveDate| date.format("%d/%m/%Y").to_string();
        let number = round.decision_number.clone();
        number.zip(round.decision_date.map(date))
    }
}

fn table_row(score: ScoreRow) -> Row {
    let rank = score
        .rank
        .map_or_else(|| "-".to_owned(), |rank| rank.to_string());
    let note: Vec<String> = [score.cluster, score.band].into_iter().flatten().collect();
    let values = [("rank", rank.as_str()), ("total", &total(score.total))];
    Row {
        what: score.unit.name,
        note: note.join(" - "),
        due: say("vi", "score.mail.place", &values),
        ..Row::default()
    }
}

fn total(total: Option<Points>) -> String {
    total.map_or_else(|| text("no_score"), |total| total.to_text("vi"))
}

fn text(key: &str) -> String {
    say("vi", &format!("score.mail.{key}"), &[])
}
