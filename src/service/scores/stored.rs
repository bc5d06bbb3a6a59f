//! What rows of rounds and sheets hold.

use crate::domain::score::{Inputs, Scheme, Score};
use crate::service::Error;
use crate::service::scores::schemes::Slot;
use crate::store::score_rounds::{RoundRow, SheetRow};
use crate::store::scores::{SchemeRow, find_scheme};
use crate::store::types::{from_json, from_text};
use crate::store::{Conn, StoreError};

/// What a sheet was computed from.
pub(crate) fn inputs_of(sheet: &SheetRow) -> Result<Inputs, StoreError> {
    from_json("score inputs", &sheet.inputs)
}

/// What it came to.
pub(crate) fn score_of(sheet: &SheetRow) -> Result<Score, StoreError> {
    from_json("score", &sheet.score)
}

/// The scheme that a round was computed with.
pub(crate) fn scheme_of(conn: &mut Conn, round: &RoundRow) -> Result<(SchemeRow, Scheme), Error> {
    let id = round
        .scheme_id
        .ok_or_else(|| StoreError::Corrupt(format!("round {} has no scheme", round.id)))?;
    let row = find_scheme(conn, id)?
        .ok_or_else(|| StoreError::Corrupt(format!("score scheme {id} is missing")))?;
    let content = from_json("score scheme", &row.content)?;
    Ok((row, content))
}

pub(crate) fn slot_of(row: &RoundRow) -> Result<Slot, StoreError> {
    Ok(Slot {
        unit_id: row.unit_id,
        year: row.year,
        category: from_text("category", &row.category)?,
    })
}
