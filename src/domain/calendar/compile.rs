//! Reads a [`CalendarSpec`] and judges it: every fault is found and named with its place, or a
//! calendar comes out. Sentences for the faults: `config/locales/calendar.yml`.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

use super::days::{Days, MinuteSpans, Name, Special};
use super::spec::{
    CalendarSpec, ExceptionKind, ExceptionSpec, FactStatus, HolidayList, HolidaySpec, Hours,
};
use super::{Calendar, Inner, shipped};
use crate::domain::error::Invalid;

/// Years in which dated facts may lie and working time is counted.
pub(super) const YEARS: RangeInclusive<i32> = 1970..=2199;
/// Years that are lined up at once for a calendar without dated facts.
const YEARS_WITHOUT_FACTS: (i32, i32) = (2020, 2035);
/// Years lined up before and after the dated facts: late events reach back, long deadlines forward.
const MARGIN_BEFORE: i32 = 1;
const MARGIN_AFTER: i32 = 3;
const LONGEST_NAME: usize = 200;
const LONGEST_CODE: usize = 64;
const MOST_SPANS_A_DAY: usize = 24;
const MINUTES_A_DAY: u32 = 24 * 60;

impl Calendar {
    /// Compiles a calendar; the holidays of `holidays_from` are those shipped with the program.
    ///
    /// # Errors
    /// Every fault of the spec, each with the path of its field: unknown zone or holiday list,
    /// reversed, empty or overlapping hours, impossible or doubled dates, control characters in
    /// names, no working time at all.
    pub fn compile(spec: &CalendarSpec) -> Result<Self, Vec<Invalid>> {
        let mut faults = Faults::default();
        check_code(&mut faults, &spec.code);
        let name = Name {
            vi: faults.name("name", &spec.name),
            en: spec.name_en.as_ref().map_or_else(
                || spec.name.trim().to_owned(),
                |en| faults.name("name_en", en),
            ),
        };
        let zone = spec.zone.parse::<Tz>().ok();
        if zone.is_none() {
            faults.add(
                Invalid::new("zone", "calendar_unknown_zone")
                    .with("value", spec.zone.escape_debug()),
            );
        }
        let week = spec
            .hours
            .days()
            .map(|(day, hours)| faults.hours(&format!("hours.{day}"), hours));
        let list = shared_holidays(&mut faults, spec.holidays_from.as_deref());
        let mut facts = Facts {
            covered: covered_years(&mut faults, spec, list.as_ref()),
            ..Facts::default()
        };
        if let Some(list) = &list {
            facts.take_list(&mut faults, list, &week);
        }
        facts.take_holidays(&mut faults, "holidays", &spec.holidays);
        facts.take_exceptions(&mut faults, &spec.exceptions, &week);

        let works = week.iter().any(|hours| !hours.is_empty())
            || facts
                .special
                .values()
                .any(|special| matches!(special, Special::Hours(..)));
        if !works && faults.0.is_empty() {
            faults.add(Invalid::new("hours", "calendar_no_working_time"));
        }
        match zone {
            Some(zone) if faults.0.is_empty() => {
                Ok(facts.into_calendar(spec.code.clone(), name, zone, week))
            }
            _ => Err(faults.0),
        }
    }
}

/// The faults found so far, and readers that note what they cannot read and go on.
#[derive(Default)]
struct Faults(Vec<Invalid>);

impl Faults {
    fn add(&mut self, fault: Invalid) {
        self.0.push(fault);
    }

    fn name(&mut self, field: &str, name: &str) -> String {
        let name = name.trim();
        if name.is_empty() {
            self.add(Invalid::new(field.to_owned(), "required"));
        } else if name.chars().any(char::is_control) {
            self.add(Invalid::new(field.to_owned(), "control_characters"));
        } else if name.chars().count() > LONGEST_NAME {
            self.add(Invalid::new(field.to_owned(), "too_long").with("max", LONGEST_NAME));
        }
        name.to_owned()
    }

    fn names(&mut self, field: &str, vi: &str, en: Option<&str>) -> Name {
        let vi = self.name(&format!("{field}.name"), vi);
        let en = en.map_or_else(
            || vi.clone(),
            |en| self.name(&format!("{field}.name_en"), en),
        );
        Name { vi, en }
    }

    fn date(&mut self, field: &str, text: &str) -> Option<NaiveDate> {
        let date = parse_date(text).filter(|date| YEARS.contains(&date.year()));
        if date.is_none() {
            let fault = Invalid::new(field.to_owned(), "calendar_impossible_date");
            self.add(
                fault
                    .with("value", text.escape_debug())
                    .with("first", YEARS.start())
                    .with("last", YEARS.end()),
            );
        }
        date
    }

    /// Office hours of one day, in order.
    fn hours(&mut self, field: &str, hours: &[Hours]) -> MinuteSpans {
        if hours.len() > MOST_SPANS_A_DAY {
            self.add(
                Invalid::new(field.to_owned(), "calendar_too_many_spans")
                    .with("max", MOST_SPANS_A_DAY),
            );
            return MinuteSpans::new();
        }
        let mut spans = Vec::new();
        for (number, [open, close]) in hours.iter().enumerate() {
            let place = format!("{field}[{number}]");
            let times = [open, close].map(|text| {
                let minute = parse_minute(text);
                if minute.is_none() {
                    let fault = Invalid::new(place.clone(), "calendar_impossible_time");
                    self.add(fault.with("value", text.escape_debug()));
                }
                minute
            });
            let [Some(open_at), Some(close_at)] = times else {
                continue;
            };
            if open_at >= close_at {
                let fault = Invalid::new(place, "calendar_reversed_hours");
                self.add(fault.with("open", open).with("close", close));
                continue;
            }
            spans.push((open_at, close_at, number));
        }
        spans.sort_unstable();
        for pair in spans.windows(2) {
            if let [(_, close, _), (open, _, number)] = pair
                && open < close
            {
                self.add(Invalid::new(
                    format!("{field}[{number}]"),
                    "calendar_overlapping_hours",
                ));
            }
        }
        spans
            .into_iter()
            .map(|(open, close, _)| (open, close))
            .collect()
    }
}

/// Dated facts, gathered from the shared list, then the calendar's own holidays, then its
/// exceptions: the later wins.
#[derive(Default)]
struct Facts {
    special: HashMap<NaiveDate, Special>,
    covered: BTreeSet<i32>,
    computed: BTreeSet<i32>,
}

impl Facts {
    fn take_list(&mut self, faults: &mut Faults, list: &HolidayList, week: &[MinuteSpans; 7]) {
        self.take_holidays(faults, "holidays_from.holidays", &list.holidays);
        for (number, day) in list.worked_days.iter().enumerate() {
            let field = format!("holidays_from.worked_days[{number}]");
            let name = faults.names(&field, &day.name, Some(&day.name_en));
            let date = faults.date(&format!("{field}.date"), &day.date);
            let replaced = faults.date(&format!("{field}.replaces"), &day.replaces);
            let (Some(date), Some(replaced)) = (date, replaced) else {
                continue;
            };
            let hours = weekday_hours(week, replaced);
            // An office that is closed on the replaced weekday anyway has nothing to make up for.
            if !hours.is_empty() {
                self.note(date, day.status);
                self.special.insert(date, Special::Hours(name, hours));
            }
        }
    }

    fn take_holidays(&mut self, faults: &mut Faults, field: &str, holidays: &[HolidaySpec]) {
        let mut seen = HashSet::new();
        for (number, holiday) in holidays.iter().enumerate() {
            let place = format!("{field}[{number}]");
            let name = faults.names(&place, &holiday.name, holiday.name_en.as_deref());
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

    fn take_exceptions(
        &mut self,
        faults: &mut Faults,
        exceptions: &[ExceptionSpec],
        week: &[MinuteSpans; 7],
    ) {
        let mut seen = HashSet::new();
        for (number, exception) in exceptions.iter().enumerate() {
            let place = format!("exceptions[{number}]");
            let name = faults.names(&place, &exception.name, exception.name_en.as_deref());
            let date = faults.date(&format!("{place}.date"), &exception.date);
            let hours = exception_hours(faults, &place, exception, week);
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

    fn into_calendar(self, code: String, name: Name, zone: Tz, week: [MinuteSpans; 7]) -> Calendar {
        let years = || {
            self.covered
                .iter()
                .copied()
                .chain(self.special.keys().map(Datelike::year))
        };
        let (first, last) = match (years().min(), years().max()) {
            (Some(first), Some(last)) => (first - MARGIN_BEFORE, last + MARGIN_AFTER),
            _ => YEARS_WITHOUT_FACTS,
        };
        let lined_up = first.max(*YEARS.start())..=last.min(*YEARS.end());
        let days = Days {
            zone,
            week,
            special: self.special,
        };
        Calendar(Arc::new(Inner::new(
            code,
            name,
            days,
            lined_up,
            self.covered,
            self.computed,
        )))
    }
}

fn exception_hours(
    faults: &mut Faults,
    place: &str,
    exception: &ExceptionSpec,
    week: &[MinuteSpans; 7],
) -> MinuteSpans {
    let own = faults.hours(&format!("{place}.hours"), &exception.hours);
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
                Some(date) if exception.hours.is_empty() => weekday_hours(week, date),
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
        if !YEARS.contains(year) {
            let fault = Invalid::new(format!("years[{number}]"), "calendar_impossible_year")
                .with("value", year);
            faults.add(fault.with("first", YEARS.start()).with("last", YEARS.end()));
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

fn check_code(faults: &mut Faults, code: &str) {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if code.is_empty() {
        faults.add(Invalid::new("code", "required"));
    } else if code.len() > LONGEST_CODE || !code.chars().all(plain) {
        faults.add(Invalid::new("code", "calendar_code").with("max", LONGEST_CODE));
    }
}

fn doubled(place: &str, date: NaiveDate) -> Invalid {
    Invalid::new(format!("{place}.date"), "calendar_doubled_date")
        .with("date", date.format("%d/%m/%Y"))
}

fn weekday_hours(week: &[MinuteSpans; 7], date: NaiveDate) -> MinuteSpans {
    week.get(date.weekday().num_days_from_monday() as usize)
        .cloned()
        .unwrap_or_default()
}

/// Exactly `YYYY-MM-DD`: chrono alone would also take `2026-1-2`.
fn parse_date(text: &str) -> Option<NaiveDate> {
    (text.len() == 10)
        .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
        .flatten()
}

/// Exactly `HH:MM`, `00:00` to `24:00`, as minutes after midnight.
fn parse_minute(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let number = |digits: &str| {
        (digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit()))
            .then(|| digits.parse::<u32>().ok())
            .flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    (minute < 60)
        .then_some(hour * 60 + minute)
        .filter(|at| *at <= MINUTES_A_DAY)
}
