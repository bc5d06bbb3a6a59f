//! The scores of a group: the published ones, or computed from what is closed as of an instant.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::domain::score::{Points, Scheme, ScoreGroup};
use crate::domain::text::{local_date, same_key};
use crate::service::obligations::standings::Named;
use crate::service::scores::inputs::{GroupInputs, LeftOut};
use crate::service::scores::scoring::{rank_sheets, score_units, score_year};
use crate::service::scores::{inputs, schemes};
use crate::service::{Error, Tx};
use crate::store::StoreError;
use crate::store::scores::inputs::UnitSelection;
use crate::store::scores::rounds::{self, RoundRow};
use crate::store::scores::{SchemeRow, Sheet, SheetRow, sheets};

/// Which scores to show, and as of when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoardQuery {
    /// The units.
    pub group: ScoreGroup,
    /// As of this instant; `None`: the published scores, or provisional ones as of now.
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

impl SchemeRef {
    pub(crate) fn of(scheme: &SchemeRow) -> Self {
        Self {
            version: scheme.version,
            title: scheme.content.title.clone(),
            document_number: scheme.document_number.clone(),
            document_date: scheme.document_date,
        }
    }
}

/// A unit's total, band and rank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ScoreRow {
    /// The unit.
    pub unit: Named<UnitId>,
    /// Its emulation cluster.
    pub cluster: Option<String>,
    /// Its total; none if nothing of it could be scored.
    pub total: Option<Points>,
    /// Name of its band.
    pub band: Option<String>,
    /// Its rank within category and cluster; none without a total, and for a unit that ended.
    #[schema(value_type = Option<u32>)]
    pub rank: Option<i32>,
}

impl ScoreRow {
    pub(crate) fn of(scheme: &Scheme, sheet: &Sheet) -> Self {
        Self {
            unit: Named {
                id: sheet.unit_id,
                name: sheet.unit_name.clone(),
            },
            cluster: sheet.cluster.clone(),
            total: sheet.score.total,
            band: scheme.band_name(&sheet.score),
            rank: sheet.rank,
        }
    }

    /// The order of rows within a table; rows without a rank come last in their cluster.
    pub(crate) fn order(&self) -> (Option<String>, i32) {
        (
            self.cluster.as_deref().map(same_key),
            self.rank.unwrap_or(i32::MAX),
        )
    }
}

/// Provisional scores by some scheme.
pub(crate) struct Scored {
    /// As of this instant.
    pub at: DateTime<Utc>,
    /// In the order of the units' names.
    pub sheets: Vec<Sheet>,
    /// Units of which something cannot be read.
    pub left_out: Vec<LeftOut>,
}

impl Scored {
    /// What is closed, scored and ranked by a scheme.
    ///
    /// # Errors
    /// An instant in the future or before the year.
    pub(crate) fn by(tx: &mut Tx<'_>, query: BoardQuery, scheme: &Scheme) -> Result<Self, Error> {
        let mut scored = Self::unranked(tx, (query.group.into(), query.at), scheme)?;
        let ranks = rank_sheets(scored.sheets.iter());
        for (sheet, rank) in scored.sheets.iter_mut().zip(ranks) {
            sheet.rank = rank;
        }
        Ok(scored)
    }

    /// What is closed, scored by a scheme.
    fn unranked(
        tx: &mut Tx<'_>,
        (selection, at): (UnitSelection, Option<DateTime<Utc>>),
        scheme: &Scheme,
    ) -> Result<Self, Error> {
        let year = score_year(selection.group.year)?;
        let at = at.unwrap_or(tx.now);
        if at > tx.now || at < year.begin {
            return Err(Invalid::new("at", "score_at").into());
        }
        let GroupInputs { units, left_out } = inputs::read(tx, selection, at)?;
        Ok(Self {
            at,
            sheets: score_units(scheme, units, local_date(at).min(year.last_day)),
            left_out,
        })
    }
}

/// The scores of a group.
#[derive(Debug)]
pub(crate) struct Scoreboard {
    pub group: ScoreGroup,
    pub scheme: SchemeRow,
    /// As of this instant.
    pub at: DateTime<Utc>,
    /// The published round that the scores come from; `None`: they are provisional.
    pub round: Option<RoundRow>,
    /// In the order of the units' names.
    pub sheets: Vec<Sheet>,
    /// Units of which something cannot be read.
    pub left_out: Vec<LeftOut>,
}

impl Scoreboard {
    /// The published scores, unless an instant is asked for; else what is closed, scored.
    pub(crate) fn read(tx: &mut Tx<'_>, query: BoardQuery) -> Result<Self, Error> {
        let round = match query.at {
            None => rounds::newest_final(tx.conn, query.group)?,
            Some(_) => None,
        };
        match round {
            Some(round) => {
                let sheets = sheets::of_round(tx.conn, round.id)?;
                Self::published(tx, round, sheets)
            }
            None => Self::computed(tx, query),
        }
    }

    /// Provisional scores.
    pub(crate) fn computed(tx: &mut Tx<'_>, query: BoardQuery) -> Result<Self, Error> {
        let scheme = schemes::newest(tx, query.group)?;
        let scored = Scored::by(tx, query, &scheme.content)?;
        Ok(Self::of(query.group, scheme, scored))
    }

    /// The score of one unit: the published one, or a provisional one without its rank. It costs the
    /// same however many units the group has.
    pub(crate) fn of_unit(
        tx: &mut Tx<'_>,
        group: ScoreGroup,
        unit_id: UnitId,
    ) -> Result<Self, Error> {
        match rounds::newest_final(tx.conn, group)? {
            Some(round) => {
                let sheet = sheets::of_unit(tx.conn, round.id, unit_id)?;
                Self::published(tx, round, sheet.into_iter().collect())
            }
            None => Self::unranked(tx, group, unit_id),
        }
    }

    /// The provisional score of one unit without its rank.
    pub(crate) fn unranked(
        tx: &mut Tx<'_>,
        group: ScoreGroup,
        unit_id: UnitId,
    ) -> Result<Self, Error> {
        let scheme = schemes::newest(tx, group)?;
        let selection = UnitSelection {
            group,
            only: Some(unit_id),
        };
        let scored = Scored::unranked(tx, (selection, None), &scheme.content)?;
        Ok(Self::of(group, scheme, scored))
    }

    fn of(group: ScoreGroup, scheme: SchemeRow, scored: Scored) -> Self {
        Self {
            group,
            scheme,
            at: scored.at,
            round: None,
            sheets: scored.sheets,
            left_out: scored.left_out,
        }
    }

    /// The scores of a round that is published.
    pub(crate) fn published(
        tx: &mut Tx<'_>,
        round: RoundRow,
        sheets: Vec<SheetRow>,
    ) -> Result<Self, Error> {
        Ok(Self {
            group: round.group(),
            scheme: schemes::of_round(tx, &round)?,
            at: round.computed_at.map_or(tx.now, |at| at.0),
            round: Some(round),
            sheets: sheets.into_iter().map(|row| row.sheet).collect(),
            left_out: Vec::new(),
        })
    }

    /// The sheet of a unit.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a unit that did not exist in the year; [`StoreError::Corrupt`] if
    /// something of it cannot be read.
    pub(crate) fn sheet_of(&self, unit_id: UnitId) -> Result<&Sheet, Error> {
        if let Some(out) = self.left_out.iter().find(|out| out.unit_id == unit_id) {
            return Err(StoreError::Corrupt(out.reason.clone()).into());
        }
        let mut sheets = self.sheets.iter();
        sheets
            .find(|sheet| sheet.unit_id == unit_id)
            .ok_or(Error::not_found("unit"))
    }

    pub(crate) fn scheme_ref(&self) -> SchemeRef {
        SchemeRef::of(&self.scheme)
    }
}
