//! Checking the lines of a file against each other and against the stored units.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::known::Known;
use super::{ByCode, Line, Plan, Todo, UnitLine, UnitSheet, rights, wanted};
use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::domain::text::local_date;
use crate::domain::unit::{Category, check_life};
use crate::service::core::access::Action;
use crate::service::{Error, Tx};
use crate::store::units::{self, UnitRow};
use crate::store::{Conn, StoreError};

/// What is to be done about each line of a file.
///
/// # Errors
/// Every fault of every line; [`Error::Forbidden`].
pub(super) fn plan(
    tx: &mut Tx<'_>,
    sheet: &UnitSheet,
    counts_from: Option<NaiveDate>,
) -> Result<Plan, Error> {
    tx.require_by_any_role(Action::ManageUnits)?;
    let raw = &sheet.lines;
    let mut faults = Faults::of_cells(sheet);
    faults.0.extend(ahead(counts_from, tx.now));
    let mut lines = faults.lines(raw);
    for line in &mut lines {
        line.facts.counts_from = counts_from;
    }
    let known = Known::load(tx.conn, raw)?;
    for line in &mut lines {
        keep(&sheet.lacks, line, &known);
    }
    let by_code: ByCode<'_> = lines.iter().map(|line| (line.code(), line)).collect();
    let mut check = Check {
        faults,
        named: raw.iter().map(|line| line.text.code.as_str()).collect(),
        lines: &lines,
        by_code: &by_code,
        known: &known,
    };
    for line in &lines {
        check.place(line);
        check.history(line);
    }
    let depths = check.rings();
    check.orphans(tx.conn)?;
    let mut faults = check.faults;
    for (line, fault) in rights::faults(tx, &lines, &by_code, &known)? {
        faults.add(line, fault);
    }
    faults.none(sheet.faults.len())?;
    let todo = |line: Line| {
        let todo = todo(&line, &known);
        (line, todo)
    };
    Ok(Plan {
        lines: lines.into_iter().map(todo).collect(),
        depths,
        known,
    })
}

/// What is wrong with lines, as far as it can be told without the stored units: the number of the
/// line, and the fault.
pub(super) fn without_stored(sheet: &UnitSheet) -> Vec<(u64, Invalid)> {
    let mut faults = Faults::of_cells(sheet);
    faults.lines(&sheet.lines);
    faults.kept(sheet.faults.len())
}

/// Lets the stored unit of a line keep what the columns hold that the sheet lacks.
fn keep(lacks: &[&str], line: &mut Line, known: &Known) {
    let Some(row) = known.by_code(line.code()) else {
        return;
    };
    let lacks = |key: &str| lacks.contains(&key);
    if lacks("cluster") {
        line.facts.cluster.clone_from(&row.cluster);
    }
    if lacks("founded_on") {
        line.facts.founded_on = row.founded_on;
    }
    if lacks("mail") {
        line.facts.mail.clone_from(&row.mail);
    }
    if lacks("parent_code") {
        line.parent = known.parent_code(row).map(str::to_owned);
    }
}

/// The fault of a day from which units owe that is still to come; it belongs to no line.
fn ahead(counts_from: Option<NaiveDate>, now: DateTime<Utc>) -> Option<(u64, Invalid)> {
    let day = counts_from.filter(|day| *day > local_date(now))?;
    let fault = Invalid::new("counts_from", "counts_from_ahead");
    Some((0, fault.with("value", day.format("%d/%m/%Y"))))
}

fn todo(line: &Line, known: &Known) -> Todo {
    match known.by_code(line.code()) {
        None => Todo::Create,
        Some(row) => {
            let same_place = known.parent_code(row) == line.parent.as_deref();
            if same_place && wanted(row, &line.facts) == *row {
                Todo::Nothing
            } else {
                Todo::Change
            }
        }
    }
}

/// Faults, each with the line that it belongs to.
#[derive(Default)]
struct Faults(Vec<(u64, Invalid)>);

impl Faults {
    fn add(&mut self, line: u64, fault: Invalid) {
        self.0.push((line, fault.within(&format!("line {line}"))));
    }

    /// Those of cells that can't be read, which come first.
    fn of_cells(sheet: &UnitSheet) -> Self {
        let mut faults = Self::default();
        for (line, fault) in &sheet.faults {
            faults.add(*line, fault.clone());
        }
        faults
    }

    /// All of them by their lines, without further faults of the first `cells`, which can't be read.
    fn kept(mut self, cells: usize) -> Vec<(u64, Invalid)> {
        let unread = self.0.iter().take(cells);
        let unread: HashSet<_> = unread.map(|(_, fault)| fault.field.clone()).collect();
        let mut at = 0..;
        self.0.retain(|(_, fault)| {
            at.next().is_some_and(|at| at < cells) || !unread.contains(&fault.field)
        });
        self.0.sort_by_key(|(line, _)| *line);
        self.0
    }

    /// That there are none.
    fn none(self, cells: usize) -> Result<(), Error> {
        let faults = self.kept(cells);
        if faults.is_empty() {
            return Ok(());
        }
        let faults = faults.into_iter().map(|(_, fault)| fault);
        Err(Error::Invalid(faults.collect()))
    }

    /// The lines that have no faults of their own.
    fn lines(&mut self, raw: &[UnitLine]) -> Vec<Line> {
        let mut first: HashMap<&str, u64> = HashMap::new();
        let mut lines = Vec::new();
        for line in raw {
            let code = line.text.code.as_str();
            match first.get(code) {
                Some(earlier) if !code.is_empty() => {
                    let fault =
                        Invalid::new("code", "sheet_code_twice").with("value", code.escape_debug());
                    self.add(line.line, fault.with("line", earlier));
                    continue;
                }
                _ => first.insert(code, line.line),
            };
            match line.text.facts() {
                Ok(facts) => {
                    let parent = (!line.parent_code.is_empty()).then(|| line.parent_code.clone());
                    lines.push(Line {
                        number: line.line,
                        facts,
                        parent,
                    });
                }
                Err(faults) => faults
                    .into_iter()
                    .for_each(|fault| self.add(line.line, fault)),
            }
        }
        lines
    }
}

/// The lines of a file, and what is wrong with them.
struct Check<'a> {
    faults: Faults,
    /// The codes of all lines, also of those with faults.
    named: HashSet<&'a str>,
    lines: &'a [Line],
    by_code: &'a ByCode<'a>,
    known: &'a Known,
}

impl<'a> Check<'a> {
    /// Checks that the parent exists and may have such a unit below it.
    fn place(&mut self, line: &Line) {
        let category = match line.parent.as_deref() {
            None => None,
            Some(code) => match (self.by_code.get(code), self.known.by_code(code)) {
                (Some(line), _) => Some(line.facts.category),
                // its line has faults of its own, which come first
                (None, _) if self.named.contains(code) => return,
                (None, Some(row)) => Some(*row.category),
                (None, None) => {
                    let fault = Invalid::new("parent_code", "unit_unknown_parent");
                    self.faults
                        .add(line.number, fault.with("value", code.escape_debug()));
                    return;
                }
            },
        };
        if let Err(fault) = line.facts.category.check_parent(category, "parent_code") {
            self.faults.add(line.number, fault);
        } else if let Some(code) = line
            .parent
            .as_deref()
            .filter(|code| self.outlives(line, code))
        {
            let fault = Invalid::new("parent_code", "unit_parent_ended");
            self.faults.add(line.number, fault.with("value", code));
        }
    }

    /// Whether the unit of a line goes on after the stored end of its parent, and the file does not
    /// give the parent an end itself: an old file must not undo a merger. (Ends that the file gives
    /// are checked as a whole, by `orphans`.)
    fn outlives(&self, line: &Line, parent: &str) -> bool {
        let in_file = self.by_code.get(parent);
        if in_file.is_some_and(|parent| parent.facts.ended_on.is_some()) {
            return false;
        }
        let own_end = self.end_of(line);
        let parent_end = self.known.by_code(parent).and_then(|row| row.ended_on);
        parent_end.is_some_and(|end| own_end.is_none_or(|own| own > end))
    }

    /// The last day of the unit of a line, by the line or as stored.
    fn end_of(&self, line: &Line) -> Option<NaiveDate> {
        let stored = self.known.by_code(line.code());
        line.facts
            .ended_on
            .or_else(|| stored.and_then(|row| row.ended_on))
    }

    /// Checks what a stored unit cannot become.
    fn history(&mut self, line: &Line) {
        let Some(row) = self.known.by_code(line.code()) else {
            return;
        };
        let (from, to) = (*row.category, line.facts.category);
        if from != to && (from == Category::Federation || to == Category::Federation) {
            let fault = Invalid::new("category", "unit_category_fixed");
            let fault = fault.with_word("from", from.word());
            self.faults
                .add(line.number, fault.with_word("to", to.word()));
        }
        if let (None, Some(founded), Some(ended)) =
            (line.facts.ended_on, line.facts.founded_on, row.ended_on)
            && let Err(fault) = check_life(founded, ended)
        {
            self.faults.add(line.number, fault);
        }
    }

    /// Checks that no unit is below itself; the number of units above the unit of each line.
    fn rings(&mut self) -> Vec<usize> {
        let mut depths = Vec::with_capacity(self.lines.len());
        for line in self.lines {
            let mut seen = HashSet::from([line.code()]);
            let mut above = line.parent.as_deref();
            while let Some(code) = above {
                if !seen.insert(code) {
                    break;
                }
                above = self.parent_code(code);
            }
            // a line that is only below a ring has no fault
            if above == Some(line.code()) {
                let fault = Invalid::new("parent_code", "unit_cycle");
                self.faults.add(line.number, fault);
            }
            depths.push(seen.len() - 1);
        }
        depths
    }

    /// The code of the unit above the one with this code, by the file or as stored.
    fn parent_code(&self, code: &str) -> Option<&'a str> {
        match self.by_code.get(code) {
            Some(line) => line.parent.as_deref(),
            None => self.known.parent_code(self.known.by_code(code)?),
        }
    }

    /// Checks that no unit goes on below one to which the file gives an end.
    fn orphans(&mut self, conn: &mut Conn) -> Result<(), StoreError> {
        let ended: HashMap<&str, NaiveDate> = self
            .lines
            .iter()
            .filter_map(|line| Some((line.code(), line.facts.ended_on?)))
            .collect();
        let goes_on = |own: Option<NaiveDate>, end| own.is_none_or(|own| own > end);
        let mut left: HashMap<&str, usize> = HashMap::new();
        for line in self.lines {
            if let Some(parent) = line.parent.as_deref()
                && let Some(end) = ended.get(parent)
                && goes_on(self.end_of(line), *end)
            {
                *left.entry(parent).or_default() += 1;
            }
        }
        let stored = ended.keys().filter_map(|code| self.known.by_code(code));
        let stored: Vec<UnitId> = stored.map(|row| row.id).collect();
        let known = self.known;
        let unnamed = |child: &UnitRow| !self.by_code.contains_key(child.code.as_str());
        for child in units::children(conn, &stored)?
            .iter()
            .filter(|child| unnamed(child))
        {
            if let Some(parent) = known.parent_code(child)
                && let Some(end) = ended.get(parent)
                && goes_on(child.ended_on, *end)
            {
                *left.entry(parent).or_default() += 1;
            }
        }
        for line in self.lines {
            if let Some(n) = left.get(line.code()) {
                let fault = Invalid::new("ended_on", "unit_has_children");
                self.faults.add(line.number, fault.with("n", n));
            }
        }
        Ok(())
    }
}
