//! Fields of policies and steps of ladders in words.

use serde_json::Value;

use crate::domain::ladder::{Audience, Offset, StepSpec};
use crate::domain::preference::Lang;
use crate::service::rules::policies::{EffectiveField, PolicyNames};
use crate::web::pages::layout::{Layout, Said};

/// Fields whose values are words of their own, with these words.
pub(super) const WORDS: [(&str, &[&str]); 7] = [
    ("counted_when", &["published", "arrived"]),
    ("carry", &["none", "within_year"]),
    ("cutoff_days", &["working", "every"]),
    ("both", &["event", "earliest"]),
    ("counted_from", &["event_end", "event_start"]),
    ("period_end", &["midnight", "last_working_closing"]),
    ("summary_when_empty", &["skip", "send"]),
];

/// What a field is called.
pub(in crate::web::pages) fn name(page: &Layout, field: &str) -> String {
    page.say(format!("pages.policy.field.{field}"))
}

/// What a field of a unit says.
pub(in crate::web::pages) fn of(
    page: &Layout,
    names: &PolicyNames,
    field: &EffectiveField,
) -> Said {
    value(page, names, field.name, &field.value)
}

/// What a value of a field says.
pub(super) fn value(page: &Layout, names: &PolicyNames, field: &str, value: &Value) -> Said {
    Said::ours(match value {
        Value::Bool(does) => holds(page, *does),
        Value::Number(number) => page.number(number),
        Value::String(text) if WORDS.iter().any(|(name, _)| *name == field) => {
            word(page, field, text)
        }
        Value::String(code) => return named(page, names, code),
        Value::Array(all) => {
            let codes = all.iter().filter_map(Value::as_str);
            let kinds: Vec<&str> = codes.map(|code| names.kind(code)).collect();
            return Said::theirs(kinds.join(", "));
        }
        Value::Object(ladders) if ladders.is_empty() => page.say("pages.policy.default"),
        Value::Object(ladders) => {
            page.say_with("pages.policy.ladders", "n", page.number(ladders.len()))
        }
        Value::Null => String::new(),
    })
}

/// What a word says that is a value of a field.
pub(super) fn word(page: &Layout, field: &str, word: &str) -> String {
    page.say(format!("pages.policy.value.{field}.{word}"))
}

/// That a field holds, or that it does not.
pub(super) fn holds(page: &Layout, does: bool) -> String {
    page.say(match does {
        true => "pages.policy.holds",
        false => "pages.policy.holds_not",
    })
}

/// The name of a calendar; a text that is no code of one says itself.
fn named(page: &Layout, names: &PolicyNames, text: &str) -> Said {
    match names.calendar(text) {
        Some(name) if page.lang() == Lang::Vi || name.en == name.vi => Said::theirs(&name.vi),
        Some(name) => Said::ours(name.en.clone()),
        None => Said::ours(text.to_owned()),
    }
}

/// When a step is sent, in words: "trước hạn 4 giờ làm việc".
pub(in crate::web::pages) fn when(page: &Layout, step: &StepSpec) -> String {
    let minutes = |key: &str, n: u32| match n % 60 {
        0 => page.say_with(
            format!("pages.ladders.when.{key}_hours"),
            "n",
            page.number(n / 60),
        ),
        _ => page.say_with(
            format!("pages.ladders.when.{key}_minutes"),
            "n",
            page.number(n),
        ),
    };
    match step.offset {
        Offset::WorkingMinutesBefore(n) => minutes("working", n),
        Offset::ClockMinutesBefore(n) => minutes("clock", n),
        Offset::WorkingMinutesBeforeClosing(n) => minutes("closing", n),
        Offset::TimeOnDueDay(time) => {
            page.say_with("pages.ladders.when.time", "time", time.format("%H:%M"))
        }
        Offset::WorkingDaysBefore(n) => {
            page.say_with("pages.ladders.when.days_before", "n", page.number(n))
        }
        Offset::AtDue => page.say("pages.ladders.when.due"),
        Offset::WorkingDaysAfter(n) => {
            page.say_with("pages.ladders.when.days_after", "n", page.number(n))
        }
    }
}

/// Whom a step reaches, in words.
pub(in crate::web::pages) fn whom(page: &Layout, step: &StepSpec) -> String {
    let whom = step.audience.iter().map(|one| audience(page, *one));
    whom.collect::<Vec<_>>().join(", ")
}

/// An audience in words.
pub(in crate::web::pages) fn audience(page: &Layout, one: Audience) -> String {
    page.say(match one {
        Audience::Leader => "pages.ladders.whom.leader",
        Audience::Deputy => "pages.ladders.whom.deputy",
        Audience::Department => "pages.ladders.whom.department",
        Audience::Above => "pages.ladders.whom.above",
    })
}
