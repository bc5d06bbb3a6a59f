//! Lengths of time as settings: whole numbers whose key names the unit (`…_seconds`, `…_days`).

use std::time::Duration;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// Whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(pub u32);

impl Seconds {
    /// For time-outs and timers.
    pub fn duration(self) -> Duration {
        Duration::from_secs(self.0.into())
    }

    /// For adding to instants.
    pub fn delta(self) -> TimeDelta {
        TimeDelta::seconds(self.0.into())
    }
}

/// Whole days of 24 hours; 0 where a comment says so means "for ever".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Days(pub u16);

impl Days {
    /// For adding to instants.
    pub fn delta(self) -> TimeDelta {
        TimeDelta::days(self.0.into())
    }
}

/// A setting whose range is checked.
pub(super) trait Number {
    /// Its number; of a time, in its unit.
    fn number(self) -> u64;
}

impl Number for u16 {
    fn number(self) -> u64 {
        self.into()
    }
}

impl Number for u32 {
    fn number(self) -> u64 {
        self.into()
    }
}

impl Number for usize {
    fn number(self) -> u64 {
        u64::try_from(self).unwrap_or(u64::MAX)
    }
}

impl Number for Seconds {
    fn number(self) -> u64 {
        self.0.into()
    }
}

impl Number for Days {
    fn number(self) -> u64 {
        self.0.into()
    }
}
