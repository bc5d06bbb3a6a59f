//! What has to be decided before a round is published.

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{Inputs, Scheme, SheetState};
use crate::domain::error::Invalid;
use crate::domain::text;
use crate::domain::unit::note;

/// The most unit names that a message lists.
const NAMED: usize = 5;

/// The decision that publishes a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Its number.
    pub number: String,
    /// Its date.
    pub date: NaiveDate,
}

impl Decision {
    /// A decision as it was entered: its number is a text of one line, its date is not after today.
    pub fn checked(number: &str, date: NaiveDate, today: NaiveDate) -> Result<Self, Vec<Invalid>> {
        let mut faults = Vec::new();
        let number = note(&mut faults, text::name("decision_number", number));
        if date.year() < 2000 || date > today {
            faults.push(
                Invalid::new("decision_date", "score_decision_date")
                    .with("value", date.format("%d/%m/%Y"))
                    .with("today", today.format("%d/%m/%Y")),
            );
        }
        match number {
            Some(number) if faults.is_empty() => Ok(Self { number, date }),
            _ => Err(faults),
        }
    }
}

/// What is known of a sheet when its round is to be published.
#[derive(Debug, Clone, Copy)]
pub struct SheetToPublish<'a> {
    /// The unit's name.
    pub unit_name: &'a str,
    /// Whether it has a total.
    pub scored: bool,
    /// How far it has come.
    pub state: SheetState,
    /// What it was computed from.
    pub inputs: &'a Inputs,
}

/// Checks that the department has reviewed every score and that no manual mark is missing. A unit
/// without a score needs no review.
///
/// # Errors
/// `score_undecided` or `score_manual_missing`, with the names of the units.
pub fn check_decided(scheme: &Scheme, sheets: &[SheetToPublish<'_>]) -> Result<(), Invalid> {
    let unreviewed = |sheet: &&SheetToPublish<'_>| sheet.state != SheetState::Reviewed;
    let unmarked = |sheet: &&SheetToPublish<'_>| {
        let lacks = |code: &String| !sheet.inputs.marks.contains_key(code);
        scheme.manual_criteria().any(|one| lacks(&one.code))
    };
    let scored: Vec<SheetToPublish<'_>> = sheets
        .iter()
        .copied()
        .filter(|sheet| sheet.scored)
        .collect();
    none_of("score_undecided", scored.iter().filter(unreviewed))?;
    none_of("score_manual_missing", scored.iter().filter(unmarked))
}

/// Checks that everything owed in the year is decided, before its scores are frozen: afterwards nothing
/// could be decided any more. `waiting` are the units, with how many of their obligations are open or
/// await review.
///
/// # Errors
/// `score_undecided_obligations` on `state`.
pub fn check_settled(year: i32, waiting: &[(&str, i64)]) -> Result<(), Invalid> {
    if waiting.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = waiting.iter().map(|(name, _)| *name).collect();
    Err(Invalid::new("state", "score_undecided_obligations")
        .with("year", year)
        .with("count", waiting.iter().map(|(_, count)| count).sum::<i64>())
        .with("units", shown(&names)))
}

/// Checks that no sheet has changed since it was computed: what is published and frozen is what is
/// known. `changed` are the units of which something was decided since.
///
/// # Errors
/// `code`, with the names of the units.
pub fn check_unchanged(code: &'static str, changed: &[&str]) -> Result<(), Invalid> {
    if changed.is_empty() {
        return Ok(());
    }
    Err(Invalid::new("state", code)
        .with("count", changed.len())
        .with("units", shown(changed)))
}

fn none_of<'a>(
    code: &'static str,
    sheets: impl Iterator<Item = &'a SheetToPublish<'a>>,
) -> Result<(), Invalid> {
    let names: Vec<&str> = sheets.map(|sheet| sheet.unit_name).collect();
    if names.is_empty() {
        return Ok(());
    }
    Err(Invalid::new("sheets", code)
        .with("count", names.len())
        .with("units", shown(&names)))
}

/// The first of these names.
fn shown(names: &[&str]) -> String {
    let mut shown = names
        .iter()
        .copied()
        .take(NAMED)
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > NAMED {
        shown.push_str(", …");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::super::{Measure, Points, presets};
    use super::*;

    #[test]
    fn a_round_is_published_when_every_score_is_reviewed_and_marked() {
        let mut scheme = presets::get("simple").unwrap();
        scheme.criteria[2].measure = Measure::Manual;
        let code = scheme.criteria[2].code.clone();
        let (bare, mut marked) = (Inputs::default(), Inputs::default());
        marked.marks.insert(code, Points::whole(5));
        let sheet = |state, inputs| SheetToPublish {
            unit_name: "A",
            scored: true,
            state,
            inputs,
        };
        let fault = |sheets: &[SheetToPublish<'_>]| {
            check_decided(&scheme, sheets).err().map(|fault| fault.code)
        };
        let reviewed = sheet(SheetState::Reviewed, &marked);
        assert_eq!(fault(&[reviewed]), None);
        let assessed = sheet(SheetState::SelfAssessed, &marked);
        assert_eq!(fault(&[reviewed, assessed]), Some("score_undecided"));
        let unmarked = sheet(SheetState::Reviewed, &bare);
        assert_eq!(fault(&[unmarked]), Some("score_manual_missing"));
        let unscored = SheetToPublish {
            scored: false,
            ..sheet(SheetState::Computed, &bare)
        };
        assert_eq!(fault(&[reviewed, unscored]), None);
    }

    #[test]
    fn a_decision_is_not_of_tomorrow() {
        let day = |day| NaiveDate::from_ymd_opt(2027, 1, day).unwrap();
        let codes = |number, date| {
            let checked = Decision::checked(number, date, day(4));
            let faults = checked.map_or_else(|faults| faults, |_| Vec::new());
            faults
                .into_iter()
                .map(|fault| fault.code)
                .collect::<Vec<_>>()
        };
        assert!(codes("45/QĐ", day(4)).is_empty());
        assert_eq!(codes(" ", day(5)), ["required", "score_decision_date"]);
    }
}
