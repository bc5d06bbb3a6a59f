//! How many connections to the mail server are in use: as many as the settings allow, fewer while
//! the server lets in fewer. The number is lowered by each refused connection and grows again
//! slowly.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The right of a worker to have a connection.
pub(super) type Permit = OwnedSemaphorePermit;

/// The connections of all workers.
#[derive(Debug)]
pub(super) struct Connections {
    most: usize,
    permits: Arc<Semaphore>,
    limit: Mutex<Limit>,
    open: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Limit {
    number: usize,
    /// When one more is tried.
    grows_at: DateTime<Utc>,
}

/// A connection that is open or being opened; counted until it is dropped.
#[derive(Debug)]
pub(super) struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Connections {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            permits: Arc::new(Semaphore::new(most)),
            limit: Mutex::new(Limit {
                number: most,
                grows_at: DateTime::<Utc>::MIN_UTC,
            }),
            open: Arc::default(),
        }
    }

    /// How many may be used now.
    pub(super) fn limit(&self) -> usize {
        self.lock().number
    }

    /// Waits for the right to have a connection.
    pub(super) async fn permit(&self) -> Option<Permit> {
        Arc::clone(&self.permits).acquire_owned().await.ok()
    }

    /// Counts a connection that is open or being opened.
    pub(super) fn opened(&self) -> Open {
        self.open.fetch_add(1, Ordering::SeqCst);
        Open(Arc::clone(&self.open))
    }

    /// Whether any connection is open or being opened.
    pub(super) fn any_open(&self) -> bool {
        self.open.load(Ordering::SeqCst) > 0
    }

    /// Gives up the permit of a refused connection, but never the last one.
    pub(super) fn lower(&self, permit: Permit, grows_at: DateTime<Utc>) {
        let mut limit = self.lock();
        limit.grows_at = grows_at;
        if limit.number > 1 {
            limit.number -= 1;
            permit.forget();
            let connections = limit.number;
            tracing::warn!(connections, "the mail server lets in fewer connections");
        }
    }

    /// Allows as many as the settings do: the server lets in none, which says nothing of how many it
    /// will let in when it is back.
    pub(super) fn restore(&self) {
        let mut limit = self.lock();
        self.permits.add_permits(self.most - limit.number);
        limit.number = self.most;
    }

    /// Allows one more connection if the time for it has come; the next one after `wait`.
    pub(super) fn grow(&self, now: DateTime<Utc>, wait: TimeDelta) {
        let mut limit = self.lock();
        if limit.number < self.most && limit.grows_at <= now {
            limit.number += 1;
            limit.grows_at = now + wait;
            self.permits.add_permits(1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Limit> {
        self.limit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn refused_connections_lower_the_number_and_time_raises_it_again() {
        let connections = Connections::new(3);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        for left in [2, 1, 1] {
            let permit = runtime.block_on(connections.permit()).unwrap();
            connections.lower(permit, at(300));
            assert_eq!(connections.limit(), left);
        }
        let wait = TimeDelta::seconds(300);
        for (now, number) in [(299, 1), (300, 2), (599, 2), (600, 3), (9_000, 3)] {
            connections.grow(at(now), wait);
            assert_eq!(connections.limit(), number, "{now}");
        }
    }

    #[test]
    fn an_open_connection_counts_until_it_is_dropped() {
        let connections = Connections::new(2);
        let open = connections.opened();
        assert!(connections.any_open());
        drop(open);
        assert!(!connections.any_open());
    }
}
