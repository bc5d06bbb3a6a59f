//! Turns at hashing: who waits for one of the threads that hash ([`super::password`]) must be few
//! enough to be answered soon.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many callers may wait for each one that hashes; more are sent away.
const WAITING_PER_TURN: usize = 32;

/// Bounds hashes at once, and those who wait for one.
#[derive(Debug)]
pub struct Turns {
    free: Arc<Semaphore>,
    waiting: AtomicUsize,
    waiting_max: usize,
}

impl Default for Turns {
    /// Two for each processor: one hashes while the other one's session is written.
    fn default() -> Self {
        Self::new(std::thread::available_parallelism().map_or(1, usize::from) * 2)
    }
}

impl Turns {
    /// `at_once` hashes at a time.
    #[must_use]
    pub fn new(at_once: usize) -> Self {
        Self {
            free: Arc::new(Semaphore::new(at_once)),
            waiting: AtomicUsize::new(0),
            waiting_max: at_once * WAITING_PER_TURN,
        }
    }

    /// Waits for a turn; `None` if too many wait already. The turn goes where the work is done: a
    /// caller who hangs up must not let the next one in while the hash is still being made.
    pub async fn take(&self) -> Option<OwnedSemaphorePermit> {
        let place = Place(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::SeqCst) >= self.waiting_max {
            return None;
        }
        let turn = self.free.clone().acquire_owned().await.ok();
        drop(place);
        turn
    }
}

/// A place in the queue, given up also by a caller who goes away.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;

    #[tokio::test]
    async fn more_than_the_queue_holds_are_sent_away_and_a_place_comes_free() {
        let turns = Turns::new(1);
        let held = turns.take().await.unwrap();
        let mut waiting: Vec<_> = (0..WAITING_PER_TURN)
            .map(|_| Box::pin(turns.take()))
            .collect();
        for one in &mut waiting {
            assert!(
                one.as_mut()
                    .poll(&mut Context::from_waker(Waker::noop()))
                    .is_pending()
            );
        }
        assert!(turns.take().await.is_none(), "the queue is full");
        drop(waiting.pop());
        let mut next = Box::pin(turns.take());
        assert!(
            next.as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending(),
            "a caller who went away left its place"
        );
        drop((held, next, waiting));
        assert!(turns.take().await.is_some());
    }
}
