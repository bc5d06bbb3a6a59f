//! Taking in a whole file of units. Everything is judged before anything is written; a dry run
//! judges the same and stops.
//!
//! A code that is stored already is brought up to what the line says, so that a file can be
//! imported again. One thing an import never does: bring an ended unit back to life because an old
//! file does not know that it ended.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::text;
use crate::domain::unit::{Category, UnitFacts};
use crate::office::units_csv::{self, UnitLine};
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::obligations::lives::units_changed_in;
use crate::service::units as unit_cases;
use crate::service::units::{ChangeKind, UnitChange};
use crate::service::{App, Error};
use crate::store::Conn;
use crate::store::units::{self, UnitRow};

/// Whether to write what was judged good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Write it.
    Apply,
    /// Only judge it.
    DryRun,
}

/// What an import did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Codes of new units, in the order of the file.
    pub new: Vec<String>,
    /// Codes of units that are changed, in the order of the file.
    pub changed: Vec<String>,
    /// How many units are as the file says already.
    pub unchanged: usize,
    /// What was done, parents before children; empty after a dry run.
    pub changes: Vec<UnitChange>,
}

/// Imports a file of units (`office::units_csv`).
///
/// # Errors
/// Every fault of every line, named `line 12.name`; nothing is written then. [`Error::Forbidden`]
/// where the actor may not manage a unit that the file founds or changes.
pub fn units(
    app: &App,
    actor: &Actor,
    file: &[u8],
    mode: Mode,
    now: DateTime<Utc>,
) -> Result<Imported, Error> {
    let lines = units_csv::read(file)?;
    match mode {
        Mode::DryRun => app
            .store
            .read(|conn| Ok(judge(conn, actor, &lines)?.summary())),
        Mode::Apply => app
            .store
            .write(|conn| units_in(conn, app, actor, &lines, now)),
    }
}

/// [`units()`] in the caller's transaction.
///
/// # Errors
/// Those of [`units()`].
pub fn units_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    lines: &[UnitLine],
    now: DateTime<Utc>,
) -> Result<Imported, Error> {
    let plan = judge(conn, actor, lines)?;
    let mut done = plan.summary();
    done.changes = plan.carry_out(conn, actor, now)?;
    units_changed_in(conn, app, actor, &done.changes, now)?;
    Ok(done)
}

/// A line without faults of its own.
struct Line {
    number: u64,
    facts: UnitFacts,
    parent: Option<String>,
}

/// What is to be done about a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Todo {
    Found,
    Change,
    Nothing,
}

/// Lines that were judged good.
struct Plan {
    lines: Vec<(Line, Todo)>,
    /// Number of units above each line's, once all is done.
    depths: Vec<usize>,
    known: Known,
}

/// Stored units that the file touches: those it names, and all above them.
#[derive(Default)]
struct Known {
    by_code: HashMap<String, UnitRow>,
    codes: HashMap<i64, String>,
}

impl Known {
    fn load(conn: &mut Conn, codes: &HashSet<&str>) -> Result<Self, Error> {
        let codes: Vec<&str> = codes.iter().copied().collect();
        let mut known = Self::default();
        let mut fresh = units::find_by_codes(conn, &codes)?;
        while !fresh.is_empty() {
            let parents: Vec<i64> = fresh.iter().filter_map(|row| row.parent_id).collect();
            for row in fresh {
                known.take(row);
            }
            let missing: HashSet<i64> = parents
                .into_iter()
                .filter(|id| !known.codes.contains_key(id))
                .collect();
            let missing: Vec<i64> = missing.into_iter().collect();
            fresh = units::find_many(conn, &missing)?.into_values().collect();
        }
        Ok(known)
    }

    fn take(&mut self, row: UnitRow) {
        self.codes.insert(row.id, row.code.clone());
        self.by_code.insert(row.code.clone(), row);
    }

    fn parent_code(&self, row: &UnitRow) -> Option<&str> {
        row.parent_id
            .and_then(|id| self.codes.get(&id))
            .map(String::as_str)
    }
}

fn judge(conn: &mut Conn, actor: &Actor, raw: &[UnitLine]) -> Result<Plan, Error> {
    let mut faults = Faults::default();
    let lines = faults.lines(raw);
    let mentioned = raw
        .iter()
        .flat_map(|line| [line.text.code.as_str(), line.parent_code.as_str()]);
    let known = Known::load(conn, &mentioned.filter(|code| !code.is_empty()).collect())?;
    let named: HashSet<&str> = raw.iter().map(|line| line.text.code.as_str()).collect();
    let by_code: HashMap<&str, &Line> = lines
        .iter()
        .map(|line| (line.facts.code.as_str(), line))
        .collect();
    for line in &lines {
        faults.place(line, &named, &by_code, &known)?;
        faults.history(line, &known)?;
    }
    let depths = faults.rings(&lines, &by_code, &known);
    faults.orphans(conn, &lines, &known)?;
    allowed(conn, actor, &lines, &by_code, &known)?;
    if !faults.0.is_empty() {
        faults.0.sort_by_key(|(line, _)| *line);
        return Err(Error::Invalid(
            faults.0.into_iter().map(|(_, fault)| fault).collect(),
        ));
    }
    let todo = |line: Line| {
        let todo = known
            .by_code
            .get(&line.facts.code)
            .map_or(Todo::Found, |row| match wanted(row, &line.facts) {
                wanted if wanted == *row && known.parent_code(row) == line.parent.as_deref() => {
                    Todo::Nothing
                }
                _ => Todo::Change,
            });
        (line, todo)
    };
    Ok(Plan {
        lines: lines.into_iter().map(todo).collect(),
        depths,
        known,
    })
}

/// Faults with the line that they belong to.
#[derive(Default)]
struct Faults(Vec<(u64, Invalid)>);

impl Faults {
    fn add(&mut self, line: u64, fault: Invalid) {
        self.0.push((line, fault.within(&format!("line {line}"))));
    }

    /// The lines that are good by themselves.
    fn lines(&mut self, raw: &[UnitLine]) -> Vec<Line> {
        let mut first: HashMap<&str, u64> = HashMap::new();
        let mut lines = Vec::new();
        for line in raw {
            let code = line.text.code.as_str();
            match first.get(code) {
                Some(earlier) if !code.is_empty() => {
                    let fault =
                        Invalid::new("code", "csv_duplicate").with("value", code.escape_debug());
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

    /// The parent exists and may have such a unit below it.
    fn place(
        &mut self,
        line: &Line,
        named: &HashSet<&str>,
        by_code: &HashMap<&str, &Line>,
        known: &Known,
    ) -> Result<(), Error> {
        let parent = line.parent.as_deref();
        let category = match parent {
            None => None,
            Some(code) => match (by_code.get(code), known.by_code.get(code)) {
                (Some(line), _) => Some(line.facts.category),
                // Its line has faults of its own: those come first.
                (None, _) if named.contains(code) => return Ok(()),
                (None, Some(row)) => Some(*row.category),
                (None, None) => {
                    let fault = Invalid::new("parent_code", "unit_unknown_parent")
                        .with("value", code.escape_debug());
                    self.add(line.number, fault);
                    return Ok(());
                }
            },
        };
        if let Err(fault) = line.facts.category.check_parent(category, "parent_code") {
            self.add(line.number, fault);
        } else if let Some(code) = parent.filter(|code| outlives(line, code, by_code, known)) {
            self.add(
                line.number,
                Invalid::new("parent_code", "unit_parent_ended").with("value", code),
            );
        }
        Ok(())
    }

    /// What a stored unit cannot become.
    fn history(&mut self, line: &Line, known: &Known) -> Result<(), Error> {
        let Some(row) = known.by_code.get(&line.facts.code) else {
            return Ok(());
        };
        let (from, to) = (*row.category, line.facts.category);
        if from != to && (from == Category::Federation || to == Category::Federation) {
            let fault = Invalid::new("category", "unit_category_fixed").with("from", from.as_str());
            self.add(line.number, fault.with("to", to.as_str()));
        }
        if let (None, Some(founded), Some(ended)) =
            (line.facts.ended_on, line.facts.founded_on, row.ended_on)
            && let Err(fault) = crate::domain::unit::check_life(founded, ended)
        {
            self.add(line.number, fault);
        }
        Ok(())
    }

    /// No unit stands below itself. How many units stand above each line's.
    fn rings(
        &mut self,
        lines: &[Line],
        by_code: &HashMap<&str, &Line>,
        known: &Known,
    ) -> Vec<usize> {
        let mut depths = Vec::with_capacity(lines.len());
        for line in lines {
            let mut seen = HashSet::from([line.facts.code.as_str()]);
            let mut above = line.parent.as_deref();
            while let Some(code) = above {
                if !seen.insert(code) {
                    break;
                }
                above = match by_code.get(code) {
                    Some(line) => line.parent.as_deref(),
                    None => known
                        .by_code
                        .get(code)
                        .and_then(|row| known.parent_code(row)),
                };
            }
            // A line that only hangs below a ring is not to blame.
            if above == Some(line.facts.code.as_str()) {
                self.add(line.number, Invalid::new("parent_code", "unit_cycle"));
            }
            depths.push(seen.len() - 1);
        }
        depths
    }

    /// No living unit stands below one that has ended.
    fn orphans(&mut self, conn: &mut Conn, lines: &[Line], known: &Known) -> Result<(), Error> {
        let ended: HashMap<&str, _> = lines
            .iter()
            .filter_map(|line| Some((line.facts.code.as_str(), line.facts.ended_on?)))
            .collect();
        let mut left: HashMap<&str, usize> = HashMap::new();
        let mut named = HashSet::new();
        for line in lines {
            named.insert(line.facts.code.as_str());
            let stored_end = known
                .by_code
                .get(&line.facts.code)
                .and_then(|row| row.ended_on);
            let own_end = line.facts.ended_on.or(stored_end);
            if let Some((parent, end)) = line
                .parent
                .as_deref()
                .and_then(|code| ended.get_key_value(code))
                && own_end.is_none_or(|own| own > *end)
            {
                *left.entry(parent).or_default() += 1;
            }
        }
        let stored: Vec<i64> = ended
            .keys()
            .filter_map(|code| known.by_code.get(*code))
            .map(|row| row.id)
            .collect();
        for child in units::children(conn, &stored)? {
            let parent = child
                .parent_id
                .and_then(|id| known.codes.get(&id))
                .map_or("", String::as_str);
            if let Some((parent, end)) = ended.get_key_value(parent)
                && !named.contains(child.code.as_str())
                && child.ended_on.is_none_or(|own| own > *end)
            {
                *left.entry(parent).or_default() += 1;
            }
        }
        for line in lines {
            if let Some(n) = left.get(line.facts.code.as_str()) {
                self.add(
                    line.number,
                    Invalid::new("ended_on", "unit_has_children").with("n", n),
                );
            }
        }
        Ok(())
    }
}

/// Whether the line's unit lives on after its parent, whose end is stored and which the file knows
/// nothing of: an old file must not take a merger back. (Ends that the file gives itself are looked
/// at as a whole, by `orphans`.)
fn outlives(line: &Line, parent: &str, by_code: &HashMap<&str, &Line>, known: &Known) -> bool {
    let told = by_code
        .get(parent)
        .is_some_and(|parent| parent.facts.ended_on.is_some());
    let stored_end = |code: &str| known.by_code.get(code).and_then(|row| row.ended_on);
    let own_end = line.facts.ended_on.or_else(|| stored_end(&line.facts.code));
    !told && stored_end(parent).is_some_and(|end| own_end.is_none_or(|own| own > end))
}

/// The actor may manage every stored unit that the file changes, and the nearest stored one above
/// each new one.
fn allowed(
    conn: &mut Conn,
    actor: &Actor,
    lines: &[Line],
    by_code: &HashMap<&str, &Line>,
    known: &Known,
) -> Result<(), Error> {
    if access::require_everywhere(actor, Action::ManageUnits).is_ok() {
        return Ok(());
    }
    let mut touched = HashSet::new();
    for line in lines {
        let own = known.by_code.get(&line.facts.code);
        touched.extend(own.map(|row| row.id));
        let mut above = line.parent.as_deref();
        let mut climbed = 0;
        let stored = loop {
            let Some(code) = above else { break None };
            if let Some(row) = known.by_code.get(code) {
                break Some(row.id);
            }
            above = by_code.get(code).and_then(|line| line.parent.as_deref());
            climbed += 1;
            if climbed > lines.len() {
                break None;
            }
        };
        match (stored, own) {
            (Some(id), _) => {
                touched.insert(id);
            }
            // A root stays one; nobody but the house founds new ones.
            (None, Some(row)) if row.parent_id.is_none() => {}
            (None, _) => return Err(Error::Forbidden),
        }
    }
    for id in touched {
        access::require(conn, actor, Action::ManageUnits, id).map_err(|_| Error::Forbidden)?;
    }
    Ok(())
}

/// A stored unit as the line wants it, but for its place in the tree.
fn wanted(row: &UnitRow, facts: &UnitFacts) -> UnitRow {
    UnitRow {
        name: facts.name.clone(),
        name_folded: text::fold(&facts.name),
        category: facts.category.into(),
        cluster: facts.cluster.clone(),
        founded_on: facts.founded_on,
        ended_on: facts.ended_on.or(row.ended_on),
        mail: facts.mail.clone(),
        ..row.clone()
    }
}

impl Plan {
    fn summary(&self) -> Imported {
        let codes = |todo: Todo| {
            let of = self.lines.iter().filter(|(_, own)| *own == todo);
            of.map(|(line, _)| line.facts.code.clone())
                .collect::<Vec<_>>()
        };
        Imported {
            new: codes(Todo::Found),
            changed: codes(Todo::Change),
            unchanged: codes(Todo::Nothing).len(),
            changes: Vec::new(),
        }
    }

    /// Parents before children: then a new place in the tree is always final already, and rings
    /// cannot arise on the way.
    fn carry_out(
        mut self,
        conn: &mut Conn,
        actor: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Vec<UnitChange>, Error> {
        let mut order: Vec<(usize, (Line, Todo))> =
            self.depths.into_iter().zip(self.lines).collect();
        order.sort_by_key(|(depth, _)| *depth);
        let mut changes = Vec::new();
        for (_, (line, todo)) in order {
            // Read again: moves above it may have changed its federation.
            let parent = match line
                .parent
                .as_deref()
                .and_then(|code| self.known.by_code.get(code))
            {
                None => None,
                Some(row) => units::find(conn, row.id)?,
            };
            match todo {
                Todo::Nothing => {}
                Todo::Found => {
                    let change = unit_cases::insert(conn, actor, line.facts, parent.as_ref(), now)?;
                    self.known.take(change.unit.clone());
                    changes.push(change);
                }
                Todo::Change => {
                    let id = self
                        .known
                        .by_code
                        .get(&line.facts.code)
                        .map_or(0, |row| row.id);
                    change(
                        conn,
                        actor,
                        id,
                        &line.facts,
                        parent.as_ref(),
                        now,
                        &mut changes,
                    )?;
                }
            }
        }
        Ok(changes)
    }
}

fn change(
    conn: &mut Conn,
    actor: &Actor,
    id: i64,
    facts: &UnitFacts,
    parent: Option<&UnitRow>,
    now: DateTime<Utc>,
    changes: &mut Vec<UnitChange>,
) -> Result<(), Error> {
    let row = units::find(conn, id)?.ok_or(Error::Stale)?;
    let after = wanted(&row, facts);
    let mut current = row.clone();
    if after != row {
        let kind = if after.ended_on == row.ended_on {
            ChangeKind::Changed
        } else {
            ChangeKind::Ended
        };
        let change = unit_cases::save(conn, actor, row, after, kind, None, now)?;
        current = change.unit.clone();
        changes.push(change);
    }
    if current.parent_id != parent.map(|parent| parent.id) {
        changes.push(unit_cases::hang(conn, actor, current, parent, None, now)?);
    }
    Ok(())
}
