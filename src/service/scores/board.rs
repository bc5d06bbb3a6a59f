//! Scores and ranks of all units of a category, and a trial of a changed scheme: nothing is stored.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::Serialize;

use super::inputs::{Year, read_in};
use super::schemes::{self, SchemeChoice, Slot};
use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::score::{Band, Contender, Inputs, Points, Scheme, Score, ranks, score};
use crate::domain::text::{ZONE, local_date};
use crate::domain::unit::Category;
use crate::service::access::{self, Action};
use crate::service::book::Book;
use crate::service::standings::Named;
use crate::service::{Error, House};
use crate::store::Conn;
use crate::store::scores::SchemeRow;
use crate::store::types::from_json;
use crate::store::units::UnitRow;

/// Which scores, and as of when (`None` = now).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Federation, year and category.
    pub slot: Slot,
    /// As of this instant.
    pub at: Option<DateTime<Utc>>,
}

/// The scheme that a score follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SchemeRef {
    /// Its version.
    pub version: i32,
    /// What it is called.
    pub title: String,
    /// Number of its document.
    pub document_number: String,
    /// Date of its document.
    pub document_date: Option<NaiveDate>,
}

/// Scores and ranks of a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ScoreTable {
    /// The federation.
    pub unit_id: i64,
    /// The year.
    pub year: i32,
    /// The category.
    pub category: Category,
    /// Not published: obligations closed so far, subject to change.
    pub provisional: bool,
    /// As of this instant.
    pub as_of: DateTime<FixedOffset>,
    /// The scheme.
    pub scheme: SchemeRef,
    /// One a unit, by cluster, rank and name.
    pub rows: Vec<ScoreRow>,
}

/// A unit's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ScoreRow {
    /// The unit.
    pub unit: Named,
    /// Its emulation cluster.
    pub cluster: Option<String>,
    /// Its total; none if nothing of it could be scored.
    pub total: Option<Points>,
    /// Name of its band.
    pub band: Option<String>,
    /// Its rank within category and cluster; none without a total, and for a unit that ended.
    pub rank: Option<u32>,
}

/// A trial of a changed scheme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TrialTable {
    /// As of this instant.
    pub as_of: DateTime<FixedOffset>,
    /// One a unit, by cluster, new rank and name.
    pub rows: Vec<TrialRow>,
}

/// What a changed scheme would do to a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TrialRow {
    /// Under the scheme that holds.
    pub old: ScoreRow,
    /// Under the one on trial.
    pub new: ScoreRow,
}

/// A unit's score among its like.
pub(super) struct Scored {
    pub unit: UnitRow,
    pub inputs: Inputs,
    pub score: Score,
    pub rank: Option<u32>,
}

/// Provisional scores and ranks of a category.
///
/// # Errors
/// An instant to come or outside the year; [`Error::NotFound`] without a scheme or for a federation that the actor may not see.
pub fn table(house: &House, actor: &Actor, wanted: Wanted, now: DateTime<Utc>) -> Result<ScoreTable, Error> {
    house.store.read(|conn| {
        access::require(conn, actor, Action::Read, wanted.slot.unit_id)?;
        let board = Board::read(conn, house, wanted, now)?;
        Ok(ScoreTable {
            unit_id: wanted.slot.unit_id,
            year: wanted.slot.year,
            category: wanted.slot.category,
            provisional: true,
            as_of: board.as_of(),
            scheme: board.scheme_ref(),
            rows: sorted(board.scored()?.iter().map(|one| row(&board.scheme, one)).collect(), |row| row),
        })
    })
}

/// What another scheme would do: old and new ranks side by side. Nothing is stored.
///
/// # Errors
/// As [`table`]; every fault of the scheme; [`Error::Forbidden`].
pub fn trial(
    house: &House,
    actor: &Actor,
    wanted: Wanted,
    choice: &SchemeChoice,
    now: DateTime<Utc>,
) -> Result<TrialTable, Error> {
    house.store.read(|conn| {
        access::require(conn, actor, Action::ManageRules, wanted.slot.unit_id)?;
        let scheme = schemes::chosen_in(conn, choice)?;
        let board = Board::read(conn, house, wanted, now)?;
        let (old, new) = (board.scored()?, board.scored_by(&scheme)?);
        let pairs = old.iter().zip(&new);
        let rows = pairs.map(|(old, new)| TrialRow { old: row(&board.scheme, old), new: row(&scheme, new) }).collect();
        Ok(TrialTable { as_of: board.as_of(), rows: sorted(rows, |row: &TrialRow| &row.new) })
    })
}

/// Everything that the scores of a category rest on.
pub(super) struct Board {
    pub row: SchemeRow,
    pub scheme: Scheme,
    pub at: DateTime<Utc>,
    year: i32,
    units: Vec<(UnitRow, Inputs)>,
}

impl Board {
    pub(super) fn read(conn: &mut Conn, house: &House, wanted: Wanted, now: DateTime<Utc>) -> Result<Self, Error> {
        let year = Year::of(wanted.slot.year)?;
        let at = wanted.at.unwrap_or(now);
        if at > now || at < year.begin {
            return Err(Invalid::new("at", "score_at").into());
        }
        let row = schemes::newest_in(conn, wanted.slot)?;
        let scheme = from_json("score scheme", &row.content)?;
        let units = read_in(conn, &mut Book::new(house), wanted.slot, (at, now))?;
        Ok(Self { row, scheme, at, year: wanted.slot.year, units })
    }

    pub(super) fn scored(&self) -> Result<Vec<Scored>, Error> {
        self.scored_by(&self.scheme)
    }

    fn scored_by(&self, scheme: &Scheme) -> Result<Vec<Scored>, Error> {
        let last = local_date(self.at).min(Year::of(self.year)?.last_day);
        Ok(ranked(scheme, self.units.clone(), last))
    }

    pub(super) fn as_of(&self) -> DateTime<FixedOffset> {
        self.at.with_timezone(&ZONE).fixed_offset()
    }

    pub(super) fn scheme_ref(&self) -> SchemeRef {
        SchemeRef {
            version: self.row.version,
            title: self.scheme.title.clone(),
            document_number: self.row.document_number.clone(),
            document_date: self.row.document_date,
        }
    }
}

/// Scores units and ranks those that did not end by `last`.
pub(super) fn ranked(scheme: &Scheme, units: Vec<(UnitRow, Inputs)>, last: NaiveDate) -> Vec<Scored> {
    let scores: Vec<Score> = units.iter().map(|(_, inputs)| score(scheme, inputs)).collect();
    let contender = |(unit, score): (&UnitRow, &Score)| (unit.ended_on.is_none_or(|day| day > last), score.total);
    let ranks = {
        let places = units.iter().zip(&scores).map(|((unit, _), score)| {
            let (stands, total) = contender((unit, score));
            Contender { cluster: unit.cluster.as_deref(), total: total.filter(|_| stands) }
        });
        ranks(&places.collect::<Vec<_>>())
    };
    let all = units.into_iter().zip(scores).zip(ranks);
    all.map(|(((unit, inputs), score), rank)| Scored { unit, inputs, score, rank }).collect()
}

fn row(scheme: &Scheme, one: &Scored) -> ScoreRow {
    ScoreRow {
        unit: Named { id: one.unit.id, name: one.unit.name.clone() },
        cluster: one.unit.cluster.clone(),
        total: one.score.total,
        band: one.score.band.as_deref().and_then(|code| band(scheme, code)).map(|band| band.name.clone()),
        rank: one.rank,
    }
}

pub(super) fn band<'s>(scheme: &'s Scheme, code: &str) -> Option<&'s Band> {
    scheme.bands.iter().find(|band| band.code == code)
}

/// By cluster and rank, those without a rank last; they come in the order of their names.
fn sorted<T>(mut rows: Vec<T>, of: impl Fn(&T) -> &ScoreRow) -> Vec<T> {
    rows.sort_by(|a, b| {
        let key = |row: &ScoreRow| (row.cluster.clone(), row.rank.unwrap_or(u32::MAX));
        key(of(a)).cmp(&key(of(b)))
    });
    rows
}
