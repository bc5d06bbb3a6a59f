//! Mails about scores: each unit's leaders get their own score with its explanation and nobody
//! else's; the department gets the whole table. Nothing leaves that an officer did not publish or
//! release.

use std::sync::Arc;

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::mail::Outgoing;
use crate::domain::score::Points;
use crate::domain::text::{local_date, local_midnight, local_time};
use crate::domain::words::say;
use crate::mail::render::{Block, Letter, Row, Table};
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::core::audit::Entry;
use crate::service::core::lookups::Lookups;
use crate::service::notices::post::{Envelope, outgoing};
use crate::service::notices::recipients::{Directory, Recipient};
use crate::service::scores::board::{Board, Scored, Wanted, row, sorted};
use crate::service::scores::inputs::Year;
use crate::service::scores::schemes::Slot;
use crate::service::{App, Error};
use crate::store::score_rounds::{self, RoundRow};
use crate::store::units::UnitRow;
use crate::store::{Conn, outbox, units};

/// Which half-year's standings to release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// 1 = January to June, 2 = the whole year; provisional standings as of its end.
    pub half: u8,
}

/// Mails about scores that were queued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ScoreMails {
    /// As of this instant.
    pub as_of: DateTime<FixedOffset>,
    /// How many: to a unit one for each leader, or one to its own address.
    pub mails: usize,
}

/// Mails a unit's own score, published or provisional as of `now`, to its leaders; at most once a
/// day.
///
/// # Errors
/// [`Error::Conflict`] if today's was queued already or there is nobody to send it to;
/// [`Error::NotFound`] for a unit that the actor may not see, without a scheme, or for a unit that
/// did not exist in the year; [`Error::Forbidden`].
pub fn request(
    app: &App,
    actor: &Actor,
    (unit_id, year): (i64, i32),
    now: DateTime<Utc>,
) -> Result<ScoreMails, Error> {
    app.store.write(|conn| {
        access::require(conn, actor, Action::ReadScores, unit_id)?;
        access::require(conn, actor, Action::ActForUnit, unit_id)?;
        let unit = units::find(conn, unit_id)?.ok_or(Error::not_found("unit"))?;
        let slot = Slot {
            unit_id: unit.federation_id,
            year,
            category: *unit.category,
        };
        let mut board = Board::read(conn, app, Wanted { slot, at: None }, now)?;
        board.scored.retain(|one| one.unit.id == unit_id);
        if board.scored.is_empty() {
            return Err(Error::not_found("unit"));
        }
        let final_round =
            score_rounds::final_round(conn, slot.field(), year)?.filter(|_| !board.provisional);
        let key = format!("score-request:{year}:{}", local_date(now));
        let occasion = Occasion {
            board: &board,
            year,
            key: &key,
            words: if board.provisional {
                "standing"
            } else {
                "published"
            },
            why: "request",
            decision: final_round.as_ref().and_then(decision_of),
        };
        let desk = Desk::open(conn, app, slot.unit_id, now)?;
        let mails = occasion.to_units(conn, &desk)?;
        if mails.is_empty() {
            return Err(Error::Conflict(Invalid::new(
                "unit_id",
                "score_nobody_to_tell",
            )));
        }
        let requested = ScoreMails {
            as_of: board.as_of(),
            mails: outbox::enqueue(conn, &mails)?,
        };
        if requested.mails == 0 {
            return Err(Error::Conflict(Invalid::new("unit_id", "score_requested")));
        }
        let line = Entry::new(actor, now, "request", "score_mail", &key).unit(unit_id);
        line.new_value(&requested)?.record(conn)?;
        Ok(requested)
    })
}

/// Releases the provisional standings as of the end of a half-year, once: leaders get their own
/// unit's, the department the table.
///
/// # Errors
/// A half-year that is no such or not over; [`Error::Conflict`] if it was released;
/// [`Error::NotFound`] without a scheme, [`Error::Forbidden`].
pub fn release(
    app: &App,
    actor: &Actor,
    slot: Slot,
    input: Release,
    now: DateTime<Utc>,
) -> Result<ScoreMails, Error> {
    app.store.write(|conn| {
        access::require_binding(
            conn,
            actor,
            Action::Decide,
            Action::ReadScores,
            slot.unit_id,
        )?;
        let year = Year::of(slot.year)?;
        let end = match input.half {
            1 => NaiveDate::from_ymd_opt(slot.year, 7, 1).map(local_midnight),
            2 => Some(year.end),
            _ => None,
        };
        let range = Invalid::new("half", "number_range")
            .with("value", input.half)
            .with("from", 1)
            .with("to", 2);
        let end = end.ok_or(range)?;
        if now < end {
            return Err(Invalid::new("half", "score_half_runs")
                .with("end", local_time(end))
                .into());
        }
        let board = Board::computed(
            conn,
            app,
            Wanted {
                slot,
                at: Some(end),
            },
            now,
        )?;
        let key = format!(
            "score-standing:{}:{}:{}:{}",
            slot.unit_id,
            slot.year,
            slot.category.as_str(),
            input.half
        );
        let words = "standing";
        let occasion = Occasion {
            board: &board,
            year: slot.year,
            key: &key,
            words,
            why: words,
            decision: None,
        };
        let mails = occasion.send_in(conn, app, slot.unit_id, now)?;
        if mails == 0 {
            return Err(Error::Conflict(Invalid::new("half", "score_released")));
        }
        let released = ScoreMails {
            as_of: board.as_of(),
            mails,
        };
        let line = Entry::new(actor, now, "release", "score_standing", &key).unit(slot.unit_id);
        line.new_value(&released)?.record(conn)?;
        Ok(released)
    })
}

/// Mails what a round publishes.
pub(crate) fn published_in(
    conn: &mut Conn,
    app: &App,
    round: &RoundRow,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let board = Board::published(conn, round, now)?;
    let (words, decision, key) = (
        "published",
        decision_of(round),
        format!("score-published:{}", round.id),
    );
    let occasion = Occasion {
        board: &board,
        year: round.year,
        key: &key,
        words,
        why: words,
        decision,
    };
    occasion.send_in(conn, app, round.unit_id, now)?;
    Ok(())
}

/// Number and date of the decision that published a round.
fn decision_of(round: &RoundRow) -> Option<(&str, NaiveDate)> {
    round.decision_number.as_deref().zip(round.decision_date)
}

/// Whose mails they are and when they may leave.
struct Desk<'a> {
    app: &'a App,
    federation: Arc<UnitRow>,
    today: NaiveDate,
    leaves_at: DateTime<Utc>,
}

impl<'a> Desk<'a> {
    fn open(
        conn: &mut Conn,
        app: &'a App,
        federation_id: i64,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let (mut lookups, today) = (Lookups::new(app), local_date(now));
        let federation = lookups.unit(conn, federation_id)?;
        let policy = lookups.policy(conn, federation_id, today)?;
        let (calendar, _) = lookups.calendar(conn, &policy.calendar)?;
        // mails leave in office hours
        let leaves_at = calendar.next_opening(now).unwrap_or(now);
        Ok(Self {
            app,
            federation,
            today,
            leaves_at,
        })
    }
}

/// Why mails are sent, and what of.
struct Occasion<'a> {
    board: &'a Board,
    year: i32,
    /// What the keys of its mails begin with; each mail is queued once.
    key: &'a str,
    /// The part of the sentences: `published` or `standing`.
    words: &'static str,
    /// The part of the sentence that says why it came; `request` where the unit asked for it.
    why: &'static str,
    decision: Option<(&'a str, NaiveDate)>,
}

impl Occasion<'_> {
    /// Queues the mails to leaders and department; how many were new.
    fn send_in(
        &self,
        conn: &mut Conn,
        app: &App,
        federation_id: i64,
        now: DateTime<Utc>,
    ) -> Result<usize, Error> {
        let desk = Desk::open(conn, app, federation_id, now)?;
        let mut mails = self.to_units(conn, &desk)?;
        for reader in Directory::on(desk.today).department(conn, &desk.federation)? {
            let letter = self.of_all(&desk.federation, &reader);
            mails.push(self.mail(&desk, &reader, federation_id, &letter)?);
        }
        Ok(outbox::enqueue(conn, &mails)?)
    }

    /// The mails to the leaders of each unit on the board that did not end.
    fn to_units(&self, conn: &mut Conn, desk: &Desk<'_>) -> Result<Vec<Outgoing>, Error> {
        let mut directory = Directory::on(desk.today);
        let ids: Vec<i64> = self.board.scored.iter().map(|one| one.unit.id).collect();
        directory.learn(conn, &ids)?;
        let rows = units::find_many(conn, &ids)?;
        let mut mails = Vec::new();
        for one in &self.board.scored {
            let Some(unit) = rows
                .get(&one.unit.id)
                .filter(|unit| unit.exists_on(desk.today))
            else {
                continue;
            };
            for reader in directory.heads(conn, unit)? {
                let letter = self.of_unit(one, &desk.federation, &reader);
                mails.push(self.mail(desk, &reader, unit.id, &letter)?);
            }
        }
        Ok(mails)
    }

    fn of_unit(&self, one: &Scored, federation: &UnitRow, reader: &Recipient) -> Letter {
        let place = row(&self.board.scheme, one);
        let total = total(place.total);
        let rank = place.rank.map_or_else(
            || say("vi", "score.mail.unranked", &[]),
            |rank| rank.to_string(),
        );
        let band = place
            .band
            .unwrap_or_else(|| say("vi", "score.mail.no_band", &[]));
        let lines = self.board.scheme.criteria.iter().zip(&one.score.lines);
        let mut rows: Vec<Row> = lines
            .map(|(criterion, line)| {
                line_row(
                    criterion.name.clone(),
                    line.filled(criterion, "vi"),
                    line.counted,
                )
            })
            .collect();
        for (name, points) in [("floor", one.score.floor), ("rounding", one.score.rounding)] {
            if points != Points::ZERO {
                rows.push(line_row(
                    say("vi", &format!("score.mail.{name}"), &[]),
                    String::new(),
                    points,
                ));
            }
        }
        let own = [
            ("unit", one.unit.name.as_str()),
            ("total", &total),
            ("rank", &rank),
            ("band", &band),
        ];
        self.letter("unit", &own, rows, federation, reader)
    }

    fn of_all(&self, federation: &UnitRow, reader: &Recipient) -> Letter {
        let places = self
            .board
            .scored
            .iter()
            .map(|one| row(&self.board.scheme, one))
            .collect();
        let rows = sorted(places, |place| place).into_iter().map(|place| {
            let rank = place
                .rank
                .map_or_else(|| "-".to_owned(), |rank| rank.to_string());
            let note = [place.cluster, place.band]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" - ");
            let values = [("rank", rank.as_str()), ("total", &total(place.total))];
            Row {
                what: place.unit.name,
                note,
                due: say("vi", "score.mail.place", &values),
                link: None,
            }
        });
        let number = self.board.scored.len().to_string();
        self.letter(
            "all",
            &[("number", number.as_str())],
            rows.collect(),
            federation,
            reader,
        )
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
        let (number, date) = self.decision.map_or(("", String::new()), |(number, date)| {
            (number, date.format("%d/%m/%Y").to_string())
        });
        let mut values = vec![
            ("year", year.as_str()),
            ("as_of", as_of.as_str()),
            ("decision", number),
        ];
        values.extend([
            ("date", date.as_str()),
            ("scheme", self.board.scheme.title.as_str()),
        ]);
        values.extend(own);
        let sentence = |words: &str, part: &str| {
            say("vi", &format!("score.mail.{words}.{part}_{about}"), &values)
        };
        let table = Table {
            caption: say("vi", &format!("score.mail.caption_{about}"), &values),
            what: say("vi", &format!("score.mail.what_{about}"), &[]),
            due: say("vi", "score.mail.points", &[]),
            rows,
        };
        let greeting = if reader.person_id.is_some() {
            "digest.greeting_person"
        } else {
            "digest.greeting_unit"
        };
        Letter {
            title: sentence(self.words, "title"),
            pressing: None,
            greeting: say("vi", greeting, &[("name", reader.name.as_str())]),
            blocks: vec![
                Block::Paragraph(sentence(self.words, "lead")),
                Block::Table(table),
            ],
            why: sentence(self.why, "why"),
            signature: federation.name.clone(),
        }
    }

    fn mail(
        &self,
        desk: &Desk<'_>,
        reader: &Recipient,
        unit_id: i64,
        letter: &Letter,
    ) -> Result<Outgoing, Error> {
        let envelope = Envelope {
            key: format!("{}:{unit_id}:{}", self.key, reader.key),
            kind: "score",
            reader,
            unit_id,
            leaves_at: desk.leaves_at,
            expires_at: Some(desk.leaves_at + EXPIRES),
            check_at: Some(self.board.at),
        };
        outgoing(desk.app, letter, envelope)
    }
}

/// A score is still worth reading a month later.
const EXPIRES: TimeDelta = TimeDelta::days(30);

fn total(total: Option<Points>) -> String {
    total.map_or_else(
        || say("vi", "score.mail.no_score", &[]),
        |total| total.to_text("vi"),
    )
}

fn line_row(what: String, note: String, points: Points) -> Row {
    Row {
        what,
        note,
        due: points.to_text("vi"),
        link: None,
    }
}
