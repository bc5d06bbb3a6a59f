//! The formula of a criterion in words, and what it selects spelled out; so that a unit can check
//! its score with a pocket calculator. All words are in `config/locales/scores.yml`.

use std::collections::BTreeMap;

use super::{Band, Condition, Criterion, Measure, Select};

/// Names of the kinds of item by code; a code without a name stands for itself.
pub type KindNames = BTreeMap<String, String>;

/// The sentence `score.<key>` with its placeholders filled in.
pub(super) fn say(locale: &str, key: &str, values: &[(&str, &str)]) -> String {
    crate::domain::words::say(locale, &format!("score.{key}"), values)
}

/// The formula in the given locale (`vi` or `en`).
pub fn formula(criterion: &Criterion, locale: &str) -> String {
    let target = criterion.target_percent.unwrap_or_default().to_string();
    let points = criterion.points.to_text(locale);
    let key = format!("formula.{}", criterion.measure.as_str());
    say(locale, &key, &[("points", &points), ("target", &target)])
}

/// What the criterion looks at, in the given locale; empty for a manual one.
pub fn selection(criterion: &Criterion, kinds: &KindNames, locale: &str) -> String {
    match criterion.measure {
        Measure::Manual => String::new(),
        Measure::Depth | Measure::Quality if criterion.select.item_kinds.is_empty() => {
            say(locale, "select.items", &[])
        }
        Measure::Depth | Measure::Quality => {
            let kinds = kinds_in(&criterion.select, kinds, locale);
            say(locale, "select.items_of", &[("kinds", &kinds)])
        }
        _ => of_obligations(&criterion.select, kinds, locale),
    }
}

/// What a band asks for besides points; empty where it asks for nothing.
pub fn conditions(band: &Band, kinds: &KindNames, locale: &str) -> String {
    let none_missed = |condition: &Condition| {
        let what = of_obligations(&condition.no_missed, kinds, locale);
        say(locale, "select.none_missed", &[("what", &what)])
    };
    let all: Vec<String> = band.conditions.iter().map(none_missed).collect();
    all.join("; ")
}

fn of_obligations(select: &Select, kinds: &KindNames, locale: &str) -> String {
    let or = say(locale, "select.or", &[]);
    let each = |folder: &str, names: Vec<&'static str>| {
        let words: Vec<String> = names
            .into_iter()
            .map(|name| say(locale, &format!("select.{folder}.{name}"), &[]))
            .collect();
        words.join(&or)
    };
    let mut text = match select.deadlines.as_slice() {
        [] => say(locale, "select.all", &[]),
        deadlines => each(
            "deadline",
            deadlines.iter().map(|kind| kind.as_str()).collect(),
        ),
    };
    if !select.item_kinds.is_empty() {
        let kinds = kinds_in(select, kinds, locale);
        text = say(
            locale,
            "select.of_kinds",
            &[("what", &text), ("kinds", &kinds)],
        );
    }
    if !select.periods.is_empty() {
        let periods = each(
            "period",
            select
                .periods
                .iter()
                .map(|period| period.as_str())
                .collect(),
        );
        text = say(
            locale,
            "select.of_periods",
            &[("what", &text), ("periods", &periods)],
        );
    }
    if !select.rules.is_empty() {
        text = say(
            locale,
            "select.of_rules",
            &[("what", &text), ("rules", &select.rules.join(&or))],
        );
    }
    text
}

fn kinds_in(select: &Select, names: &KindNames, locale: &str) -> String {
    let name = |code: &String| {
        names
            .get(code)
            .map_or_else(|| code.clone(), |name| name.to_lowercase())
    };
    let words: Vec<String> = select.item_kinds.iter().map(name).collect();
    words.join(&say(locale, "select.or", &[]))
}
