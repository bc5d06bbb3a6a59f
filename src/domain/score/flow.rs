//! The way of a year's scores: computed, self-assessed, reviewed, published, frozen; and marks that
//! people give.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::scheme::Part;
use super::{Measure, Points, Scheme, Score};
use crate::domain::error::Invalid;
use crate::domain::text;
use crate::domain::unit::note;

/// How far a round has come; stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoundState {
    /// Begun, nothing computed yet.
    Draft,
    /// Computed; units assess themselves, the department reviews.
    Computed,
    /// Published with the decision's number and date.
    Published,
    /// Closed for good.
    Frozen,
    /// Was published and opened again; a newer edition takes its place.
    Reopened,
}

impl RoundState {
    /// Its name in the database and in requests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Computed => "computed",
            Self::Published => "published",
            Self::Frozen => "frozen",
            Self::Reopened => "reopened",
        }
    }
}

/// How far a unit's sheet has come; stored.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SheetState {
    /// Computed.
    Computed,
    /// The unit said what it thinks of it.
    SelfAssessed,
    /// The department decided.
    Reviewed,
}

impl SheetState {
    /// Its name in the database and in requests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Computed => "computed",
            Self::SelfAssessed => "self_assessed",
            Self::Reviewed => "reviewed",
        }
    }
}

/// A mark for a base criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// Code of the criterion.
    pub criterion: String,
    /// The points, from 0 to the criterion's maximum.
    pub points: Points,
    /// Why; asked for where it differs from what was computed, and for manual criteria.
    #[serde(default)]
    pub reason: Option<String>,
    /// What it rests on; asked for by manual criteria.
    #[serde(default)]
    pub evidence: Option<String>,
}

/// What a unit or a reviewer said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// Who said it.
    pub by: String,
    /// The marks; what is not named stands as computed.
    pub marks: Vec<Mark>,
    /// A word on the whole.
    pub reason: Option<String>,
}

/// The marks, cleaned.
///
/// # Errors
/// Every fault, each naming its field: a criterion that does not exist, is no base criterion or is
/// left out; points outside their range; a missing reason or evidence. `computed` is the score
/// without marks.
pub fn own_marks(
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
    /// The marks as the engine takes them: those of manual criteria, and those that differ from
    /// what was computed.
    #[must_use]
    pub fn for_engine(&self, scheme: &Scheme, computed: &Score) -> BTreeMap<String, Points> {
        let differs = |mark: &&Mark| {
            let line = computed
                .lines
                .iter()
                .find(|line| line.code == mark.criterion);
            scheme.manual().any(|one| one.code == mark.criterion)
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
