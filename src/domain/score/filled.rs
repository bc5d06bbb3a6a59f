//! The formula of a line with its numbers filled in.

use super::words::say;
use super::{Criterion, Line, Measure};

impl Line {
    /// The formula with this line's numbers, in the given locale (`vi` or `en`): `(20 + 2) ÷ 24 ×
    /// 25 = 22,92`.
    pub fn filled(&self, criterion: &Criterion, locale: &str) -> String {
        match (self.applies, criterion.measure) {
            (false, Measure::Manual) => return say(locale, "filled.no_mark", &[]),
            (false, _) => return say(locale, "filled.left_out", &[]),
            (true, _) => {}
        }
        let filled = self.numbers(criterion, locale);
        match self.computed {
            None => filled,
            Some(_) => say(
                locale,
                "filled.replaced",
                &[("filled", &filled), ("mark", &self.points.to_text(locale))],
            ),
        }
    }

    fn numbers(&self, criterion: &Criterion, locale: &str) -> String {
        let figures = &self.figures;
        if criterion.measure == Measure::Depth && figures.items == 0 {
            return say(locale, "filled.depth_nothing", &[]);
        }
        let reached = figures
            .progress
            .iter()
            .map(|(fraction, times)| format!("{times} × {fraction}"));
        let values = [
            ("met_on_time", figures.met_on_time.to_string()),
            ("met_late", figures.met_late.to_string()),
            ("missed", figures.missed.to_string()),
            ("closed", figures.closed().to_string()),
            ("required", figures.required.to_string()),
            ("beyond", figures.beyond.to_string()),
            ("progress", reached.collect::<Vec<_>>().join(" + ")),
            ("in_depth", figures.in_depth.to_string()),
            ("items", figures.items.to_string()),
            ("grades", figures.grades.to_string()),
            (
                "target",
                criterion.target_percent.unwrap_or_default().to_string(),
            ),
            ("points", criterion.points.to_text(locale)),
            (
                "result",
                self.computed.unwrap_or(self.points).to_text(locale),
            ),
        ];
        let values: Vec<(&str, &str)> = values
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        say(
            locale,
            &format!("filled.{}", criterion.measure.as_str()),
            &values,
        )
    }
}
