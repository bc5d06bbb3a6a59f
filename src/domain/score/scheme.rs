//! What a scheme says: criteria, what they select, caps, bands.

use serde::{Deserialize, Serialize};

use super::{Points, Score, ScoredObligation};
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

crate::text_enum! {
    /// How a criterion is computed; docs/SCORES.md has the formulas.
    #[derive(PartialOrd, Ord)]
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
}

/// Where a criterion's points go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Base,
    Bonus,
    Penalty,
}

impl Measure {
    pub(super) const fn part(self) -> Part {
        match self {
            Self::OverAchievement => Part::Bonus,
            Self::Penalty => Part::Penalty,
            _ => Part::Base,
        }
    }

    /// Whether its points are part of the base, for which marks are given.
    pub fn is_base(self) -> bool {
        self.part() == Part::Base
    }

    /// Whether it looks at items, not at obligations.
    pub const fn is_of_items(self) -> bool {
        matches!(self, Self::Depth | Self::Quality)
    }
}

/// Which obligations a criterion looks at: those that match every list; an empty list matches all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Select {
    /// Codes of rules.
    #[serde(
        deserialize_with = "crate::domain::text::read",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub rules: Vec<String>,
    /// Kinds of item; an obligation matches if its rule counts at least one of them.
    #[serde(
        deserialize_with = "crate::domain::text::read",
        skip_serializing_if = "Vec::is_empty"
    )]
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
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an obligation is selected; exempt ones never are.
    pub fn matches(&self, one: &ScoredObligation) -> bool {
        one.state != State::Exempt
            && (self.rules.is_empty() || self.rules.contains(&one.rule))
            && (self.item_kinds.is_empty()
                || one
                    .item_kinds
                    .iter()
                    .any(|kind| self.item_kinds.contains(kind)))
            && (self.periods.is_empty()
                || one
                    .period
                    .is_some_and(|period| self.periods.contains(&period)))
            && (self.deadlines.is_empty() || self.deadlines.contains(&one.kind))
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
    pub fn holds(&self, obligations: &[ScoredObligation]) -> bool {
        !obligations
            .iter()
            .any(|one| one.state == State::Missed && self.no_missed.matches(one))
    }
}

impl Scheme {
    /// Σ of the maxima of the base criteria.
    pub fn base(&self) -> Points {
        self.criteria
            .iter()
            .filter(|one| one.measure.part() == Part::Base)
            .map(|one| one.points)
            .sum()
    }

    /// The first band from the top whose limit and side conditions both hold.
    pub fn band(&self, total: Points, obligations: &[ScoredObligation]) -> Option<&Band> {
        let holds = |band: &&Band| {
            band.conditions
                .iter()
                .all(|condition| condition.holds(obligations))
        };
        self.bands
            .iter()
            .filter(|band| band.from <= total)
            .find(holds)
    }

    /// The name of the band that a score reached.
    pub fn band_name(&self, score: &Score) -> Option<String> {
        let code = score.band.as_ref()?;
        let band = self.bands.iter().find(|band| band.code == *code)?;
        Some(band.name.clone())
    }

    /// The `manual` criteria: a sheet that lacks a mark for one of them can't be published.
    pub fn manual_criteria(&self) -> impl Iterator<Item = &Criterion> {
        self.criteria
            .iter()
            .filter(|one| one.measure == Measure::Manual)
    }
}
