//! The terms of an obligation: where an arrival lies, and what it is worth.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Candidate, CreditStatus, Fate};
use crate::domain::obligation::ObligationKind;
use crate::domain::policy::{Carry, CountedWhen};

/// The terms of one obligation.
#[derive(Debug, Clone)]
pub struct Terms {
    /// What sort of thing is owed.
    pub kind: ObligationKind,
    /// How many are owed, 1 or more.
    pub required: u32,
    /// The most that count.
    pub maximum: Option<u32>,
    /// Begin of the counting window, included.
    pub window_from: DateTime<Utc>,
    /// End of the counting window, not included.
    pub window_to: DateTime<Utc>,
    /// The due instant; later than `window_to` if it was extended.
    pub due_at: DateTime<Utc>,
    /// From when a deadline is missed for good; quotas have no late days.
    pub missed_at: Option<DateTime<Utc>>,
    /// From when an item counts towards a quota.
    pub counted_when: CountedWhen,
    /// Whether surplus moves on to this obligation.
    pub carry: Carry,
    /// Why nothing is owed, if it is excused.
    pub excused: Option<Excused>,
    /// How long after the due instant a check waits before it finds anything missed, so that
    /// requests in flight are counted by their own stamp.
    pub check_delay: TimeDelta,
}

/// Since when nothing is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excused {
    /// When it was excused.
    pub at: DateTime<Utc>,
    /// It holds only for what was not settled: the subject ended before the due instant.
    pub only_unmet: bool,
}

/// Where an arrival lies in relation to an obligation.
pub(super) enum Place {
    Outside,
    Window,
    ExtraTime,
}

impl Terms {
    /// How many are owed: none of what is excused.
    pub(super) const fn owed(&self) -> u32 {
        match self.excused {
            Some(_) => 0,
            None => self.required,
        }
    }

    /// Whether arrivals settle it before an editor has decided.
    fn counts_arrivals(&self) -> bool {
        self.kind != ObligationKind::Quota || self.counted_when == CountedWhen::Arrived
    }

    /// When an item begins to count: with its arrival, or with its publication.
    pub(super) fn counts_at(&self, candidate: &Candidate) -> DateTime<Utc> {
        match candidate.fate {
            Fate::Published(at) if !self.counts_arrivals() => at.max(candidate.arrived_at),
            _ => candidate.arrived_at,
        }
    }

    /// Whether the due instant has passed and a check may say so. What arrives at exactly the due
    /// instant is on time; a window that ends there is over.
    pub(super) fn is_over(&self, now: DateTime<Utc>) -> bool {
        let ends_with_window = self.kind == ObligationKind::Quota && self.due_at <= self.window_to;
        let passed = now > self.due_at || (ends_with_window && now == self.due_at);
        passed && now >= self.checked_at()
    }

    /// The first instant at which a check looks at what became of it.
    pub(super) fn checked_at(&self) -> DateTime<Utc> {
        self.due_at + self.check_delay
    }

    pub(super) fn place(&self, arrived_at: DateTime<Utc>) -> Place {
        if self.kind.is_of_event() {
            // what is linked to the event is about it, whenever it came; too late for good changes
            // nothing any more
            return if self
                .missed_at
                .is_some_and(|missed_at| arrived_at >= missed_at && arrived_at > self.due_at)
            {
                Place::Outside
            } else {
                Place::Window
            };
        }
        if arrived_at < self.window_from {
            Place::Outside
        } else if arrived_at < self.window_to {
            Place::Window
        } else if arrived_at <= self.due_at && self.due_at > self.window_to
            || self.has_late_days() && arrived_at == self.due_at
            || self
                .missed_at
                .is_some_and(|missed_at| self.has_late_days() && arrived_at < missed_at)
        {
            Place::ExtraTime
        } else {
            Place::Outside
        }
    }

    /// Whether what comes late still settles it.
    fn has_late_days(&self) -> bool {
        self.kind != ObligationKind::Quota
    }

    /// What an item that holds a place is worth.
    pub(super) fn worth(&self, candidate: &Candidate) -> CreditStatus {
        if self.has_late_days() && candidate.arrived_at > self.due_at {
            return CreditStatus::Late;
        }
        match candidate.fate {
            Fate::Published(_) => CreditStatus::Counted,
            _ if self.counted_when == CountedWhen::Arrived
                && self.kind == ObligationKind::Quota =>
            {
                CreditStatus::Counted
            }
            _ => CreditStatus::Pending,
        }
    }
}

impl Candidate {
    /// Whether the item holds a place at `now`.
    pub fn holds_place(&self, now: DateTime<Utc>) -> bool {
        match self.fate {
            Fate::Published(_) | Fate::Pending => true,
            Fate::Returned(lapses_at) => now < lapses_at,
            Fate::Void => false,
        }
    }
}
