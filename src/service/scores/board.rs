//! Scores and ranks of all units of a category, and a trial of a changed scheme: nothing is stored.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::Serialize;

use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::score::{Contender, Inputs, Points, Scheme, Score, ranks, score};
use crate::domain::text::{ZONE, local_date};
use crate::domain::unit::Category;
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::core::lookups::Lookups;
use crate::service::obligations::standings::Named;
use crate::service::scores::inputs::{Year, read_in};
use crate::service::scores::schemes;
use crate::service::scores::schemes::{SchemeChoice, Slot};
use crate::service::scores::stored::{inputs_of, scheme_of, score_of};
use crate::service::{App, Error};
use crate::store::score_rounds::{self as rounds, RoundRow};
use crate::store::scores::SchemeRow;
use crate::store::types::{from_json, instant_opt};
use crate::store::units::UnitRow;
use crate::store::{Conn, units};

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
pub(crate) struct Scored {
    pub unit: UnitRow,
    pub inputs: Inputs,
    pub score: Score,
    pub rank: Option<u32>,
}

/// Scores and ranks of a category: the published ones, or provisional ones as of an instant.
///
/// # Errors
/// An instant to come or outside the year; [`Error::NotFound`] without a scheme or for a federation
/// that the actor may not see.
pub fn table(
    app: &App,
    actor: &Actor,
    wanted: Wanted,
    now: DateTime<Utc>,
) -> Result<ScoreTable, Error> {
    app.store.read(|conn| {
        access::require(conn, actor, Action::ReadScores, wanted.slot.unit_id)?;
        let board = Board::read(conn, app, wanted, now)?;
        Ok(ScoreTable {
            unit_id: wanted.slot.unit_id,
            year: wanted.slot.year,
            category: wanted.slot.category,
            provisional: board.provisional,
            as_of: board.as_of(),
            scheme: board.scheme_ref(),
            rows: sorted(
                board
                    .scored
                    .iter()
                    .map(|one| row(&board.scheme, one))
                    .collect(),
                |row| row,
            ),
        })
    })
}

/// What another scheme would do: old and new ranks side by side. Nothing is stored.
///
/// # Errors
/// As [`table`]; every fault of the scheme; [`Error::Forbidden`].
pub fn trial(
    app: &App,
    actor: &Actor,
    wanted: Wanted,
    choice: &SchemeChoice,
    now: DateTime<Utc>,
) -> Result<TrialTable, Error> {
    app.store.read(|conn| {
        access::require_on_scores(conn, actor, Action::ManageRules, wanted.slot.unit_id)?;
        let scheme = schemes::chosen_in(conn, choice)?;
        let board = Board::computed(conn, app, wanted, now)?;
        let last = local_date(board.at).min(Year::of(wanted.slot.year)?.last_day);
        let units = board
            .scored
            .iter()
            .map(|one| (one.unit.clone(), one.inputs.clone()))
            .collect();
        let (old, new) = (&board.scored, ranked(&scheme, units, last));
        let pairs = old.iter().zip(&new);
        let rows = pairs
            .map(|(old, new)| TrialRow {
                old: row(&board.scheme, old),
                new: row(&scheme, new),
            })
            .collect();
        Ok(TrialTable {
            as_of: board.as_of(),
            rows: sorted(rows, |row: &TrialRow| &row.new),
        })
    })
}

/// Everything that the scores of a category rest on.
pub(crate) struct Board {
    pub row: SchemeRow,
    pub scheme: Scheme,
    pub at: DateTime<Utc>,
    /// Not published.
    pub provisional: bool,
    pub scored: Vec<Scored>,
}

impl Board {
    /// What was published last, unless an instant is asked for; else computed from what is closed.
    pub(crate) fn read(
        conn: &mut Conn,
        app: &App,
        wanted: Wanted,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        if wanted.at.is_none()
            && let Some(round) = rounds::final_round(conn, wanted.slot.field(), wanted.slot.year)?
        {
            return Self::published(conn, &round, now);
        }
        Self::computed(conn, app, wanted, now)
    }

    pub(crate) fn computed(
        conn: &mut Conn,
        app: &App,
        wanted: Wanted,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let year = Year::of(wanted.slot.year)?;
        let at = wanted.at.unwrap_or(now);
        if at > now || at < year.begin {
            return Err(Invalid::new("at", "score_at").into());
        }
        let row = schemes::newest_in(conn, wanted.slot)?;
        let scheme = from_json("score scheme", &row.content)?;
        let units = read_in(conn, &mut Lookups::new(app), wanted.slot, (at, now))?;
        let scored = ranked(&scheme, units, local_date(at).min(year.last_day));
        Ok(Self {
            row,
            scheme,
            at,
            provisional: true,
            scored,
        })
    }

    pub(crate) fn published(
        conn: &mut Conn,
        round: &RoundRow,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let (row, scheme) = scheme_of(conn, round)?;
        let sheets = rounds::sheets(conn, round.id)?;
        let mut units = units::find_many(
            conn,
            &sheets.iter().map(|sheet| sheet.unit_id).collect::<Vec<_>>(),
        )?;
        let mut scored = Vec::with_capacity(sheets.len());
        for sheet in sheets {
            let Some(unit) = units.remove(&sheet.unit_id) else {
                continue;
            };
            let (inputs, score) = (inputs_of(&sheet)?, score_of(&sheet)?);
            // as they were when it was computed
            let unit = UnitRow {
                name: sheet.unit_name,
                cluster: sheet.cluster,
                ..unit
            };
            scored.push(Scored {
                unit,
                inputs,
                score,
                rank: sheet.rank.and_then(|rank| u32::try_from(rank).ok()),
            });
        }
        let at = instant_opt(round.computed_at)?.unwrap_or(now);
        Ok(Self {
            row,
            scheme,
            at,
            provisional: false,
            scored,
        })
    }

    pub(crate) fn as_of(&self) -> DateTime<FixedOffset> {
        self.at.with_timezone(&ZONE).fixed_offset()
    }

    pub(crate) fn scheme_ref(&self) -> SchemeRef {
        SchemeRef {
            version: self.row.version,
            title: self.scheme.title.clone(),
            document_number: self.row.document_number.clone(),
            document_date: self.row.document_date,
        }
    }
}

/// Scores units and ranks those that did not end by `last`.
fn ranked(scheme: &Scheme, units: Vec<(UnitRow, Inputs)>, last: NaiveDate) -> Vec<Scored> {
    let scores: Vec<Score> = units
        .iter()
        .map(|(_, inputs)| score(scheme, inputs))
        .collect();
    let contender = |(unit, score): (&UnitRow, &Score)| {
        (unit.ended_on.is_none_or(|day| day > last), score.total)
    };
    let ranks = {
        let places = units.iter().zip(&scores).map(|((unit, _), score)| {
            let (stands, total) = contender((unit, score));
            Contender {
                cluster: unit.cluster.as_deref(),
                total: total.filter(|_| stands),
            }
        });
        ranks(&places.collect::<Vec<_>>())
    };
    let all = units.into_iter().zip(scores).zip(ranks);
    all.map(|(((unit, inputs), score), rank)| Scored {
        unit,
        inputs,
        score,
        rank,
    })
    .collect()
}

pub(crate) fn row(scheme: &Scheme, one: &Scored) -> ScoreRow {
    ScoreRow {
        unit: Named {
            id: one.unit.id,
            name: one.unit.name.clone(),
        },
        cluster: one.unit.cluster.clone(),
        total: one.score.total,
        band: one
            .score
            .band
            .as_deref()
            .and_then(|code| scheme.band_name(code))
            .map(str::to_owned),
        rank: one.rank,
    }
}

/// By cluster and rank, those without a rank last; they come in the order of their names.
pub(crate) fn sorted<T>(mut rows: Vec<T>, of: impl Fn(&T) -> &ScoreRow) -> Vec<T> {
    rows.sort_by(|a, b| {
        let key = |row: &ScoreRow| (row.cluster.clone(), row.rank.unwrap_or(u32::MAX));
        key(of(a)).cmp(&key(of(b)))
    });
    rows
}
