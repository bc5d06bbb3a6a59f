//! Events: their types and states. The fields of a request live in `input`, the time of an event in
//! `when`. What depends on the database is checked in `service::submissions::events`.

mod input;
mod when;

use serde::{Deserialize, Serialize};

use crate::text_enum;

pub use input::{CheckedEvent, EventPatch, EventText, NewEvent};
pub use when::When;

/// Which deadline an event asks for; it may be of several types.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::IntoStaticStr,
    strum::EnumString,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum EventType {
    /// Its news is due within working hours.
    Ordinary,
    /// Thời sự: its news is due by the daily cut-off.
    Topical,
    /// A member's question: its answer is due within clock hours.
    Question,
}

/// What became of an event; stored.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::IntoStaticStr,
    strum::EnumString,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum EventState {
    /// It takes place.
    Registered,
    /// It does not, and asks for nothing.
    Cancelled,
}

text_enum!(EventState, EventType);

#[cfg(test)]
mod tests;
