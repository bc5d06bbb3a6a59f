//! Values of fields as they are typed.

use serde_json::Value;

use super::words::{self, WORDS};
use crate::domain::error::Invalid;
use crate::domain::text::clean;
use crate::web::pages::layout::Layout;
use crate::web::pages::list::Choice;
use crate::web::pages::typed;

/// Fields that are typed as a number.
const NUMBERS: [&str; 4] = [
    "event_hours",
    "answer_hours",
    "return_days",
    "missed_after_days",
];

/// Fields that hold or do not.
const SWITCHES: [&str; 2] = ["leader_approval", "cutoff_inclusive"];

/// Fields of a sort of their own.
const OTHERS: [(&str, Control); 4] = [
    ("calendar", Control::Calendar),
    ("cutoff_time", Control::Time),
    ("settled_by", Control::Kinds),
    ("ladders", Control::Ladders),
];

/// How a field is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    /// One of a few words.
    Word(&'static [&'static str]),
    /// Whether it holds.
    Switch,
    /// A whole number.
    Number,
    /// A time of day.
    Time,
    /// A calendar.
    Calendar,
    /// Several kinds of item.
    Kinds,
    /// Changed elsewhere; here it can be inherited again.
    Ladders,
}

impl Control {
    /// That of a field; `None` for a name that is no field.
    pub(super) fn of(field: &str) -> Option<Self> {
        if let Some((_, words)) = WORDS.iter().find(|(name, _)| *name == field) {
            return Some(Self::Word(words));
        }
        if let Some((_, control)) = OTHERS.iter().find(|(name, _)| *name == field) {
            return Some(*control);
        }
        match field {
            field if NUMBERS.contains(&field) => Some(Self::Number),
            field if SWITCHES.contains(&field) => Some(Self::Switch),
            _ => None,
        }
    }

    /// The value that was typed.
    pub(super) fn read(self, texts: &[String]) -> Result<Value, Invalid> {
        let first = texts.first().map(|text| clean(text)).unwrap_or_default();
        if first.is_empty() {
            return Err(Invalid::new("gia_tri", "required"));
        }
        Ok(match self {
            Self::Switch => Value::Bool(first == "true"),
            Self::Number => {
                let short: String = first.chars().take(40).collect();
                let unfit = || Invalid::new("gia_tri", "typed_number").with("value", short);
                Value::from(first.parse::<u32>().map_err(|_| unfit())?)
            }
            Self::Time => {
                let time = typed::time("gia_tri", &first)?;
                Value::from(time.format("%H:%M").to_string())
            }
            Self::Kinds => texts.iter().map(|text| Value::from(clean(text))).collect(),
            Self::Word(_) | Self::Calendar | Self::Ladders => Value::from(first),
        })
    }

    /// What can be chosen, where the words say it.
    pub(super) fn choices(self, page: &Layout, field: &str) -> Vec<Choice> {
        match self {
            Self::Word(all) => all
                .iter()
                .map(|word| Choice::new(word, words::word(page, field, word)))
                .collect(),
            Self::Switch => [true, false]
                .map(|does| Choice::new(does, words::holds(page, does)))
                .to_vec(),
            _ => Vec::new(),
        }
    }

    /// Whether it is typed as a text.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::Number | Self::Time)
    }
}

/// A value as its form shows it.
pub(super) fn shown(value: &Value) -> Vec<String> {
    match value {
        Value::Array(all) => all
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        Value::String(text) => vec![text.clone()],
        Value::Null | Value::Object(_) => Vec::new(),
        other => vec![other.to_string()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::Policy;

    #[test]
    fn every_field_has_a_control_that_reads_what_it_shows() {
        let all = serde_json::to_value(Policy::default()).unwrap();
        for field in Policy::FIELDS {
            let control = Control::of(field).unwrap_or_else(|| panic!("{field}"));
            let value = &all[*field];
            if control != Control::Ladders {
                assert_eq!(&control.read(&shown(value)).unwrap(), value, "{field}");
            }
        }
        assert_eq!(Control::of("colour"), None);
        let code =
            |control: Control, text: &str| control.read(&[text.to_owned()]).unwrap_err().code;
        assert_eq!(code(Control::Number, "-1"), "typed_number");
        assert_eq!(code(Control::Time, "25:00"), "typed_time");
        assert_eq!(code(Control::Kinds, ""), "required");
    }
}
