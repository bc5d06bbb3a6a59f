//! The terms of an obligation: where an arrival lies, and what it is worth.

use chrono::{DateTime, Utc};

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
    /// When it was excused.
    pub exempt_at: Option<DateTime<Utc>>,
}

/// Where an arrival lies in relation to an obligation.
pub(super) enum Place {
    Outside,
    Window,
    ExtraTime,
}

impl Terms {
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

/// Whether an item holds a place at `now`.
pub(super) fn holds_place(candidate: &Candidate, now: DateTime<Utc>) -> bool {
    match candidate.fate {
        Fate::Published(_) | Fate::Pending => true,
        Fate::Returned(lapses_at) => now < lapses_at,
        Fate::Void => false,
    }
}
