//! Whether mails are sent at all. If the mail server cannot be reached or refuses every mail, sending
//! pauses for a while. The pause does not count as a try of any mail, and is logged once as an error.

use crate::domain::ids::MailId;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// After this many permanent refusals in a row, the fault is more likely in our settings than in the
/// addresses: the refused mails are tried again later, and the others wait. A wrong setting must not
/// cause the queue to be given up.
const SUSPICIOUS: u32 = 5;

/// Why no mail is sent, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// The next try.
    pub until: DateTime<Utc>,
    /// What the mail server said, or why it could not be reached.
    pub reason: String,
}

/// The state of the connection to the mail server, shared by all workers.
#[derive(Debug, Default)]
pub(super) struct Circuit {
    pause: Mutex<Option<Pause>>,
    /// Held while connecting as long as no connection has succeeded: one attempt at a time.
    gate: tokio::sync::Mutex<()>,
    reached: AtomicBool,
    refusals: AtomicU32,
    /// Mails given up since the last mail that was accepted.
    given_up: Mutex<Vec<MailId>>,
}

impl Circuit {
    /// The pause, if there is one at `now`.
    pub(super) fn pause(&self, now: DateTime<Utc>) -> Option<Pause> {
        self.lock().clone().filter(|pause| now < pause.until)
    }

    /// Pauses for `length` (and up to a quarter more, by `jitter`).
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

    /// Ends the pause: a mail was accepted.
    pub(super) fn clear(&self) {
        self.refusals.store(0, Ordering::SeqCst);
        self.given_up().clear();
        if self.lock().take().is_some() {
            tracing::info!("mails go out again");
        }
    }

    /// Counts a permanent refusal; true if there were so many that our settings are suspect.
    pub(super) fn refused(&self) -> bool {
        self.refusals.fetch_add(1, Ordering::SeqCst) + 1 >= SUSPICIOUS
    }

    /// Notes a mail that was given up, and takes all those noted if so many were refused that they
    /// should not have been.
    pub(super) fn wrongly_given_up(&self, id: Option<MailId>) -> Vec<MailId> {
        let mut noted = self.given_up();
        noted.extend(id);
        if self.refusals.load(Ordering::SeqCst) >= SUSPICIOUS {
            std::mem::take(&mut noted)
        } else {
            Vec::new()
        }
    }

    fn given_up(&self) -> MutexGuard<'_, Vec<MailId>> {
        self.given_up.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Pause>> {
        self.pause.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
