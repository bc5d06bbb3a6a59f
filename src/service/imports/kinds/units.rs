//! Units: the whole sheet is judged at once, because its rows name each other.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::super::Part;
use super::super::outcome::{Done, Outcome};
use super::super::unit_names::UnitNames;
use super::Sort;
use crate::domain::error::Invalid;
use crate::domain::import::{Entity, Made};
use crate::domain::text::{self, fold};
use crate::domain::unit::{Category, UnitPatch};
use crate::domain::words::say;
use crate::service::core::access::Action;
use crate::service::units;
use crate::service::units::import::{self, UnitLine, UnitSheet};
use crate::service::{Error, Tx};
use crate::store::{imports, units as stored};

pub(super) const SORT: Sort = Sort {
    sheets: import::SHEETS,
    columns: import::COLUMNS,
    choices: &[("category", categories)],
    needs: Action::ManageUnits,
    judge,
    enter,
};

fn categories() -> Vec<&'static str> {
    Category::ALL
        .iter()
        .map(|category| category.in_lists())
        .collect()
}

fn judge(_: &mut Tx<'_>, part: &Part, outcome: &mut Outcome) -> Result<(), Error> {
    if let Ok(mut sheet) = import::of_table(&part.table) {
        if let Some(own) = &part.within {
            place_within(own, &mut sheet.lines);
        }
        let faults = import::faults(&sheet).into_iter();
        note(outcome, faults.map(|(_, fault)| fault).collect());
    }
    Ok(())
}

fn enter(tx: &mut Tx<'_>, part: &Part, outcome: &mut Outcome) -> Result<(), Error> {
    let mut sheet = match import::of_table(&part.table) {
        Ok(sheet) => sheet,
        Err(fault) => {
            note(outcome, vec![fault]);
            return Ok(());
        }
    };
    above_by_name(tx, &mut sheet.lines)?;
    if let Some(own) = &part.within {
        for row in place_within(own, &mut sheet.lines) {
            outcome.warn(row, Invalid::new("", "import_own_federation"));
        }
    }
    let entered = tx.attempt(|tx| enter_sheet(tx, &sheet, part.counts_from));
    sheet.lines.iter().for_each(|_| outcome.advance());
    match entered {
        Ok(entered) => entered.into_iter().for_each(|done| outcome.note(done)),
        Err(Error::Invalid(faults)) => note(outcome, faults),
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Has units without one above them belong to the federation `own`. A federation that stands above
/// others is that one: its row is left out. Answers the numbers of those rows.
fn place_within(own: &str, lines: &mut Vec<UnitLine>) -> Vec<u32> {
    let above: HashSet<&str> = lines.iter().map(|line| line.parent_code.as_str()).collect();
    let is_own = |line: &&UnitLine| {
        let is_named = line.text.code == own || above.contains(line.text.code.as_str());
        is_named
            && line.parent_code.is_empty()
            && Category::meant(&line.text.category) == Some(Category::Federation)
    };
    let roots: Vec<(String, u32)> = lines
        .iter()
        .filter(is_own)
        .map(|line| (line.text.code.clone(), row_of(line)))
        .collect();
    let is_root = |code: &str| roots.iter().any(|(root, _)| root == code);
    lines.retain(|line| !is_root(&line.text.code));
    for line in lines {
        if line.parent_code.is_empty() || is_root(&line.parent_code) {
            own.clone_into(&mut line.parent_code);
        }
    }
    roots.into_iter().map(|(_, row)| row).collect()
}

fn row_of(line: &UnitLine) -> u32 {
    u32::try_from(line.line).unwrap_or(u32::MAX)
}

/// Enters the units of a sheet; those that were ended by taking an import back go on. Answers what
/// became of each row.
///
/// # Errors
/// Those of [`import::lines`].
fn enter_sheet(
    tx: &mut Tx<'_>,
    sheet: &UnitSheet,
    counts_from: Option<NaiveDate>,
) -> Result<Vec<Done>, Error> {
    let lines = &sheet.lines;
    let revived = revive(tx, lines)?;
    let mut done = import::lines(tx, sheet, counts_from)?;
    // they are as new: taking this import back ends them again
    done.changed.retain(|code| !revived.contains(code));
    let entered = done.new.len() + done.changed.len() + revived.len();
    done.new.extend(revived);
    let rows: HashMap<&str, &UnitLine> = lines
        .iter()
        .map(|line| (line.text.code.as_str(), line))
        .collect();
    let made = |code: String| {
        let line = rows.get(code.as_str());
        Made {
            row: line.map_or(0, |line| row_of(line)),
            entity: Entity::Unit,
            name: line.map(|line| line.text.name.clone()).unwrap_or_default(),
            id: code,
            version: 0,
        }
    };
    let new = done.new.into_iter().map(|code| Done::Created(made(code)));
    let changed = done.changed.into_iter();
    let changed = changed.map(|code| Done::Changed(made(code)));
    let unchanged = lines.len().saturating_sub(entered);
    let unchanged = std::iter::repeat_with(|| Done::Unchanged).take(unchanged);
    Ok(new.chain(changed).chain(unchanged).collect())
}

/// Adds faults that are named `line 12.name`. What has no header was noted before.
fn note(outcome: &mut Outcome, faults: Vec<Invalid>) {
    for mut fault in faults {
        let place = fault.field.strip_prefix("line ").unwrap_or_default();
        let (row, field) = place.split_once('.').unwrap_or((place, ""));
        let row = row.parse().unwrap_or_default();
        if fault.code != "sheet_no_header" {
            if row > 0 {
                fault.field = field.to_owned().into();
            }
            outcome.fault(row, fault);
        }
    }
}

/// Takes back the end of units of the file that were ended by taking another import back, unless the
/// file says when they end. Answers their codes.
fn revive(tx: &mut Tx<'_>, lines: &[UnitLine]) -> Result<Vec<String>, Error> {
    let taken_back = imports::units_taken_back(tx.conn)?;
    let goes_on = |line: &&UnitLine| line.text.ended_on.is_empty();
    let codes = lines.iter().filter(goes_on).map(|line| &line.text.code);
    let codes = codes.filter(|code| taken_back.contains(*code));
    let codes: Vec<&str> = codes.map(String::as_str).collect();
    let mut ended = stored::find_by_codes(tx.conn, &codes)?;
    ended.retain(|unit| unit.ended_on.is_some());
    let patch = UnitPatch {
        ended_on: Some(None),
        reason: Some(say("vi", "import.revive_reason", &[])),
        ..UnitPatch::default()
    };
    let mut revived = Vec::new();
    // units above others come first, in whatever order the file has them
    loop {
        let before = ended.len();
        for unit in std::mem::take(&mut ended) {
            match tx.attempt(|tx| units::change(tx, unit.id, &patch, unit.version)) {
                Ok(_) => revived.push(unit.code),
                Err(Error::Invalid(_) | Error::Conflict(_)) => ended.push(unit),
                Err(error) => return Err(error),
            }
        }
        if ended.is_empty() || ended.len() == before {
            return Ok(revived);
        }
    }
}

/// Units above that are named by their name get the code of it: that of a row of the file, else of a
/// unit that is stored.
fn above_by_name(tx: &mut Tx<'_>, lines: &mut [UnitLine]) -> Result<(), Error> {
    let is_name = |line: &&UnitLine| {
        !line.parent_code.is_empty() && text::code("parent_code", &line.parent_code).is_err()
    };
    if !lines.iter().any(|line| is_name(&line)) {
        return Ok(());
    }
    let mut stored = UnitNames::read(tx)?;
    let own: Vec<(String, String)> = lines
        .iter()
        .map(|line| (fold(&line.text.name), line.text.code.clone()))
        .collect();
    for line in lines.iter_mut().filter(|line| is_name(&&**line)) {
        let wanted = fold(&line.parent_code);
        let mut in_file = own.iter().filter(|(name, _)| *name == wanted);
        match (in_file.next(), in_file.next()) {
            (Some((_, code)), None) => line.parent_code.clone_from(code),
            // the check of the file says that nobody has this code
            _ => {
                if let Ok((_, code, _)) = stored.named(&line.parent_code, "parent_code") {
                    line.parent_code = code;
                }
            }
        }
    }
    Ok(())
}
