//! What stands in the heads of documents: set by a unit, or derived from the names of the unit and of
//! those above it.

use serde::Serialize;

use crate::domain::document::{Letterhead, LetterheadInput};
use crate::domain::ids::UnitId;
use crate::service::core::access::Action;
use crate::service::{Error, Tx};
use crate::store::documents::{self, LetterheadRow};
use crate::store::types::At;

/// The head of a unit's documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LetterheadView {
    /// The unit.
    pub unit_id: UnitId,
    /// What stands there.
    #[serde(flatten)]
    pub letterhead: Letterhead,
    /// Goes up with every change; 0 as long as nobody set it.
    pub version: i32,
}

/// The head of a unit's documents, as it is set or as it is derived.
///
/// # Errors
/// [`Error::NotFound`] for a unit that the actor may not see.
pub fn letterhead(tx: &mut Tx<'_>, unit_id: UnitId) -> Result<LetterheadView, Error> {
    tx.require(Action::Read, unit_id)?;
    of(tx, unit_id)
}

/// Sets the head of a unit's documents.
///
/// # Errors
/// Every fault of the fields; [`Error::Stale`] if somebody set it first.
pub fn set_letterhead(
    tx: &mut Tx<'_>,
    unit_id: UnitId,
    input: &LetterheadInput,
    version: i32,
) -> Result<LetterheadView, Error> {
    tx.require(Action::Approve, unit_id)?;
    let before = of(tx, unit_id)?;
    tx.require_current(before.version, version)?;
    let new = input.check()?;
    let row = LetterheadRow {
        unit_id,
        superior_body: new.superior_body.clone(),
        issuing_body: new.issuing_body.clone(),
        place: new.place.clone(),
        symbol: new.symbol.clone(),
        recipients: new.recipients.join("\n"),
        signatory_title: new.signatory_title.join("\n"),
        signatory_name: new.signatory_name.clone(),
        version: before.version + 1,
        updated_at: At(tx.now),
    };
    documents::put_letterhead(tx.conn, &row)?;
    tx.audit("change", "letterhead", unit_id)
        .unit(unit_id)
        .old(&before.letterhead)
        .new_value(&new)
        .record()?;
    of(tx, unit_id)
}

/// The head of a unit, whoever asks.
pub(super) fn of(tx: &mut Tx<'_>, unit_id: UnitId) -> Result<LetterheadView, Error> {
    let unit = tx.lookups.unit(tx.conn, unit_id)?;
    let Some(row) = documents::letterhead_of(tx.conn, unit_id)? else {
        let above = above(tx, unit_id)?;
        let letterhead = Letterhead::of(&unit.name, above.as_deref(), *unit.category);
        return Ok(LetterheadView {
            unit_id,
            letterhead,
            version: 0,
        });
    };
    let lines = |text: &str| text.lines().map(str::to_owned).collect();
    Ok(LetterheadView {
        unit_id,
        version: row.version,
        letterhead: Letterhead {
            recipients: lines(&row.recipients),
            signatory_title: lines(&row.signatory_title),
            superior_body: row.superior_body,
            issuing_body: row.issuing_body,
            place: row.place,
            symbol: row.symbol,
            signatory_name: row.signatory_name,
        },
    })
}

/// The name of the body to which a unit reports: its federation, or the unit above a federation.
pub(super) fn above(tx: &mut Tx<'_>, unit_id: UnitId) -> Result<Option<String>, Error> {
    let unit = tx.lookups.unit(tx.conn, unit_id)?;
    let above = match unit.federation_id == unit.id {
        true => unit.parent_id,
        false => Some(unit.federation_id),
    };
    match above {
        Some(id) => Ok(Some(tx.lookups.unit(tx.conn, id)?.name.clone())),
        None => Ok(None),
    }
}
