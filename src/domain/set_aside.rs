//! What a job leaves out because it cannot judge it.

use serde::{Deserialize, Serialize};

use crate::text_enum;

/// What sort of row was set aside.
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
#[schema(as = SetAsideEntity)]
pub enum Entity {
    /// An obligation: it is not settled, and nobody is reminded of it.
    Obligation,
    /// A unit: what plans ask of it is not opened.
    Unit,
    /// A plan: nothing that it asks for is opened.
    Plan,
}

text_enum!(Entity);
