//! Slots for costly work: hashing passwords ([`super::password`]), waiting for a provider. Callers
//! who find all slots taken wait in a queue that is short enough to be answered soon.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many callers may wait for each slot; more are refused.
const WAITING_PER_SLOT: usize = 32;

/// Limits how much work is done at once, and how many callers wait for a slot.
#[derive(Debug)]
pub struct Slots {
    free: Arc<Semaphore>,
    waiting: AtomicUsize,
    waiting_max: usize,
}

impl Default for Slots {
    /// Two for each processor: one hashes while the session of the other is written.
    fn default() -> Self {
        Self::new(std::thread::available_parallelism().map_or(1, usize::from) * 2)
    }
}

impl Slots {
    /// So many slots.
    pub fn new(at_once: usize) -> Self {
        Self {
            free: Arc::new(Semaphore::new(at_once)),
            waiting: AtomicUsize::new(0),
            waiting_max: at_once * WAITING_PER_SLOT,
        }
    }

    /// A slot, if one is free.
    pub fn take(&self) -> Option<OwnedSemaphorePermit> {
        self.free.clone().try_acquire_owned().ok()
    }

    /// Waits for a slot; `None` if too many callers wait already. Move the permit to where the work
    /// is done: when a caller disconnects, the next one must not start while the work goes on.
    pub async fn acquire(&self) -> Option<OwnedSemaphorePermit> {
        let place = Place(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::SeqCst) >= self.waiting_max {
            return None;
        }
        let permit = self.free.clone().acquire_owned().await.ok();
        drop(place);
        permit
    }
}

/// A place in the queue. It is given up also when the caller disconnects.
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
    async fn a_full_queue_refuses_callers_until_a_place_is_free() {
        let slots = Slots::new(1);
        let held = slots.acquire().await.unwrap();
        let mut waiting: Vec<_> = (0..WAITING_PER_SLOT)
            .map(|_| Box::pin(slots.acquire()))
            .collect();
        for one in &mut waiting {
            assert!(
                one.as_mut()
                    .poll(&mut Context::from_waker(Waker::noop()))
                    .is_pending()
            );
        }
        assert!(slots.acquire().await.is_none(), "the queue is full");
        drop(waiting.pop());
        let mut next = Box::pin(slots.acquire());
        assert!(
            next.as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending(),
            "a caller who disconnected left its place"
        );
        drop((held, next, waiting));
        assert!(slots.acquire().await.is_some());
    }
}
