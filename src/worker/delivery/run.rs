//! One run of a delivery: starts the workers, claims mails for them, and stops them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::task::{JoinHandle, JoinSet, spawn_blocking};
use tokio::time::timeout;

use super::buffer::Buffer;
use super::ledger::{Entry, Ledger, Patience};
use super::{Delivery, DeliveryError, Inner, Report, worker};
use crate::store::StoreError;

/// How often in a row a drain tries to record a verdict before it gives up.
const DRAIN_TRIES: u32 = 3;
/// How long workers that were told to drop their mails may take to record how they left them.
const RECORD_TIMEOUT: Duration = Duration::from_secs(5);

/// One run of a delivery, shared by its workers.
pub(super) struct Run {
    pub(super) inner: Arc<Inner>,
    pub(super) buffer: Mutex<Buffer>,
    /// Notified when there may be a mail for a worker.
    pub(super) ready: Notify,
    /// Notified when a worker takes a mail or has finished one.
    pub(super) moved: Notify,
    pub(super) ledger: mpsc::Sender<Entry>,
    pub(super) report: Arc<Mutex<Report>>,
    /// Becomes true when mails in flight have to be dropped.
    pub(super) hard_stop: watch::Receiver<bool>,
}

impl Run {
    pub(super) fn buffer(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When a run ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    Stopped,
    Drained,
}

/// Runs `delivery` until `until`, or until `stop` is ready.
pub(super) async fn run(
    delivery: &Delivery,
    until: Until,
    stop: impl Future<Output = ()> + Send,
) -> Result<Report, DeliveryError> {
    let given_up = Arc::new(AtomicBool::new(false));
    let report: Arc<Mutex<Report>> = Arc::default();
    let patience = match until {
        Until::Stopped => Patience::Until(Arc::clone(&given_up)),
        Until::Drained => Patience::Tries(DRAIN_TRIES),
    };
    let inner = Arc::clone(&delivery.0);
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
    let run = Arc::new(Run {
        buffer: Mutex::new(Buffer::new(
            usize::from(inner.settings.per_domain),
            connections,
        )),
        inner,
        ready: Notify::new(),
        moved: Notify::new(),
        ledger: entries,
        report: Arc::clone(&report),
        hard_stop: stopped,
    });
    let mut workers = JoinSet::new();
    for _ in 0..connections {
        workers.spawn(worker::work(Arc::clone(&run)));
    }
    let claimed = claim_until(&run, until, stop, &mut workers).await;
    let ended = End {
        run,
        hard_stop,
        given_up,
        workers,
        ledger,
    }
    .finish()
    .await;
    // If the ledger failed, its error says more than those of the workers.
    ended?;
    claimed?;
    let mut report = report
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    report.held_back = delivery.held_back();
    Ok(report)
}

/// Claims mails for the workers until it is time to stop.
async fn claim_until(
    run: &Arc<Run>,
    until: Until,
    stop: impl Future<Output = ()> + Send,
    workers: &mut JoinSet<()>,
) -> Result<(), DeliveryError> {
    tokio::pin!(stop);
    if let Err(error) = run.inner.release_ended().await {
        if until == Until::Drained {
            return Err(error);
        }
        tracing::error!(%error, "leases of earlier processes stay until they end");
    }
    let settings = &run.inner.settings;
    let pause = settings
        .poll_seconds
        .duration()
        .min(settings.lease_seconds.duration() / 3);
    let mut claims = Claims::new(run, until);
    loop {
        run.renew_leases().await;
        let (inner, now) = (&run.inner, run.inner.clock.now());
        inner
            .connections
            .grow(now, settings.circuit_seconds.delta());
        let held_back = inner.circuit.pause(now).is_some();
        if !held_back && claims.refill().await? {
            continue;
        }
        let nothing_due = held_back || claims.found_nothing_due();
        if until == Until::Drained && nothing_due && run.buffer().is_empty() {
            return Ok(());
        }
        tokio::select! {
            biased;
            () = &mut stop => return Ok(()),
            () = run.ledger.closed() => return Err(DeliveryError::Broken("nothing can be recorded".to_owned())),
            Some(worker) = workers.join_next() => {
                worker?;
                return Err(DeliveryError::Broken("a worker ended early".to_owned()));
            }
            () = run.inner.wake.notified() => claims.exhausted = None,
            () = run.moved.notified() => {}
            () = tokio::time::sleep(pause) => claims.exhausted = None,
        }
    }
}

/// The claims of a run, which keep enough mails waiting in its buffer.
struct Claims<'a> {
    run: &'a Run,
    until: Until,
    /// The buffer is refilled when fewer mails than this are waiting.
    low_water: usize,
    /// The domains left out of the last claim that found nothing. The next claim is made only when
    /// these have changed.
    exhausted: Option<Vec<String>>,
}

impl<'a> Claims<'a> {
    fn new(run: &'a Run, until: Until) -> Self {
        let settings = &run.inner.settings;
        Self {
            run,
            until,
            low_water: usize::from((settings.batch / 2).max(settings.connections)),
            exhausted: None,
        }
    }

    /// Claims mails if few are waiting; true if there were any.
    async fn refill(&mut self) -> Result<bool, DeliveryError> {
        let (waiting, crowded) = {
            let buffer = self.run.buffer();
            (buffer.waiting(), buffer.crowded())
        };
        if waiting >= self.low_water || self.exhausted.as_ref() == Some(&crowded) {
            return Ok(false);
        }
        match self.run.claim(&crowded).await {
            Ok(0) => self.exhausted = Some(crowded),
            Ok(_) => {
                self.exhausted = None;
                return Ok(true);
            }
            Err(error) if self.until == Until::Drained => return Err(error),
            Err(error) => {
                tracing::error!(%error, "cannot claim mails");
                self.exhausted = Some(crowded);
            }
        }
        Ok(false)
    }

    /// Whether the last claim left out no domain and found nothing.
    fn found_nothing_due(&self) -> bool {
        self.exhausted.as_ref().is_some_and(Vec::is_empty)
    }
}

/// What is left to do at the end of a run.
struct End {
    run: Arc<Run>,
    hard_stop: watch::Sender<bool>,
    given_up: Arc<AtomicBool>,
    workers: JoinSet<()>,
    ledger: JoinHandle<Result<(), StoreError>>,
}

impl End {
    async fn finish(mut self) -> Result<(), DeliveryError> {
        let untried = self.run.buffer().close();
        self.run.ready.notify_waiters();
        if !untried.is_empty() {
            self.run.inner.release(untried).await;
        }
        let time = self.run.inner.settings.drain_timeout_seconds.duration();
        if timeout(time, join(&mut self.workers)).await.is_err() {
            tracing::warn!("mails in flight are dropped: their time is over");
            let _nobody_left = self.hard_stop.send(true);
            let finished = timeout(RECORD_TIMEOUT, join(&mut self.workers)).await;
            self.given_up.store(true, Ordering::SeqCst);
            if finished.is_err() {
                self.workers.shutdown().await;
            }
        }
        // Drops the last sender, which ends the ledger.
        drop(self.run);
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
