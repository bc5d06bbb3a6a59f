//! Mails about scores: each unit's leaders get their own score with its explanation and nobody else's; the department gets the
//! whole table. Nothing leaves that an officer did not publish or release.

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::board::{Board, Scored, Wanted, row, sorted};
use super::inputs::Year;
use super::schemes::Slot;
use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::mail::{Extras, Outgoing, message_id};
use crate::domain::score::Points;
use crate::domain::text::{ZONE, local_date, local_midnight, local_time};
use crate::domain::words::say;
use crate::mail::render::{Block, Letter, Row, Table};
use crate::service::access::{self, Action};
use crate::service::audit::Entry;
use crate::service::book::Book;
use crate::service::recipients::{Directory, Recipient};
use crate::service::{Error, House};
use crate::store::score_rounds::RoundRow;
use crate::store::units::UnitRow;
use crate::store::{Conn, StoreError, outbox, units};

/// Which half-year's standings to release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// 1 = January to June, 2 = the whole year; provisional standings as of its end.
    pub half: u8,
}

/// What a release did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Released {
    /// As of this instant.
    pub as_of: DateTime<FixedOffset>,
    /// Mails queued.
    pub mails: usize,
}

/// Releases the provisional standings as of the end of a half-year, once: leaders get their own unit's, the department the table.
///
/// # Errors
/// A half-year that is no such or not over; [`Error::Conflict`] if it was released; [`Error::NotFound`] without a scheme,
/// [`Error::Forbidden`].
pub fn release(
    house: &House,
    actor: &Actor,
    slot: Slot,
    input: Release,
    now: DateTime<Utc>,
) -> Result<Released, Error> {
    house.store.write(|conn| {
        access::require_binding(conn, actor, Action::Decide, Action::ReadScores, slot.unit_id)?;
        let year = Year::of(slot.year)?;
        let end = match input.half {
            1 => NaiveDate::from_ymd_opt(slot.year, 7, 1).map(local_midnight),
            2 => Some(year.end),
            _ => None,
        };
        let range = Invalid::new("half", "number_range").with("value", input.half).with("from", 1).with("to", 2);
        let end = end.ok_or(range)?;
        if now < end {
            return Err(Invalid::new("half", "score_half_runs").with("end", local_time(end)).into());
        }
        let board = Board::computed(conn, house, Wanted { slot, at: Some(end) }, now)?;
        let key = format!("score-standing:{}:{}:{}:{}", slot.unit_id, slot.year, slot.category.as_str(), input.half);
        let occasion = Occasion { board: &board, year: slot.year, key: &key, words: "standing", decision: None };
        let mails = occasion.send_in(conn, house, slot.unit_id, now)?;
        if mails == 0 {
            return Err(Error::Conflict(Invalid::new("half", "score_released")));
        }
        let released = Released { as_of: board.at.with_timezone(&ZONE).fixed_offset(), mails };
        let line = Entry::new(actor, now, "release", "score_standing", &key).unit(slot.unit_id);
        line.new_value(&released)?.record(conn)?;
        Ok(released)
    })
}

/// Mails what a round publishes.
pub(super) fn published_in(conn: &mut Conn, house: &House, round: &RoundRow, now: DateTime<Utc>) -> Result<(), Error> {
    let board = Board::published(conn, round, now)?;
    let decision = round.decision_number.as_deref().zip(round.decision_date);
    let key = format!("score-published:{}", round.id);
    let occasion = Occasion { board: &board, year: round.year, key: &key, words: "published", decision };
    occasion.send_in(conn, house, round.unit_id, now)?;
    Ok(())
}

/// Why mails are sent, and what of.
struct Occasion<'a> {
    board: &'a Board,
    year: i32,
    /// What the keys of its mails begin with; each mail is queued once.
    key: &'a str,
    /// The part of the sentences: `published` or `standing`.
    words: &'static str,
    decision: Option<(&'a str, NaiveDate)>,
}

impl Occasion<'_> {
    /// Queues the mails; how many were new.
    fn send_in(&self, conn: &mut Conn, house: &House, federation_id: i64, now: DateTime<Utc>) -> Result<usize, Error> {
        let (mut book, mut directory, today) = (Book::new(house), Directory::default(), local_date(now));
        let federation = book.unit(conn, federation_id)?;
        let policy = book.policy(conn, federation_id, today)?;
        let (calendar, _) = book.calendar(conn, &policy.calendar)?;
        // mails leave in office hours
        let leaves_at = calendar.next_opening(now).unwrap_or(now);
        let ids: Vec<i64> = self.board.scored.iter().map(|one| one.unit.id).collect();
        directory.learn(conn, &ids)?;
        let rows = units::find_many(conn, &ids)?;
        let mut mails = Vec::new();
        for one in &self.board.scored {
            let Some(unit) = rows.get(&one.unit.id).filter(|unit| unit.ended_on.is_none_or(|day| day >= today)) else {
                continue;
            };
            for reader in directory.heads(conn, unit, today)? {
                let letter = self.of_unit(one, &federation, &reader);
                mails.push(self.mail(house, &reader, unit.id, &letter, leaves_at)?);
            }
        }
        for reader in directory.department(conn, &federation, today)? {
            let letter = self.of_all(&federation, &reader);
            mails.push(self.mail(house, &reader, federation_id, &letter, leaves_at)?);
        }
        Ok(outbox::enqueue(conn, &mails)?)
    }

    fn of_unit(&self, one: &Scored, federation: &UnitRow, reader: &Recipient) -> Letter {
        let place = row(&self.board.scheme, one);
        let total = total(place.total);
        let rank = place.rank.map_or_else(|| say("vi", "score.mail.unranked", &[]), |rank| rank.to_string());
        let band = place.band.unwrap_or_else(|| say("vi", "score.mail.no_band", &[]));
        let lines = self.board.scheme.criteria.iter().zip(&one.score.lines);
        let mut rows: Vec<Row> = lines
            .map(|(criterion, line)| line_row(criterion.name.clone(), line.filled(criterion, "vi"), line.counted))
            .collect();
        for (name, points) in [("floor", one.score.floor), ("rounding", one.score.rounding)] {
            if points != Points::ZERO {
                rows.push(line_row(say("vi", &format!("score.mail.{name}"), &[]), String::new(), points));
            }
        }
        let own = [("unit", one.unit.name.as_str()), ("total", &total), ("rank", &rank), ("band", &band)];
        self.letter("unit", &own, rows, federation, reader)
    }

    fn of_all(&self, federation: &UnitRow, reader: &Recipient) -> Letter {
        let places = self.board.scored.iter().map(|one| row(&self.board.scheme, one)).collect();
        let rows = sorted(places, |place| place).into_iter().map(|place| {
            let rank = place.rank.map_or_else(|| "-".to_owned(), |rank| rank.to_string());
            let note = [place.cluster, place.band].into_iter().flatten().collect::<Vec<_>>().join(" - ");
            let values = [("rank", rank.as_str()), ("total", &total(place.total))];
            Row { what: place.unit.name, note, due: say("vi", "score.mail.place", &values), link: None }
        });
        let number = self.board.scored.len().to_string();
        self.letter("all", &[("number", number.as_str())], rows.collect(), federation, reader)
    }

    fn letter(
        &self,
        about: &str,
        own: &[(&str, &str)],
        rows: Vec<Row>,
        federation: &UnitRow,
        reader: &Recipient,
    ) -> Letter {
        let (year, as_of) = (self.year.to_string(), local_time(self.board.at));
        let (number, date) =
            self.decision.map_or(("", String::new()), |(number, date)| (number, date.format("%d/%m/%Y").to_string()));
        let mut values = vec![("year", year.as_str()), ("as_of", as_of.as_str()), ("decision", number)];
        values.extend([("date", date.as_str()), ("scheme", self.board.scheme.title.as_str())]);
        values.extend(own);
        let sentence = |part: &str| say("vi", &format!("score.mail.{}.{part}_{about}", self.words), &values);
        let table = Table {
            caption: say("vi", &format!("score.mail.caption_{about}"), &values),
            what: say("vi", &format!("score.mail.what_{about}"), &[]),
            due: say("vi", "score.mail.points", &[]),
            rows,
        };
        let greeting = if reader.person_id.is_some() { "digest.greeting_person" } else { "digest.greeting_unit" };
        Letter {
            title: sentence("title"),
            greeting: say("vi", greeting, &[("name", reader.name.as_str())]),
            blocks: vec![Block::Paragraph(sentence("lead")), Block::Table(table)],
            why: sentence("why"),
            signature: federation.name.clone(),
        }
    }

    fn mail(
        &self,
        house: &House,
        reader: &Recipient,
        unit_id: i64,
        letter: &Letter,
        leaves_at: DateTime<Utc>,
    ) -> Result<Outgoing, Error> {
        let bodies = letter.render().map_err(|e| StoreError::Corrupt(format!("a letter can't be written: {e}")))?;
        let key = format!("{}:{unit_id}:{}", self.key, reader.key);
        let mail = Outgoing {
            message_id: message_id(&key, house.settings.mail.message_id_domain()),
            key,
            kind: "score".to_owned(),
            to_mail: reader.mail.clone(),
            to_name: reader.name.clone(),
            person_id: reader.person_id,
            unit_id: Some(unit_id),
            subject: format!("[{}] {}", house.settings.mail.from_name, letter.title),
            text: bodies.text,
            html: bodies.html,
            headers: Extras::default(),
            created_at: leaves_at,
            expires_at: Some(leaves_at + EXPIRES),
            check_at: Some(self.board.at),
        };
        Ok(mail.cleaned())
    }
}

/// A score is still worth reading a month later.
const EXPIRES: TimeDelta = TimeDelta::days(30);

fn total(total: Option<Points>) -> String {
    total.map_or_else(|| say("vi", "score.mail.no_score", &[]), |total| total.to_text("vi"))
}

fn line_row(what: String, note: String, points: Points) -> Row {
    Row { what, note, due: points.to_text("vi"), link: None }
}
