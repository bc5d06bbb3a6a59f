//! Fields of policies in words.

use serde_json::Value;

use crate::service::rules::policies::EffectiveField;
use crate::web::pages::layout::Layout;

/// Fields whose values are words of their own.
const WORDS: [&str; 7] = [
    "counted_when",
    "carry",
    "cutoff_days",
    "both",
    "counted_from",
    "period_end",
    "summary_when_empty",
];

/// What a field is called.
pub(super) fn name(page: &Layout, field: &EffectiveField) -> String {
    page.say(format!("pages.policy.field.{}", field.name))
}

/// What it says.
pub(super) fn value(page: &Layout, field: &EffectiveField) -> String {
    match &field.value {
        Value::Bool(true) => page.say("pages.policy.holds"),
        Value::Bool(false) => page.say("pages.policy.holds_not"),
        Value::Number(number) => page.number(number),
        Value::String(word) if WORDS.contains(&field.name) => {
            page.say(format!("pages.policy.value.{}.{word}", field.name))
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
