//! What became of the rows of a file.

use std::fmt;
use std::sync::Arc;

use super::listed::RowFate;
use crate::domain::error::Invalid;
use crate::domain::import::Made;
use crate::office::sheet_in::Table;
use crate::service::{Error, Tx};

/// A fault of a row, or what it says that is not entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RowFault {
    /// The index of its sheet.
    pub(super) part: usize,
    pub(super) row: u32,
    pub(super) fault: Invalid,
}

/// A function that is called with the number of rows of a file that have been looked at; none by default.
#[derive(Clone, Default)]
pub(super) struct Progress(Option<Arc<dyn Fn(usize) + Send + Sync>>);

impl Progress {
    pub(super) fn new(call: impl Fn(usize) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(call)))
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Progress").field(&self.0.is_some()).finish()
    }
}

/// What became of the rows of a file.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    progress: Progress,
    looked_at: usize,
    part: usize,
    pub(super) created: Vec<Made>,
    pub(super) changed: Vec<Made>,
    pub(super) unchanged: usize,
    pub(super) faults: Vec<RowFault>,
    pub(super) warnings: Vec<RowFault>,
    /// What became of rows that made or changed something, by sheet and row.
    pub(super) fates: Vec<((usize, u32), RowFate)>,
}

/// What became of one row.
pub(super) enum Done {
    Created(Made),
    /// The row needed something else that was made with it.
    AllCreated(Vec<Made>),
    Changed(Made),
    Unchanged,
}

impl Outcome {
    /// Nothing yet.
    pub(super) fn with_progress(progress: Progress) -> Self {
        Self {
            progress,
            ..Self::default()
        }
    }

    /// Begins a sheet: values below no header are faults, and examples of a template are passed over.
    pub(super) fn begin(&mut self, part: usize, table: &Table) {
        self.part = part;
        // where no header is recognised at all, it is not known which row it is
        let has_header = table.headings.iter().any(|one| one.key.is_some());
        let stray = has_header.then(|| table.without_header());
        for (row, column) in stray.into_iter().flatten() {
            let fault = Invalid::new("", "sheet_no_header");
            let name = crate::office::sheet_in::column_name(column);
            self.fault(row, fault.with("column", name));
        }
        for row in table.examples() {
            self.warn(row, Invalid::new("", "sheet_example"));
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

    /// Adds what a row says that is not entered.
    pub(super) fn warn(&mut self, row: u32, warning: Invalid) {
        self.warnings.push(RowFault {
            part: self.part,
            row,
            fault: warning,
        });
    }

    /// Notes what became of a row.
    pub(super) fn note(&mut self, done: Done) {
        match done {
            Done::Created(made) => self.create(made),
            Done::AllCreated(made) => made.into_iter().for_each(|made| self.create(made)),
            Done::Changed(made) => {
                self.fates.push(((self.part, made.row), RowFate::Changed));
                self.changed.push(made);
            }
            Done::Unchanged => self.unchanged += 1,
        }
    }

    fn create(&mut self, made: Made) {
        self.fates.push(((self.part, made.row), RowFate::New));
        self.created.push(made);
    }

    /// Counts another row that has been looked at.
    pub(super) fn advance(&mut self) {
        self.looked_at += 1;
        if let Some(call) = &self.progress.0 {
            call(self.looked_at);
        }
    }

    /// What was made of a row; what is wrong with the row is noted.
    ///
    /// # Errors
    /// What is not about the row: the database.
    pub(super) fn good<T>(&mut self, row: u32, read: Result<T, Error>) -> Result<Option<T>, Error> {
        let faults = match read {
            Ok(read) => return Ok(Some(read)),
            Err(Error::Invalid(faults)) => faults,
            Err(Error::Conflict(fault)) => vec![fault],
            Err(Error::NotFound { what }) => {
                vec![Invalid::new(what, "not_found").with("value", "")]
            }
            Err(Error::Forbidden) => vec![Invalid::new("", "import_forbidden")],
            Err(error) => return Err(error),
        };
        faults.into_iter().for_each(|fault| self.fault(row, fault));
        Ok(None)
    }

    /// Enters one row. What is wrong with it is noted, and what it did is undone.
    ///
    /// # Errors
    /// As [`Self::good`].
    pub(super) fn row(
        &mut self,
        tx: &mut Tx<'_>,
        row: u32,
        enter: impl FnOnce(&mut Tx<'_>) -> Result<Done, Error>,
    ) -> Result<(), Error> {
        let done = tx.attempt(enter);
        if let Some(done) = self.good(row, done)? {
            self.note(done);
        }
        Ok(())
    }
}
