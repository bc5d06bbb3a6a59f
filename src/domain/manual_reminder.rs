//! Manual reminders of the department: about which obligations, and how often (docs/DOMAIN.md, reminders).

use chrono::{DateTime, TimeDelta, Utc};

use super::error::Invalid;
use super::obligation::State;
use super::text::{local_due, local_time};

/// The shortest time between two manual reminders of one obligation, regardless of the sender.
pub const APART: TimeDelta = TimeDelta::hours(1);

/// An obligation for which somebody wants to send a manual reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManualReminder {
    /// What became of it.
    pub state: State,
    /// Whether less has arrived than is required.
    pub is_lacking: bool,
    /// When it is due.
    pub due_at: DateTime<Utc>,
    /// Until when what comes late still settles it.
    pub taken_until: Option<DateTime<Utc>>,
    /// The last manual reminder.
    pub last: Option<Last>,
}

/// The last manual reminder of an obligation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Last {
    /// When somebody asked for it.
    pub asked_at: DateTime<Utc>,
    /// When it leaves, if it waits for office hours.
    pub waits_until: Option<DateTime<Utc>>,
}

impl ManualReminder {
    /// Checks that a reminder at `now` asks for something that can still be done, and that no other
    /// one waits or was sent within the hour.
    ///
    /// # Errors
    /// `remind_settled`, `remind_review`, `remind_enough`, `remind_over`, `remind_waiting` or
    /// `remind_hourly`.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), Invalid> {
        let refused = |code| Err(Invalid::new("id", code));
        match self.state {
            State::MetOnTime | State::MetLate | State::Exempt => return refused("remind_settled"),
            State::AwaitingReview => return refused("remind_review"),
            State::Open if !self.is_lacking => return refused("remind_enough"),
            State::Open if now < self.due_at => {}
            State::Missed if self.taken_until.is_some_and(|until| now < until) => {}
            State::Open | State::Missed => return refused("remind_over"),
        }
        match self.last {
            Some(Last {
                waits_until: Some(until),
                ..
            }) => Err(Invalid::new("id", "remind_waiting").with("at", local_due(until))),
            Some(Last { asked_at, .. }) if now < asked_at + APART => {
                let fault = Invalid::new("id", "remind_hourly").with("at", local_time(asked_at));
                Err(fault.with("again", local_time(asked_at + APART)))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn owed(state: State) -> ManualReminder {
        ManualReminder {
            state,
            is_lacking: true,
            due_at: at(600),
            taken_until: Some(at(900)),
            last: None,
        }
    }

    fn said(of: ManualReminder, now: i64) -> String {
        of.check(at(now))
            .map_or_else(|fault| fault.code.to_string(), |()| "yes".to_owned())
    }

    #[test]
    fn what_can_still_be_done_is_reminded_of() {
        assert_eq!(said(owed(State::Open), 599), "yes");
        assert_eq!(
            said(owed(State::Open), 600),
            "remind_over",
            "before the check"
        );
        assert_eq!(said(owed(State::Missed), 601), "yes", "late is still taken");
        assert_eq!(said(owed(State::Missed), 900), "remind_over");
        let quota = ManualReminder {
            taken_until: None,
            ..owed(State::Missed)
        };
        assert_eq!(said(quota, 601), "remind_over");
        let enough = ManualReminder {
            is_lacking: false,
            ..owed(State::Open)
        };
        assert_eq!(said(enough, 1), "remind_enough");
        assert_eq!(said(owed(State::AwaitingReview), 1), "remind_review");
        for state in [State::MetOnTime, State::MetLate, State::Exempt] {
            assert_eq!(said(owed(state), 1), "remind_settled");
        }
    }

    #[test]
    fn at_most_once_an_hour_and_not_while_one_waits() {
        let last = |waits_until| ManualReminder {
            last: Some(Last {
                asked_at: at(60),
                waits_until,
            }),
            ..owed(State::Open)
        };
        assert_eq!(said(last(None), 119), "remind_hourly");
        assert_eq!(said(last(None), 120), "yes");
        assert_eq!(said(last(Some(at(500))), 400), "remind_waiting");
    }
}
