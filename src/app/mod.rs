//! The composition root: from settings to a running service, and its graceful stop. Only
//! this module uses all the others.

pub mod copy;
pub mod delivery;
pub mod demo;
pub mod doctor;
pub mod ready;
pub mod scheduler;
pub mod server;
pub mod supervisor;

use std::future::Future;

use crate::config::Settings;
use crate::service::App;
use crate::store::connection::Target;
use crate::store::{Store, StoreError, StoreOptions};

/// Opens the database that the settings name.
///
/// # Errors
/// If it can't be opened.
pub fn store(settings: &Settings) -> Result<Store, StoreError> {
    let database = &settings.database;
    let shortest_lease = settings
        .worker
        .lease_seconds
        .duration()
        .min(settings.mail.delivery.lease_seconds.duration());
    Store::open(&StoreOptions {
        url: database.url.expose().to_owned(),
        pool_size: database.pool_size,
        busy_timeout: database.busy_timeout_seconds.duration(),
        acquire_timeout: database.acquire_timeout_seconds.duration(),
        stall_timeout: shortest_lease / 3,
    })
}

/// Opens the database that the settings name, if it is there.
///
/// # Errors
/// If it can't be opened; if its file is missing, which is not created.
pub fn existing_store(settings: &Settings) -> Result<Store, StoreError> {
    let url = &settings.database.url;
    match Target::parse(url.expose())? {
        Target::Sqlite(file) if !file.is_file() => Err(StoreError::Unavailable(format!(
            "{} does not exist; check database.url",
            url.redacted()
        ))),
        _ => store(settings),
    }
}

/// Opens the app. The schema is migrated first; with `database.migrate_on_start = false` it has to
/// be up to date.
///
/// # Errors
/// If the database can't be opened, or its schema is not this version's.
pub fn open(settings: Settings) -> Result<App, StoreError> {
    let store = store(&settings)?;
    if settings.database.migrate_on_start {
        for name in store.migrate()? {
            tracing::info!(name, "migrated");
        }
    }
    store.check_ready()?;
    Ok(App::new(store, settings))
}

/// A future that is ready when the process is asked to end: SIGTERM or SIGINT.
///
/// # Errors
/// If the system refuses to install a signal handler.
pub fn signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Makes a write beyond the longest file that the system allows (`ulimit -f`) fail with an error, as
/// on a full disk. Without it the system ends the process (SIGXFSZ).
///
/// # Errors
/// If the system refuses to install a signal handler.
#[cfg(target_os = "linux")]
pub fn report_long_files() -> std::io::Result<()> {
    use rustix::process::Signal;
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let _context = runtime.enter();
    // the handler stays installed for the life of the process
    signal(SignalKind::from_raw(Signal::XFSZ.as_raw())).map(drop)
}

/// Other systems report such a write as it is.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub fn report_long_files() -> std::io::Result<()> {
    Ok(())
}

/// The runtime on which a process serves.
///
/// # Errors
/// If the system refuses threads.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
}
