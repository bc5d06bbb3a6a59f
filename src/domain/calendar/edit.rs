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
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn own() -> CalendarSpec {
        CalendarSpec {
            code: "lich-tinh".to_owned(),
            ..shipped::calendar("ben-tre").unwrap()
        }
    }

    fn today() -> NaiveDate {
        "2026-11-20".parse().unwrap()
    }

    fn edited(spec: &CalendarSpec, edit: Value) -> Result<Calendar, Vec<String>> {
        let edit: CalendarEdit = serde_json::from_value(edit).unwrap();
        let told = |faults: Vec<Invalid>| {
            let told = faults.iter();
            told.map(|fault| format!("{} {}", fault.field, fault.code))
                .collect::<Vec<_>>()
        };
        let changed = edit.apply(spec, today()).map_err(told)?;
        Ok(Calendar::compile(&changed).unwrap())
    }

    fn apply(spec: &CalendarSpec, edit: Value) -> CalendarSpec {
        let edit: CalendarEdit = serde_json::from_value(edit).unwrap();
        edit.apply(spec, today()).unwrap()
    }

    fn of(calendar: &Calendar, date: &str) -> (DayKind, usize) {
        let day = calendar.day(date.parse().unwrap());
        (day.kind, day.hours.len())
    }

    fn faults(edit: Value) -> Vec<String> {
        edited(&own(), edit).unwrap_err()
    }

    #[test]
    fn two_days_are_swapped_and_swapped_back() {
        let swap = json!({ "swap": { "day_off": "2026-11-25", "worked": "2026-11-28" } });
        let swapped = apply(&own(), swap.clone());
        let calendar = Calendar::compile(&swapped).unwrap();
        assert_eq!(of(&calendar, "2026-11-25"), (DayKind::DayOff, 0));
        assert_eq!(of(&calendar, "2026-11-28"), (DayKind::Worked, 2));
        let name = calendar.day("2026-11-28".parse().unwrap()).name;
        assert_eq!(name.unwrap(), "Làm bù ngày nghỉ 25/11/2026");
        let twice = edited(&swapped, swap).unwrap_err();
        assert_eq!(
            twice,
            [
                "day_off calendar_already_off",
                "worked calendar_already_worked"
            ]
        );
        let back =
            |spec: &CalendarSpec, date: &str| apply(spec, json!({ "clear": { "date": date } }));
        let cleared = back(&back(&swapped, "2026-11-25"), "2026-11-28");
        assert_eq!(cleared, own());
    }

    #[test]
    fn days_that_are_off_or_unknown_are_refused_by_field() {
        let sunday = json!({ "swap": { "day_off": "2026-11-22", "worked": "2026-11-23" } });
        assert_eq!(
            faults(sunday),
            [
                "day_off calendar_already_off",
                "worked calendar_already_worked"
            ]
        );
        let holiday = json!({ "add_day_off": { "date": "2026-11-24", "name": "Nghỉ" } });
        assert_eq!(faults(holiday), ["date calendar_already_off"]);
        let nothing = json!({ "clear": { "date": "2026-11-25" } });
        assert_eq!(faults(nothing), ["date calendar_nothing_to_clear"]);
        let long = json!({ "add_day_off": { "date": "2026-11-25", "name": "x".repeat(5_000) } });
        assert_eq!(faults(long), ["name too_long"]);
        assert_eq!(
            faults(json!({ "covered": { "year": 2026 } })),
            ["year calendar_already_covered"]
        );
    }

    #[test]
    fn a_holiday_of_the_shipped_list_can_be_worked() {
        let worked = edited(&own(), json!({ "clear": { "date": "2026-11-24" } })).unwrap();
        assert_eq!(of(&worked, "2026-11-24"), (DayKind::OwnHours, 2));
    }

    #[test]
    fn office_hours_change_from_a_day_on() {
        let hours = |from: &str| json!({ "hours": { "from": from, "hours": { "mon": [["08:00", "12:00"]], "sat": [["08:00", "11:00"]] } } });
        let calendar = edited(&own(), hours("2026-12-01")).unwrap();
        assert_eq!(of(&calendar, "2026-11-30"), (DayKind::Working, 2));
        assert_eq!(of(&calendar, "2026-12-01"), (DayKind::WeeklyRest, 0));
        assert_eq!(of(&calendar, "2026-12-05"), (DayKind::Working, 1));
        assert_eq!(of(&calendar, "2026-12-07"), (DayKind::Working, 1));
        assert_eq!(
            faults(hours("2026-11-19")),
            ["from calendar_hours_reach_back"]
        );
        let overlap = json!({ "hours": { "from": "2026-12-01", "hours": { "tue": [["07:00", "11:00"], ["10:00", "12:00"]] } } });
        assert_eq!(faults(overlap), ["hours.tue[1] calendar_overlapping_hours"]);
        let once = apply(&own(), hours("2026-12-01"));
        assert_eq!(
            apply(&once, hours("2026-12-01")),
            once,
            "the same day again"
        );
    }

    #[test]
    fn a_year_is_covered_by_saying_so() {
        let calendar = edited(&own(), json!({ "covered": { "year": 2028 } })).unwrap();
        assert!(calendar.covered_years().contains(&2028));
    }
}
