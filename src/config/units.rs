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
