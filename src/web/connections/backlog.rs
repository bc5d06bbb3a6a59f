//! The timeout of writes: how far a client may fall behind in taking its replies (F29).
//!
//! The timeout of the system (`TCP_USER_TIMEOUT`) does not end a connection whose client goes on
//! sending, and a body is not asked for more while a write waits. So time is counted where the
//! writes are.

use std::time::Duration;

use tokio::time::Instant;

/// A client that takes this many bytes a second never falls behind.
pub const LEAST_A_SECOND: u32 = 16_384;

/// How far a client is behind in taking what is written to it.
///
/// Time counts while a write waits. Bytes that the client takes make up for the time in which
/// [`LEAST_A_SECOND`] would have taken them, but not for time to come.
#[derive(Debug)]
pub struct Backlog {
    limit: Duration,
    behind: Duration,
    /// Since when a write waits; what came before is part of `behind`.
    waiting_since: Option<Instant>,
}

impl Backlog {
    /// A client that may be behind by `limit` at most.
    #[must_use]
    pub fn new(limit: Duration) -> Self {
        Self {
            limit,
            behind: Duration::ZERO,
            waiting_since: None,
        }
    }

    /// Whether nothing has to be told to it: no write waits, and the client is not behind.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting_since.is_none() && self.behind.is_zero()
    }

    /// A write waits at `now`. Returns the instant at which the client is too far behind, unless it
    /// takes something before.
    pub fn waits(&mut self, now: Instant) -> Instant {
        let since = *self.waiting_since.get_or_insert(now);
        since + self.limit.saturating_sub(self.behind)
    }

    /// The system took `bytes` of a write at `now`.
    pub fn wrote(&mut self, bytes: usize, now: Instant) {
        let waited = self
            .waiting_since
            .take()
            .map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let made_up = Duration::from_secs(1) * bytes / LEAST_A_SECOND;
        self.behind = (self.behind + waited).saturating_sub(made_up);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(60);

    /// Writes in turn: each waits so many seconds and then hands over so many bytes. Returns after
    /// how many seconds the client was too far behind.
    fn cut_off(turns: impl IntoIterator<Item = (f64, usize)>) -> Option<u64> {
        let mut backlog = Backlog::new(LIMIT);
        let began = Instant::now();
        let mut now = began;
        for (waited, bytes) in turns {
            let end = backlog.waits(now);
            now += Duration::from_secs_f64(waited);
            if now >= end {
                return Some((end - began).as_secs());
            }
            // asked again in between, as when the client sends something
            assert_eq!(backlog.waits(now), end);
            backlog.wrote(bytes, now);
        }
        None
    }

    #[test]
    fn who_takes_nothing_is_cut_off_at_the_limit() {
        assert_eq!(cut_off([(3_600.0, 0)]), Some(60));
    }

    #[test]
    fn who_takes_a_byte_now_and_then_is_cut_off_as_soon() {
        assert_eq!(cut_off((0..1_000).map(|_| (1.0, 1))), Some(60));
    }

    #[test]
    fn who_takes_half_of_the_least_is_cut_off_after_twice_the_limit() {
        let half = (0..1_000).map(|_| (10.0, 5 * LEAST_A_SECOND as usize));
        assert_eq!(cut_off(half), Some(110));
    }

    #[test]
    fn a_slow_phone_is_served_for_hours_whatever_the_pieces() {
        assert_eq!(cut_off((0..10_000).map(|_| (4.0, 80_000))), None);
        assert_eq!(cut_off((0..100_000).map(|_| (0.1, 2_000))), None);
        assert_eq!(cut_off((0..1_000).map(|_| (50.0, 1_000_000))), None);
    }

    #[test]
    fn a_pause_is_made_up_for_but_not_saved_up() {
        let pause = (40.0, 0);
        let quick = (0.0, 4_000_000);
        assert_eq!(cut_off([pause, pause]), Some(60));
        assert_eq!(cut_off([pause, quick, pause, quick, pause]), None);
        assert_eq!(cut_off([quick, quick, (61.0, 0)]), Some(60));
    }

    #[test]
    fn a_client_that_keeps_up_has_nothing_to_count() {
        let mut backlog = Backlog::new(LIMIT);
        assert!(backlog.is_empty());
        let now = Instant::now();
        backlog.waits(now);
        assert!(!backlog.is_empty());
        backlog.wrote(1, now);
        assert!(backlog.is_empty());
    }
}
