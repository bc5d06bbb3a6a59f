//! The engine: a scheme and a unit's inputs in, a score out. Numbers are exact fractions until the
//! end; each line and the total are rounded once.

use num_rational::BigRational;

use super::raw_line::{RawLine, whole, zero};
use super::scheme::Part;
use super::{Inputs, Line, Points, Scheme, Score};

/// Stands in every sheet; goes up when the same inputs would give other points. Frozen sheets are
/// checked by the engine of their own version.
pub const ENGINE_VERSION: i32 = 1;

/// Computes a unit's score with the engine of a version; `None` if this program has no such engine.
pub fn score_by(engine: i32, scheme: &Scheme, inputs: &Inputs) -> Option<Score> {
    (engine == ENGINE_VERSION).then(|| score(scheme, inputs))
}

/// Computes a unit's score.
pub fn score(scheme: &Scheme, inputs: &Inputs) -> Score {
    let raw = scheme.criteria.iter();
    let raw: Vec<RawLine> = raw
        .map(|criterion| RawLine::of(criterion, inputs))
        .collect();
    let factors = Factors::of(scheme, &raw).filter(|_| !inputs.obligations.is_empty());
    let counted: Vec<BigRational> = raw
        .iter()
        .map(|line| {
            factors
                .as_ref()
                .map_or_else(zero, |factors| factors.apply(line))
        })
        .collect();
    let sum = counted.iter().fold(zero(), |sum, one| sum + one);
    let floor = Points::rounded(&(-sum.clone()).max(zero()));
    let total = factors.map(|_| Points::rounded(&sum.max(zero())));
    let lines: Vec<Line> = raw
        .into_iter()
        .zip(&counted)
        .map(|(line, counted)| line.rounded(Points::rounded(counted)))
        .collect();
    let shown = lines.iter().map(|line| line.counted).sum::<Points>() + floor;
    let band = total.and_then(|total| scheme.band(total, &inputs.obligations));
    Score {
        total,
        band: band.map(|band| band.code.clone()),
        lines,
        floor,
        rounding: total.map_or(Points::ZERO, |total| total - shown),
    }
}

/// What the points of a criterion are multiplied with to become part of the total.
struct Factors {
    base: BigRational,
    bonus: BigRational,
    penalty: BigRational,
}

impl Factors {
    /// `None` if no base criterion applies. Otherwise those that apply are scaled up to the whole
    /// base.
    fn of(scheme: &Scheme, lines: &[RawLine]) -> Option<Self> {
        let applying = |part: Part| {
            lines
                .iter()
                .filter(move |line| line.part == part && line.points.is_some())
        };
        let maxima: Points = applying(Part::Base).map(|line| line.maximum).sum();
        (maxima > Points::ZERO).then(|| Self {
            base: scheme.base().exact() / maxima.exact(),
            bonus: cap_factor(applying(Part::Bonus), scheme.bonus_cap),
            penalty: -cap_factor(applying(Part::Penalty), scheme.penalty_cap),
        })
    }

    fn apply(&self, line: &RawLine) -> BigRational {
        let factor = match line.part {
            Part::Base => &self.base,
            Part::Bonus => &self.bonus,
            Part::Penalty => &self.penalty,
        };
        let points = line.points.as_ref();
        points.map_or_else(zero, |points| points * factor)
    }
}

/// min(Σ, cap) / Σ: a cap reduces all criteria below it in proportion.
fn cap_factor<'r>(lines: impl Iterator<Item = &'r RawLine>, cap: Points) -> BigRational {
    let sum = lines
        .filter_map(|line| line.points.as_ref())
        .fold(zero(), |sum, one| sum + one);
    if sum > cap.exact() {
        cap.exact() / sum
    } else {
        whole(1)
    }
}
