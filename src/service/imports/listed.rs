//! Units from a list that the set-up has completed: entered and remembered like those of a file.

use super::record::{self, Carried};
use super::{ImportKind, Made, kinds, sha256};
use crate::service::units::import::UnitSheet;
use crate::service::{Error, Tx};

/// The file of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListFile<'f> {
    /// Its name; empty for cells that were pasted.
    pub name: &'f str,
    /// Its bytes.
    pub bytes: &'f [u8],
}

/// What became of the units of a list, or would become of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListedUnits {
    /// New units, in the order of the list.
    pub new: Vec<Made>,
    /// Units that are changed.
    pub changed: Vec<Made>,
    /// How many units are stored already as the list has them.
    pub unchanged: usize,
}

/// Says what [`enter_units`] would do, by doing it and undoing it again.
///
/// # Errors
/// Those of [`enter_units`].
pub fn preview_units(tx: &mut Tx<'_>, sheet: &UnitSheet) -> Result<ListedUnits, Error> {
    tx.rehearse(|tx| kinds::enter_units(tx, sheet, None))
}

/// Enters the units of a list, and remembers the import.
///
/// # Errors
/// Every fault of every line, named `line 12.name`; [`Error::Forbidden`].
pub fn enter_units(
    tx: &mut Tx<'_>,
    sheet: &UnitSheet,
    file: ListFile<'_>,
) -> Result<ListedUnits, Error> {
    let done = kinds::enter_units(tx, sheet, None)?;
    let carried = Carried {
        kind: ImportKind::Units,
        name: file.name,
        sha256: &sha256(file.bytes),
        made: done.new.clone(),
        changed: done.changed.len(),
        unchanged: done.unchanged,
    };
    record::remember(tx, carried)?;
    Ok(done)
}
