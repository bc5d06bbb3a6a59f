//! Importing a file of units. Everything is checked before anything is written; a dry run only
//! checks.
//!
//! A unit whose code is stored already is updated to what its line says, so that a file can be
//! imported again. An import never revives a unit that has ended because an old file does not know
//! of its end.

mod check;
mod file;
mod known;
mod rights;

use std::collections::HashMap;

use chrono::NaiveDate;
pub use file::{COLUMNS, SHEETS, UnitLine, UnitSheet, of_table, read};
use known::Known;

use super::changes::{ChangeKind, UnitChange};
use super::save::Place;
use super::{save, update_obligations};
use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::domain::text::local_midnight;
use crate::domain::unit::UnitFacts;
use crate::service::{Error, Tx};
use crate::store::units::{self, UnitRow};

/// What an import did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Codes of new units, in the order of the file.
    pub new: Vec<String>,
    /// Codes of units that are changed, in the order of the file.
    pub changed: Vec<String>,
    /// How many units are stored already as the file has them.
    pub unchanged: usize,
    /// What was done, parents before children; empty after a dry run.
    pub changes: Vec<UnitChange>,
}

/// Says what [`units()`] would do with a file, and writes nothing.
///
/// # Errors
/// Those of [`units()`].
pub fn dry_run(
    tx: &mut Tx<'_>,
    file: &[u8],
    counts_from: Option<NaiveDate>,
) -> Result<Imported, Error> {
    dry_run_lines(tx, &read(file)?, counts_from)
}

/// Says what [`lines()`] would do, and writes nothing.
///
/// # Errors
/// Those of [`lines()`].
pub fn dry_run_lines(
    tx: &mut Tx<'_>,
    sheet: &UnitSheet,
    counts_from: Option<NaiveDate>,
) -> Result<Imported, Error> {
    Ok(check::plan(tx, sheet, counts_from)?.summary())
}

/// Imports a file of units ([`COLUMNS`]). An import of past years names the day from which its
/// units owe: also for periods that are over, back to that day, by the rules that were in force then.
///
/// # Errors
/// Every fault of every line, named `line 12.name`; a day that is still to come;
/// [`Error::Conflict`] if the units would owe something in a frozen year; [`Error::Forbidden`] if
/// the actor manages no units.
pub fn units(
    tx: &mut Tx<'_>,
    file: &[u8],
    counts_from: Option<NaiveDate>,
) -> Result<Imported, Error> {
    lines(tx, &read(file)?, counts_from)
}

/// Imports the lines of a file of units.
///
/// # Errors
/// Those of [`units()`], except faults of the file itself.
pub fn lines(
    tx: &mut Tx<'_>,
    sheet: &UnitSheet,
    counts_from: Option<NaiveDate>,
) -> Result<Imported, Error> {
    let plan = check::plan(tx, sheet, counts_from)?;
    let mut imported = plan.summary();
    imported.changes = plan.carry_out(tx)?;
    update_obligations(tx, &imported.changes)?;
    Ok(imported)
}

/// What is wrong with lines of a file, as far as it can be told without the database: the number of the
/// line, and the fault, named `line 12.name`.
pub fn faults(sheet: &UnitSheet) -> Vec<(u64, Invalid)> {
    check::without_stored(sheet)
}

/// A line without faults of its own.
struct Line {
    number: u64,
    facts: UnitFacts,
    parent: Option<String>,
}

impl Line {
    fn code(&self) -> &str {
        &self.facts.code
    }
}

/// The good lines of a file by the code of their unit.
type ByCode<'a> = HashMap<&'a str, &'a Line>;

/// What is to be done about a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Todo {
    Create,
    Change,
    Nothing,
}

/// The lines of a file without faults.
struct Plan {
    lines: Vec<(Line, Todo)>,
    /// The number of units above the unit of each line, after the import.
    depths: Vec<usize>,
    known: Known,
}

impl Plan {
    fn summary(&self) -> Imported {
        let codes = |todo: Todo| {
            let of = self.lines.iter().filter(|(_, own)| *own == todo);
            of.map(|(line, _)| line.facts.code.clone())
                .collect::<Vec<_>>()
        };
        Imported {
            new: codes(Todo::Create),
            changed: codes(Todo::Change),
            unchanged: codes(Todo::Nothing).len(),
            changes: Vec::new(),
        }
    }

    /// Parents come before children: then a parent is always in its final place when a unit is
    /// moved to it, and no unit is ever below itself in between.
    fn carry_out(mut self, tx: &mut Tx<'_>) -> Result<Vec<UnitChange>, Error> {
        let mut order: Vec<(usize, (Line, Todo))> =
            self.depths.into_iter().zip(self.lines).collect();
        order.sort_by_key(|(depth, _)| *depth);
        let mut changes = Vec::new();
        for (_, (line, todo)) in order {
            // read again: moves above the parent may have changed its federation
            let parent = match self.known.parent_of(&line) {
                None => None,
                Some(row) => units::find(tx.conn, row.id)?,
            };
            match todo {
                Todo::Nothing => {}
                Todo::Create => {
                    let change = save::insert(tx, line.facts, parent.as_ref())?;
                    self.known.insert(change.unit.clone());
                    changes.push(change);
                }
                Todo::Change => {
                    let id = self
                        .known
                        .by_code(line.code())
                        .map_or(UnitId::NONE, |row| row.id);
                    changes.extend(change(tx, id, &line.facts, parent.as_ref())?);
                }
            }
        }
        Ok(changes)
    }
}

/// Updates a stored unit to what its line says: its facts, then its place in the tree.
fn change(
    tx: &mut Tx<'_>,
    id: UnitId,
    facts: &UnitFacts,
    parent: Option<&UnitRow>,
) -> Result<Vec<UnitChange>, Error> {
    let mut changes = Vec::new();
    let mut row = units::find(tx.conn, id)?.ok_or(Error::Stale)?;
    let after = wanted(&row, facts);
    if after != row {
        let kind = if after.ended_on == row.ended_on {
            ChangeKind::Changed
        } else {
            ChangeKind::Ended
        };
        let change = save::update(tx, UnitChange::new(kind, row, after), None)?;
        row = change.unit.clone();
        changes.push(change);
    }
    if row.parent_id != parent.map(|parent| parent.id) {
        let place = Place {
            parent,
            from: tx.now,
            reason: None,
        };
        changes.push(save::attach(tx, row, &place)?);
    }
    Ok(changes)
}

/// A stored unit with the facts of its line, in its old place in the tree.
fn wanted(row: &UnitRow, facts: &UnitFacts) -> UnitRow {
    let mut wanted = UnitRow {
        category: facts.category.into(),
        cluster: facts.cluster.clone(),
        founded_on: facts.founded_on,
        ended_on: facts.ended_on.or(row.ended_on),
        counts_from: counts_from(row, facts.counts_from),
        mail: facts.mail.clone(),
        ..row.clone()
    };
    wanted.rename(facts.name.clone());
    wanted
}

/// The day from which a stored unit owes, after an import that names one. A later day, or one after it
/// was entered, changes nothing.
fn counts_from(row: &UnitRow, named: Option<NaiveDate>) -> Option<NaiveDate> {
    let earlier = named.filter(|day| local_midnight(*day) < row.owes_since());
    earlier.or(row.counts_from)
}
