//! What a line of the trail says, in words: the kind of thing, what was done, and each value that
//! changed.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};

use crate::domain::text::local_time;
use crate::domain::words::say;
use crate::store::audit::AuditRow;
use crate::web::pages::format;

/// Values that say nothing to a reader.
pub const SILENT: [&str; 27] = [
    "actor",
    "at",
    "sha256",
    "copied_from",
    "event_id",
    "federation_id",
    "formula",
    "from_item",
    "name_en",
    "reviewer_id",
    "selection",
    "status",
    "type",
    "words",
    "id",
    "agent",
    "unit_id",
    "account_id",
    "seen_at",
    "expires_at",
    "stage",
    "version",
    "created_at",
    "updated_at",
    "name_folded",
    "name_sort",
    "first_id",
];

/// Longest value that is shown, in characters.
const LONGEST: usize = 120;

/// A value that changed, in words.
pub(super) struct Changed {
    /// What it is called.
    pub label: String,
    /// As it was; nothing where it is new.
    pub old: Option<String>,
    /// As it is.
    pub new: String,
}

/// What a kind of thing is called.
pub(super) fn kind(locale: &str, entity: &str) -> String {
    known(locale, "pages.trail.kind.", entity)
}

/// What was done, in words.
pub(super) fn action(locale: &str, action: &str) -> String {
    known(locale, "pages.trail.action.", action)
}

/// The words under a key; the word itself where there are none.
fn known(locale: &str, group: &str, word: &str) -> String {
    let words = say(locale, &format!("{group}{word}"), &[]);
    match words.contains(group) {
        true => word.to_owned(),
        false => words,
    }
}

/// What changed: of two objects the values that differ, of one all that it holds.
pub(super) fn changes(locale: &str, row: &AuditRow) -> Vec<Changed> {
    let old = object(row.old.as_deref());
    let new = object(row.new.as_deref());
    let keys: BTreeSet<&String> = new.keys().chain(old.keys()).collect();
    let differ = |key: &&String| old.get(*key) != new.get(*key) && !SILENT.contains(&key.as_str());
    let changed = |key: &String| {
        let show = |value: Option<&Value>| value.and_then(|value| shown(locale, value));
        let (before, after) = (show(old.get(key)), show(new.get(key)));
        if before.is_none() && after.is_none() {
            return None;
        }
        Some(Changed {
            label: known(locale, "pages.trail.field.", key),
            old: before,
            new: after.unwrap_or_else(|| "–".to_owned()),
        })
    };
    keys.into_iter()
        .filter(differ)
        .filter_map(changed)
        .collect()
}

/// The values of a line; a value that is no object has no name.
fn object(json: Option<&str>) -> Map<String, Value> {
    match json.and_then(|json| serde_json::from_str(json).ok()) {
        Some(Value::Object(values)) => values,
        _ => Map::new(),
    }
}

/// A value as people read it; nothing for an empty one.
fn shown(locale: &str, value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::Bool(true) => say(locale, "pages.trail.yes", &[]),
        Value::Bool(false) => say(locale, "pages.trail.no", &[]),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text_of(locale, text),
        Value::Array(values) => {
            let all: Vec<String> = values.iter().filter_map(|one| shown(locale, one)).collect();
            all.join("; ")
        }
        Value::Object(values) => {
            let one = |(key, value): (&String, &Value)| {
                let label = known(locale, "pages.trail.field.", key);
                shown(locale, value).map(|value| format!("{label}: {value}"))
            };
            let all: Vec<String> = values.iter().filter_map(one).collect();
            all.join(", ")
        }
    };
    let short = match text.chars().count() > LONGEST {
        true => format!("{}…", text.chars().take(LONGEST).collect::<String>()),
        false => text,
    };
    (!short.is_empty()).then_some(short)
}

/// Instants, dates and words of the domain as people read them.
fn text_of(locale: &str, text: &str) -> String {
    if let Ok(at) = text.parse::<DateTime<Utc>>() {
        return local_time(at);
    }
    match text.parse::<NaiveDate>() {
        Ok(on) => format::date(on),
        Err(_)
            if text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_') =>
        {
            known(locale, "pages.trail.value.", text)
        }
        Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_line_are_its_objects() {
        assert!(object(None).is_empty());
        assert!(object(Some("7")).is_empty() && object(Some("{")).is_empty());
        assert_eq!(object(Some("{\"a\":1}")).len(), 1);
    }
}
