//! Entering a sheet row by row: what a row says is read first, which writes nothing, and what could be
//! read is entered by the use case that people use.

use std::collections::HashMap;
use std::hash::Hash;

use super::Part;
use super::outcome::{Done, Outcome};
use crate::domain::error::Invalid;
use crate::domain::import::Entity;
use crate::office::sheet_in::Line;
use crate::service::{Error, Tx};

/// A kind whose rows are entered one by one.
pub(super) trait RowKind {
    /// What the rows of a sheet name; it is read once for each sheet.
    type Known;
    /// What a row says.
    type Row;

    /// Reads what the rows of a sheet name.
    fn known(tx: &mut Tx<'_>, part: &Part) -> Result<Self::Known, Error>;

    /// Reads a row. Writes nothing.
    ///
    /// # Errors
    /// All faults of the row.
    fn read(tx: &mut Tx<'_>, line: Line<'_>, known: &mut Self::Known) -> Result<Self::Row, Error>;

    /// What a row says that is not entered.
    fn warnings(_row: &Self::Row) -> Vec<Invalid> {
        Vec::new()
    }

    /// Enters a row.
    ///
    /// # Errors
    /// Those of the use case.
    fn enter(
        tx: &mut Tx<'_>,
        number: u32,
        row: Self::Row,
        known: &mut Self::Known,
    ) -> Result<Done, Error>;
}

/// Reads the rows of a sheet and notes their faults. Writes nothing.
pub(super) fn judge<K: RowKind>(
    tx: &mut Tx<'_>,
    part: &Part,
    outcome: &mut Outcome,
) -> Result<(), Error> {
    let mut known = K::known(tx, part)?;
    for line in part.table.data() {
        let row = K::read(tx, line, &mut known);
        outcome.good(line.number(), row)?;
    }
    Ok(())
}

/// Enters the rows of a sheet.
pub(super) fn enter<K: RowKind>(
    tx: &mut Tx<'_>,
    part: &Part,
    outcome: &mut Outcome,
) -> Result<(), Error> {
    let mut known = K::known(tx, part)?;
    for line in part.table.data() {
        let number = line.number();
        outcome.advance();
        let row = K::read(tx, line, &mut known);
        let Some(row) = outcome.good(number, row)? else {
            continue;
        };
        for warning in K::warnings(&row) {
            outcome.warn(number, warning);
        }
        outcome.row(tx, number, |tx| K::enter(tx, number, row, &mut known))?;
    }
    Ok(())
}

/// What rows of a sheet have named, each with its row: a file that names one thing twice is at fault.
#[derive(Debug)]
pub(super) struct Seen<T> {
    entity: Entity,
    rows: HashMap<T, u32>,
}

impl<T: Eq + Hash> Seen<T> {
    /// Nothing yet.
    pub(super) fn new(entity: Entity) -> Self {
        Self {
            entity,
            rows: HashMap::new(),
        }
    }

    /// Notes that a row names a thing.
    ///
    /// # Errors
    /// `sheet_row_twice` on `field` if another row names it already.
    pub(super) fn once(&mut self, thing: T, row: u32, field: &'static str) -> Result<(), Invalid> {
        match self.rows.get(&thing) {
            Some(earlier) => Err(twice(self.entity, *earlier, field)),
            None => {
                self.rows.insert(thing, row);
                Ok(())
            }
        }
    }
}

/// The fault of a row that names what another row names already.
pub(super) fn twice(entity: Entity, earlier: u32, field: &'static str) -> Invalid {
    let fault = Invalid::new(field, "sheet_row_twice").with("line", earlier);
    fault.with_word("what", format!("import.entity.{entity}"))
}
