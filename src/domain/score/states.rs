//! The states of a round and of a sheet: computed, self-assessed, reviewed, published, frozen.

use serde::{Deserialize, Serialize};

use crate::text_enum;

text_enum!(RoundState, SheetState);

/// The state of a round.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::IntoStaticStr,
    strum::EnumString,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RoundState {
    /// Begun, nothing computed yet.
    Draft,
    /// Computed; units assess themselves, the department reviews.
    Computed,
    /// Published with the decision's number and date.
    Published,
    /// Closed for good.
    Frozen,
    /// Was published and opened again; a newer edition replaces it.
    Reopened,
}

/// The state of a unit's sheet.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::IntoStaticStr,
    strum::EnumString,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SheetState {
    /// Computed.
    Computed,
    /// The unit has assessed itself.
    SelfAssessed,
    /// The department has reviewed it.
    Reviewed,
}
