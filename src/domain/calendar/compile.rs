//! Compiles a [`CalendarSpec`] to a calendar, or finds every fault of it and names its place. The
//! sentences for the faults are in `config/locales/calendar.yml`.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

use super::days::{Days, MinuteSpans, Name, Special, Week, Weeks};
use super::parse::Faults;
use super::spec::{
    CalendarSpec, ExceptionKind, ExceptionSpec, FactStatus, HolidayList, HolidaySpec, WeekHours,
};
use super::{Calendar, Inner, Years, shipped};
use crate::domain::error::Invalid;
use crate::domain::years;

/// Years in which working time is counted.
pub(super) const YEARS: RangeInclusive<i32> = 1970..=2199;
/// Years that are prepared at once for a calendar without dated facts.
const YEARS_WITHOUT_FACTS: (i32, i32) = (2020, 2035);
/// Years that are prepared before and after the dated facts: events recorded late reach back, long
/// deadlines forward.
const MARGIN_BEFORE: i32 = 1;
const MARGIN_AFTER: i32 = 3;

impl Calendar {
    /// Compiles a calendar; the holidays of `holidays_from` are those shipped with the program.
    ///
    /// # Errors
    /// Every fault of the spec, each with the path of its field: unknown zone or holiday list,
    /// reversed, empty or overlapping hours, impossible or doubled dates, control characters in
    /// names, no working time at all.
    pub fn compile(spec: &CalendarSpec) -> Result<Self, Vec<Invalid>> {
        let mut faults = Faults::default();
        faults.code(&spec.code);
        let name = Name {
            vi: faults.name("name", &spec.name),
            en: spec.name_en.as_ref().map_or_else(
                || spec.name.trim().to_owned(),
                |en| faults.name("name_en", en),
            ),
        };
        faults.text("note", spec.note.as_deref());
        let zone = spec.zone.parse::<Tz>().ok();
        if zone.is_none() {
            faults.add(
                Invalid::new("zone", "calendar_unknown_zone")
                    .with("value", spec.zone.escape_debug()),
            );
        }
        let weeks = weeks(&mut faults, spec);
        let list = shared_holidays(&mut faults, spec.holidays_from.as_deref());
        let mut facts = Facts {
            covered: covered_years(&mut faults, spec, list.as_ref()),
            ..Facts::default()
        };
        if let Some(list) = &list {
            facts.add_list(&mut faults, list, &weeks);
        }
        facts.add_holidays(&mut faults, "holidays", &spec.holidays);
        facts.add_exceptions(&mut faults, &spec.exceptions, &weeks);

        let works = weeks.any()
            || facts
                .special
                .values()
                .any(|special| matches!(special, Special::Hours(..)));
        if !works && faults.0.is_empty() {
            faults.add(Invalid::new("hours", "calendar_no_working_time"));
        }
        match zone {
            Some(zone) if faults.0.is_empty() => {
                Ok(facts.into_calendar(spec.code.clone(), name, zone, weeks))
            }
            _ => Err(faults.0),
        }
    }
}

/// Dated facts, collected from the shared list, then the calendar's own holidays, then its
/// exceptions: the later ones win.
#[derive(Default)]
struct Facts {
    special: HashMap<NaiveDate, Special>,
    covered: BTreeSet<i32>,
    computed: BTreeSet<i32>,
}

impl Facts {
    fn add_list(&mut self, faults: &mut Faults, list: &HolidayList, weeks: &Weeks) {
        self.add_holidays(faults, "holidays_from.holidays", &list.holidays);
        for (number, day) in list.worked_days.iter().enumerate() {
            let field = format!("holidays_from.worked_days[{number}]");
            let name = faults.names(&field, &day.name, Some(&day.name_en));
            let date = faults.date(&format!("{field}.date"), &day.date);
            let replaced = faults.date(&format!("{field}.replaces"), &day.replaces);
            let (Some(date), Some(replaced)) = (date, replaced) else {
                continue;
            };
            let hours = weeks.hours(replaced, date).to_vec();
            // An office that is closed on the replaced weekday anyway has nothing to make up for.
            if !hours.is_empty() {
                self.note(date, day.status);
                self.special.insert(date, Special::Hours(name, hours));
            }
        }
    }

    fn add_holidays(&mut self, faults: &mut Faults, field: &str, holidays: &[HolidaySpec]) {
        let mut seen = HashSet::new();
        for (number, holiday) in holidays.iter().enumerate() {
            let place = format!("{field}[{number}]");
            let name = faults.names(&place, &holiday.name, holiday.name_en.as_deref());
            faults.text(&format!("{place}.source"), holiday.source.as_deref());
            let Some(date) = faults.date(&format!("{place}.date"), &holiday.date) else {
                continue;
            };
            if !seen.insert(date) {
                faults.add(doubled(&place, date));
            }
            self.note(date, holiday.status);
            self.special.insert(date, Special::Holiday(name));
        }
    }

    fn add_exceptions(&mut self, faults: &mut Faults, exceptions: &[ExceptionSpec], weeks: &Weeks) {
        let mut seen = HashSet::new();
        for (number, exception) in exceptions.iter().enumerate() {
            let place = format!("exceptions[{number}]");
            let name = faults.names(&place, &exception.name, exception.name_en.as_deref());
            let date = faults.date(&format!("{place}.date"), &exception.date);
            let hours = exception_hours(faults, &place, exception, weeks);
            let Some(date) = date else { continue };
            if !seen.insert(date) {
                faults.add(doubled(&place, date));
            }
            let special = if hours.is_empty() {
                Special::DayOff(name)
            } else {
                Special::Hours(name, hours)
            };
            self.special.insert(date, special);
        }
    }

    fn note(&mut self, date: NaiveDate, status: FactStatus) {
        if status == FactStatus::Computed {
            self.computed.insert(date.year());
        }
    }

    fn into_calendar(self, code: String, name: Name, zone: Tz, weeks: Weeks) -> Calendar {
        let known = || {
            let special = self.special.keys().map(Datelike::year);
            self.covered.iter().copied().chain(special)
        };
        let (first, last) = match (known().min(), known().max()) {
            (Some(first), Some(last)) => (first - MARGIN_BEFORE, last + MARGIN_AFTER),
            _ => YEARS_WITHOUT_FACTS,
        };
        let years = Years {
            near: first.max(*YEARS.start())..=last.min(*YEARS.end()),
            covered: self.covered,
            computed: self.computed,
        };
        let days = Days {
            zone,
            weeks,
            special: self.special,
        };
        Calendar(Arc::new(Inner::new(code, name, days, years)))
    }
}

/// The working weeks, in order of time.
fn weeks(faults: &mut Faults, spec: &CalendarSpec) -> Weeks {
    let first = week(faults, "hours", &spec.hours);
    let mut later: Vec<(NaiveDate, Week)> = Vec::with_capacity(spec.later_hours.len());
    for (number, change) in spec.later_hours.iter().enumerate() {
        let place = format!("later_hours[{number}]");
        let week = week(faults, &format!("{place}.hours"), &change.hours);
        let Some(from) = faults.date(&format!("{place}.from"), &change.from) else {
            continue;
        };
        if later.iter().any(|(known, _)| *known == from) {
            let fault = Invalid::new(format!("{place}.from"), "calendar_doubled_date");
            faults.add(fault.with("date", from.format("%d/%m/%Y")));
        }
        later.push((from, week));
    }
    later.sort_by_key(|(from, _)| *from);
    Weeks { first, later }
}

fn week(faults: &mut Faults, field: &str, hours: &WeekHours) -> Week {
    hours
        .days()
        .map(|(day, hours)| faults.hours(&format!("{field}.{day}"), hours))
}

fn exception_hours(
    faults: &mut Faults,
    place: &str,
    exception: &ExceptionSpec,
    weeks: &Weeks,
) -> MinuteSpans {
    let own = faults.hours(&format!("{place}.hours"), &exception.hours);
    let date = exception.date.parse().ok();
    let replaced = exception
        .replaces
        .as_ref()
        .and_then(|date| faults.date(&format!("{place}.replaces"), date));
    let stated = !exception.hours.is_empty() || exception.replaces.is_some();
    match exception.kind {
        ExceptionKind::DayOff => {
            if stated {
                faults.add(Invalid::new(
                    format!("{place}.hours"),
                    "calendar_day_off_with_hours",
                ));
            }
            MinuteSpans::new()
        }
        ExceptionKind::Worked | ExceptionKind::HalfDay => {
            let hours = match replaced {
                Some(replaced) if exception.hours.is_empty() => {
                    weeks.hours(replaced, date.unwrap_or(replaced)).to_vec()
                }
                _ => own,
            };
            let faulty = faults.0.iter().any(|fault| fault.field.starts_with(place));
            if hours.is_empty() && !faulty {
                faults.add(Invalid::new(
                    format!("{place}.hours"),
                    "calendar_worked_day_without_hours",
                ));
            }
            hours
        }
    }
}

fn covered_years(
    faults: &mut Faults,
    spec: &CalendarSpec,
    list: Option<&HolidayList>,
) -> BTreeSet<i32> {
    for (number, year) in spec.years.iter().enumerate() {
        if !years::YEARS.contains(year) {
            let fault = Invalid::new(format!("years[{number}]"), "calendar_impossible_year")
                .with("value", year);
            faults.add(
                fault
                    .with("first", years::YEARS.start())
                    .with("last", years::YEARS.end()),
            );
        }
    }
    spec.years
        .iter()
        .chain(list.into_iter().flat_map(|list| &list.years))
        .copied()
        .collect()
}

fn shared_holidays(faults: &mut Faults, code: Option<&str>) -> Option<HolidayList> {
    let code = code?;
    let list = shipped::holidays(code);
    if list.is_none() {
        faults.add(Invalid::new("holidays_from", "not_found").with("value", code.escape_debug()));
    }
    list
}

fn doubled(place: &str, date: NaiveDate) -> Invalid {
    Invalid::new(format!("{place}.date"), "calendar_doubled_date")
        .with("date", date.format("%d/%m/%Y"))
}
