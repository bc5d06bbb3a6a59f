//! Units: the whole sheet is judged at once, because its rows name each other.

use std::collections::HashMap;

use super::super::Part;
use super::super::outcome::{Done, Outcome};
use super::super::unit_names::UnitNames;
use super::Sort;
use crate::domain::error::Invalid;
use crate::domain::import::{Entity, Made};
use crate::domain::text::{self, fold};
use crate::domain::unit::{Category, UnitPatch};
use crate::domain::words::say;
use crate::service::units::{self, import, import::UnitLine};
use crate::service::{Error, Tx};
use crate::store::{imports, units as stored};

pub(super) const SORT: Sort = Sort {
    sheets: import::SHEETS,
    columns: import::COLUMNS,
    choices: &[("category", categories)],
    enter,
};

fn categories() -> Vec<&'static str> {
    Category::ALL
        .iter()
        .map(|category| category.in_lists())
        .collect()
}

fn enter(tx: &mut Tx<'_>, part: &Part, outcome: &mut Outcome) -> Result<(), Error> {
    let mut lines = match import::of_table(&part.table) {
        Ok(lines) => lines,
        Err(faults) => {
            note(outcome, faults);
            return Ok(());
        }
    };
    above_by_name(tx, &mut lines)?;
    let rows: HashMap<String, (u32, String)> = lines
        .iter()
        .map(|line| {
            let row = u32::try_from(line.line).unwrap_or(u32::MAX);
            (line.text.code.clone(), (row, line.text.name.clone()))
        })
        .collect();
    let entered = tx.attempt(|tx| {
        let revived = revive(tx, &lines)?;
        Ok((import::lines(tx, &lines, part.counts_from)?, revived))
    });
    let (mut done, revived) = match entered {
        Ok(entered) => entered,
        Err(Error::Invalid(faults)) => {
            note(outcome, faults);
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    // they are as new: taking this import back ends them again
    done.changed.retain(|code| !revived.contains(code));
    let entered = done.new.len() + done.changed.len() + revived.len();
    done.unchanged = lines.len().saturating_sub(entered);
    done.new.extend(revived);
    let made = |code: String| {
        let (row, name) = rows.get(&code).cloned().unwrap_or_default();
        Made {
            row,
            entity: Entity::Unit,
            id: code,
            name,
            version: 0,
        }
    };
    done.new
        .into_iter()
        .for_each(|code| outcome.note(Done::Created(made(code))));
    done.changed
        .into_iter()
        .for_each(|code| outcome.note(Done::Changed(made(code))));
    outcome.unchanged += done.unchanged;
    Ok(())
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
