//! A due instant with its reasons. An [`Explanation`] is stored as JSON beside the due instant that
//! it explains; `explain_text` turns it into sentences.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::days::Name;
use super::{CutoffDays, CutoffEdge, PeriodEnd};

/// A due instant and how it came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// What was asked for.
    pub amount: Amount,
    /// From when it was counted.
    pub from: DateTime<Utc>,
    /// The result.
    pub due: DateTime<Utc>,
    /// Name of the calendar.
    pub calendar: Name,
    /// Zone of the local clock, in which the text shows every instant.
    pub zone: Tz,
    /// Every span between `from` and `due` in order of time, cut at local midnights.
    pub steps: Vec<Step>,
    /// What the reader should know about the calendar's facts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Amount {
    /// Office time after `from`.
    WorkingTime {
        /// Whole seconds.
        seconds: i64,
        /// The rest, in nanoseconds.
        #[serde(default, skip_serializing_if = "is_zero")]
        nanos: i32,
    },
    /// Office time before `from`.
    WorkingTimeBefore {
        /// Whole seconds.
        seconds: i64,
        /// The rest, in nanoseconds.
        #[serde(default, skip_serializing_if = "is_zero")]
        nanos: i32,
    },
    /// Time by the clock, nights and holidays included.
    ClockTime {
        /// Whole seconds.
        seconds: i64,
        /// The rest, in nanoseconds.
        #[serde(default, skip_serializing_if = "is_zero")]
        nanos: i32,
    },
    /// A daily cut-off.
    Cutoff {
        /// Local time of the cut-off.
        time: NaiveTime,
        /// Days on which it is held.
        days: CutoffDays,
        /// Whether the cut-off itself still belongs to the day.
        edge: CutoffEdge,
    },
    /// The end of a period.
    PeriodEnd {
        /// First date of the period.
        first: NaiveDate,
        /// Last date of the period.
        last: NaiveDate,
        /// When it ends.
        end: PeriodEnd,
    },
    /// An instant fixed by a document.
    Fixed,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_zero(nanos: &i32) -> bool {
    *nanos == 0
}

/// A stretch of time within one local date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its beginning.
    pub from: DateTime<Utc>,
    /// Its end, not included.
    pub to: DateTime<Utc>,
    /// Counted, or skipped and why.
    pub kind: StepKind,
    /// Name of the holiday, day off, worked Saturday or half day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
}

/// Counted, or skipped and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Counted.
    Counted,
    /// Lunch break.
    Lunch,
    /// Another break between office hours of one day.
    Break,
    /// Before the first opening or after the last closing of a working day.
    Night,
    /// Saturday or Sunday.
    Weekend,
    /// Another weekday on which the office is always closed.
    WeeklyRest,
    /// Holiday; the name says which.
    Holiday,
    /// Dated day off; the name says which.
    DayOff,
    /// The rest of a day whose cut-off was over.
    AfterCutoff,
    /// The day whose cut-off it is.
    CutoffDay,
}

/// What the reader should know about the calendar's facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Warning {
    /// No holidays are entered for the year.
    NotCovered {
        /// The year.
        year: i32,
    },
    /// Some holidays of the year follow from the law only; swapped days are not announced yet.
    Computed {
        /// The year.
        year: i32,
    },
}

impl Amount {
    pub(super) fn working(work: TimeDelta) -> Self {
        Self::WorkingTime {
            seconds: work.num_seconds(),
            nanos: work.subsec_nanos(),
        }
    }

    pub(super) fn working_before(work: TimeDelta) -> Self {
        Self::WorkingTimeBefore {
            seconds: work.num_seconds(),
            nanos: work.subsec_nanos(),
        }
    }

    pub(super) fn clock(time: TimeDelta) -> Self {
        Self::ClockTime {
            seconds: time.num_seconds(),
            nanos: time.subsec_nanos(),
        }
    }

    /// The length asked for; `None` for rules that ask for no length.
    pub fn length(&self) -> Option<TimeDelta> {
        match *self {
            Self::WorkingTime { seconds, nanos }
            | Self::WorkingTimeBefore { seconds, nanos }
            | Self::ClockTime { seconds, nanos } => {
                Some(TimeDelta::try_seconds(seconds)? + TimeDelta::nanoseconds(i64::from(nanos)))
            }
            _ => None,
        }
    }
}

impl Explanation {
    /// Time of all counted steps together.
    pub fn counted(&self) -> TimeDelta {
        self.steps
            .iter()
            .filter(|step| step.kind == StepKind::Counted)
            .map(|step| step.to - step.from)
            .sum()
    }
}
