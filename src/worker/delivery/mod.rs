//! Delivering mails: claim a batch, send over a few connections, write down what became of each.
//!
//! | file | what |
//! |---|---|
//! | here | [`Delivery`]: starting, claiming, renewing, stopping |
//! | `buffer` | mails in hand: which may go next |
//! | `post` | one worker: one connection, one mail at a time |
//! | `verdict` | what a try means for its mail |
//! | `ledger` | writing verdicts, one commit for all workers |
//! | `circuit` | whether mails go out at all |
//!
//! A mail is claimed under a lease, sent, and recorded; a crash between the last two sends it again
//! with the same Message-ID. Nothing is lost, and at most one mail a connection is doubled.

mod buffer;
mod circuit;
mod ledger;
mod post;
mod verdict;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::{JoinError, JoinHandle, JoinSet, spawn_blocking};
use tokio::time::timeout;

use self::buffer::Buffer;
use self::circuit::Circuit;
use self::ledger::{Entry, Ledger, Patience};
use super::boot::Boot;
use crate::clock::SharedClock;
use crate::config::DeliverySettings;
use crate::mail::{Builder, Transport};
use crate::store::outbox::{self, Claim, Claimed};
use crate::store::{Store, StoreError, TransactionError as _};

pub use self::circuit::Pause;

/// A drain gives up when the database refused so often in a row to take a record.
const DRAIN_TRIES: u32 = 3;
/// On PostgreSQL another process may claim the very mails that we saw, while there are more.
const CLAIM_TRIES: u32 = 3;
/// After the time for mails in flight is over: for writing down how they were left.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// What a delivery did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Taken by the mail server.
    pub sent: usize,
    /// Refused for now.
    pub retry: usize,
    /// Perhaps taken.
    pub unknown: usize,
    /// Given up.
    pub dead: usize,
    /// Given back untried.
    pub released: usize,
    /// Written by nobody, because the mail had another owner by then.
    pub fenced: usize,
    /// Why mails are held back at the end, if they are.
    pub held_back: Option<Pause>,
}

/// Why a delivery ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The database; nothing is sent that can't be recorded.
    #[error("mails cannot be delivered")]
    Store(#[from] StoreError),
    /// A part of it broke; the process should end and be started again.
    #[error("the delivery of mails broke: {0}")]
    Broken(String),
}

impl From<JoinError> for DeliveryError {
    fn from(error: JoinError) -> Self {
        Self::Broken(error.to_string())
    }
}

/// Delivers the mails of an outbox. Clones share everything, also the knowledge that the mail
/// server is away.
#[derive(Clone)]
pub struct Delivery(Arc<Inner>);

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery")
            .field("transport", &self.0.transport.describe())
            .finish_non_exhaustive()
    }
}

struct Inner {
    store: Store,
    transport: Transport,
    builder: Builder,
    settings: DeliverySettings,
    clock: SharedClock,
    boot: Boot,
    wake: Arc<Notify>,
    circuit: Circuit,
}

/// Nudges a running delivery: there is a new mail.
#[derive(Debug, Clone)]
pub struct Waker(Arc<Notify>);

impl Waker {
    /// Has the outbox looked through at once.
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

/// One run of a delivery, shared by its workers.
struct Shift {
    inner: Arc<Inner>,
    buffer: Mutex<Buffer>,
    /// There may be a mail for a worker.
    ready: Notify,
    /// A worker took a mail or is done with one.
    moved: Notify,
    ledger: mpsc::Sender<Entry>,
    /// Mails in flight have to be dropped now.
    hard_stop: watch::Receiver<bool>,
}

impl Shift {
    fn buffer(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When a run ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    Stopped,
    Drained,
}

impl Delivery {
    /// A delivery; nothing happens before [`Delivery::run`] or [`Delivery::drain_once`].
    #[must_use]
    pub fn new(
        store: Store,
        transport: Transport,
        builder: Builder,
        settings: DeliverySettings,
        clock: SharedClock,
    ) -> Self {
        let (wake, circuit) = (Arc::default(), Circuit::default());
        Self(Arc::new(Inner {
            store,
            transport,
            builder,
            settings,
            clock,
            boot: Boot::own(),
            wake,
            circuit,
        }))
    }

    /// A handle for those who write mails.
    #[must_use]
    pub fn waker(&self) -> Waker {
        Waker(Arc::clone(&self.0.wake))
    }

    /// Whether mails are held back because the mail server is away or refuses them all; for pages
    /// and health checks.
    #[must_use]
    pub fn held_back(&self) -> Option<Pause> {
        self.0.circuit.pause(self.0.clock.now())
    }

    /// Delivers until `stop` is ready, then ends what is in flight within the time set for that and
    /// gives back the rest. The outbox is looked through when woken and every few seconds.
    ///
    /// # Errors
    /// [`DeliveryError::Broken`]: start the process again. A database that is away is no error;
    /// sending waits for it.
    pub async fn run(
        &self,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Report, DeliveryError> {
        self.shift(Until::Stopped, stop).await
    }

    /// Delivers everything that is due now, and ends. What is refused for now stays for later; if
    /// the mail server is away, everything does.
    ///
    /// # Errors
    /// If the database can't be read or written.
    pub async fn drain_once(&self) -> Result<Report, DeliveryError> {
        self.shift(Until::Drained, std::future::pending()).await
    }

    async fn shift(
        &self,
        until: Until,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Report, DeliveryError> {
        let given_up = Arc::new(AtomicBool::new(false));
        let report: Arc<Mutex<Report>> = Arc::default();
        let patience = match until {
            Until::Stopped => Patience::Until(Arc::clone(&given_up)),
            Until::Drained => Patience::Tries(DRAIN_TRIES),
        };
        let inner = Arc::clone(&self.0);
        let (store, clock) = (inner.store.clone(), Arc::clone(&inner.clock));
        let ledger = Ledger {
            store,
            clock,
            patience,
            report: Arc::clone(&report),
        };
        let connections = usize::from(inner.settings.connections.max(1));
        let (entries, written) = mpsc::channel(connections);
        let ledger = spawn_blocking(move || ledger.keep(written));
        let (hard_stop, stopped) = watch::channel(false);
        let shift = Arc::new(Shift {
            buffer: Mutex::new(Buffer::new(usize::from(inner.settings.per_domain))),
            inner,
            ready: Notify::new(),
            moved: Notify::new(),
            ledger: entries,
            hard_stop: stopped,
        });
        let mut workers = JoinSet::new();
        for _ in 0..connections {
            workers.spawn(post::work(Arc::clone(&shift)));
        }
        let claimed = claim_until(&shift, until, stop, &mut workers).await;
        let ended = End {
            shift,
            hard_stop,
            given_up,
            workers,
            ledger,
        }
        .wind_up()
        .await;
        // If the ledger failed, its reason says more than that the workers missed it.
        ended?;
        claimed?;
        let mut report = report
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        report.held_back = self.held_back();
        Ok(report)
    }
}

/// Claims mails for the workers until it is time to stop.
async fn claim_until(
    shift: &Arc<Shift>,
    until: Until,
    stop: impl Future<Output = ()> + Send,
    workers: &mut JoinSet<()>,
) -> Result<(), DeliveryError> {
    tokio::pin!(stop);
    if let Err(error) = shift.inner.free_the_dead().await {
        if until == Until::Drained {
            return Err(error);
        }
        tracing::error!(%error, "leases of earlier processes stay until they end");
    }
    let settings = &shift.inner.settings;
    let low_water = usize::from((settings.batch / 2).max(settings.connections));
    let pause = settings
        .poll_seconds
        .duration()
        .min(settings.lease_seconds.duration() / 3);
    // The domains left out of the last claim that found nothing: asking again is worth it only when
    // these have changed.
    let mut exhausted: Option<Vec<String>> = None;
    loop {
        shift.renew_leases().await;
        let held_back = shift.inner.circuit.pause(shift.inner.clock.now()).is_some();
        let (waiting, crowded) = {
            let buffer = shift.buffer();
            (buffer.waiting(), buffer.crowded())
        };
        if !held_back && waiting < low_water && exhausted.as_ref() != Some(&crowded) {
            match shift.claim(&crowded).await {
                Ok(0) => exhausted = Some(crowded),
                Ok(_) => {
                    exhausted = None;
                    continue;
                }
                Err(error) if until == Until::Drained => return Err(error),
                Err(error) => {
                    tracing::error!(%error, "cannot claim mails");
                    exhausted = Some(crowded);
                }
            }
        }
        let nothing_due = held_back || exhausted.as_ref().is_some_and(Vec::is_empty);
        if until == Until::Drained && nothing_due && shift.buffer().is_empty() {
            return Ok(());
        }
        tokio::select! {
            biased;
            () = &mut stop => return Ok(()),
            () = shift.ledger.closed() => return Err(DeliveryError::Broken("nothing can be recorded".to_owned())),
            Some(worker) = workers.join_next() => {
                worker?;
                return Err(DeliveryError::Broken("a worker ended early".to_owned()));
            }
            () = shift.inner.wake.notified() => exhausted = None,
            () = shift.moved.notified() => {}
            () = tokio::time::sleep(pause) => exhausted = None,
        }
    }
}

/// What is left to do at the end of a run.
struct End {
    shift: Arc<Shift>,
    hard_stop: watch::Sender<bool>,
    given_up: Arc<AtomicBool>,
    workers: JoinSet<()>,
    ledger: JoinHandle<Result<(), StoreError>>,
}

impl End {
    async fn wind_up(mut self) -> Result<(), DeliveryError> {
        let untried = self.shift.buffer().close();
        self.shift.ready.notify_waiters();
        if !untried.is_empty() {
            self.shift.inner.release(untried).await;
        }
        let time = self.shift.inner.settings.drain_timeout_seconds.duration();
        if timeout(time, join(&mut self.workers)).await.is_err() {
            tracing::warn!("mails in flight are dropped: their time is over");
            let _nobody_left = self.hard_stop.send(true);
            let wound_up = timeout(LAST_WORDS, join(&mut self.workers)).await;
            self.given_up.store(true, Ordering::SeqCst);
            if wound_up.is_err() {
                self.workers.shutdown().await;
            }
        }
        // The last sender: with it the ledger ends.
        drop(self.shift);
        Ok(self.ledger.await??)
    }
}

async fn join(workers: &mut JoinSet<()>) {
    while let Some(ended) = workers.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a delivery worker broke");
        }
    }
}

impl Shift {
    /// Claims a batch, if anything is due, and hands it to the workers; answers how many mails.
    async fn claim(&self, except: &[String]) -> Result<usize, DeliveryError> {
        let inner = Arc::clone(&self.inner);
        let except = except.to_vec();
        let now = inner.clock.now();
        let until = now + inner.settings.lease_seconds.delta();
        let claimed = spawn_blocking(move || inner.claim(now, until, &except)).await??;
        let number = claimed.len();
        if number > 0 {
            self.buffer().fill(claimed, until);
            self.ready.notify_waiters();
        }
        Ok(number)
    }

    /// Prolongs leases of which a third is over.
    async fn renew_leases(&self) {
        let now = self.inner.clock.now();
        let lease = self.inner.settings.lease_seconds.delta();
        let ending = self.buffer().ending(now + lease * 2 / 3);
        for (token, ids) in ending {
            let inner = Arc::clone(&self.inner);
            let mails = ids.clone();
            let renewed = spawn_blocking(move || {
                inner
                    .store
                    .write_committed(|conn| outbox::renew(conn, token, &mails, now + lease))
            });
            match renewed.await {
                Ok(Ok(ours)) => {
                    let lost: Vec<i64> = ids.into_iter().filter(|id| !ours.contains(id)).collect();
                    let mut buffer = self.buffer();
                    buffer.renewed(&ours, now + lease);
                    buffer.lost(&lost);
                }
                Ok(Err(error)) => tracing::error!(%error, "cannot renew leases"),
                Err(error) => tracing::error!(%error, "cannot renew leases"),
            }
        }
    }
}

impl Inner {
    fn claim(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        except: &[String],
    ) -> Result<Vec<Claimed>, StoreError> {
        let boot = self.boot.name();
        let limit = usize::from(self.settings.batch);
        for _ in 0..CLAIM_TRIES {
            // Looking first leaves the only writer of SQLite alone while there is nothing to do.
            if self
                .store
                .read(outbox::next_due)?
                .is_none_or(|due| due > now)
            {
                break;
            }
            let claim = Claim {
                now,
                until,
                token: rand::random(),
                boot: &boot,
                limit,
                except,
            };
            match self
                .store
                .write_committed(|conn| outbox::claim(conn, claim))
            {
                Ok(claimed) if claimed.is_empty() => {}
                Err(error) if error.is_collision() => {}
                claimed => return claimed,
            }
        }
        Ok(Vec::new())
    }

    /// What processes held that are gone waits for nothing.
    async fn free_the_dead(self: &Arc<Self>) -> Result<(), DeliveryError> {
        let inner = Arc::clone(self);
        let freed = spawn_blocking(move || -> Result<usize, StoreError> {
            let holders = inner.store.read(outbox::boots_with_leases)?;
            let one_machine = inner.store.is_sqlite();
            let dead: Vec<String> = holders
                .into_iter()
                .filter(|name| inner.boot.has_ended(name, one_machine))
                .collect();
            let now = inner.clock.now();
            let free = |name: &String| {
                inner
                    .store
                    .write_committed(|conn| outbox::release_boot(conn, name, now))
            };
            dead.iter().map(free).sum()
        });
        match freed.await?? {
            0 => {}
            mails => tracing::info!(mails, "taken over from a process that is gone"),
        }
        Ok(())
    }

    async fn release(self: &Arc<Self>, leases: HashMap<i64, Vec<i64>>) {
        let inner = Arc::clone(self);
        let released = spawn_blocking(move || {
            let now = inner.clock.now();
            inner.store.write_committed(|conn| {
                leases.iter().try_for_each(|(token, ids)| {
                    outbox::release(conn, *token, ids, now).map(|_| ())
                })
            })
        });
        // Not released they are free again when their lease ends.
        match released.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "leases could not be given back"),
            Err(error) => tracing::warn!(%error, "leases could not be given back"),
        }
    }

    /// Nothing goes out for a while.
    fn hold_back(&self, why: &str, now: DateTime<Utc>) {
        self.circuit
            .open(why, now, self.settings.circuit_seconds.delta(), jitter());
    }
}

/// Chance for waits: those that begin together should not end together.
fn jitter() -> u8 {
    rand::random()
}
