//! Calendars as people look at them: a month, and whom each calendar binds.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::change::code_of_copy;
use super::owner::{owner_for, require_may_change};
use super::{CalendarVersion, get, list};
use crate::domain::calendar::{Calendar, MonthDay, YearMonth};
use crate::domain::ids::UnitId;
use crate::domain::text::local_date;
use crate::service::core::access::Action;
use crate::service::obligations::standings::Named;
use crate::service::{Error, Tx};
use crate::store::views::units::{self, UnitQuery};
use crate::store::{calendars, obligations};

/// Units that are counted.
const UNITS: i64 = 100_000;

/// A month of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CalendarMonth {
    /// The calendar.
    pub calendar: CalendarVersion,
    /// The month, `2026-11`.
    #[schema(value_type = String)]
    pub month: YearMonth,
    /// Whole weeks from Monday on.
    pub weeks: Vec<Vec<MonthDay>>,
    /// Which years it covers.
    pub coverage: Coverage,
    /// Whether the actor may change it.
    pub may_change: bool,
    /// Whether the actor may copy it for a federation that has no copy.
    pub may_copy: bool,
    /// How far open deadlines have followed the last change; `null` once all have.
    pub settling: Option<Settling>,
}

/// Which years a calendar covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Coverage {
    /// The last year up to which all holidays are entered; `null` where those of this year are missing.
    pub covered_to: Option<i32>,
    /// This year or the coming one, if its holidays are missing.
    pub missing: Option<i32>,
    /// Years of which some holidays follow from the law only.
    pub computed: Vec<i32>,
}

/// How far open deadlines have followed a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Settling {
    /// Those that wait.
    pub left: i64,
    /// All open ones on the calendar.
    pub of: i64,
}

/// A calendar and whom it binds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CalendarUse {
    /// The calendar.
    pub calendar: CalendarVersion,
    /// The federation that it belongs to; `null` if shipped.
    pub owner: Option<Named<UnitId>>,
    /// How many of the units that the actor sees it binds today.
    pub units: usize,
    /// The units that chose it for themselves and those below; empty where it holds by default.
    pub set_by: Vec<ChosenBy>,
    /// Which years it covers.
    pub coverage: Coverage,
}

/// A unit that chose a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChosenBy {
    /// The unit.
    #[serde(flatten)]
    pub unit: Named<UnitId>,
    /// The actor may read that unit as well.
    pub readable: bool,
}

/// A month of a calendar that the actor may see.
///
/// # Errors
/// [`Error::NotFound`].
pub fn month(tx: &mut Tx<'_>, code: &str, month: YearMonth) -> Result<CalendarMonth, Error> {
    let calendar = get(tx, code)?;
    let (compiled, version) = tx.lookups.calendar(tx.conn, code)?;
    let (left, of) = match version {
        0 => (0, 0),
        _ => obligations::behind_calendar(tx.conn, code, version)?,
    };
    let owner = owner_for(tx, None);
    let has_copy = match &owner {
        Ok(owner) => {
            let unit = tx.lookups.unit(tx.conn, *owner)?;
            calendars::find(tx.conn, &code_of_copy(code, &unit))?.is_some()
        }
        Err(_) => false,
    };
    Ok(CalendarMonth {
        may_change: allowed(require_may_change(tx, &calendar))?,
        may_copy: allowed(owner.map(drop))? && !has_copy,
        coverage: Coverage::of(&compiled, local_date(tx.now).year()),
        settling: (left > 0).then_some(Settling { left, of }),
        weeks: compiled.month(month),
        calendar,
        month,
    })
}

/// The named days off of a calendar that the actor may see, in a year, by date.
///
/// # Errors
/// [`Error::NotFound`].
pub fn days_off(tx: &mut Tx<'_>, code: &str, year: i32) -> Result<Vec<MonthDay>, Error> {
    get(tx, code)?;
    let (compiled, _) = tx.lookups.calendar(tx.conn, code)?;
    let first = NaiveDate::from_ymd_opt(year, 1, 1).into_iter();
    let dates = first.flat_map(|first| first.iter_days());
    let of_year = dates.take_while(|date| date.year() == year);
    let days = of_year.map(|date| compiled.day(date));
    Ok(days.filter(|day| day.kind.is_named_off()).collect())
}

/// The calendars that the actor may use, with whom each binds today; those that bind somebody first.
pub fn uses(tx: &mut Tx<'_>) -> Result<Vec<CalendarUse>, Error> {
    let mut bound = bound(tx)?;
    let year = local_date(tx.now).year();
    let mut all = Vec::new();
    for calendar in list(tx)? {
        let (compiled, _) = tx.lookups.calendar(tx.conn, &calendar.spec.code)?;
        let Bound { units, chosen_by } = bound.remove(&calendar.spec.code).unwrap_or_default();
        let owner = match calendar.unit_id {
            Some(unit_id) => Some(named(tx, unit_id)?),
            None => None,
        };
        let set_by = chosen_by.into_iter().map(|unit_id| {
            Ok::<_, Error>(ChosenBy {
                readable: tx.may(Action::Read, unit_id)?,
                unit: named(tx, unit_id)?,
            })
        });
        all.push(CalendarUse {
            set_by: set_by.collect::<Result<_, _>>()?,
            coverage: Coverage::of(&compiled, year),
            calendar,
            owner,
            units,
        });
    }
    all.sort_by_key(|one| one.units == 0);
    Ok(all)
}

/// Whom a calendar binds.
#[derive(Default)]
struct Bound {
    units: usize,
    chosen_by: BTreeSet<UnitId>,
}

/// The units that the actor sees, by the calendar that binds them today.
fn bound(tx: &mut Tx<'_>) -> Result<BTreeMap<String, Bound>, Error> {
    let (today, scope) = (local_date(tx.now), tx.scope());
    let query = UnitQuery {
        alive: Some((today, true)),
        limit: UNITS,
        ..UnitQuery::default()
    };
    let units = units::list(tx.conn, &scope, &query)?;
    tx.lookups
        .read_units(tx.conn, units.iter().map(|unit| unit.id))?;
    let mut all: BTreeMap<String, Bound> = BTreeMap::new();
    for unit in units {
        let policy = match tx.lookups.layered_policy(tx.conn, unit.id, today) {
            Err(error) if error.is_about_data() => continue,
            policy => policy?,
        };
        let bound = all.entry(policy.policy.calendar.clone()).or_default();
        bound.units += 1;
        let source = policy.set_by.get("calendar");
        bound.chosen_by.extend(source.map(|row| row.unit_id));
    }
    Ok(all)
}

fn named(tx: &mut Tx<'_>, id: UnitId) -> Result<Named<UnitId>, Error> {
    let unit = tx.lookups.unit(tx.conn, id)?;
    Ok(Named {
        id,
        name: unit.name.clone(),
    })
}

/// Whether a right was found; other errors go on.
fn allowed(checked: Result<(), Error>) -> Result<bool, Error> {
    match checked {
        // several federations are managed: which one is asked for later
        Ok(()) | Err(Error::Invalid(_)) => Ok(true),
        Err(Error::Forbidden | Error::Conflict(_) | Error::NotFound { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

impl Coverage {
    /// Of a calendar, from this year on.
    pub(crate) fn of(calendar: &Calendar, this_year: i32) -> Self {
        let covered = calendar.covered_years();
        let run = (this_year..).take_while(|year| covered.contains(year));
        let covered_to = run.last();
        let missing = [this_year, this_year + 1];
        let computed = calendar.computed_years().iter().copied();
        Self {
            missing: missing.into_iter().find(|year| !covered.contains(year)),
            computed: computed.filter(|year| *year >= this_year).collect(),
            covered_to,
        }
    }
}
