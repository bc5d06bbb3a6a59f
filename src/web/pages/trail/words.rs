//! What a line of the trail says, in words: the kind of thing, what was done, and each value that
//! changed.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};

use crate::domain::access::ActorId;
use crate::domain::text::local_time;
use crate::domain::words::say;
use crate::service::accounts::trail::{TrailNames, TrailView};
use crate::web::pages::format;
use crate::web::pages::layout::actor_name;

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
pub(super) fn changes(locale: &str, line: &TrailView) -> Vec<Changed> {
    let row = &line.row;
    let words = Words {
        names: &line.names,
        locale,
    };
    let old = object(row.old.as_deref());
    let new = object(row.new.as_deref());
    let keys: BTreeSet<&String> = new.keys().chain(old.keys()).collect();
    let unit = row.unit_id.map(|id| Value::from(id.0));
    // that an item counts for the unit that the line is about goes without saying
    let is_own = |key: &str| {
        key == "credited_unit_id" && new.get(key) == unit.as_ref() && !old.contains_key(key)
    };
    let differ = |key: &&String| {
        old.get(*key) != new.get(*key) && !SILENT.contains(&key.as_str()) && !is_own(key)
    };
    let changed = |key: &String| {
        let show = |value: Option<&Value>| value.and_then(|value| words.shown(key, value));
        let (before, after) = (show(old.get(key)), show(new.get(key)));
        if before.is_none() && after.is_none() {
            return None;
        }
        Some(Changed {
            label: label(locale, &row.entity, key),
            old: before,
            new: after.unwrap_or_else(|| "–".to_owned()),
        })
    };
    keys.into_iter()
        .filter(differ)
        .filter_map(changed)
        .collect()
}

/// What a value is called. The title of a person is what they are; of anything else, its name.
fn label(locale: &str, entity: &str, key: &str) -> String {
    let key = match (entity, key) {
        ("person" | "role", "title") => "post",
        (_, key) => key,
    };
    known(locale, "pages.trail.field.", key)
}

/// The values of a line; a value that is no object has no name.
fn object(json: Option<&str>) -> Map<String, Value> {
    match json.and_then(|json| serde_json::from_str(json).ok()) {
        Some(Value::Object(values)) => values,
        _ => Map::new(),
    }
}

/// The words for values, in one language.
struct Words<'w> {
    names: &'w TrailNames,
    locale: &'w str,
}

impl Words<'_> {
    /// A value as people read it; nothing for an empty one.
    fn shown(&self, field: &str, value: &Value) -> Option<String> {
        if let Some(name) = self.names.of_value(field, value, self.locale) {
            return Some(name.to_owned());
        }
        let text = match value {
            Value::Null => return None,
            Value::Bool(true) => say(self.locale, "pages.trail.yes", &[]),
            Value::Bool(false) => say(self.locale, "pages.trail.no", &[]),
            Value::Number(number) => number.to_string(),
            Value::String(text) => self.text_of(text),
            Value::Array(values) => {
                let all = values.iter().filter_map(|one| self.shown(field, one));
                all.collect::<Vec<_>>().join("; ")
            }
            Value::Object(values) => {
                let one = |(key, value): (&String, &Value)| {
                    let label = known(self.locale, "pages.trail.field.", key);
                    self.shown(key, value)
                        .map(|value| format!("{label}: {value}"))
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

    /// Instants, dates, kinds of item, actors and words of the domain as people read them.
    fn text_of(&self, text: &str) -> String {
        if let Ok(at) = text.parse::<DateTime<Utc>>() {
            return local_time(at);
        }
        if let Ok(on) = text.parse::<NaiveDate>() {
            return format::date(on);
        }
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        match self.names.kind(text) {
            Some(kind) => kind.to_owned(),
            None if text.parse::<ActorId>().is_ok() => actor_name(self.locale, text),
            None if text.bytes().all(is_word) => known(self.locale, "pages.trail.value.", text),
            None => actor_name(self.locale, text),
        }
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
