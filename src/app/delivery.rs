//! The delivery of mails as a process of its own.

use std::sync::Arc;

use crate::clock::{SharedClock, SystemClock};
use crate::config::Settings;
use crate::mail;
use crate::store::{Store, StoreError};
use crate::worker::delivery::{Delivery, DeliveryError, Report};

/// When the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// When everything that was due is sent or refused.
    Once,
    /// On a signal (SIGTERM, Ctrl-C).
    Follow,
}

/// Why mails could not be delivered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The settings of the sender.
    #[error(transparent)]
    Sender(#[from] mail::Unbuildable),
    /// The delivery itself.
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
    /// The operating system.
    #[error(transparent)]
    System(#[from] std::io::Error),
}

/// Delivers the mails in the outbox until the end that `mode` names; blocks.
///
/// # Errors
/// If the database can't be used, the sender's address is invalid, or the delivery broke.
pub fn deliver(settings: &Settings, mode: Mode) -> Result<Report, Error> {
    let store = super::open(settings.clone())?.store;
    let delivery = delivery(store.clone(), settings, Arc::new(SystemClock::new()))?;
    let report = super::runtime()?.block_on(async {
        Ok(match mode {
            Mode::Once => delivery.drain_once().await?,
            Mode::Follow => delivery.run(super::signal()?).await?,
        })
    });
    store.merge_log();
    report
}

/// The delivery that these settings ask for.
///
/// # Errors
/// If the sender's address is invalid.
pub fn delivery(
    store: Store,
    settings: &Settings,
    clock: SharedClock,
) -> Result<Delivery, mail::Unbuildable> {
    let (transport, builder) = mail::from_settings(&settings.mail)?;
    let pace = settings.mail.delivery.clone();
    Ok(Delivery::new(store, transport, builder, pace, clock))
}
