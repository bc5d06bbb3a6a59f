//! Units, the people of units, and their roles: creating, changing, moving and ending them.
//!
//! Every use case answers with what it changed ([`UnitChange`], [`PersonChange`]) after it has
//! brought what the units and people owe in line with it (`obligations::lives`). A split of a unit
//! is a new unit and moves.

pub mod administrators;
pub mod change;
pub mod changes;
pub mod create;
mod dates;
pub mod end;
pub mod import;
pub mod merge;
pub mod named;
pub mod people;
pub mod relocate;
pub mod roles;
mod save;
pub mod succession;

pub use change::change;
pub use changes::{ChangeKind, PersonChange, UnitChange};
pub use create::create;
pub use end::{EndUnit, end};
pub use merge::{MergeUnit, merge};
pub use relocate::{MoveUnit, move_to};

use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::service::obligations::lives;
use crate::service::{Error, Tx};
use crate::store::units::{self, UnitRow};

loadable!(UnitRow: UnitId, "unit", units::find, id);

/// The id of the unit with this code; for commands, whose users know codes and no ids.
///
/// # Errors
/// `not_found` on `unit`.
pub fn id_of(tx: &mut Tx<'_>, code: &str) -> Result<UnitId, Error> {
    let found = units::find_by_code(tx.conn, code)?;
    found.map(|unit| unit.id).ok_or_else(|| {
        let fault = Invalid::new("unit", "not_found");
        fault.with("value", code.escape_debug()).into()
    })
}

/// Brings what units owe in line with their change.
fn update_obligations(tx: &mut Tx<'_>, changes: &[UnitChange]) -> Result<(), Error> {
    lives::units_changed(tx, changes)
}
