//! Marks that people give: a unit's assessment of itself, and the department's review.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::scheme::Part;
use super::{Measure, Points, Scheme, Score};
use crate::domain::access::shown_actor;
use crate::domain::error::Invalid;
use crate::domain::text;
use crate::domain::unit::note;

/// A mark for a base criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// Code of the criterion.
    #[serde(deserialize_with = "crate::domain::text::read")]
    pub criterion: String,
    /// The points, from 0 to the criterion's maximum.
    pub points: Points,
    /// Why; required where it differs from what was computed, and for manual criteria.
    pub reason: Option<String>,
    /// What it is based on; required for manual criteria.
    pub evidence: Option<String>,
}

/// The assessment by a unit of itself, or the review by the department.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// Who made it.
    pub by: String,
    /// The marks; criteria without one keep what was computed.
    pub marks: Vec<Mark>,
    /// Remarks on the whole.
    pub reason: Option<String>,
}

impl Assessment {
    /// As people read it: earlier versions kept the id of who made it with the name.
    #[must_use]
    pub fn shown(self) -> Self {
        Self {
            by: shown_actor(&self.by).to_owned(),
            ..self
        }
    }
}

/// The marks with their texts cleaned. `computed` is the score without marks.
///
/// # Errors
/// Every fault, each naming its field: a criterion that does not exist, is no base criterion or is
/// left out; points outside their range; a missing reason or evidence.
pub fn check_marks(
    scheme: &Scheme,
    computed: &Score,
    marks: Vec<Mark>,
) -> Result<Vec<Mark>, Vec<Invalid>> {
    let (mut faults, mut seen, mut all) =
        (Vec::new(), BTreeSet::new(), Vec::with_capacity(marks.len()));
    for (place, mark) in marks.into_iter().enumerate() {
        let again = !seen.insert(mark.criterion.clone());
        let mut own = Vec::new();
        if again {
            own.push(Invalid::new("criterion", "duplicate").with("value", &mark.criterion));
        }
        let mark = mark.checked(scheme, computed, &mut own);
        faults.extend(
            own.into_iter()
                .map(|fault| fault.within(&format!("marks[{place}]"))),
        );
        all.push(mark);
    }
    if faults.is_empty() {
        Ok(all)
    } else {
        Err(faults)
    }
}

impl Mark {
    fn checked(mut self, scheme: &Scheme, computed: &Score, faults: &mut Vec<Invalid>) -> Self {
        self.reason = note(faults, optional("reason", self.reason.as_deref())).flatten();
        self.evidence = note(faults, optional("evidence", self.evidence.as_deref())).flatten();
        let found = scheme
            .criteria
            .iter()
            .zip(&computed.lines)
            .find(|(one, _)| one.code == self.criterion);
        let Some((criterion, line)) = found else {
            faults.push(
                Invalid::new("criterion", "not_found").with("value", self.criterion.escape_debug()),
            );
            return self;
        };
        let manual = criterion.measure == Measure::Manual;
        if criterion.measure.part() != Part::Base {
            faults.push(Invalid::new("criterion", "score_mark_not_base"));
        } else if !manual && !line.applies {
            faults.push(Invalid::new("criterion", "score_mark_left_out"));
        }
        if self.points < Points::ZERO || self.points > criterion.points {
            let fault = Invalid::new("points", "number_range").with("value", self.points);
            faults.push(fault.with("from", 0).with("to", criterion.points));
        }
        if self.reason.is_none() && (manual || self.points != line.points) {
            faults.push(Invalid::new("reason", "score_mark_reason").with("computed", line.points));
        }
        if manual && self.evidence.is_none() {
            faults.push(Invalid::new("evidence", "required"));
        }
        self
    }
}

impl Assessment {
    /// The marks that change the score: those of manual criteria, and those that differ from what
    /// was computed.
    pub fn effective_marks(&self, scheme: &Scheme, computed: &Score) -> BTreeMap<String, Points> {
        let differs = |mark: &&Mark| {
            let line = computed
                .lines
                .iter()
                .find(|line| line.code == mark.criterion);
            scheme
                .manual_criteria()
                .any(|one| one.code == mark.criterion)
                || line.is_some_and(|line| line.points != mark.points)
        };
        self.marks
            .iter()
            .filter(differs)
            .map(|mark| (mark.criterion.clone(), mark.points))
            .collect()
    }
}

fn optional(field: &'static str, value: Option<&str>) -> Result<Option<String>, Invalid> {
    match value.map(str::trim) {
        None | Some("") => Ok(None),
        Some(value) => text::paragraph(field, value).map(Some),
    }
}
