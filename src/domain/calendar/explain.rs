//! Due instants with their reasons: what was counted, what was skipped and why. An [`Explanation`]
//! is stored as JSON beside the due instant it explains; `explain_text` turns it into sentences.
//! The instants themselves come from the arithmetic (`timeline`, `dates`), the reasons from walking
//! the dates: two ways that tests compare.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::days::{Closed, Name, next_day};
use super::{Calendar, CalendarError, CutoffDays, CutoffEdge, PeriodEnd};

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
    reason = "the signature serde asks for"
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
    fn working(work: TimeDelta) -> Self {
        Self::WorkingTime {
            seconds: work.num_seconds(),
            nanos: work.subsec_nanos(),
        }
    }

    fn working_before(work: TimeDelta) -> Self {
        Self::WorkingTimeBefore {
            seconds: work.num_seconds(),
            nanos: work.subsec_nanos(),
        }
    }

    fn clock(time: TimeDelta) -> Self {
        Self::ClockTime {
            seconds: time.num_seconds(),
            nanos: time.subsec_nanos(),
        }
    }

    /// The length asked for; `None` for rules that ask for no length.
    #[must_use]
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
    #[must_use]
    pub fn counted(&self) -> TimeDelta {
        self.steps
            .iter()
            .filter(|step| step.kind == StepKind::Counted)
            .map(|step| step.to - step.from)
            .sum()
    }
}

/// Due instants with their reasons.
impl Calendar {
    /// [`Calendar::add`] with its reasons.
    ///
    /// # Errors
    /// Those of [`Calendar::add`].
    pub fn explain_add(
        &self,
        from: DateTime<Utc>,
        work: TimeDelta,
    ) -> Result<Explanation, CalendarError> {
        let due = self.add(from, work)?;
        Ok(self.explained(Amount::working(work), from, due, self.trace(from, due)))
    }

    /// [`Calendar::subtract`] with its reasons.
    ///
    /// # Errors
    /// Those of [`Calendar::subtract`].
    pub fn explain_subtract(
        &self,
        from: DateTime<Utc>,
        work: TimeDelta,
    ) -> Result<Explanation, CalendarError> {
        let due = self.subtract(from, work)?;
        let steps = self.trace(from.min(due), from.max(due));
        Ok(self.explained(Amount::working_before(work), from, due, steps))
    }

    /// `time` by the clock after `from`, nights and holidays included.
    ///
    /// # Errors
    /// A negative amount, or a result that cannot be held.
    pub fn explain_clock(
        &self,
        from: DateTime<Utc>,
        time: TimeDelta,
    ) -> Result<Explanation, CalendarError> {
        if time < TimeDelta::zero() {
            return Err(CalendarError::NegativeAmount);
        }
        let due = from
            .checked_add_signed(time)
            .filter(|due| super::compile::YEARS.contains(&due.year()));
        let due = due.ok_or(CalendarError::OutOfRange)?;
        let steps = vec![Step {
            from,
            to: due,
            kind: StepKind::Counted,
            name: None,
        }];
        Ok(Explanation {
            warnings: Vec::new(),
            ..self.explained(Amount::clock(time), from, due, steps)
        })
    }

    /// [`Calendar::cutoff`] with its reasons.
    ///
    /// # Errors
    /// Those of [`Calendar::cutoff`].
    pub fn explain_cutoff(
        &self,
        at: DateTime<Utc>,
        time: NaiveTime,
        days: CutoffDays,
        edge: CutoffEdge,
    ) -> Result<Explanation, CalendarError> {
        let due = self.cutoff(at, time, days, edge)?;
        let (mut date, last) = (self.date_of(at), self.date_of(due));
        let mut steps = Vec::new();
        while date <= last {
            let (from, to) = (self.start_of(date).max(at), self.end_of(date).min(due));
            let too_late = date == self.date_of(at) && self.misses_cutoff(at, time, edge);
            let (kind, name) = match self.reason_off(date) {
                _ if date == last => (StepKind::CutoffDay, self.0.days.hours_name(date).cloned()),
                Some(reason) if days == CutoffDays::Working => reason,
                _ if too_late => (StepKind::AfterCutoff, None),
                _ => (StepKind::CutoffDay, None),
            };
            // Only the day of the cut-off may be empty (cut-off at 00:00): it still gets its line.
            // A date that the clock skipped or has gone back over does not.
            if from < to || date == last {
                steps.push(Step {
                    from,
                    to,
                    kind,
                    name,
                });
            }
            date = next_day(date);
        }
        Ok(self.explained(Amount::Cutoff { time, days, edge }, at, due, steps))
    }

    /// [`Calendar::period_end`] with its reasons. `from` is the period's start, or what opened the
    /// obligation if later.
    #[must_use]
    pub fn explain_period_end(
        &self,
        from: DateTime<Utc>,
        first: NaiveDate,
        last: NaiveDate,
        end: PeriodEnd,
    ) -> Explanation {
        let due = self.period_end(first, last, end);
        // Only the days off behind the last working day moved the end.
        let steps = self.trace(due, self.end_of(last));
        let steps = if end == PeriodEnd::Midnight {
            Vec::new()
        } else {
            steps
        };
        let warnings = if end == PeriodEnd::Midnight {
            Vec::new()
        } else {
            self.warnings(last, last)
        };
        let amount = Amount::PeriodEnd { first, last, end };
        Explanation {
            warnings,
            ..self.explained(amount, from, due, steps)
        }
    }

    /// An instant fixed by a document: nothing is computed, but it is told in the same form.
    #[must_use]
    pub fn explain_fixed(&self, from: DateTime<Utc>, due: DateTime<Utc>) -> Explanation {
        Explanation {
            warnings: Vec::new(),
            ..self.explained(Amount::Fixed, from, due, Vec::new())
        }
    }

    fn explained(
        &self,
        amount: Amount,
        from: DateTime<Utc>,
        due: DateTime<Utc>,
        steps: Vec<Step>,
    ) -> Explanation {
        let warnings = self.warnings(self.date_of(from.min(due)), self.date_of(from.max(due)));
        Explanation {
            amount,
            from,
            due,
            calendar: self.name().clone(),
            zone: self.zone(),
            steps,
            warnings,
        }
    }

    /// Whether holidays are entered for the year of the date.
    #[must_use]
    pub fn covers(&self, date: NaiveDate) -> bool {
        self.0.covered.contains(&date.year())
    }

    /// What the reader of a result that touches the dates `first ..= last` should know, year by
    /// year.
    #[must_use]
    pub fn warnings(&self, first: NaiveDate, last: NaiveDate) -> Vec<Warning> {
        let years = first.year().max(*super::compile::YEARS.start())
            ..=last.year().min(*super::compile::YEARS.end());
        let of_year = |year: i32| {
            if !self.0.covered.contains(&year) {
                Some(Warning::NotCovered { year })
            } else if self.0.computed.contains(&year) {
                Some(Warning::Computed { year })
            } else {
                None
            }
        };
        years.filter_map(of_year).collect()
    }

    /// Everything in `[from, to)`, counted or skipped, cut at local midnights.
    fn trace(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut date = self.date_of(from);
        while self.start_of(date) < to {
            self.trace_date(date, |step| {
                let step = Step {
                    from: step.from.max(from),
                    to: step.to.min(to),
                    ..step
                };
                if step.from < step.to {
                    steps.push(step);
                }
            });
            date = next_day(date);
        }
        steps
    }

    /// The whole date, as steps in order of time; some may be empty.
    fn trace_date(&self, date: NaiveDate, mut step: impl FnMut(Step)) {
        let (midnight, end) = (self.start_of(date), self.end_of(date));
        if let Some((kind, name)) = self.reason_off(date) {
            return step(Step {
                from: midnight,
                to: end,
                kind,
                name,
            });
        }
        let name = self.0.days.hours_name(date);
        let mut done = midnight;
        for (open, close) in self.0.days.spans(date) {
            let kind = if done == midnight {
                StepKind::Night
            } else {
                self.break_kind(done, open)
            };
            step(Step {
                from: done,
                to: open,
                kind,
                name: name.cloned(),
            });
            step(Step {
                from: open,
                to: close,
                kind: StepKind::Counted,
                name: name.cloned(),
            });
            done = close;
        }
        step(Step {
            from: done,
            to: end,
            kind: StepKind::Night,
            name: name.cloned(),
        });
    }

    /// A break that begins between 10:00 and 13:30 and lasts up to four hours is lunch.
    fn break_kind(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> StepKind {
        use chrono::Timelike;
        let clock = from.with_timezone(&self.zone()).time();
        let minute = clock.hour() * 60 + clock.minute();
        let lunch = (10 * 60..=13 * 60 + 30).contains(&minute) && to - from <= TimeDelta::hours(4);
        if lunch {
            StepKind::Lunch
        } else {
            StepKind::Break
        }
    }

    /// Why nobody works on the date; `None` if somebody does.
    fn reason_off(&self, date: NaiveDate) -> Option<(StepKind, Option<Name>)> {
        if self.is_working_date(date) {
            return None;
        }
        Some(match self.0.days.off(date) {
            Closed::Weekend => (StepKind::Weekend, None),
            Closed::WeeklyRest => (StepKind::WeeklyRest, None),
            Closed::Holiday(name) => (StepKind::Holiday, Some(name.clone())),
            Closed::DayOff(name) => (StepKind::DayOff, Some(name.clone())),
        })
    }
}
