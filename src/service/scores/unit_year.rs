//! A unit's year: its score explained, its forecast, the year before, and its sheet in the round
//! with the marks that people give.

use serde::Serialize;

use crate::domain::score::{
    Assessment, Mark, Measure, Points, RoundState, ScoreGroup, SheetState, UnitYear,
};
use crate::service::core::access::Action;
use crate::service::scores::explain::{UnitScore, readable_unit, unit_score};
use crate::service::scores::forecast::{ScoreForecast, forecast};
use crate::service::scores::schemes;
use crate::service::scores::sheet_view::{SheetView, view};
use crate::service::scores::year_board::{LastYear, unmarked};
use crate::service::{Error, Tx};
use crate::store::scores::rounds::{self, RoundRow};
use crate::store::scores::{SheetRow, sheets};

/// A unit's year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct UnitYearScore {
    /// The score: published, or provisional as of now.
    pub score: UnitScore,
    /// The forecast; none once the score is published.
    pub forecast: Option<ScoreForecast>,
    /// The published score of the year before.
    pub last_year: Option<LastYear>,
    /// The newest edition of the round.
    pub round: Option<RoundRow>,
    /// The unit's sheet in the round.
    pub sheet: Option<SheetView>,
    /// The criteria that marks are given for, in the scheme's order; empty without a sheet.
    pub criteria: Vec<MarkedCriterion>,
    /// Whether the actor may assess the unit for itself.
    pub may_assess: bool,
    /// Whether the actor may review the sheet.
    pub may_review: bool,
}

/// A base criterion with the marks that were given for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MarkedCriterion {
    /// Its code.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// The most it gives.
    pub max: Points,
    /// Whether people alone give its points.
    pub manual: bool,
    /// What it computes to; none for a manual one.
    pub computed: Option<Points>,
    /// The unit's own mark.
    pub own: Option<Mark>,
    /// The department's mark.
    pub review: Option<Mark>,
}

/// A unit's year.
///
/// # Errors
/// [`Error::NotFound`] for a unit that the actor may not see, without a scheme, or for a unit that
/// did not exist in the year.
pub fn unit_year(tx: &mut Tx<'_>, of: UnitYear, locale: &str) -> Result<UnitYearScore, Error> {
    let (_, group) = readable_unit(tx, of)?;
    let score = unit_score(tx, of, None, locale)?;
    let forecast = match score.provisional {
        true => Some(forecast(tx, of, locale)?),
        false => None,
    };
    let mut found = UnitYearScore {
        last_year: last_year(tx, of, group)?,
        round: newest(tx, group)?,
        sheet: None,
        criteria: Vec::new(),
        may_assess: false,
        may_review: false,
        score,
        forecast,
    };
    add_sheet(tx, of, &mut found, locale)?;
    Ok(found)
}

fn newest(tx: &mut Tx<'_>, group: ScoreGroup) -> Result<Option<RoundRow>, Error> {
    let rounds = rounds::of_year(tx.conn, Some(group.unit_id), group.year)?;
    let mut rounds = rounds.into_iter();
    Ok(rounds.find(|round| *round.category == group.category))
}

fn last_year(tx: &mut Tx<'_>, of: UnitYear, group: ScoreGroup) -> Result<Option<LastYear>, Error> {
    let before = ScoreGroup {
        year: of.year - 1,
        ..group
    };
    let Some(round) = rounds::newest_final(tx.conn, before)? else {
        return Ok(None);
    };
    let row = sheets::of_unit(tx.conn, round.id, of.unit_id)?;
    Ok(row.map(|row| LastYear::of(&row)))
}

fn add_sheet(
    tx: &mut Tx<'_>,
    of: UnitYear,
    found: &mut UnitYearScore,
    locale: &str,
) -> Result<(), Error> {
    let Some(round) = found.round.clone() else {
        return Ok(());
    };
    let Some(row) = sheets::of_unit(tx.conn, round.id, of.unit_id)? else {
        return Ok(());
    };
    let scheme = schemes::of_round(tx, &round)?.content.0;
    if *round.state == RoundState::Computed {
        let undecided = *row.state != SheetState::Reviewed;
        found.may_assess = undecided && tx.may(Action::Approve, of.unit_id)?;
        found.may_review = tx.may(Action::Decide, of.unit_id)?;
    }
    let computed = unmarked(&scheme, &row);
    let lines = scheme.criteria.iter().zip(&computed.lines);
    let marked = lines.filter(|(criterion, line)| {
        let manual = criterion.measure == Measure::Manual;
        criterion.measure.is_base() && (manual || line.applies)
    });
    found.criteria = marked
        .map(|(criterion, line)| MarkedCriterion {
            code: criterion.code.clone(),
            name: criterion.name.clone(),
            max: criterion.points,
            manual: criterion.measure == Measure::Manual,
            computed: (criterion.measure != Measure::Manual).then_some(line.points),
            own: mark_of(assessment(&row, false), &criterion.code),
            review: mark_of(assessment(&row, true), &criterion.code),
        })
        .collect();
    found.sheet = Some(view(row, &scheme, locale));
    Ok(())
}

fn assessment(row: &SheetRow, of_review: bool) -> Option<&Assessment> {
    let kept = match of_review {
        true => &row.review,
        false => &row.self_assessment,
    };
    kept.as_ref().map(|json| &json.0)
}

fn mark_of(assessment: Option<&Assessment>, code: &str) -> Option<Mark> {
    let mut marks = assessment?.marks.iter();
    marks.find(|mark| mark.criterion == code).cloned()
}
