//! Records verdicts for all workers: those that arrive during a commit go into the next one. A worker
//! takes another mail only when its verdict is committed, so a crash causes at most one mail per
//! connection to be sent twice.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::Report;
use crate::clock::SharedClock;
use crate::store::outbox::{Ack, Verdict, acknowledge};
use crate::store::{Store, StoreError};

/// Most verdicts in one commit; there are never more workers than that.
const MOST: usize = 256;
/// Between two tries to write.
const PAUSE: Duration = Duration::from_millis(500);

/// A verdict, and the sender that is notified when it is committed.
pub(super) type Entry = (Ack, oneshot::Sender<()>);

/// How long to try when the database fails. Sending stops meanwhile, because all workers wait for the
/// ledger.
#[derive(Debug, Clone)]
pub(super) enum Patience {
    /// This many tries.
    Tries(u32),
    /// Until the flag is set.
    Until(Arc<AtomicBool>),
}

impl Patience {
    fn is_over(&self, tries: u32) -> bool {
        match self {
            Self::Tries(most) => tries >= *most,
            Self::Until(given_up) => given_up.load(Ordering::SeqCst),
        }
    }
}

pub(super) struct Ledger {
    pub(super) store: Store,
    pub(super) clock: SharedClock,
    pub(super) patience: Patience,
    pub(super) report: Arc<Mutex<Report>>,
}

impl Ledger {
    /// Writes until all senders are gone; blocks.
    pub(super) fn keep(&self, mut entries: mpsc::Receiver<Entry>) -> Result<(), StoreError> {
        while let Some(first) = entries.blocking_recv() {
            let mut group = vec![first];
            while group.len() < MOST
                && let Ok(entry) = entries.try_recv()
            {
                group.push(entry);
            }
            let (acks, waiting): (Vec<Ack>, Vec<oneshot::Sender<()>>) = group.into_iter().unzip();
            let fenced = self.commit(&acks)?;
            self.count(&acks, fenced);
            for worker in waiting {
                // A worker that no longer waits has been stopped.
                let _gone = worker.send(());
            }
        }
        Ok(())
    }

    fn commit(&self, acks: &[Ack]) -> Result<usize, StoreError> {
        let mut tries = 0;
        loop {
            match self
                .store
                .write_committed(|conn| acknowledge(conn, acks, self.clock.now()))
            {
                Ok(fenced) => return Ok(fenced),
                Err(error) => {
                    tries += 1;
                    tracing::error!(%error, tries, "cannot record what became of mails; sending stands still");
                    if self.patience.is_over(tries) {
                        return Err(error);
                    }
                    std::thread::sleep(PAUSE);
                }
            }
        }
    }

    fn count(&self, acks: &[Ack], fenced: usize) {
        let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        for ack in acks {
            match &ack.verdict {
                Verdict::Sent => report.sent += 1,
                Verdict::Dead(why) => {
                    tracing::warn!(mail = %ack.id, why, "a mail is given up");
                    report.dead += 1;
                }
                Verdict::Retry(..) => report.retry += 1,
                Verdict::Unknown(..) => report.unknown += 1,
                Verdict::Released(_) => report.released += 1,
            }
        }
        if fenced > 0 {
            tracing::warn!(fenced, "mails had another owner by the time they were sent");
            report.fenced += fenced;
        }
    }
}
