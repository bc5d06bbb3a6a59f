//! Changes of a calendar as people think of them: two days are swapped, a day off is added, office
//! hours change from a day on. Each gives the calendar as it would be, and changes nothing itself.

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

use super::month::DayKind;
use super::spec::{
    CalendarSpec, ExceptionKind, ExceptionSpec, FactStatus, HolidayKind, HolidaySpec, Hours,
    LaterHours, WeekHours,
};
use super::{Calendar, shipped};
use crate::domain::error::Invalid;
use crate::domain::{text, years};

/// A change of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CalendarEdit {
    /// A working day becomes a day off, and another day is worked with its hours (hoán đổi).
    Swap(Swap),
    /// A named day off.
    AddDayOff(NewDayOff),
    /// What is written for a date goes: a day off that was added, a swapped day, a day worked in its
    /// place; a holiday of the shipped list is worked.
    Clear(OneDate),
    /// Other office hours from a day on.
    Hours(NewHours),
    /// The holidays of a year are entered.
    Covered(OneYear),
}

/// Two days that are swapped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Swap {
    /// The working day on which nobody works.
    #[serde(deserialize_with = "years::read")]
    pub day_off: NaiveDate,
    /// The day off that is worked instead, with the hours of the other.
    #[serde(deserialize_with = "years::read")]
    pub worked: NaiveDate,
    /// What the day off is called; "hoán đổi" with the date if absent.
    #[serde(default, deserialize_with = "text::read")]
    pub name: Option<String>,
}

/// A day off that is added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDayOff {
    /// The date.
    #[serde(deserialize_with = "years::read")]
    pub date: NaiveDate,
    /// What it is called.
    #[serde(deserialize_with = "text::read")]
    pub name: String,
    /// The document that says so.
    #[serde(default, deserialize_with = "text::read")]
    pub source: Option<String>,
}

/// A date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OneDate {
    /// The date.
    #[serde(deserialize_with = "years::read")]
    pub date: NaiveDate,
}

/// Office hours from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHours {
    /// First date on which they hold.
    #[serde(deserialize_with = "years::read")]
    pub from: NaiveDate,
    /// The hours by weekday.
    pub hours: WeekHours,
}

/// A year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OneYear {
    /// The year.
    #[serde(deserialize_with = "years::read")]
    pub year: i32,
}

impl CalendarEdit {
    /// The calendar with this change; `today` is the first date from which office hours may change.
    ///
    /// # Errors
    /// Every fault, by the fields of the change: a day that is off already, a day that is worked
    /// already, hours that overlap or reach back, nothing to remove.
    pub fn apply(
        &self,
        spec: &CalendarSpec,
        today: NaiveDate,
    ) -> Result<CalendarSpec, Vec<Invalid>> {
        let calendar = Calendar::compile(spec)?;
        let mut changed = spec.clone();
        match self {
            Self::Swap(swap) => swap.apply(&calendar, &mut changed)?,
            Self::AddDayOff(day) => day.apply(&calendar, &mut changed)?,
            Self::Clear(day) => clear(day.date, &calendar, &mut changed)?,
            Self::Hours(hours) => hours.apply(&mut changed, today)?,
            Self::Covered(one) => cover(one.year, &calendar, &mut changed)?,
        }
        Calendar::compile(&changed).map_err(|faults| self.own(faults, &changed))?;
        Ok(changed)
    }

    /// The faults of the changed calendar by the fields of this change.
    fn own(&self, faults: Vec<Invalid>, changed: &CalendarSpec) -> Vec<Invalid> {
        let places: Vec<String> = match self {
            Self::Hours(new) => {
                let at = changed.later_hours.iter();
                let at = at.clone().position(|later| later.from == written(new.from));
                at.map(|at| format!("later_hours[{at}]."))
                    .into_iter()
                    .collect()
            }
            Self::AddDayOff(_) => {
                let last = changed.holidays.len().saturating_sub(1);
                vec![format!("holidays[{last}].")]
            }
            _ => {
                let all = 0..changed.exceptions.len();
                all.map(|at| format!("exceptions[{at}].")).collect()
            }
        };
        let own = |mut fault: Invalid| {
            let rest = places
                .iter()
                .find_map(|place| fault.field.strip_prefix(place.as_str()));
            if let Some(rest) = rest {
                fault.field = rest.to_owned().into();
            }
            fault
        };
        faults.into_iter().map(own).collect()
    }
}

impl Swap {
    fn apply(&self, calendar: &Calendar, spec: &mut CalendarSpec) -> Result<(), Vec<Invalid>> {
        let (off, worked) = (calendar.day(self.day_off), calendar.day(self.worked));
        let mut faults = Vec::new();
        if off.kind.is_off() {
            faults.push(already("day_off", "calendar_already_off", self.day_off));
        }
        if !worked.kind.is_off() {
            faults.push(already("worked", "calendar_already_worked", self.worked));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let (off_shown, worked_shown) = (shown(self.day_off), shown(self.worked));
        let given = self.name.as_deref().filter(|name| !name.is_empty());
        let default = format!("Nghỉ hoán đổi, làm bù ngày {worked_shown}");
        let name = given.map_or(default, str::to_owned);
        let name_en = given
            .is_none()
            .then(|| format!("Day off in exchange for {worked_shown}"));
        put(
            spec,
            ExceptionSpec {
                name_en,
                ..exception(self.day_off, ExceptionKind::DayOff, name)
            },
        );
        put(
            spec,
            ExceptionSpec {
                name_en: Some(format!("Worked in exchange for {off_shown}")),
                hours: off.hours,
                ..exception(
                    self.worked,
                    ExceptionKind::Worked,
                    format!("Làm bù ngày nghỉ {off_shown}"),
                )
            },
        );
        Ok(())
    }
}

impl NewDayOff {
    fn apply(&self, calendar: &Calendar, spec: &mut CalendarSpec) -> Result<(), Vec<Invalid>> {
        if calendar.day(self.date).kind.is_named_off() {
            return Err(vec![already("date", "calendar_already_off", self.date)]);
        }
        let date = written(self.date);
        spec.exceptions.retain(|known| known.date != date);
        spec.holidays.retain(|known| known.date != date);
        spec.holidays.push(HolidaySpec {
            date,
            name: self.name.clone(),
            name_en: None,
            kind: HolidayKind::default(),
            status: FactStatus::default(),
            source: self.source.clone().filter(|source| !source.is_empty()),
        });
        Ok(())
    }
}

impl NewHours {
    fn apply(&self, spec: &mut CalendarSpec, today: NaiveDate) -> Result<(), Vec<Invalid>> {
        if self.from < today {
            let fault = already("from", "calendar_hours_reach_back", self.from);
            return Err(vec![fault.with("today", shown(today))]);
        }
        if self.hours.days().iter().all(|(_, hours)| hours.is_empty()) {
            return Err(vec![Invalid::new("hours", "calendar_no_working_time")]);
        }
        let from = written(self.from);
        spec.later_hours.retain(|known| known.from != from);
        spec.later_hours.push(LaterHours {
            from,
            hours: self.hours.clone(),
        });
        spec.later_hours.sort_by(|a, b| a.from.cmp(&b.from));
        Ok(())
    }
}

/// Takes away what is written for a date. What a shipped list says of it is overruled.
fn clear(
    date: NaiveDate,
    calendar: &Calendar,
    spec: &mut CalendarSpec,
) -> Result<(), Vec<Invalid>> {
    let key = written(date);
    let known = spec.exceptions.len() + spec.holidays.len();
    spec.exceptions.retain(|one| one.date != key);
    spec.holidays.retain(|one| one.date != key);
    if spec.exceptions.len() + spec.holidays.len() < known {
        return Ok(());
    }
    let weekday = date.weekday().num_days_from_monday() as usize;
    let hours: Vec<Hours> = calendar
        .week_on(date)
        .into_iter()
        .nth(weekday)
        .unwrap_or_default();
    let list = spec.holidays_from.as_deref().and_then(shipped::holidays);
    let names = |days: Vec<&String>| days.contains(&&key);
    let (off, worked) = list.as_ref().map_or((false, false), |list| {
        let off = list.holidays.iter().map(|day| &day.date).collect();
        let worked = list.worked_days.iter().map(|day| &day.date).collect();
        (names(off), names(worked))
    });
    match calendar.day(date).kind {
        DayKind::Holiday if off && !hours.is_empty() => put(
            spec,
            ExceptionSpec {
                hours,
                name_en: Some("Worked day".to_owned()),
                ..exception(date, ExceptionKind::Worked, "Ngày làm việc".to_owned())
            },
        ),
        DayKind::Worked if worked => put(
            spec,
            ExceptionSpec {
                name_en: Some("Day off".to_owned()),
                ..exception(date, ExceptionKind::DayOff, "Ngày nghỉ".to_owned())
            },
        ),
        _ => return Err(vec![already("date", "calendar_nothing_to_clear", date)]),
    }
    Ok(())
}

fn cover(year: i32, calendar: &Calendar, spec: &mut CalendarSpec) -> Result<(), Vec<Invalid>> {
    if calendar.covered_years().contains(&year) {
        let fault = Invalid::new("year", "calendar_already_covered");
        return Err(vec![fault.with("year", year)]);
    }
    spec.years.push(year);
    spec.years.sort_unstable();
    Ok(())
}

/// Writes an exception in place of what was written for its date.
fn put(spec: &mut CalendarSpec, exception: ExceptionSpec) {
    spec.exceptions.retain(|one| one.date != exception.date);
    spec.exceptions.push(exception);
    spec.exceptions.sort_by(|a, b| a.date.cmp(&b.date));
}

fn exception(date: NaiveDate, kind: ExceptionKind, name: String) -> ExceptionSpec {
    ExceptionSpec {
        date: written(date),
        kind,
        name,
        name_en: None,
        hours: Vec::new(),
        replaces: None,
    }
}

fn already(field: &'static str, code: &'static str, date: NaiveDate) -> Invalid {
    Invalid::new(field, code).with("date", shown(date))
}

fn written(date: NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}

fn shown(date: NaiveDate) -> String {
    date.format("%d/%m/%Y").to_string()
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
