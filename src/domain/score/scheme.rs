//! What a scheme says: criteria, what they select, caps, bands.

use serde::{Deserialize, Serialize};

use super::{Owed, Points};
use crate::domain::obligation::{ObligationKind, State};
use crate::domain::period::PeriodKind;

/// A scheme of one year and category, without its document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// What it is called.
    pub title: String,
    /// Its criteria in the order in which people read them.
    pub criteria: Vec<Criterion>,
    /// The most that bonuses add.
    #[serde(default)]
    pub bonus_cap: Points,
    /// The most that penalties take away.
    #[serde(default)]
    pub penalty_cap: Points,
    /// From the top; the last one takes whatever is left.
    pub bands: Vec<Band>,
}

/// One criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Its code, unique in the scheme.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// The group that it is read in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// How it is computed.
    pub measure: Measure,
    /// Base criteria: the most it gives. `over_achievement`: what 100 % beyond gives. `penalty`:
    /// what a miss costs.
    pub points: Points,
    /// Which obligations it looks at; for `depth` and `quality` only `item_kinds` may be named.
    #[serde(default, skip_serializing_if = "Select::is_all")]
    pub select: Select,
    /// `depth`: the share of in-depth items that gives full points, in per cent, 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_percent: Option<u32>,
}

/// How a criterion is computed (DOMAIN: criteria).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The share of obligations met, on time or late.
    QuotaMet,
    /// How far each obligation was met, on average.
    QuotaProgress,
    /// The share of obligations met on time.
    OnTime,
    /// The share of in-depth items, against a target.
    Depth,
    /// The editors' grades, on average.
    Quality,
    /// A mark that people give.
    Manual,
    /// Bonus: what was done beyond what was owed.
    OverAchievement,
    /// So much less for each miss.
    Penalty,
}

/// Where a criterion's points go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Base,
    Bonus,
    Penalty,
}

impl Measure {
    /// Its name in requests and in the keys of sentences.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::QuotaMet => "quota_met",
            Self::QuotaProgress => "quota_progress",
            Self::OnTime => "on_time",
            Self::Depth => "depth",
            Self::Quality => "quality",
            Self::Manual => "manual",
            Self::OverAchievement => "over_achievement",
            Self::Penalty => "penalty",
        }
    }

    pub(super) const fn part(self) -> Part {
        match self {
            Self::OverAchievement => Part::Bonus,
            Self::Penalty => Part::Penalty,
            _ => Part::Base,
        }
    }

    /// Whether it looks at items, not at obligations.
    #[must_use]
    pub const fn is_of_items(self) -> bool {
        matches!(self, Self::Depth | Self::Quality)
    }
}

/// Which obligations a criterion looks at: those that fit every list; an empty list fits all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Select {
    /// Codes of rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Kinds of item; an obligation fits if its rule counts at least one of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub item_kinds: Vec<String>,
    /// Lengths of the period.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub periods: Vec<PeriodKind>,
    /// Sorts of obligation: quotas, reports, deadlines of events…
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deadlines: Vec<ObligationKind>,
}

impl Select {
    /// Whether nothing is left out.
    #[must_use]
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an obligation fits and is not exempt.
    #[must_use]
    pub fn fits(&self, owed: &Owed) -> bool {
        owed.state != State::Exempt
            && (self.rules.is_empty() || self.rules.contains(&owed.rule))
            && (self.item_kinds.is_empty()
                || owed
                    .item_kinds
                    .iter()
                    .any(|kind| self.item_kinds.contains(kind)))
            && (self.periods.is_empty()
                || owed
                    .period
                    .is_some_and(|period| self.periods.contains(&period)))
            && (self.deadlines.is_empty() || self.deadlines.contains(&owed.kind))
    }
}

/// A band of the final classification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Its code, unique in the scheme.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// The least total that it takes.
    pub from: Points,
    /// What has to hold besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
}

/// A side condition of a band.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// None of these obligations was missed.
    pub no_missed: Select,
}

impl Condition {
    /// Whether it holds.
    #[must_use]
    pub fn holds(&self, obligations: &[Owed]) -> bool {
        !obligations
            .iter()
            .any(|owed| owed.state == State::Missed && self.no_missed.fits(owed))
    }
}

impl Scheme {
    /// Σ of the maxima of the base criteria.
    #[must_use]
    pub fn base(&self) -> Points {
        self.criteria
            .iter()
            .filter(|one| one.measure.part() == Part::Base)
            .map(|one| one.points)
            .sum()
    }

    /// The name of the band with this code.
    #[must_use]
    pub fn band_name(&self, code: &str) -> Option<&str> {
        self.bands
            .iter()
            .find(|band| band.code == code)
            .map(|band| band.name.as_str())
    }

    /// The `manual` criteria: those without a mark block publication.
    pub fn manual(&self) -> impl Iterator<Item = &Criterion> {
        self.criteria
            .iter()
            .filter(|one| one.measure == Measure::Manual)
    }
}
