//! What a score came to: the total, and a line with its numbers for each criterion.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Points;
use crate::domain::ids::{ItemId, ObligationId};

/// What a scheme made of a unit's inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// The total; none where no base criterion applies or nothing was owed.
    pub total: Option<Points>,
    /// Code of the band; none without a total.
    pub band: Option<String>,
    /// One for each criterion, in the scheme's order.
    pub lines: Vec<Line>,
    /// What is added where penalties would bring the total below zero.
    pub floor: Points,
    /// What rounding each line for itself leaves over: the total less all `counted` and the floor.
    pub rounding: Points,
}

/// One criterion of a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Code of the criterion.
    pub code: String,
    /// Whether it applies; one that selects nothing is left out, and a manual one that has no mark.
    pub applies: bool,
    /// Its own points: of its maximum for base criteria; before the cap for bonus and penalty.
    pub points: Points,
    /// What it computes to, where a mark replaces that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computed: Option<Points>,
    /// What it adds to the total: scaled up where others are left out, capped, negative for
    /// penalties.
    pub counted: Points,
    /// The numbers that its formula was filled with.
    pub figures: Figures,
    /// The obligations that it looked at.
    pub obligations: Vec<ObligationId>,
    /// The items that it looked at.
    pub items: Vec<ItemId>,
}

/// The numbers of a line; which of them mean something depends on the measure.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Figures {
    /// Obligations met on time.
    #[serde(skip_serializing_if = "is_zero")]
    pub met_on_time: u64,
    /// Obligations met late.
    #[serde(skip_serializing_if = "is_zero")]
    pub met_late: u64,
    /// Obligations missed.
    #[serde(skip_serializing_if = "is_zero")]
    pub missed: u64,
    /// Σ of what was owed.
    #[serde(skip_serializing_if = "is_zero")]
    pub required: u64,
    /// Σ of what was done beyond what was owed.
    #[serde(skip_serializing_if = "is_zero")]
    pub beyond: u64,
    /// `quota_progress`: how many obligations reached which fraction (`2/3`; a full one is `1`).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub progress: BTreeMap<String, u64>,
    /// In-depth items.
    #[serde(skip_serializing_if = "is_zero")]
    pub in_depth: u64,
    /// Items looked at; for `quality` the graded ones.
    #[serde(skip_serializing_if = "is_zero")]
    pub items: u64,
    /// Σ of the grades.
    #[serde(skip_serializing_if = "is_zero")]
    pub grades: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature serde asks for"
)]
fn is_zero(value: &u64) -> bool {
    *value == 0
}
