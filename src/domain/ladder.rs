//! Reminder ladders: which steps an obligation climbs before, at and after its due instant, and
//! when their mails are sent (docs/DOMAIN.md, reminders). Whom a step reaches is decided by its
//! audience; who that is on a day, by `service::recipients`.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, CalendarError};
use super::error::Invalid;
use super::obligation::ObligationKind;
use super::period::PeriodKind;
use super::text;

/// Which ladder an obligation climbs.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LadderKind {
    /// News of an ordinary event.
    Event,
    /// News of a topical event, due at the daily cut-off.
    Cutoff,
    /// The answer to a member's question.
    Answer,
    /// A quota of each day.
    Day,
    /// A quota of each week.
    Week,
    /// A quota of each month.
    Month,
    /// A quota of each quarter.
    Quarter,
    /// A quota of each half-year.
    HalfYear,
    /// A quota of the year.
    Year,
    /// A periodic report.
    Report,
    /// Something due at an instant that a document fixed.
    FixedDate,
}

/// Where a step stands against the due instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Before it: asks for what is still owed.
    Before,
    /// At it: says how it went.
    Due,
    /// After it: follows up on what was missed.
    After,
}

/// How far a step is from the due instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Offset {
    /// So many minutes of office time before.
    WorkingMinutesBefore(u32),
    /// So many minutes by the clock before.
    ClockMinutesBefore(u32),
    /// So many minutes of office time before the closing of the due day.
    WorkingMinutesBeforeClosing(u32),
    /// At this local time of the due day, `HH:MM:SS`.
    #[schema(value_type = String)]
    TimeOnDueDay(NaiveTime),
    /// At the opening of the so-many-th working day before.
    WorkingDaysBefore(u32),
    /// At the due instant.
    AtDue,
    /// At the opening of the so-many-th working day after.
    WorkingDaysAfter(u32),
}

impl Offset {
    /// Where the step stands.
    pub const fn phase(self) -> Phase {
        match self {
            Self::AtDue => Phase::Due,
            Self::WorkingDaysAfter(_) => Phase::After,
            _ => Phase::Before,
        }
    }
}

/// Whom a step reaches.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The head of the unit; of a personal quota, the person.
    Leader,
    /// The unit's deputies; of a personal quota, the head of the unit.
    Deputy,
    /// The propaganda department of the federation.
    Department,
    /// The head of the nearest unit above that has one with an address.
    Above,
}

/// One step of a ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepSpec {
    /// Its name: what was sent under it is not sent again.
    #[serde(deserialize_with = "crate::domain::text::read")]
    pub name: String,
    /// When.
    pub offset: Offset,
    /// To whom.
    pub audience: Vec<Audience>,
}

/// A step of one obligation, with the instant at which its mails leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its name.
    pub step: String,
    /// Where it stands.
    pub phase: Phase,
    /// Moved into office hours.
    pub leave_at: DateTime<Utc>,
    /// To whom.
    pub audience: Vec<Audience>,
}

impl LadderKind {
    /// All ladders.
    pub const ALL: [Self; 11] = [
        Self::Event,
        Self::Cutoff,
        Self::Answer,
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::HalfYear,
        Self::Year,
        Self::Report,
        Self::FixedDate,
    ];

    /// The ladder's name in policies.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Cutoff => "cutoff",
            Self::Answer => "answer",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::HalfYear => "half_year",
            Self::Year => "year",
            Self::Report => "report",
            Self::FixedDate => "fixed_date",
        }
    }

    /// The ladder of an obligation.
    pub const fn of(kind: ObligationKind, period: Option<PeriodKind>) -> Self {
        match (kind, period) {
            (ObligationKind::Event, _) => Self::Event,
            (ObligationKind::Cutoff, _) => Self::Cutoff,
            (ObligationKind::Answer, _) => Self::Answer,
            (ObligationKind::FixedDate, _) => Self::FixedDate,
            (ObligationKind::Report, _) => Self::Report,
            (ObligationKind::Quota, Some(PeriodKind::Day)) => Self::Day,
            (ObligationKind::Quota, Some(PeriodKind::Week)) => Self::Week,
            (ObligationKind::Quota, Some(PeriodKind::Month) | None) => Self::Month,
            (ObligationKind::Quota, Some(PeriodKind::Quarter)) => Self::Quarter,
            (ObligationKind::Quota, Some(PeriodKind::HalfYear)) => Self::HalfYear,
            (ObligationKind::Quota, Some(PeriodKind::Year)) => Self::Year,
        }
    }

    /// The default steps (docs/DOMAIN.md, reminders). After the due instant the deputy and the
    /// department are told on the first working day, the level above on the third.
    pub fn default_steps(self) -> Vec<StepSpec> {
        let before: Vec<Offset> = match self {
            Self::Event => vec![
                Offset::WorkingMinutesBefore(240),
                Offset::WorkingMinutesBefore(60),
                Offset::AtDue,
            ],
            Self::Cutoff => vec![
                Offset::WorkingMinutesBefore(120),
                Offset::WorkingMinutesBefore(30),
                Offset::AtDue,
            ],
            Self::Answer => vec![Offset::ClockMinutesBefore(240), Offset::AtDue],
            Self::Day => vec![Offset::WorkingMinutesBeforeClosing(120)],
            Self::Week => vec![Offset::WorkingDaysBefore(1)],
            Self::Month => vec![Offset::WorkingDaysBefore(5), Offset::WorkingDaysBefore(2)],
            Self::Quarter | Self::HalfYear | Self::Year | Self::Report => {
                vec![
                    Offset::WorkingDaysBefore(15),
                    Offset::WorkingDaysBefore(5),
                    Offset::WorkingDaysBefore(2),
                ]
            }
            Self::FixedDate => {
                vec![
                    Offset::WorkingDaysBefore(5),
                    Offset::WorkingDaysBefore(2),
                    Offset::WorkingDaysBefore(1),
                ]
            }
        };
        let mut steps: Vec<StepSpec> = before
            .into_iter()
            .map(|offset| StepSpec::new(offset, vec![Audience::Leader]))
            .collect();
        let missed = vec![Audience::Leader, Audience::Deputy, Audience::Department];
        steps.push(StepSpec::new(Offset::WorkingDaysAfter(1), missed));
        steps.push(StepSpec::new(
            Offset::WorkingDaysAfter(3),
            vec![Audience::Above],
        ));
        steps
    }
}

impl StepSpec {
    /// A step named after its offset.
    pub fn new(offset: Offset, audience: Vec<Audience>) -> Self {
        let name = match offset {
            Offset::WorkingMinutesBefore(minutes) => format!("before-{minutes}m"),
            Offset::ClockMinutesBefore(minutes) => format!("before-{minutes}cm"),
            Offset::WorkingMinutesBeforeClosing(minutes) => format!("closing-{minutes}m"),
            Offset::TimeOnDueDay(time) => format!("at-{}", time.format("%H%M")),
            Offset::WorkingDaysBefore(days) => format!("before-{days}d"),
            Offset::AtDue => "due".to_owned(),
            Offset::WorkingDaysAfter(days) => format!("after-{days}d"),
        };
        Self {
            name,
            offset,
            audience,
        }
    }

    /// What is wrong with a ladder: names given twice or unfit, steps that reach nobody, amounts
    /// beyond reason.
    pub fn faults(steps: &[Self]) -> Vec<Invalid> {
        let mut faults = Vec::new();
        if steps.len() > 20 {
            faults.push(Invalid::new("", "ladder_too_long"));
        }
        for (number, step) in steps.iter().enumerate() {
            let place = number.to_string();
            if text::code("name", &step.name).is_err() {
                faults.push(Invalid::new("name", "code").within(&place));
            }
            if steps
                .iter()
                .take(number)
                .any(|other| other.name == step.name)
            {
                faults.push(
                    Invalid::new("name", "duplicate")
                        .with("value", &step.name)
                        .within(&place),
                );
            }
            if step.audience.is_empty() {
                faults.push(Invalid::new("audience", "required").within(&place));
            }
            let (value, to) = match step.offset {
                Offset::WorkingMinutesBefore(n)
                | Offset::ClockMinutesBefore(n)
                | Offset::WorkingMinutesBeforeClosing(n) => (n, 100_000),
                Offset::WorkingDaysBefore(n) | Offset::WorkingDaysAfter(n) => (n, 250),
                Offset::AtDue | Offset::TimeOnDueDay(_) => (1, 1),
            };
            if !(1..=to).contains(&value) {
                let range = Invalid::new("offset", "number_range")
                    .with("value", value)
                    .with("from", 1)
                    .with("to", to);
                faults.push(range.within(&place));
            }
        }
        faults
    }

    fn planned(&self, due: DateTime<Utc>, calendar: &Calendar) -> Result<Planned, CalendarError> {
        let minutes = |n: u32| TimeDelta::minutes(n.into());
        let nominal = match self.offset {
            Offset::WorkingMinutesBefore(n) => calendar.subtract(due, minutes(n))?,
            Offset::ClockMinutesBefore(n) => due - minutes(n),
            Offset::WorkingMinutesBeforeClosing(n) => {
                let closing = calendar.closing(calendar.date_of_due(due)).unwrap_or(due);
                calendar.subtract(closing, minutes(n))?
            }
            Offset::TimeOnDueDay(time) => calendar.at_time(calendar.date_of_due(due), time),
            Offset::WorkingDaysBefore(n) => calendar.working_days_before(due, n)?,
            Offset::AtDue => due,
            Offset::WorkingDaysAfter(n) => calendar.working_days_after(due, n)?,
        };
        let phase = self.offset.phase();
        let leave_at = match phase {
            Phase::Before => calendar.previous_closing(nominal)?,
            Phase::Due | Phase::After => calendar.next_opening(nominal)?,
        };
        Ok(Planned {
            step: self.name.clone(),
            phase,
            leave_at,
            audience: self.audience.clone(),
        })
    }
}

/// The steps of an obligation in the order in which their mails leave. A step before the due
/// instant that a policy puts at or after it (a 15:30 step of a cut-off at 15:00) is left out.
///
/// # Errors
/// If the calendar has no opening for years.
pub fn plan(
    steps: &[StepSpec],
    due: DateTime<Utc>,
    calendar: &Calendar,
) -> Result<Vec<Planned>, CalendarError> {
    let mut planned = Vec::with_capacity(steps.len());
    for step in steps {
        let step = step.planned(due, calendar)?;
        if step.phase != Phase::Before || step.leave_at < due {
            planned.push(step);
        }
    }
    planned.sort_by_key(|step| (step.leave_at, step.phase));
    Ok(planned)
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;

    use super::super::calendar::shipped;
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::<FixedOffset>::parse_from_rfc3339(&format!("{text}:00+07:00"))
            .unwrap()
            .to_utc()
    }

    fn leaves(kind: LadderKind, due: &str) -> Vec<(String, String)> {
        let calendar = Calendar::compile(&shipped::calendar("ben-tre").unwrap()).unwrap();
        let zone = FixedOffset::east_opt(7 * 3600).unwrap();
        plan(&kind.default_steps(), at(due), &calendar)
            .unwrap()
            .into_iter()
            .map(|s| {
                (
                    s.step,
                    s.leave_at
                        .with_timezone(&zone)
                        .format("%d/%m %H:%M")
                        .to_string(),
                )
            })
            .collect()
    }

    fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect()
    }

    #[test]
    fn an_event_due_on_a_morning_is_announced_on_the_working_day_before() {
        // 24/11 is a holiday, 25/11 09:00 is due
        let expected = [
            ("before-240m", "23/11 15:00"),
            ("before-60m", "25/11 08:00"),
            ("due", "25/11 09:00"),
            ("after-1d", "26/11 07:00"),
            ("after-3d", "30/11 07:00"),
        ];
        assert_eq!(
            leaves(LadderKind::Event, "2026-11-25T09:00"),
            pairs(&expected)
        );
    }

    #[test]
    fn a_cut_off_is_announced_two_working_hours_and_half_an_hour_before_it() {
        let expected = [
            ("before-120m", "20/11 14:00"),
            ("before-30m", "20/11 15:30"),
            ("due", "20/11 16:00"),
            ("after-1d", "23/11 07:00"),
            ("after-3d", "26/11 07:00"),
        ];
        assert_eq!(
            leaves(LadderKind::Cutoff, "2026-11-20T16:00"),
            pairs(&expected)
        );
        let of_ten = leaves(LadderKind::Cutoff, "2026-11-20T10:00");
        let expected = [
            ("before-120m", "20/11 08:00"),
            ("before-30m", "20/11 09:30"),
        ];
        assert_eq!(
            of_ten.get(..2).unwrap(),
            pairs(&expected),
            "they move with it"
        );
    }

    #[test]
    fn a_month_ends_with_its_last_day_and_is_announced_in_working_days() {
        let expected = [
            ("before-5d", "20/11 07:00"),
            ("before-2d", "26/11 07:00"),
            ("after-1d", "01/12 07:00"),
            ("after-3d", "03/12 07:00"),
        ];
        assert_eq!(
            leaves(LadderKind::Month, "2026-12-01T00:00"),
            pairs(&expected)
        );
    }

    #[test]
    fn an_answer_due_at_night_is_announced_within_office_hours() {
        let expected = [
            ("before-240cm", "20/11 17:00"),
            ("due", "23/11 07:00"),
            ("after-1d", "23/11 07:00"),
            ("after-3d", "26/11 07:00"),
        ];
        assert_eq!(
            leaves(LadderKind::Answer, "2026-11-20T23:30"),
            pairs(&expected)
        );
    }

    #[test]
    fn a_daily_quota_is_announced_two_working_hours_before_closing_and_on_days_off_before_the_day_begins()
     {
        assert_eq!(
            leaves(LadderKind::Day, "2026-11-21T00:00")[0],
            ("closing-120m".into(), "20/11 15:00".into())
        );
        assert_eq!(
            leaves(LadderKind::Day, "2026-11-23T00:00")[0],
            ("closing-120m".into(), "20/11 15:00".into())
        );
    }

    #[test]
    fn a_ladder_with_doubled_names_or_empty_audiences_is_refused() {
        let step = StepSpec::new(Offset::WorkingDaysBefore(0), vec![]);
        let fields: Vec<String> = StepSpec::faults(&[step.clone(), step])
            .into_iter()
            .map(|f| format!("{} {}", f.field, f.code))
            .collect();
        assert_eq!(
            fields,
            [
                "0.audience required",
                "0.offset number_range",
                "1.name duplicate",
                "1.audience required",
                "1.offset number_range"
            ]
        );
    }
}
