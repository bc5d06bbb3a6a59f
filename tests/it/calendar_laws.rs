//! The laws of working time over random calendars, and its agreement with a count that shares no
//! code with it: minute by minute on the local clock, from the written form of the calendar.

#![expect(
    clippy::indexing_slicing,
    reason = "an index out of range fails the test, as it should"
)]

use chrono::{
    DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Utc,
};
use chrono_tz::Tz;
use proptest::prelude::*;
use tinbai::domain::calendar::{
    Calendar, CalendarError, CalendarSpec, CutoffDays, CutoffEdge, ExceptionKind, ExceptionSpec,
    Explanation, HolidaySpec, Hours, PeriodEnd, StepKind, WeekHours,
};

/// Zones with and without changes of the clock: of half an hour, at midnight, over a whole day, at
/// odd offsets.
const ZONES: [&str; 12] = [
    "Asia/Ho_Chi_Minh",
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Santiago",
    "America/Havana",
    "America/St_Johns",
    "Africa/Cairo",
    "Asia/Tehran",
    "Asia/Kathmandu",
    "Pacific/Apia",
];

/// Days around which a test looks: long enough for a weekend and a change of the clock.
const DAYS: i64 = 12;

#[derive(Debug, Clone)]
struct World {
    spec: CalendarSpec,
    zone: Tz,
    /// Where the questions begin.
    base: NaiveDate,
}

impl World {
    fn calendar(&self) -> Calendar {
        Calendar::compile(&self.spec).unwrap()
    }

    fn start(&self) -> DateTime<Utc> {
        self.base.and_time(NaiveTime::MIN).and_utc()
    }
}

fn minute_text(minute: u32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Up to three stretches of hours, some of which touch.
fn hours() -> impl Strategy<Value = Vec<Hours>> {
    let minutes = prop_oneof![0_u32..=1440, (0_u32..=48).prop_map(|half| half * 30)];
    (prop::collection::btree_set(minutes, 0..=6), any::<bool>()).prop_map(|(minutes, touching)| {
        let minutes: Vec<u32> = minutes.into_iter().collect();
        let pairs: Vec<&[u32]> = if touching {
            minutes.windows(2).collect()
        } else {
            minutes.chunks_exact(2).collect()
        };
        pairs
            .into_iter()
            .map(|pair| [minute_text(pair[0]), minute_text(pair[1])])
            .collect()
    })
}

fn base() -> impl Strategy<Value = NaiveDate> {
    let day = |year: i32, first: u32, days: std::ops::Range<u32>| {
        days.prop_map(move |day| NaiveDate::from_yo_opt(year, first + day).unwrap())
    };
    prop_oneof![
        (2001_i32..2100, 1_u32..=365)
            .prop_map(|(year, day)| NaiveDate::from_yo_opt(year, day).unwrap()),
        day(2026, 60, 0..45),
        day(2026, 255, 0..60),
        // Samoa leaves out 30/12/2011; Newfoundland sets its clocks back at 00:01 on 07/11/2010.
        day(2011, 356, 0..9),
        day(2010, 300, 0..12),
    ]
}

fn world() -> impl Strategy<Value = World> {
    let week = prop::collection::vec(hours(), 7).prop_filter("some office hours", |week| {
        week.iter().any(|day| !day.is_empty())
    });
    let special = prop::collection::btree_map(0..DAYS, (0_u8..3, hours()), 0..5);
    (0..ZONES.len(), week, special, base()).prop_map(|(zone, week, special, base)| {
        let [mon, tue, wed, thu, fri, sat, sun] = week.try_into().unwrap();
        let hours = WeekHours {
            mon,
            tue,
            wed,
            thu,
            fri,
            sat,
            sun,
        };
        let (mut holidays, mut exceptions) = (Vec::new(), Vec::new());
        for (day, (kind, hours)) in special {
            let date = (base + TimeDelta::days(day)).to_string();
            if kind == 0 {
                holidays.push(holiday(&date));
            } else {
                let kind = if hours.is_empty() {
                    ExceptionKind::DayOff
                } else {
                    ExceptionKind::HalfDay
                };
                exceptions.push(exception(&date, kind, hours));
            }
        }
        let spec = CalendarSpec {
            code: "thu".to_owned(),
            name: "Thử".to_owned(),
            name_en: None,
            note: None,
            zone: ZONES[zone].to_owned(),
            hours,
            later_hours: Vec::new(),
            holidays_from: None,
            holidays,
            exceptions,
            years: Vec::new(),
        };
        World {
            zone: ZONES[zone].parse().unwrap(),
            spec,
            base,
        }
    })
}

fn holiday(date: &str) -> HolidaySpec {
    serde_json::from_value(serde_json::json!({"date": date, "name": "Lễ"})).unwrap()
}

fn exception(date: &str, kind: ExceptionKind, hours: Vec<Hours>) -> ExceptionSpec {
    ExceptionSpec {
        date: date.to_owned(),
        kind,
        name: "Riêng".to_owned(),
        name_en: None,
        hours,
        replaces: None,
    }
}

/// Instants of the days around the base, to the minute or to the nanosecond.
fn moment() -> impl Strategy<Value = TimeDelta> {
    prop_oneof![
        (0..DAYS * 24 * 60).prop_map(TimeDelta::minutes),
        (0..DAYS * 24 * 3_600_000_000_000).prop_map(TimeDelta::nanoseconds),
    ]
}

fn work() -> impl Strategy<Value = TimeDelta> {
    prop_oneof![
        (1_i64..40 * 60).prop_map(TimeDelta::minutes),
        (1_i64..40 * 3_600_000_000_000).prop_map(TimeDelta::nanoseconds),
        (1_i64..400).prop_map(TimeDelta::hours),
    ]
}

/// The independent count: which minutes from `start` on are working ones, read off the local clock
/// and the written form.
struct Minutes {
    start: DateTime<Utc>,
    working: Vec<bool>,
}

impl Minutes {
    fn count(world: &World, start: DateTime<Utc>, days: i64) -> Self {
        // The clock's latest reading so far: in an hour that comes twice it stands still the second
        // time.
        let mut reading = NaiveDateTime::MIN;
        // Looked at from a day earlier on, so that a first hour that comes twice is known as such.
        let before = 24 * 60 * 2;
        let minutes = (-before..days * 24 * 60).map(|minute| {
            let local = world
                .zone
                .from_utc_datetime(&(start + TimeDelta::minutes(minute)).naive_utc())
                .naive_local();
            reading = reading.max(local);
            (minute >= 0).then(|| works(&world.spec, reading))
        });
        Self {
            start,
            working: minutes.flatten().collect(),
        }
    }

    /// Minutes of work in `[from, to)`, both counted in minutes from the start.
    fn between(&self, from: usize, to: usize) -> i64 {
        i64::try_from(
            self.working[from..to]
                .iter()
                .filter(|works| **works)
                .count(),
        )
        .unwrap()
    }

    /// The end of the `work`-th working minute from `from` on, if it lies in what was looked at.
    fn add(&self, from: usize, work: usize) -> Option<DateTime<Utc>> {
        let (minute, _) = self
            .working
            .iter()
            .enumerate()
            .skip(from)
            .filter(|(_, works)| **works)
            .nth(work - 1)?;
        Some(self.at(minute + 1))
    }

    /// The beginning of the `work`-th working minute before `from`.
    fn subtract(&self, from: usize, work: usize) -> Option<DateTime<Utc>> {
        let (minute, _) = self.working[..from]
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, works)| **works)
            .nth(work - 1)?;
        Some(self.at(minute))
    }

    fn next_opening(&self, from: usize) -> Option<DateTime<Utc>> {
        Some(self.at(from + self.working[from..].iter().position(|works| *works)?))
    }

    fn previous_closing(&self, from: usize) -> Option<DateTime<Utc>> {
        if self.working[from] {
            return Some(self.at(from));
        }
        Some(self.at(self.working[..from].iter().rposition(|works| *works)? + 1))
    }

    fn at(&self, minute: usize) -> DateTime<Utc> {
        self.start + TimeDelta::minutes(i64::try_from(minute).unwrap())
    }
}

/// Whether the written form has office hours at a reading of the local clock.
fn works(spec: &CalendarSpec, reading: NaiveDateTime) -> bool {
    let time = reading.format("%H:%M").to_string();
    hours_on(spec, reading.date())
        .iter()
        .any(|[open, close]| *open <= time && time < *close)
}

fn hours_on(spec: &CalendarSpec, date: NaiveDate) -> Vec<Hours> {
    let text = date.to_string();
    if let Some(exception) = spec
        .exceptions
        .iter()
        .find(|exception| exception.date == text)
    {
        return exception.hours.clone();
    }
    if spec.holidays.iter().any(|holiday| holiday.date == text) {
        return Vec::new();
    }
    spec.hours.days()[date.weekday().num_days_from_monday() as usize]
        .1
        .to_vec()
}

fn minutes(n: usize) -> TimeDelta {
    TimeDelta::minutes(i64::try_from(n).unwrap())
}

/// An answer, or nothing where the office has closed for good or the years end.
fn known<T>(answer: Result<T, CalendarError>) -> Result<T, TestCaseError> {
    answer.map_err(|error| TestCaseError::reject(error.to_string()))
}

/// The steps lie end to end and make up the whole way.
fn covers(
    explanation: &Explanation,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<(), TestCaseError> {
    let mut done = from;
    for step in &explanation.steps {
        prop_assert_eq!(step.from, done, "a gap or an overlap: {:#?}", explanation);
        let cutoff_at_midnight =
            step.kind == StepKind::CutoffDay && step.from == to && step.to == to;
        prop_assert!(
            step.from < step.to || cutoff_at_midnight,
            "an empty step: {:#?}",
            explanation
        );
        done = step.to;
    }
    prop_assert_eq!(done, to, "ends early or late: {:#?}", explanation);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn adding_twice_is_adding_the_sum(world in world(), at in moment(), a in work(), b in work()) {
        let (calendar, at) = (world.calendar(), world.start() + at);
        let whole = known(calendar.add(at, a + b))?;
        prop_assert_eq!(known(calendar.add(known(calendar.add(at, a))?, b))?, whole);
        // Nothing first changes nothing either.
        prop_assert_eq!(known(calendar.add(known(calendar.add(at, TimeDelta::zero()))?, b))?, known(calendar.add(at, b))?);
    }

    #[test]
    fn subtracting_what_was_added_comes_back_to_working_time(world in world(), at in moment(), work in work()) {
        let (calendar, at) = (world.calendar(), world.start() + at);
        let due = known(calendar.add(at, work))?;
        prop_assert_eq!(known(calendar.subtract(due, work))?, known(calendar.add(at, TimeDelta::zero()))?);
        prop_assert_eq!(known(calendar.subtract(at, TimeDelta::zero()))?, known(calendar.next_opening(at))?);
    }

    #[test]
    fn what_was_added_lies_between(world in world(), at in moment(), other in moment(), work in work()) {
        let (calendar, at, other) = (world.calendar(), world.start() + at, world.start() + other);
        let due = known(calendar.add(at, work))?;
        prop_assert_eq!(calendar.between(at, due), work);
        prop_assert_eq!(calendar.between(at, other) + calendar.between(other, due), work);
        prop_assert_eq!(calendar.between(due, at), -work);
    }

    #[test]
    fn later_never_comes_earlier(world in world(), a in moment(), b in moment(), x in work(), y in work()) {
        let calendar = world.calendar();
        let (early, late) = (world.start() + a.min(b), world.start() + a.max(b));
        let (short, long) = (x.min(y), x.max(y));
        let add = |at, work| known(calendar.add(at, work));
        prop_assert!(add(early, short)? <= add(late, short)?);
        prop_assert!(add(early, short)? <= add(early, long)?);
        prop_assert!(known(calendar.next_opening(early))? <= add(early, short)?);
        prop_assert!(add(early, short)? >= early + short);
        prop_assert!(calendar.between(early, late) <= late - early);
    }

    #[test]
    fn the_arithmetic_agrees_with_a_count_by_the_minute(world in world(), from in 0..12_usize * 1440, to in 0..12_usize * 1440, work in 1..3000_usize) {
        let calendar = world.calendar();
        let start = world.start() - TimeDelta::days(12);
        let count = Minutes::count(&world, start, 36);
        let (from, to) = (from.min(to) + 12 * 1440, from.max(to) + 12 * 1440);
        let (at, end) = (count.at(from), count.at(to));
        prop_assert_eq!(calendar.between(at, end), TimeDelta::minutes(count.between(from, to)));
        prop_assert_eq!(calendar.is_working(at), count.working[from]);
        if let Some(due) = count.add(from, work) {
            prop_assert_eq!(calendar.add(at, minutes(work)), Ok(due));
        }
        if let Some(begin) = count.subtract(to, work) {
            prop_assert_eq!(calendar.subtract(end, minutes(work)), Ok(begin));
        }
        if let Some(opening) = count.next_opening(from) {
            prop_assert_eq!(calendar.next_opening(at), Ok(opening));
        }
        if let Some(closing) = count.previous_closing(from) {
            prop_assert_eq!(calendar.previous_closing(at), Ok(closing));
        }
    }

    #[test]
    fn an_explanation_adds_up_and_has_no_gaps(world in world(), at in moment(), work in work()) {
        let (calendar, at) = (world.calendar(), world.start() + at);
        for work in [work, TimeDelta::zero()] {
            let forward = known(calendar.explain_add(at, work))?;
            prop_assert_eq!(Ok(forward.due), calendar.add(at, work));
            prop_assert_eq!(forward.counted(), work);
            covers(&forward, at, forward.due)?;
            for step in &forward.steps {
                let counted = step.kind == StepKind::Counted;
                prop_assert_eq!(calendar.between(step.from, step.to), if counted { step.to - step.from } else { TimeDelta::zero() });
            }
        }
        let backward = known(calendar.explain_subtract(at, work))?;
        prop_assert_eq!(Ok(backward.due), calendar.subtract(at, work));
        prop_assert_eq!(backward.counted(), work);
        covers(&backward, backward.due, at)?;
        let clock = known(calendar.explain_clock(at, work))?;
        prop_assert_eq!(clock.counted(), work);
        covers(&clock, at, at + work)?;
        // What is stored is what is read back.
        let stored = serde_json::to_string(&forward_again(&calendar, at, work)?).unwrap();
        prop_assert_eq!(serde_json::from_str::<Explanation>(&stored).unwrap(), forward_again(&calendar, at, work)?);
        for locale in ["vi", "en"] {
            let text = forward_again(&calendar, at, work)?.to_text(locale);
            prop_assert!(!text.contains("%{") && !text.contains("calendar."), "{}", text);
        }
    }

    #[test]
    fn a_cut_off_is_the_first_one_that_is_held_and_not_over(
        world in world(), at in moment(), minute in 0_u32..1440, every in any::<bool>(), inclusive in any::<bool>(),
    ) {
        let (calendar, at) = (world.calendar(), world.start() + at);
        let time = NaiveTime::from_hms_opt(minute / 60, minute % 60, 0).unwrap();
        let days = if every { CutoffDays::Every } else { CutoffDays::Working };
        let edge = if inclusive { CutoffEdge::Inclusive } else { CutoffEdge::Exclusive };
        let answer = known(calendar.explain_cutoff(at, time, days, edge))?;
        prop_assert_eq!(Ok(answer.due), calendar.cutoff(at, time, days, edge));
        let own = calendar.date_of(at);
        let held = |date: NaiveDate| every || !hours_on(&world.spec, date).is_empty();
        let in_time = |date: NaiveDate| date > own || if inclusive { at <= calendar.at_time(date, time) } else { at < calendar.at_time(date, time) };
        let first = (0..800).map(|n| own + TimeDelta::days(n)).find(|date| held(*date) && in_time(*date));
        // A date that the clock leaves out (Samoa) or shortens to nothing has no office hours of
        // its own.
        prop_assume!(first.is_some_and(|date| every || calendar.is_working_date(date)));
        prop_assert_eq!(Some(answer.due), first.map(|date| calendar.at_time(date, time)));
        covers(&answer, at, answer.due)?;
    }

    #[test]
    fn working_days_before_and_after_are_counted_by_dates(world in world(), at in moment(), n in 1_usize..15) {
        let (calendar, at) = (world.calendar(), world.start() + at);
        let own = calendar.date_of_due(at);
        let works = |date: &NaiveDate| calendar.opening(*date).is_some();
        let after = (1..900).map(|days| own + TimeDelta::days(days)).filter(works).nth(n - 1);
        let before = (1..900).map(|days| own - TimeDelta::days(days)).filter(works).nth(n - 1);
        let count = u32::try_from(n).unwrap();
        prop_assert_eq!(calendar.working_days_after(at, count).ok(), after.and_then(|date| calendar.opening(date)));
        prop_assert_eq!(calendar.working_days_before(at, count).ok(), before.and_then(|date| calendar.opening(date)));
    }

    #[test]
    fn a_period_ends_at_midnight_or_at_its_last_closing(world in world(), length in 1_i64..40) {
        let calendar = world.calendar();
        let (first, last) = (world.base, world.base + TimeDelta::days(length - 1));
        let midnight = calendar.period_end(first, last, PeriodEnd::Midnight);
        prop_assert_eq!(midnight, calendar.start_of(last + TimeDelta::days(1)));
        let closing = calendar.explain_period_end(calendar.start_of(first), first, last, PeriodEnd::LastWorkingClosing);
        prop_assert!(closing.due <= midnight);
        prop_assert_eq!(calendar.between(closing.due, midnight), TimeDelta::zero());
        covers(&closing, closing.due, midnight)?;
    }
}

fn forward_again(
    calendar: &Calendar,
    at: DateTime<Utc>,
    work: TimeDelta,
) -> Result<Explanation, TestCaseError> {
    known(calendar.explain_add(at, work))
}

/// Found by the random calendars: the night in which Newfoundland's clocks went from 00:01 back to
/// 23:01 of the day before.
#[test]
fn a_cut_off_in_a_night_that_steps_back_over_midnight_is_explained_without_gaps() {
    let spec: CalendarSpec = serde_json::from_value(serde_json::json!({
        "code": "thu", "name": "Thử", "zone": "America/St_Johns", "hours": {"mon": [["08:00", "12:00"]]}
    }))
    .unwrap();
    let calendar = Calendar::compile(&spec).unwrap();
    // 23:30 on Saturday for the second time.
    let at = Utc.with_ymd_and_hms(2010, 11, 7, 3, 0, 0).unwrap();
    let time = NaiveTime::from_hms_opt(16, 0, 0).unwrap();
    let answer = calendar
        .explain_cutoff(at, time, CutoffDays::Every, CutoffEdge::Exclusive)
        .unwrap();
    covers(&answer, at, answer.due).unwrap();
}
