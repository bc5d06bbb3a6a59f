//! What became of the rows of a file.

use crate::domain::error::Invalid;
use crate::domain::import::Made;
use crate::office::sheet_in::Table;
use crate::service::{Error, Tx};

/// A fault of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RowFault {
    /// The index of its sheet.
    pub(super) part: usize,
    pub(super) row: u32,
    pub(super) fault: Invalid,
}

/// What became of the rows of a file.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    part: usize,
    pub(super) created: Vec<Made>,
    pub(super) changed: Vec<Made>,
    pub(super) unchanged: usize,
    pub(super) faults: Vec<RowFault>,
}

/// What became of one row.
pub(super) enum Done {
    Created(Made),
    Changed(Made),
    Unchanged,
}

impl Outcome {
    /// Begins a sheet: values below no header are faults.
    pub(super) fn begin(&mut self, part: usize, table: &Table) {
        self.part = part;
        for (row, column) in table.without_header() {
            let fault = Invalid::new("", "sheet_no_header");
            let name = crate::office::sheet_in::column_name(column);
            self.fault(row, fault.with("column", name));
        }
    }

    /// Adds a fault of a row.
    pub(super) fn fault(&mut self, row: u32, fault: Invalid) {
        self.faults.push(RowFault {
            part: self.part,
            row,
            fault,
        });
    }

    /// Notes what became of a row.
    pub(super) fn note(&mut self, done: Done) {
        match done {
            Done::Created(made) => self.created.push(made),
            Done::Changed(made) => self.changed.push(made),
            Done::Unchanged => self.unchanged += 1,
        }
    }

    /// Enters one row. What is wrong with it is noted, and what it did is undone.
    ///
    /// # Errors
    /// What is not about the row: [`Error::Forbidden`], the database.
    pub(super) fn row(
        &mut self,
        tx: &mut Tx<'_>,
        row: u32,
        enter: impl FnOnce(&mut Tx<'_>) -> Result<Done, Error>,
    ) -> Result<(), Error> {
        match tx.attempt(enter) {
            Ok(done) => self.note(done),
            Err(Error::Invalid(faults)) => {
                faults.into_iter().for_each(|fault| self.fault(row, fault));
            }
            Err(Error::Conflict(fault)) => self.fault(row, fault),
            Err(Error::NotFound { what }) => {
                let fault = Invalid::new(what, "not_found").with("value", "");
                self.fault(row, fault);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
