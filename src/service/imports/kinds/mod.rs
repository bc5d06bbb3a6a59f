//! The kinds of things that come in files: one file each, with its columns and what is done with a row.

mod events;
mod holidays;
mod item_events;
mod items;
mod people;
mod targets;
mod units;

use chrono::{Datelike as _, NaiveDate};

pub(super) use events::sheet_of;

use super::Part;
use super::outcome::Outcome;
use super::reading::{Reading, Words};
use super::rows::RowKind;
use crate::domain::import::ImportKind;
use crate::domain::plan::timing::new_year;
use crate::domain::text::fold;
use crate::office::sheet_in::{Column, Line};
use crate::service::core::access::Action;
use crate::service::{Error, Tx};

/// What may stand in a column, as a template offers it.
type Choices = (&'static str, fn() -> Vec<&'static str>);

/// What there is to know of a kind.
struct Sort {
    /// What its sheet is called, without diacritics.
    sheets: &'static [&'static str],
    columns: &'static [Column],
    /// What may stand in its columns, where that is a list.
    choices: &'static [Choices],
    /// What somebody has to be allowed to do, on any unit, to import it.
    needs: Action,
    /// Reads the rows of a sheet and notes their faults.
    judge: Work,
    /// Enters the rows of a sheet.
    enter: Work,
}

/// The state of an item or event, as lists write it.
const STATE: Column = Column {
    key: "state",
    name: "Trạng thái",
    synonyms: &["tinh trang"],
    required: false,
    example: "",
};

/// What is done with the rows of a sheet.
type Work = fn(&mut Tx<'_>, &Part, &mut Outcome) -> Result<(), Error>;

impl Sort {
    /// A kind whose rows are entered one by one.
    const fn of<K: RowKind>(sheets: &'static [&'static str], columns: &'static [Column]) -> Self {
        Self {
            sheets,
            columns,
            choices: &[],
            needs: Action::ManageUnits,
            judge: super::rows::judge::<K>,
            enter: super::rows::enter::<K>,
        }
    }
}

/// A file of several sheets has no columns of its own.
const SEVERAL: Sort = Sort {
    sheets: &[],
    columns: &[],
    choices: &[],
    needs: Action::ManageUnits,
    judge: |_, _, _| Ok(()),
    enter: |_, _, _| Ok(()),
};

impl ImportKind {
    fn sort(self) -> &'static Sort {
        match self {
            Self::Units => &units::SORT,
            Self::People => &people::SORT,
            Self::Items => &items::SORT,
            Self::Events => &events::SORT,
            Self::Holidays => &holidays::SORT,
            Self::Targets => &targets::SORT,
            Self::Legacy => &SEVERAL,
        }
    }

    /// What its sheet is called.
    pub(super) fn sheets(self) -> &'static [&'static str] {
        self.sort().sheets
    }

    /// Whether a sheet of this name holds it.
    pub(super) fn is_called(self, name: &str) -> bool {
        self.sheets().contains(&fold(name).as_str())
    }

    /// Its columns.
    pub fn columns(self) -> &'static [Column] {
        self.sort().columns
    }

    /// What may stand in one of its columns, where that is a list.
    pub(super) fn choices(self, key: &str) -> Vec<&'static str> {
        let choices = self.sort().choices.iter();
        let own = choices.filter(|(column, _)| *column == key);
        own.flat_map(|(_, choices)| choices()).collect()
    }

    /// What somebody has to be allowed to do, on any unit, to import it.
    pub(super) fn needs(self) -> Action {
        self.sort().needs
    }

    /// Reads the rows of a sheet and notes their faults. Writes nothing.
    pub(super) fn judge(
        self,
        tx: &mut Tx<'_>,
        part: &Part,
        outcome: &mut Outcome,
    ) -> Result<(), Error> {
        (self.sort().judge)(tx, part, outcome)
    }

    /// Enters the rows of a sheet.
    pub(super) fn carry_out(
        self,
        tx: &mut Tx<'_>,
        part: &Part,
        outcome: &mut Outcome,
    ) -> Result<(), Error> {
        (self.sort().enter)(tx, part, outcome)
    }
}

/// The first day of the year of the oldest event or item of a file: from then on its units owe.
pub(super) fn first_year(parts: &[Part]) -> Option<NaiveDate> {
    let day = |part: &Part, line: Line<'_>| {
        let column = match part.kind {
            ImportKind::Items => "arrived_at",
            ImportKind::Events => "starts_at",
            _ => return None,
        };
        Reading::of(line).date(column)
    };
    let days = parts
        .iter()
        .flat_map(|part| part.table.data().filter_map(move |line| day(part, line)));
    days.min().map(|day| new_year(day.year()))
}

/// What words are called in a list.
fn names<T>(words: &Words<T>) -> Vec<&'static str> {
    let first = |(_, names): &(T, &'static [&'static str])| names.first().copied();
    words.iter().filter_map(first).collect()
}
