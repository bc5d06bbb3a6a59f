//! A sheet as it is shown.

use serde::Serialize;

use crate::domain::ids::{RoundId, SheetId, UnitId};
use crate::domain::score::{Assessment, Line, Points, Scheme, SheetState};
use crate::service::obligations::standings::Named;
use crate::store::scores::SheetRow;

/// A sheet in the words of a language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ScoreSheet)]
pub struct SheetView {
    /// Its id.
    pub id: SheetId,
    /// The round.
    pub round_id: RoundId,
    /// The unit, named as it was when the sheet was computed.
    pub unit: Named<UnitId>,
    /// Its emulation cluster then.
    pub cluster: Option<String>,
    /// It had ended by then: scored, not ranked.
    pub ended: bool,
    /// How far it has come.
    pub state: SheetState,
    /// Version of the engine that computed it.
    pub engine: i32,
    /// The total; none if nothing could be scored.
    pub total: Option<Points>,
    /// Name of the band.
    pub band: Option<String>,
    /// The rank, once published.
    pub rank: Option<i32>,
    /// One for each criterion.
    pub lines: Vec<SheetLine>,
    /// What is added where penalties would bring the total below zero.
    pub floor: Points,
    /// What is left over when each line is rounded by itself.
    pub rounding: Points,
    /// The unit's assessment of itself.
    pub self_assessment: Option<Assessment>,
    /// The department's review.
    pub review: Option<Assessment>,
    /// SHA-256 of the sealed sheet, once frozen.
    pub hash: Option<String>,
    /// Goes up with every change.
    pub version: i32,
}

/// A line of a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SheetLine {
    /// Name of the criterion.
    pub name: String,
    /// The formula with its numbers.
    pub filled: String,
    /// The numbers.
    #[serde(flatten)]
    pub line: Line,
}

/// A sheet with the scheme that it follows.
#[derive(Debug, Clone)]
pub struct SchemedSheet {
    pub(super) row: SheetRow,
    pub(super) scheme: Scheme,
}

impl SchemedSheet {
    /// Its round.
    pub fn round_id(&self) -> RoundId {
        self.row.round_id
    }

    /// The sheet in the words of a language (`vi` or `en`).
    pub fn view(&self, locale: &str) -> SheetView {
        view(self.row.clone(), &self.scheme, locale)
    }
}

pub(super) fn view(row: SheetRow, scheme: &Scheme, locale: &str) -> SheetView {
    let sheet = row.sheet;
    let score = sheet.score.0;
    let band = scheme.band_name(&score);
    let lines = scheme.criteria.iter().zip(score.lines);
    SheetView {
        id: row.id,
        round_id: row.round_id,
        unit: Named {
            id: sheet.unit_id,
            name: sheet.unit_name,
        },
        cluster: sheet.cluster,
        ended: sheet.ended,
        state: *row.state,
        engine: sheet.engine,
        total: score.total,
        band,
        rank: sheet.rank,
        lines: lines
            .map(|(criterion, line)| SheetLine {
                name: criterion.name.clone(),
                filled: line.filled(criterion, locale),
                line,
            })
            .collect(),
        floor: score.floor,
        rounding: score.rounding,
        self_assessment: row.self_assessment.map(|json| json.0.shown()),
        review: row.review.map(|json| json.0.shown()),
        hash: row.hash,
        version: row.version,
    }
}
