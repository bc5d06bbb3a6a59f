//! The only place that reads the wall clock. Everything else takes `now` as an argument or asks a
//! [`Clock`].

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

/// A source of the present instant, in UTC.
pub trait Clock: Send + Sync {
    /// The present instant, truncated to microseconds (the resolution of the database).
    fn now(&self) -> DateTime<Utc>;
}

/// How clocks are handed around.
pub type SharedClock = Arc<dyn Clock>;

/// The real clock, optionally shifted: `--at` starts it at a given instant and lets it run on from
/// there.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock {
    shift: TimeDelta,
}

impl SystemClock {
    /// A clock that shows the real time.
    pub fn new() -> Self {
        Self::default()
    }

    /// A clock that shows `at` now and runs on from there.
    pub fn starting_at(at: DateTime<Utc>) -> Self {
        Self {
            shift: at - wall_clock(),
        }
    }

    /// How far this clock is ahead of the real one (negative: behind).
    pub fn shift(&self) -> TimeDelta {
        self.shift
    }
}

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        truncate(wall_clock() + self.shift)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one reader of the wall clock"
)]
fn wall_clock() -> DateTime<Utc> {
    Utc::now()
}

fn truncate(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}

/// A clock that stands still until it is told otherwise; for tests and simulated runs.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock standing at `at`.
    pub fn at(at: DateTime<Utc>) -> Self {
        Self(AtomicI64::new(at.timestamp_micros()))
    }

    /// Moves the clock to `at`; backwards too, as real clocks do.
    pub fn set(&self, at: DateTime<Utc>) {
        self.0.store(at.timestamp_micros(), Ordering::SeqCst);
    }

    /// Moves the clock by `by`.
    pub fn advance(&self, by: TimeDelta) {
        self.set(self.now() + by);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.load(Ordering::SeqCst)).unwrap_or_default()
    }
}
