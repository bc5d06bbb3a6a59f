//! Mails about scores: each unit's leaders get their own unit's score with its explanation, the
//! department gets the table of all units. Nothing is sent that an officer did not publish or
//! release, or the unit did not ask for.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::error::Invalid;
use crate::domain::ids::{RoundId, UnitId};
use crate::domain::mail::Outgoing;
use crate::domain::score::{ScoreGroup, UnitYear};
use crate::domain::text::local_date;
use crate::service::core::access::{self, Action};
use crate::service::notices::post::{Envelope, outgoing};
use crate::service::notices::recipients::{Directory, Recipient};
use crate::service::scores::explain::readable_unit;
use crate::service::scores::letters::Letters;
use crate::service::scores::scoreboard::{BoardQuery, Scoreboard};
use crate::service::scores::scoring::score_year;
use crate::service::{Error, Tx};
use crate::store::types::At;
use crate::store::units;

/// A score is still worth reading a month later.
const EXPIRES: TimeDelta = TimeDelta::days(30);

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
    #[schema(value_type = String, format = DateTime)]
    pub as_of: At,
    /// How many: to a unit one for each leader, or one to its own address.
    pub mails: usize,
}

/// Mails a unit's own score, published or provisional, to its leaders; at most once a day.
///
/// # Errors
/// [`Error::Conflict`] if today's mail was queued already or there is nobody to send it to;
/// [`Error::NotFound`] for a unit that the actor may not see, without a scheme, or for a unit that
/// did not exist in the year; [`Error::Forbidden`].
pub fn mail_unit_score(tx: &mut Tx<'_>, unit: UnitYear) -> Result<ScoreMails, Error> {
    let (row, group) = readable_unit(tx, unit)?;
    tx.require(Action::ActForUnit, row.id)?;
    let mut board = Scoreboard::read(tx, BoardQuery { group, at: None })?;
    board.sheets = vec![board.sheet_of(row.id)?.clone()];
    let key = format!("score-request:{}:{}", unit.year, local_date(tx.now));
    let mailing = Mailing::new(tx, &board, &key, true)?;
    let mails = mailing.to_units(tx)?;
    let conflict = |code| Error::Conflict(Invalid::new("unit_id", code));
    if mails.is_empty() {
        return Err(conflict("score_nobody_to_tell"));
    }
    let requested = ScoreMails {
        as_of: At(board.at),
        mails: tx.enqueue(mails)?,
    };
    if requested.mails == 0 {
        return Err(conflict("score_requested"));
    }
    tx.audit("request", "score_mail", &key)
        .unit(row.id)
        .new_value(&requested)
        .record()?;
    Ok(requested)
}

/// Releases the provisional standings as of the end of a half-year, once: leaders get their own
/// unit's, the department the table.
///
/// # Errors
/// A half-year other than 1 and 2, or one that is not over; [`Error::Conflict`] if it was released
/// before; [`Error::NotFound`] without a scheme, [`Error::Forbidden`].
pub fn release_standings(
    tx: &mut Tx<'_>,
    group: ScoreGroup,
    input: Release,
) -> Result<ScoreMails, Error> {
    access::require_on_scores(tx.conn, tx.actor, Action::Decide, group.unit_id)?;
    let end = score_year(group.year)?.end_of_half(input.half, tx.now)?;
    let at = Some(end);
    let board = Scoreboard::computed(tx, BoardQuery { group, at })?;
    let key = format!(
        "score-standing:{}:{}:{}:{}",
        group.unit_id, group.year, group.category, input.half
    );
    let released = ScoreMails {
        as_of: At(end),
        mails: Mailing::new(tx, &board, &key, false)?.send(tx)?,
    };
    if released.mails == 0 {
        return Err(Error::Conflict(Invalid::new("half", "score_released")));
    }
    tx.audit("release", "score_standing", &key)
        .unit(group.unit_id)
        .new_value(&released)
        .record()?;
    Ok(released)
}

/// Mails the scores of a round that is published now.
pub(crate) fn announce(tx: &mut Tx<'_>, board: &Scoreboard) -> Result<(), Error> {
    let round = board.round.as_ref().map_or(RoundId::NONE, |round| round.id);
    let key = format!("score-published:{round}");
    Mailing::new(tx, board, &key, false)?.send(tx)?;
    Ok(())
}

/// The mails of one occasion.
struct Mailing<'a> {
    letters: Letters<'a>,
    /// What the keys of its mails begin with; each mail is queued once.
    key: &'a str,
    today: NaiveDate,
    leaves_at: DateTime<Utc>,
}

impl<'a> Mailing<'a> {
    fn new(
        tx: &mut Tx<'_>,
        board: &'a Scoreboard,
        key: &'a str,
        requested: bool,
    ) -> Result<Self, Error> {
        let today = local_date(tx.now);
        let federation = tx.lookups.unit(tx.conn, board.group.unit_id)?;
        let policy = tx.lookups.policy(tx.conn, federation.id, today)?;
        let (calendar, _) = tx.lookups.calendar(tx.conn, &policy.calendar)?;
        Ok(Self {
            letters: Letters {
                board,
                federation,
                requested,
            },
            key,
            today,
            // mails leave in office hours
            leaves_at: calendar.next_opening(tx.now).unwrap_or(tx.now),
        })
    }

    /// Queues the mails to leaders and department; how many were new.
    fn send(&self, tx: &mut Tx<'_>) -> Result<usize, Error> {
        let mut mails = self.to_units(tx)?;
        let federation = &self.letters.federation;
        let readers = Directory::on(self.today).department(tx.conn, federation)?;
        for reader in readers {
            let letter = self.letters.of_all(&reader);
            mails.push(outgoing(
                tx.app,
                &letter,
                self.envelope(federation.id, &reader),
            )?);
        }
        tx.enqueue(mails)
    }

    /// The mails to the leaders of each unit of the scoreboard that has not ended.
    fn to_units(&self, tx: &mut Tx<'_>) -> Result<Vec<Outgoing>, Error> {
        let sheets = &self.letters.board.sheets;
        let ids: Vec<UnitId> = sheets.iter().map(|sheet| sheet.unit_id).collect();
        let mut directory = Directory::on(self.today);
        directory.read_leaders(tx.conn, &ids)?;
        let rows = units::find_many(tx.conn, &ids)?;
        let mut mails = Vec::new();
        for sheet in sheets {
            let unit = rows.get(&sheet.unit_id);
            let Some(unit) = unit.filter(|unit| unit.exists_on(self.today)) else {
                continue;
            };
            for reader in directory.heads(tx.conn, unit)? {
                let letter = self.letters.of_unit(sheet, &reader);
                mails.push(outgoing(tx.app, &letter, self.envelope(unit.id, &reader))?);
            }
        }
        Ok(mails)
    }

    fn envelope<'r>(&self, unit_id: UnitId, reader: &'r Recipient) -> Envelope<'r> {
        Envelope {
            key: format!("{}:{unit_id}:{}", self.key, reader.party),
            kind: "score",
            reader,
            unit_id,
            leaves_at: self.leaves_at,
            expires_at: Some(self.leaves_at + EXPIRES),
            check_at: Some(self.letters.board.at),
        }
    }
}
