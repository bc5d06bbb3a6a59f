//! A unit's score down to the obligations and items that it was computed from.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::ids::UnitId;
use crate::domain::score::{
    Criterion, KindNames, Line, Measure, Points, ScoreGroup, UnitYear, formula, selection,
};
use crate::domain::unit::Category;
use crate::service::core::access::Action;
use crate::service::obligations::standings::Named;
use crate::service::scores::evidence::{Evidence, ItemRef, ObligationRef};
use crate::service::scores::scheme_views::kind_names;
use crate::service::scores::scoreboard::{BoardQuery, SchemeRef, ScoreRow, Scoreboard};
use crate::service::{Error, Tx};
use crate::store::types::At;
use crate::store::units::{self, UnitRow};

/// A unit's score, explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct UnitScore {
    /// The unit.
    pub unit: Named<UnitId>,
    /// The year.
    pub year: i32,
    /// Its category.
    pub category: Category,
    /// Its emulation cluster.
    pub cluster: Option<String>,
    /// Not published: obligations closed so far, subject to change.
    pub provisional: bool,
    /// As of this instant.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: At,
    /// The scheme.
    pub scheme: SchemeRef,
    /// The total; none if nothing could be scored.
    pub total: Option<Points>,
    /// Name of the band.
    pub band: Option<String>,
    /// Its rank within category and cluster; none without a total, and for a unit that ended.
    #[schema(value_type = Option<u32>)]
    pub rank: Option<i32>,
    /// One for each criterion, in the scheme's order.
    pub lines: Vec<ExplainedLine>,
    /// What is added where penalties would bring the total below zero.
    pub floor: Points,
    /// What is left over when each line is rounded by itself.
    pub rounding: Points,
}

/// A criterion, explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ExplainedLine {
    /// Its code.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// The group that it is shown in.
    pub group: Option<String>,
    /// How it is computed.
    pub measure: Measure,
    /// The most it gives; for bonus and penalty see the formula.
    pub max: Points,
    /// What it looks at, in words.
    pub selection: String,
    /// The formula in words.
    pub formula: String,
    /// The formula with its numbers.
    pub filled: String,
    /// Whether it applies.
    pub applies: bool,
    /// Its own points.
    pub points: Points,
    /// What it computes to, where a mark replaces that.
    pub computed: Option<Points>,
    /// What it adds to the total.
    pub counted: Points,
    /// The obligations behind it, in order of their due instant.
    pub obligations: Vec<ObligationRef>,
    /// The items behind it, for criteria over items.
    pub items: Vec<ItemRef>,
}

/// A unit's score: the published one, or provisional as of an instant.
///
/// # Errors
/// An instant in the future or before the year; [`Error::NotFound`] for a unit that the actor may
/// not see, without a scheme, or for a unit that did not exist in the year.
pub fn unit_score(
    tx: &mut Tx<'_>,
    unit: UnitYear,
    at: Option<DateTime<Utc>>,
    locale: &str,
) -> Result<UnitScore, Error> {
    let (_, group) = readable_unit(tx, unit)?;
    let board = Scoreboard::read(tx, BoardQuery { group, at })?;
    let sheet = board.sheet_of(unit.unit_id)?;
    let kinds = kind_names(tx.conn)?;
    let evidence = Evidence::read(tx, &sheet.inputs, board.at, locale)?;
    let scheme = &board.scheme.content;
    let row = ScoreRow::of(scheme, sheet);
    let lines = scheme.criteria.iter().zip(&sheet.score.lines);
    Ok(UnitScore {
        unit: row.unit,
        year: group.year,
        category: group.category,
        cluster: row.cluster,
        provisional: board.round.is_none(),
        as_of: At(board.at),
        scheme: board.scheme_ref(),
        total: row.total,
        band: row.band,
        rank: row.rank,
        lines: lines
            .map(|(criterion, line)| ExplainedLine {
                obligations: evidence.obligations(&line.obligations),
                items: evidence.items(&line.items),
                ..explained(criterion, line, &kinds, locale)
            })
            .collect(),
        floor: sheet.score.floor,
        rounding: sheet.score.rounding,
    })
}

/// The unit, if the actor may read its scores, and the group in which it is scored.
pub(crate) fn readable_unit(
    tx: &mut Tx<'_>,
    unit: UnitYear,
) -> Result<(UnitRow, ScoreGroup), Error> {
    tx.require(Action::ReadScores, unit.unit_id)?;
    let row = units::find(tx.conn, unit.unit_id)?.ok_or(Error::not_found("unit"))?;
    let group = ScoreGroup {
        unit_id: row.federation_id,
        year: unit.year,
        category: *row.category,
    };
    Ok((row, group))
}

/// A line in words, without its obligations and items.
fn explained(criterion: &Criterion, line: &Line, kinds: &KindNames, locale: &str) -> ExplainedLine {
    ExplainedLine {
        code: criterion.code.clone(),
        name: criterion.name.clone(),
        group: criterion.group.clone(),
        measure: criterion.measure,
        max: criterion.points,
        selection: selection(criterion, kinds, locale),
        formula: formula(criterion, locale),
        filled: line.filled(criterion, locale),
        applies: line.applies,
        points: line.points,
        computed: line.computed,
        counted: line.counted,
        obligations: Vec::new(),
        items: Vec::new(),
    }
}
