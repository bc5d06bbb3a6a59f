//! Due instants with their reasons: what was counted, what was skipped and why. The instants come
//! from the arithmetic (`timeline`, `dates`), the reasons from going through the dates; tests compare
//! the two.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Timelike as _, Utc};

use super::compile::YEARS;
use super::days::{Closed, Name, next_day};
use super::explanation::{Amount, Explanation, Step, StepKind, Warning};
use super::{Calendar, CalendarError, CutoffDays, CutoffEdge, PeriodEnd};

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
            .filter(|due| YEARS.contains(&due.year()));
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
            // An empty span gets a line only if it is the day of the cut-off (a cut-off at 00:00),
            // not if the local clock skipped the date.
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
    pub fn explain_period_end(
        &self,
        from: DateTime<Utc>,
        first: NaiveDate,
        last: NaiveDate,
        end: PeriodEnd,
    ) -> Explanation {
        let due = self.period_end(first, last, end);
        let (steps, warnings) = match end {
            PeriodEnd::Midnight => (Vec::new(), Vec::new()),
            // only the days off after the last working day moved the end
            PeriodEnd::LastWorkingClosing => (
                self.trace(due, self.end_of(last)),
                self.warnings(last, last),
            ),
        };
        let amount = Amount::PeriodEnd { first, last, end };
        Explanation {
            warnings,
            ..self.explained(amount, from, due, steps)
        }
    }

    /// An instant fixed by a document, in the same form; nothing is computed.
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
    pub fn covers(&self, date: NaiveDate) -> bool {
        self.0.covered.contains(&date.year())
    }

    /// What the reader of a result that touches the dates `first ..= last` should know, year by
    /// year.
    pub fn warnings(&self, first: NaiveDate, last: NaiveDate) -> Vec<Warning> {
        let years = first.year().max(*YEARS.start())..=last.year().min(*YEARS.end());
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
        let clock = from.with_timezone(&self.zone()).time();
        let minute = clock.hour() * 60 + clock.minute();
        let lunch = (10 * 60..=13 * 60 + 30).contains(&minute) && to - from <= TimeDelta::hours(4);
        if lunch {
            StepKind::Lunch
        } else {
            StepKind::Break
        }
    }

    /// Why the date has no office hours; `None` if it has some.
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
