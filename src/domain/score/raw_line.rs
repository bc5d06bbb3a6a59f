//! A criterion of one unit before rounding: what it looks at, its numbers, its exact points.

use num_rational::BigRational;

use super::scheme::Part;
use super::{Criterion, Figures, Inputs, Line, Measure, Points, ScoredItem, ScoredObligation};
use crate::domain::ids::{ItemId, ObligationId};
use crate::domain::obligation::State;

/// A criterion before rounding.
pub(super) struct RawLine {
    code: String,
    pub part: Part,
    /// The criterion's `points`.
    pub maximum: Points,
    /// `None`: it does not apply.
    pub points: Option<BigRational>,
    computed: Option<BigRational>,
    figures: Figures,
    obligations: Vec<ObligationId>,
    items: Vec<ItemId>,
}

impl RawLine {
    pub(super) fn of(criterion: &Criterion, inputs: &Inputs) -> Self {
        let obligations = criterion.obligations(inputs);
        let items = criterion.items(inputs);
        let figures = Figures::of(criterion.measure, &obligations, &items);
        let ratio = match criterion.measure {
            Measure::Depth => depth(&figures, criterion.target_percent, inputs.owes()),
            measure => figures.ratio(measure),
        };
        let computed = ratio.map(|ratio| ratio * criterion.points.exact());
        let mark = inputs.marks.get(&criterion.code).map(|mark| mark.exact());
        // a mark replaces what was computed, but a criterion that selects nothing stays left out
        let (points, computed) = match (criterion.measure, mark) {
            (Measure::Manual, mark) => (mark, None),
            (_, Some(mark)) if computed.is_some() => (Some(mark), computed),
            _ => (computed, None),
        };
        Self {
            code: criterion.code.clone(),
            part: criterion.measure.part(),
            maximum: criterion.points,
            points,
            computed,
            figures,
            obligations: sorted(obligations.iter().map(|one| one.id)),
            items: sorted(items.iter().map(|item| item.id)),
        }
    }

    pub(super) fn rounded(self, counted: Points) -> Line {
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

impl Criterion {
    fn obligations<'i>(&self, inputs: &'i Inputs) -> Vec<&'i ScoredObligation> {
        if self.measure.is_of_items() || self.measure == Measure::Manual {
            return Vec::new();
        }
        let selected = |one: &&ScoredObligation| self.select.matches(one);
        inputs.obligations.iter().filter(selected).collect()
    }

    fn items<'i>(&self, inputs: &'i Inputs) -> Vec<&'i ScoredItem> {
        let kinds = &self.select.item_kinds;
        let selected = |item: &&ScoredItem| match self.measure {
            Measure::Depth => true,
            Measure::Quality => item.grade.is_some(),
            _ => false,
        } && (kinds.is_empty() || kinds.contains(&item.kind));
        inputs.items.iter().filter(selected).collect()
    }
}

impl Inputs {
    /// Whether anything was owed from which the unit was not exempt.
    fn owes(&self) -> bool {
        self.obligations
            .iter()
            .any(|one| one.state != State::Exempt)
    }
}

impl Figures {
    fn of(measure: Measure, obligations: &[&ScoredObligation], items: &[&ScoredItem]) -> Self {
        let count =
            |state: State| obligations.iter().filter(|one| one.state == state).count() as u64;
        let mut figures = Self {
            met_on_time: count(State::MetOnTime),
            met_late: count(State::MetLate),
            missed: count(State::Missed),
            items: items.len() as u64,
            ..Self::default()
        };
        match measure {
            Measure::QuotaProgress => {
                for one in obligations {
                    let reached = u64::from(one.done.min(one.required));
                    let fraction = fraction(reached, u64::from(one.required)).to_string();
                    *figures.progress.entry(fraction).or_default() += 1;
                }
            }
            Measure::OverAchievement => {
                let kept = || obligations.iter().filter(|one| !one.carries);
                figures.required = kept().map(|one| u64::from(one.required)).sum();
                figures.beyond = kept()
                    .map(|one| u64::from(one.done.saturating_sub(one.required)))
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

/// min(in-depth / all ÷ target, 1); 0 if nothing was handed in although something was owed.
fn depth(figures: &Figures, target_percent: Option<u32>, owes: bool) -> Option<BigRational> {
    if figures.items == 0 {
        return owes.then(zero);
    }
    let target = fraction(u64::from(target_percent.unwrap_or(100).max(1)), 100);
    Some((fraction(figures.in_depth, figures.items) / target).min(whole(1)))
}

fn sorted<Id: Ord>(ids: impl Iterator<Item = Id>) -> Vec<Id> {
    let mut ids: Vec<Id> = ids.collect();
    ids.sort_unstable();
    ids
}

pub(super) fn whole(number: u64) -> BigRational {
    BigRational::from_integer(number.into())
}

pub(super) fn zero() -> BigRational {
    whole(0)
}

/// `part / of`. An `of` of zero counts as one: an obligation asks for one item at least.
fn fraction(part: u64, of: u64) -> BigRational {
    BigRational::new(part.into(), of.max(1).into())
}
