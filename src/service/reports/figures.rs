//! What units owed in a period and what came of it: units × kinds of work. The monthly table and the
//! official documents are written from it.

use std::collections::{BTreeMap, HashMap};
use std::ops::{AddAssign, Range};

use chrono::{DateTime, Utc};

use crate::domain::ids::{ObligationId, UnitId};
use crate::domain::obligation::{ObligationKind, State};
use crate::domain::period::Period;
use crate::domain::text::{local_midnight, sort_key};
use crate::domain::words::say;
use crate::service::core::access::Action;
use crate::service::{Error, Tx};
use crate::store::kinds;
use crate::store::units::{self, UnitRow};
use crate::store::views::reports::{self as view, Owed};

/// Most units of a report.
const MOST_UNITS: usize = 20_000;

/// How much was owed, and what came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// How many items were owed; what was excused is left out.
    pub required: i64,
    /// How many of them are there. The surplus of one quota is none of another.
    pub done: i64,
    /// How many of those came late.
    pub late: i64,
    /// How many obligations were missed.
    pub missed: i64,
}

impl AddAssign for Count {
    fn add_assign(&mut self, more: Self) {
        self.required += more.required;
        self.done += more.done;
        self.late += more.late;
        self.missed += more.missed;
    }
}

impl Count {
    fn of(row: &Owed, late: i64) -> Self {
        let state = row.state.0;
        if state == State::Exempt {
            return Self::default();
        }
        let counted = if state.is_closed() {
            row.done
        } else {
            row.arrived
        };
        let done = i64::from(counted.min(row.required));
        Self {
            required: row.required.into(),
            done,
            late: match state {
                State::MetLate => late.clamp(1, done.max(1)),
                _ => late.min(done),
            },
            missed: i64::from(state == State::Missed),
        }
    }
}

/// What is counted together: items of the same kinds, deadlines of events, or answers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    /// Quotas, reports and fixed dates that ask for items of these kinds; each kind by its place in
    /// the list of kinds.
    Kinds(Vec<(usize, String)>),
    /// News of events.
    Events,
    /// Answers to questions.
    Answers,
}

/// What a unit owed.
#[derive(Debug, Clone)]
pub struct UnitFigures {
    /// The unit.
    pub unit: UnitRow,
    /// One for each group; `None`: nothing of it was owed.
    pub counts: Vec<Option<Count>>,
}

impl UnitFigures {
    /// All groups together.
    pub fn total(&self) -> Count {
        sum(self.counts.iter().flatten())
    }
}

/// The figures of a unit and those below it.
#[derive(Debug, Clone)]
pub struct Figures {
    /// The unit.
    pub unit: UnitRow,
    /// The period.
    pub period: Period,
    /// What the groups are called.
    pub groups: Vec<String>,
    /// The units that owed something, by name.
    pub rows: Vec<UnitFigures>,
}

impl Figures {
    /// Those of a period. A quota counts in the period in which its own period ends; a deadline in the
    /// one in which it falls due.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a unit that the actor can't see.
    pub fn read(
        tx: &mut Tx<'_>,
        unit_id: UnitId,
        period: Period,
        locale: &str,
    ) -> Result<Self, Error> {
        tx.require(Action::Read, unit_id)?;
        let unit = units::find(tx.conn, unit_id)?.ok_or(Error::not_found("unit"))?;
        let (scope, span) = (tx.scope(), span(period));
        let owed = view::owed(tx.conn, &scope, unit_id, &span)?;
        let late = view::late(tx.conn, &scope, unit_id, &span)?;
        let table = Grouped::of(tx, &owed, &late)?;
        let groups = table
            .groups
            .keys()
            .map(|group| group_name(group, &table.kinds, locale));
        Ok(Self {
            groups: groups.collect(),
            rows: table.rows(tx)?,
            unit,
            period,
        })
    }

    /// Those of the unit itself, without the units below it.
    #[must_use]
    pub(super) fn of_unit_alone(mut self) -> Self {
        self.rows.retain(|row| row.unit.id == self.unit.id);
        let owed = |group: &usize| {
            let mut rows = self.rows.iter();
            rows.any(|row| row.counts.get(*group).is_some_and(Option::is_some))
        };
        let kept: Vec<usize> = (0..self.groups.len()).filter(owed).collect();
        let groups = kept.iter().filter_map(|at| self.groups.get(*at).cloned());
        self.groups = groups.collect();
        for row in &mut self.rows {
            row.counts = kept
                .iter()
                .map(|at| row.counts.get(*at).copied().flatten())
                .collect();
        }
        self
    }

    /// The sum of a group over all units.
    pub fn of_group(&self, group: usize) -> Count {
        let rows = self.rows.iter();
        sum(rows.filter_map(|row| row.counts.get(group)?.as_ref()))
    }

    /// The sum of everything.
    pub fn total(&self) -> Count {
        let mut total = Count::default();
        for row in &self.rows {
            total += row.total();
        }
        total
    }
}

/// The instants of a period: after its first midnight, up to the midnight that ends it.
pub fn span(period: Period) -> Range<DateTime<Utc>> {
    local_midnight(period.first)..local_midnight(period.next().first)
}

fn sum<'c>(counts: impl Iterator<Item = &'c Count>) -> Count {
    let mut total = Count::default();
    for count in counts {
        total += *count;
    }
    total
}

/// Counts by unit and group.
struct Grouped {
    /// The names of kinds by their codes.
    kinds: HashMap<String, String>,
    groups: BTreeMap<Group, ()>,
    counts: HashMap<UnitId, BTreeMap<Group, Count>>,
}

impl Grouped {
    fn of(
        tx: &mut Tx<'_>,
        owed: &[Owed],
        late: &HashMap<ObligationId, i64>,
    ) -> Result<Self, Error> {
        // the built-in rules of events have no content
        let of_plans = owed.iter().filter(|row| !row.kind.0.is_of_event());
        let versions: Vec<_> = of_plans.map(|row| row.rule_version_id).collect();
        tx.lookups.read_contents(tx.conn, &versions)?;
        let all = kinds::list(tx.conn)?;
        let mut table = Self {
            groups: BTreeMap::new(),
            counts: HashMap::new(),
            kinds: all
                .iter()
                .map(|kind| (kind.code.clone(), kind.name.clone()))
                .collect(),
        };
        for row in owed {
            let group = match row.kind.0 {
                ObligationKind::Event | ObligationKind::Cutoff => Group::Events,
                ObligationKind::Answer => Group::Answers,
                ObligationKind::Quota | ObligationKind::Report | ObligationKind::FixedDate => {
                    let content = tx.lookups.content(tx.conn, row.rule_version_id)?;
                    let place = |code: &String| {
                        let place = all.iter().position(|kind| kind.code == *code);
                        (place.unwrap_or(usize::MAX), code.clone())
                    };
                    let mut named: Vec<_> = content.kinds.iter().map(place).collect();
                    named.sort();
                    named.dedup();
                    Group::Kinds(named)
                }
            };
            let late = late.get(&row.id).copied().unwrap_or_default();
            table.groups.insert(group.clone(), ());
            let of_unit = table.counts.entry(row.unit_id).or_default();
            *of_unit.entry(group).or_default() += Count::of(row, late);
        }
        Ok(table)
    }

    fn rows(&self, tx: &mut Tx<'_>) -> Result<Vec<UnitFigures>, Error> {
        let mut ids: Vec<UnitId> = self.counts.keys().copied().collect();
        ids.sort_unstable();
        ids.truncate(MOST_UNITS);
        let mut found: Vec<UnitRow> = units::find_many(tx.conn, &ids)?.into_values().collect();
        found.sort_by_cached_key(|unit| (sort_key(&unit.name), unit.id));
        let figures = |unit: UnitRow| {
            let own = self.counts.get(&unit.id);
            let count = |group| own.and_then(|own| own.get(group)).copied();
            UnitFigures {
                counts: self.groups.keys().map(count).collect(),
                unit,
            }
        };
        Ok(found.into_iter().map(figures).collect())
    }
}

fn group_name(group: &Group, kinds: &HashMap<String, String>, locale: &str) -> String {
    match group {
        Group::Kinds(codes) => {
            let name = |(_, code): &(usize, String)| kinds.get(code).unwrap_or(code).clone();
            codes.iter().map(name).collect::<Vec<_>>().join(" / ")
        }
        Group::Events => say(locale, "report.group.events", &[]),
        Group::Answers => say(locale, "report.group.answers", &[]),
    }
}
