//! From inputs to sheets: units scored by a scheme and ranked.

use chrono::NaiveDate;

use crate::domain::score::{
    Contender, ENGINE_VERSION, Inputs, Points, Scheme, ScoreYear, ranks, score,
};
use crate::service::Error;
use crate::store::scores::Sheet;
use crate::store::types::Json;
use crate::store::units::UnitRow;

/// The year with that number.
pub(crate) fn score_year(year: i32) -> Result<ScoreYear, Error> {
    ScoreYear::of(year).ok_or(Error::not_found("year"))
}

/// The sheets of units, scored but not ranked. `last` is the day by which a unit has to have ended
/// to be left out of the ranking.
pub(crate) fn score_units(
    scheme: &Scheme,
    units: Vec<(UnitRow, Inputs)>,
    last: NaiveDate,
) -> Vec<Sheet> {
    let sheet = |(unit, inputs): (UnitRow, Inputs)| {
        let score = score(scheme, &inputs);
        Sheet {
            unit_id: unit.id,
            unit_name: unit.name,
            cluster: unit.cluster,
            ended: unit.ended_on.is_some_and(|day| day <= last),
            engine: ENGINE_VERSION,
            total: score.total.map(Points::as_hundredths),
            inputs: Json(inputs),
            score: Json(score),
            rank: None,
        }
    };
    units.into_iter().map(sheet).collect()
}

/// The sheet with its score computed anew from other inputs or by another scheme; not ranked.
pub(crate) fn rescore(sheet: &Sheet, scheme: &Scheme, inputs: Inputs) -> Sheet {
    let score = score(scheme, &inputs);
    Sheet {
        engine: ENGINE_VERSION,
        total: score.total.map(Points::as_hundredths),
        inputs: Json(inputs),
        score: Json(score),
        rank: None,
        unit_name: sheet.unit_name.clone(),
        cluster: sheet.cluster.clone(),
        ..*sheet
    }
}

/// The rank of each sheet within its cluster; none without a total, and for a unit that ended.
pub(crate) fn rank_sheets<'a>(sheets: impl Iterator<Item = &'a Sheet>) -> Vec<Option<i32>> {
    let contenders: Vec<Contender<'_>> = sheets
        .map(|sheet| Contender {
            cluster: sheet.cluster.as_deref(),
            total: sheet.score.total.filter(|_| !sheet.ended),
        })
        .collect();
    ranks(&contenders)
}
