//! Whether mails go out at all. The mail server may be away, or refuse us as a whole; then nothing
//! is sent for a while, no mail is charged for it, and it is said once, loudly.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Refusals for good in a row, not one mail taken between them, after which we rather suspect
/// ourselves than the addresses. Each stays dead, but the next ones wait: a wrong setting of the
/// mail server must not kill the whole queue.
const SUSPICIOUS: u32 = 20;

/// Why nothing goes out, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// The next try.
    pub until: DateTime<Utc>,
    /// What the mail server said, or why it could not be reached.
    pub reason: String,
}

/// The state of the way out, shared by all workers.
#[derive(Debug, Default)]
pub(super) struct Circuit {
    pause: Mutex<Option<Pause>>,
    /// Held while connecting as long as no connection has succeeded: one attempt at a time.
    gate: tokio::sync::Mutex<()>,
    reached: AtomicBool,
    refusals: AtomicU32,
}

impl Circuit {
    /// The pause, if there is one at `now`.
    pub(super) fn pause(&self, now: DateTime<Utc>) -> Option<Pause> {
        self.lock().clone().filter(|pause| now < pause.until)
    }

    /// Nothing goes out for `length` (and up to a quarter more, by `jitter`).
    pub(super) fn open(&self, reason: &str, now: DateTime<Utc>, length: TimeDelta, jitter: u8) {
        self.reached.store(false, Ordering::SeqCst);
        let mut pause = self.lock();
        if pause.as_ref().is_none_or(|pause| pause.until <= now) {
            let until = now + length + length * i32::from(jitter) / 1_024;
            tracing::error!(reason, %until, "mails are held back: the mail server takes none");
            *pause = Some(Pause {
                until,
                reason: reason.to_owned(),
            });
        }
    }

    /// The right to connect: alone until a connection has succeeded, then freely.
    pub(super) async fn turn(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        if self.reached.load(Ordering::SeqCst) {
            None
        } else {
            Some(self.gate.lock().await)
        }
    }

    pub(super) fn reached(&self) {
        self.reached.store(true, Ordering::SeqCst);
    }

    /// A mail was taken: the way is clear.
    pub(super) fn clear(&self) {
        self.refusals.store(0, Ordering::SeqCst);
        if self.lock().take().is_some() {
            tracing::info!("mails go out again");
        }
    }

    /// A mail was refused for good; true if that begins to look like our own fault.
    pub(super) fn refused(&self) -> bool {
        self.refusals.fetch_add(1, Ordering::SeqCst) + 1 >= SUSPICIOUS
    }

    fn lock(&self) -> MutexGuard<'_, Option<Pause>> {
        self.pause.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
