//! Policy fields: where provinces differ. A unit sets some of them from a date on; they hold for
//! all below it until one sets its own (nearest wins). The defaults are those of the directives.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::calendar::{CutoffDays, CutoffEdge, PeriodEnd, shipped};
use super::error::Invalid;
use super::ladder::{LadderKind, StepSpec};
use super::period::PeriodKind;
use super::{text, years};

/// From when an item counts towards a quota.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountedWhen {
    /// As soon as it arrived, until it is rejected or withdrawn.
    Arrived,
    /// Once it is published; in the period in which it arrived.
    #[default]
    Published,
}

/// Whether the surplus of one period makes up for a later one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Carry {
    /// No.
    #[default]
    None,
    /// Forward within the year, up to what is owed.
    WithinYear,
}

/// Which deadline applies to an event that is both topical and ordinary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BothRule {
    /// The event's working hours.
    #[default]
    Event,
    /// The earlier of the two.
    Earliest,
}

/// Which end of an event starts the clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountedFrom {
    /// Its end.
    #[default]
    EventEnd,
    /// Its start.
    EventStart,
}

/// Whether the department gets a daily summary that has nothing to tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SummaryWhenEmpty {
    /// No.
    #[default]
    Skip,
    /// Yes.
    Send,
}

macro_rules! policy {
    ($($(#[$doc:meta])* $field:ident: $kind:ty,)+) => {
        /// The policy that holds for a unit on a date: every field has a value.
        /// Fields that a stored policy does not have yet are read with their defaults.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields, default)]
        pub struct Policy {
            $($(#[$doc])* pub $field: $kind,)+
        }

        /// What one unit sets; absent fields are inherited.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields, default)]
        pub struct PolicyPatch {
            $($(#[$doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $field: Option<$kind>,)+
            /// Names of the fields that are inherited again: what the unit set before holds no more.
            #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "text::read")]
            pub inherited: Vec<String>,
        }

        impl Policy {
            /// Names of all fields, in the order in which people read them.
            pub const FIELDS: &'static [&'static str] = &[$(stringify!($field)),+];

            /// This policy with the fields that `patch` sets.
            #[must_use]
            pub fn overlaid(mut self, patch: &PolicyPatch) -> Self {
                $(if let Some(value) = &patch.$field { self.$field = value.clone(); })+
                self
            }

            /// This policy with the fields of these names as `above` has them.
            #[must_use]
            pub fn inheriting(mut self, names: &[String], above: &Self) -> Self {
                $(if names.iter().any(|name| name == stringify!($field)) {
                    self.$field = above.$field.clone();
                })+
                self
            }
        }

        impl PolicyPatch {
            /// This patch with what a later one sets.
            #[must_use]
            pub fn overlaid(mut self, later: &Self) -> Self {
                $(if later.inherited.iter().any(|name| name == stringify!($field)) {
                    self.$field = None;
                })+
                $(if let Some(value) = &later.$field { self.$field = Some(value.clone()); })+
                self
            }

            /// Names of the fields that it sets to another value than `other` does.
            pub fn differences(&self, other: &Self) -> Vec<String> {
                let mut names = Vec::new();
                $(if self.$field.is_some() && self.$field != other.$field {
                    names.push(stringify!($field).to_owned());
                })+
                names
            }

            /// Names of the fields that it sets.
            pub fn fields(&self) -> Vec<&'static str> {
                let mut names = Vec::new();
                $(if self.$field.is_some() { names.push(stringify!($field)); })+
                names
            }
        }
    };
}

policy! {
    /// Code of the calendar whose office hours are counted.
    #[serde(deserialize_with = "text::read")]
    calendar: String,
    /// An item reaches the editorial board only once the unit's leader approved it.
    leader_approval: bool,
    /// From when an item counts towards a quota.
    counted_when: CountedWhen,
    /// Whether the surplus of one period makes up for a later one.
    carry: Carry,
    /// Local time of the daily cut-off, `HH:MM`.
    #[serde(with = "hour_minute")]
    #[schema(value_type = String, example = "16:00")]
    cutoff_time: HourMinute,
    /// On which days a cut-off is held.
    cutoff_days: CutoffDays,
    /// Whether an event at exactly the cut-off still belongs to that day.
    cutoff_inclusive: bool,
    /// Which deadline applies to an event that is both topical and ordinary.
    both: BothRule,
    /// Working hours after an event until its news is due.
    event_hours: u32,
    /// Clock hours after a member's question until its answer is due.
    answer_hours: u32,
    /// Which end of an event starts the clock.
    counted_from: CountedFrom,
    /// Codes of the kinds of item that settle a deadline of an event.
    #[serde(deserialize_with = "text::read")]
    settled_by: Vec<String>,
    /// When a period ends.
    period_end: PeriodEnd,
    /// Working days for which an item returned for changes holds its place.
    return_days: u32,
    /// Working days after a deadline from which it is missed for good.
    missed_after_days: u32,
    /// Whether the department gets a daily summary that has nothing to tell.
    #[serde(default)]
    summary_when_empty: SummaryWhenEmpty,
    /// Reminder steps that differ from the defaults, by kind of obligation; an empty list sends
    /// none.
    ladders: BTreeMap<LadderKind, Vec<StepSpec>>,
}

/// A local time of the day in whole minutes.
pub type HourMinute = NaiveTime;

mod hour_minute {
    //! `HH:MM` for a field and for an optional one.

    use chrono::NaiveTime;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub trait Text: Sized {
        fn text(&self) -> Option<String>;
        fn read(time: NaiveTime) -> Self;
    }

    impl Text for NaiveTime {
        fn text(&self) -> Option<String> {
            Some(self.format("%H:%M").to_string())
        }
        fn read(time: NaiveTime) -> Self {
            time
        }
    }

    impl Text for Option<NaiveTime> {
        fn text(&self) -> Option<String> {
            self.as_ref().and_then(Text::text)
        }
        fn read(time: NaiveTime) -> Self {
            Some(time)
        }
    }

    pub fn serialize<S: Serializer>(value: &impl Text, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&value.text().unwrap_or_default())
    }

    pub fn deserialize<'de, D: Deserializer<'de>, T: Text>(deserializer: D) -> Result<T, D::Error> {
        let text = String::deserialize(deserializer)?;
        NaiveTime::parse_from_str(&text, "%H:%M")
            .map(T::read)
            .map_err(|_| {
                de::Error::custom(format!("\"{text}\" is no time of day; write it as 16:00"))
            })
    }
}

/// The kinds that settle a deadline of an event unless a policy names others.
const SETTLED_BY: [&str; 6] = ["tin", "bai", "bai_chuyen_sau", "phong_su", "anh", "video"];

impl Default for Policy {
    fn default() -> Self {
        Self {
            calendar: shipped::DEFAULT.to_owned(),
            leader_approval: true,
            counted_when: CountedWhen::default(),
            carry: Carry::default(),
            cutoff_time: NaiveTime::from_hms_opt(16, 0, 0).unwrap_or_default(),
            cutoff_days: CutoffDays::default(),
            cutoff_inclusive: false,
            both: BothRule::default(),
            event_hours: 12,
            answer_hours: 24,
            counted_from: CountedFrom::default(),
            settled_by: SETTLED_BY.map(str::to_owned).to_vec(),
            period_end: PeriodEnd::default(),
            return_days: 3,
            missed_after_days: 3,
            summary_when_empty: SummaryWhenEmpty::default(),
            ladders: BTreeMap::new(),
        }
    }
}

impl Policy {
    /// Whether an event at exactly the cut-off still belongs to that day.
    pub const fn cutoff_edge(&self) -> CutoffEdge {
        CutoffEdge::of(self.cutoff_inclusive)
    }

    /// When a period of this kind ends. A day always ends at midnight.
    pub const fn end_of(&self, period: PeriodKind) -> PeriodEnd {
        match period {
            PeriodKind::Day => PeriodEnd::Midnight,
            _ => self.period_end,
        }
    }

    /// The reminder steps for a kind of obligation.
    pub fn ladder(&self, kind: LadderKind) -> Vec<StepSpec> {
        self.ladders
            .get(&kind)
            .cloned()
            .unwrap_or_else(|| kind.default_steps())
    }
}

/// Checks the date from which a unit sets a policy: it never reaches back behind `earliest`.
///
/// # Errors
/// On `valid_from`: a date that nobody can have meant, or one that is too early.
pub fn check_valid_from(date: NaiveDate, earliest: Option<NaiveDate>) -> Result<(), Invalid> {
    years::check("valid_from", date)?;
    match earliest {
        Some(today) if date < today => Err(Invalid::new("valid_from", "policy_reaches_back")
            .with("value", date.format("%d/%m/%Y"))
            .with("today", today.format("%d/%m/%Y"))),
        _ => Ok(()),
    }
}

impl PolicyPatch {
    /// Names that are no fields, or that are set as well.
    fn faults_of_inherited(&self) -> Vec<Invalid> {
        let set = self.fields();
        let fault = |(index, name): (usize, &String)| {
            let code = match name.as_str() {
                name if !Policy::FIELDS.contains(&name) => "not_found",
                name if set.contains(&name) => "policy_set_and_inherited",
                _ => return None,
            };
            let field = format!("inherited.{index}");
            Some(Invalid::new(field, code).with("value", name.escape_debug()))
        };
        self.inherited
            .iter()
            .enumerate()
            .filter_map(fault)
            .collect()
    }

    /// This patch with one field that it sets to a value, or that is inherited again.
    ///
    /// # Errors
    /// A name that is no field, on `field`; a value that the field cannot have, on the field.
    pub fn with(&self, name: &str, value: Option<&Value>) -> Result<Self, Invalid> {
        let known = Policy::FIELDS.iter().find(|known| **known == name);
        let unknown = || Invalid::new("field", "not_found").with("value", name.escape_debug());
        let name = *known.ok_or_else(unknown)?;
        let unfit = || Invalid::new(name, "policy_value");
        let Ok(Value::Object(mut fields)) = serde_json::to_value(self) else {
            return Err(unfit());
        };
        fields.remove("inherited");
        match value {
            Some(value) => fields.insert(name.to_owned(), value.clone()),
            None => fields.remove(name),
        };
        let mut patch: Self = serde_json::from_value(fields.into()).map_err(|_| unfit())?;
        patch.inherited = self.inherited.clone();
        patch.inherited.retain(|inherited| inherited != name);
        if value.is_none() {
            patch.inherited.push(name.to_owned());
        }
        Ok(patch)
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.fields().is_empty() && self.inherited.is_empty()
    }

    /// Whether its values make sense; that the calendar and the kinds exist is the caller's to check.
    pub fn check(&self) -> Result<(), Vec<Invalid>> {
        let mut faults = self.faults_of_inherited();
        let mut within = |field: &'static str, value: Option<u32>, from: u32, to: u32| {
            if let Some(value) = value.filter(|value| !(from..=to).contains(value)) {
                faults.push(
                    Invalid::new(field, "number_range")
                        .with("value", value)
                        .with("from", from)
                        .with("to", to),
                );
            }
        };
        within("event_hours", self.event_hours, 1, 2_000);
        within("answer_hours", self.answer_hours, 1, 8_760);
        within("return_days", self.return_days, 0, 250);
        within("missed_after_days", self.missed_after_days, 0, 250);
        if self.settled_by.as_ref().is_some_and(Vec::is_empty) {
            faults.push(Invalid::new("settled_by", "required"));
        }
        for (kind, steps) in self.ladders.iter().flatten() {
            faults.extend(
                StepSpec::faults(steps)
                    .into_iter()
                    .map(|f| f.within(&format!("ladders.{}", kind.as_str()))),
            );
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(faults)
        }
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
