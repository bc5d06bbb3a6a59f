//! What a request says about an event, and the checks of its fields.

mod checks;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use super::{EventType, When};
use crate::domain::ids::UnitId;
use crate::domain::unit::present;

/// An event to be registered, as asked for. Its time is either `starts_at` (and `ends_at`) or,
/// where only dates are known, `starts_on` (and `ends_on`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvent {
    /// The unit whose event it is.
    pub unit_id: UnitId,
    /// What it is called.
    pub title: String,
    /// Where it takes place.
    pub place: Option<String>,
    /// Its types; an ordinary one if none is named.
    #[serde(default)]
    pub types: Vec<EventType>,
    /// When it starts, with offset.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub starts_at: Option<DateTime<Utc>>,
    /// When it ends, with offset; at its start if left out.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub ends_at: Option<DateTime<Utc>>,
    /// Its first local date, where the hour is not known.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub starts_on: Option<NaiveDate>,
    /// Its last local date; the first one if left out.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub ends_on: Option<NaiveDate>,
}

/// An event without its unit: one that an item reports, which registers it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventText {
    /// What it is called.
    pub title: String,
    /// Where it takes place.
    pub place: Option<String>,
    /// Its types; an ordinary one if none is named.
    #[serde(default)]
    pub types: Vec<EventType>,
    /// When it starts, with offset.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub starts_at: Option<DateTime<Utc>>,
    /// When it ends, with offset; at its start if left out.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub ends_at: Option<DateTime<Utc>>,
    /// Its first local date, where the hour is not known.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub starts_on: Option<NaiveDate>,
    /// Its last local date; the first one if left out.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub ends_on: Option<NaiveDate>,
}

/// What is to change in an event; what is absent stays. A new start replaces the whole time, a new
/// end only the end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EventPatch {
    /// What it is called.
    pub title: Option<String>,
    /// Where it takes place; `null` takes it away.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub place: Option<Option<String>>,
    /// Its types.
    pub types: Option<Vec<EventType>>,
    /// When it starts, with offset.
    #[serde(deserialize_with = "crate::domain::years::read")]
    pub starts_at: Option<DateTime<Utc>>,
    /// When it ends, with offset.
    #[serde(deserialize_with = "crate::domain::years::read")]
    pub ends_at: Option<DateTime<Utc>>,
    /// Its first local date, where the hour is not known.
    #[serde(deserialize_with = "crate::domain::years::read")]
    pub starts_on: Option<NaiveDate>,
    /// Its last local date.
    #[serde(deserialize_with = "crate::domain::years::read")]
    pub ends_on: Option<NaiveDate>,
}

/// An event whose text and time are in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedEvent {
    /// What it is called.
    pub title: String,
    /// Where it takes place.
    pub place: Option<String>,
    /// Its types, at least one.
    pub types: Vec<EventType>,
    /// When it takes place.
    pub when: When,
}
