//! Delivers mails: claims a batch, sends it over a few connections, and records the outcome of each
//! mail.
//!
//! | file | what |
//! |---|---|
//! | here | [`Delivery`], its report and its errors |
//! | `run` | one run: starting the workers, claiming mails for them, stopping |
//! | `leases` | claims, renewals and releases in the database |
//! | `buffer` | claimed mails: which may be sent next |
//! | `worker` | one worker: one connection, one mail at a time |
//! | `verdict` | what the outcome of a try means for the mail |
//! | `ledger` | records verdicts, one commit for all workers |
//! | `connections` | how many connections are in use |
//! | `circuit` | whether mails are sent at all |
//!
//! A mail is claimed under a lease, sent, and recorded. After a crash between sending and recording
//! it is sent again with the same Message-ID: no mail is lost, and at most one mail per connection
//! is sent twice.

mod buffer;
mod circuit;
mod connections;
mod leases;
mod ledger;
mod run;
mod verdict;
mod worker;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use tokio::task::JoinError;

use self::circuit::Circuit;
use self::connections::Connections;
use self::run::Until;
use super::boot::Boot;
use crate::clock::SharedClock;
use crate::config::DeliverySettings;
use crate::mail::{Builder, Transport};
use crate::store::{Store, StoreError};

pub use self::circuit::Pause;

/// What a delivery did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Accepted by the mail server.
    pub sent: usize,
    /// Refused for now, to be sent again.
    pub retry: usize,
    /// Perhaps accepted: the connection broke before the reply.
    pub unknown: usize,
    /// Given up.
    pub dead: usize,
    /// Released without a try.
    pub released: usize,
    /// Not recorded, because another process had claimed the mail by then.
    pub fenced: usize,
    /// Why mails are held back at the end, if they are.
    pub held_back: Option<Pause>,
}

/// Why a delivery ended early.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The database failed; a mail that cannot be recorded is not sent.
    #[error("mails cannot be delivered")]
    Store(#[from] StoreError),
    /// A task failed; the process should end and be started again.
    #[error("the delivery of mails broke: {0}")]
    Broken(String),
}

impl From<JoinError> for DeliveryError {
    fn from(error: JoinError) -> Self {
        Self::Broken(error.to_string())
    }
}

/// Delivers the mails of an outbox. Clones share their state, including whether mails are held
/// back.
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
    connections: Connections,
}

/// Tells a running delivery that there is a new mail.
#[derive(Debug, Clone)]
pub struct Waker(Arc<Notify>);

impl Waker {
    /// Makes the delivery check the outbox at once.
    pub fn wake(&self) {
        self.0.notify_one();
    }
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
        let connections = Connections::new(usize::from(settings.connections.max(1)));
        Self(Arc::new(Inner {
            store,
            transport,
            builder,
            settings,
            clock,
            boot: Boot::own(),
            wake: Arc::default(),
            circuit: Circuit::default(),
            connections,
        }))
    }

    /// A handle for code that queues mails.
    #[must_use]
    pub fn waker(&self) -> Waker {
        Waker(Arc::clone(&self.0.wake))
    }

    /// Whether mails are held back because the mail server cannot be reached or refuses them all;
    /// for pages and health checks.
    #[must_use]
    pub fn held_back(&self) -> Option<Pause> {
        self.0.circuit.pause(self.0.clock.now())
    }

    /// Delivers until `stop` is ready, then finishes the mails in flight within the time set for
    /// that and releases the rest. The outbox is checked when woken and every few seconds.
    ///
    /// # Errors
    /// [`DeliveryError::Broken`]: start the process again. An unreachable database is not an error;
    /// sending waits for it.
    pub async fn run(
        &self,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Report, DeliveryError> {
        run::run(self, Until::Stopped, stop).await
    }

    /// Delivers every mail that is due now, and ends. A mail that is refused for now stays queued;
    /// if the mail server cannot be reached, all of them do.
    ///
    /// # Errors
    /// If the database can't be read or written.
    pub async fn drain_once(&self) -> Result<Report, DeliveryError> {
        run::run(self, Until::Drained, std::future::pending()).await
    }
}

impl Inner {
    /// Opens the circuit: no mail is sent for a while.
    fn hold_back(&self, why: &str, now: DateTime<Utc>) {
        self.circuit
            .open(why, now, self.settings.circuit_seconds.delta(), jitter());
    }
}

/// A random part of a wait, so that waits that begin together do not end together.
fn jitter() -> u8 {
    rand::random()
}
