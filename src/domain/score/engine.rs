//! The engine: a scheme and a unit's inputs in, a sheet out. Exact fractions until the end; each
//! line and the total are rounded once (DOMAIN: numbers).

use std::collections::BTreeMap;

use num_rational::BigRational;
use serde::{Deserialize, Serialize};

use super::scheme::Part;
use super::{Band, Criterion, Handed, Inputs, Measure, Owed, Points, Scheme};
use crate::domain::obligation::State;

/// Stands in every sheet; goes up when the same inputs would give other points. Frozen sheets are
/// checked by the engine of their own version.
pub const ENGINE_VERSION: u32 = 1;

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
    pub obligations: Vec<i64>,
    /// The items that it looked at.
    pub items: Vec<i64>,
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

/// Computes a unit's sheet with the engine of a version; `None` if this program has no such engine.
#[must_use]
pub fn score_by(engine: u32, scheme: &Scheme, inputs: &Inputs) -> Option<Score> {
    (engine == ENGINE_VERSION).then(|| score(scheme, inputs))
}

/// Computes a unit's sheet.
#[must_use]
pub fn score(scheme: &Scheme, inputs: &Inputs) -> Score {
    let raws: Vec<Raw> = scheme
        .criteria
        .iter()
        .map(|criterion| Raw::of(criterion, inputs))
        .collect();
    let applying = |part: Part| {
        raws.iter()
            .filter(move |raw| raw.part == part && raw.points.is_some())
    };
    let maxima: Points = applying(Part::Base).map(|raw| raw.most).sum();
    let scored = maxima > Points::ZERO && !inputs.obligations.is_empty();
    let share = Shares {
        base: if scored {
            scheme.base().exact() / maxima.exact()
        } else {
            zero()
        },
        bonus: capped(applying(Part::Bonus), scheme.bonus_cap),
        penalty: -capped(applying(Part::Penalty), scheme.penalty_cap),
    };
    let counted: Vec<BigRational> = raws
        .iter()
        .map(|raw| if scored { share.of(raw) } else { zero() })
        .collect();
    let sum = counted.iter().fold(zero(), |sum, one| sum + one);
    let floor = if sum < zero() {
        Points::rounded(&-sum.clone())
    } else {
        Points::ZERO
    };
    let total = scored.then(|| Points::rounded(&sum.max(zero())));
    let lines: Vec<Line> = raws
        .into_iter()
        .zip(&counted)
        .map(|(raw, counted)| raw.line(Points::rounded(counted)))
        .collect();
    let shown = lines.iter().map(|line| line.counted).sum::<Points>() + floor;
    let band = total
        .and_then(|total| scheme.band(total, &inputs.obligations))
        .map(|band| band.code.clone());
    Score {
        rounding: total.map_or(Points::ZERO, |total| total - shown),
        total,
        band,
        lines,
        floor,
    }
}

impl Scheme {
    /// The first band from the top whose limit and side conditions both hold.
    #[must_use]
    pub fn band(&self, total: Points, obligations: &[Owed]) -> Option<&Band> {
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
}

/// What a criterion's points are multiplied with to become part of the total.
struct Shares {
    base: BigRational,
    bonus: BigRational,
    penalty: BigRational,
}

impl Shares {
    fn of(&self, raw: &Raw) -> BigRational {
        let share = match raw.part {
            Part::Base => &self.base,
            Part::Bonus => &self.bonus,
            Part::Penalty => &self.penalty,
        };
        raw.points
            .as_ref()
            .map_or_else(zero, |points| points * share)
    }
}

/// min(Σ, cap) / Σ: every one gives way alike.
fn capped<'r>(raws: impl Iterator<Item = &'r Raw>, cap: Points) -> BigRational {
    let sum = raws
        .filter_map(|raw| raw.points.as_ref())
        .fold(zero(), |sum, one| sum + one);
    if sum > cap.exact() {
        cap.exact() / sum
    } else {
        whole(1)
    }
}

/// A criterion before rounding.
struct Raw {
    code: String,
    part: Part,
    /// The criterion's `points`.
    most: Points,
    /// `None`: it does not apply.
    points: Option<BigRational>,
    computed: Option<BigRational>,
    figures: Figures,
    obligations: Vec<i64>,
    items: Vec<i64>,
}

impl Raw {
    fn of(criterion: &Criterion, inputs: &Inputs) -> Self {
        let select = &criterion.select;
        let owed: Vec<&Owed> = match criterion.measure {
            Measure::Depth | Measure::Quality | Measure::Manual => Vec::new(),
            _ => inputs
                .obligations
                .iter()
                .filter(|owed| select.fits(owed))
                .collect(),
        };
        let wanted =
            |item: &&Handed| select.item_kinds.is_empty() || select.item_kinds.contains(&item.kind);
        let items: Vec<&Handed> = match criterion.measure {
            Measure::Depth => inputs.items.iter().filter(wanted).collect(),
            Measure::Quality => inputs
                .items
                .iter()
                .filter(wanted)
                .filter(|item| item.grade.is_some())
                .collect(),
            _ => Vec::new(),
        };
        let figures = Figures::of(criterion.measure, &owed, &items);
        let owes = inputs
            .obligations
            .iter()
            .any(|owed| owed.state != State::Exempt);
        let ratio = match criterion.measure {
            Measure::Depth => depth(&figures, criterion.target_percent, owes),
            measure => figures.ratio(measure),
        };
        let computed = ratio.map(|ratio| ratio * criterion.points.exact());
        let mark = inputs.marks.get(&criterion.code).map(|mark| mark.exact());
        // a mark replaces what was computed; it gives no life to a criterion that selects nothing
        let (points, computed) = match (criterion.measure, mark) {
            (Measure::Manual, mark) => (mark, None),
            (_, Some(mark)) if computed.is_some() => (Some(mark), computed),
            _ => (computed, None),
        };
        Self {
            code: criterion.code.clone(),
            part: criterion.measure.part(),
            most: criterion.points,
            points,
            computed,
            figures,
            obligations: sorted(owed.iter().map(|owed| owed.id)),
            items: sorted(items.iter().map(|item| item.id)),
        }
    }

    fn line(self, counted: Points) -> Line {
        Line {
            code: self.code,
            applies: self.points.is_some(),
            points: self.points.as_ref().map_or(Points::ZERO, Points::rounded),
            computed: self.computed.as_ref().map(Points::rounded),
            counted,
            figures: self.figures,
            obligations: self.obligations,
            items: self.items,
        }
    }
}

impl Figures {
    fn of(measure: Measure, owed: &[&Owed], items: &[&Handed]) -> Self {
        let count = |state: State| owed.iter().filter(|owed| owed.state == state).count() as u64;
        let mut figures = Self {
            met_on_time: count(State::MetOnTime),
            met_late: count(State::MetLate),
            missed: count(State::Missed),
            items: items.len() as u64,
            ..Self::default()
        };
        match measure {
            Measure::QuotaProgress => owed.iter().for_each(|owed| {
                let fraction = fraction(
                    u64::from(owed.done.min(owed.required)),
                    u64::from(owed.required),
                )
                .to_string();
                *figures.progress.entry(fraction).or_default() += 1;
            }),
            Measure::OverAchievement => {
                figures.required = owed.iter().map(|owed| u64::from(owed.required)).sum();
                figures.beyond = owed
                    .iter()
                    .map(|owed| u64::from(owed.done.saturating_sub(owed.required)))
                    .sum();
            }
            Measure::Depth => {
                figures.in_depth = items.iter().filter(|item| item.in_depth).count() as u64
            }
            Measure::Quality => {
                figures.grades = items
                    .iter()
                    .filter_map(|item| item.grade)
                    .map(u64::from)
                    .sum()
            }
            _ => {}
        }
        figures
    }

    /// Obligations looked at.
    pub(super) const fn closed(&self) -> u64 {
        self.met_on_time + self.met_late + self.missed
    }

    /// What the criterion's points are multiplied with; `None` where it selects nothing.
    fn ratio(&self, measure: Measure) -> Option<BigRational> {
        let of_closed = |part: u64| (self.closed() > 0).then(|| fraction(part, self.closed()));
        match measure {
            Measure::QuotaMet => of_closed(self.met_on_time + self.met_late),
            Measure::OnTime => of_closed(self.met_on_time),
            Measure::QuotaProgress => (self.closed() > 0).then(|| {
                let reached = self.progress.iter().filter_map(|(text, times)| {
                    let fraction: BigRational = text.parse().ok()?;
                    Some(fraction * whole(*times))
                });
                reached.fold(zero(), |sum, one| sum + one) / whole(self.closed())
            }),
            Measure::Quality => (self.items > 0).then(|| fraction(self.grades, self.items * 5)),
            Measure::OverAchievement => {
                (self.required > 0).then(|| fraction(self.beyond, self.required))
            }
            Measure::Penalty => (self.closed() > 0).then(|| whole(self.missed)),
            Measure::Depth | Measure::Manual => None,
        }
    }
}

/// min(in-depth / all ÷ target, 1); 0 if nothing was handed in though something was owed.
fn depth(figures: &Figures, target_percent: Option<u32>, owes: bool) -> Option<BigRational> {
    if figures.items == 0 {
        return owes.then(zero);
    }
    let target = fraction(u64::from(target_percent.unwrap_or(100).max(1)), 100);
    Some((fraction(figures.in_depth, figures.items) / target).min(whole(1)))
}

fn sorted(ids: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut ids: Vec<i64> = ids.collect();
    ids.sort_unstable();
    ids
}

fn whole(number: u64) -> BigRational {
    BigRational::from_integer(number.into())
}

fn zero() -> BigRational {
    whole(0)
}

/// `part / of`; an `of` of zero counts as one, as nothing is owed less than once.
fn fraction(part: u64, of: u64) -> BigRational {
    BigRational::new(part.into(), of.max(1).into())
}
