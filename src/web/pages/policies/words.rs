//! Fields of policies and steps of ladders in words.

use serde_json::Value;

use crate::domain::ladder::{Audience, Offset, StepSpec};
use crate::service::rules::policies::EffectiveField;
use crate::web::pages::layout::Layout;

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
pub(in crate::web::pages) fn of(page: &Layout, field: &EffectiveField) -> String {
    value(page, field.name, &field.value)
}

/// What a value of a field says.
pub(in crate::web::pages) fn value(page: &Layout, field: &str, value: &Value) -> String {
    match value {
        Value::Bool(true) => page.say("pages.policy.holds"),
        Value::Bool(false) => page.say("pages.policy.holds_not"),
        Value::Number(number) => page.number(number),
        Value::String(word) if WORDS.iter().any(|(name, _)| *name == field) => {
            page.say(format!("pages.policy.value.{field}.{word}"))
        }
        Value::String(text) => text.clone(),
        Value::Array(all) => {
            let texts: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
            texts.join(", ")
        }
        Value::Object(ladders) if ladders.is_empty() => page.say("pages.policy.default"),
        Value::Object(ladders) => {
            page.say_with("pages.policy.ladders", "n", page.number(ladders.len()))
        }
        Value::Null => String::new(),
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
