//! What a step changed in an item, as it is kept with the step.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

crate::text_enum! {
    /// What of an item can be changed.
    pub enum ItemField {
        /// Its headline.
        Title,
        /// Its kind.
        Kind,
        /// Its field of work.
        Field,
        /// Where it can be read.
        Url,
        /// Its text: of a long one the part that differs.
        Body,
        /// The event that it reports.
        Event,
        /// The date of what it reports.
        HappenedOn,
        /// Who wrote it.
        Authors,
        /// When it reached the editorial board.
        Arrival,
        /// An editor's mark for quality.
        Grade,
    }
}

/// One change: a code, a number, a date or a text before and after; nothing for what was or is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ItemChange)]
pub struct Changed {
    /// What was changed.
    pub field: ItemField,
    /// What it was.
    pub old: Option<String>,
    /// What it became.
    pub new: Option<String>,
}
