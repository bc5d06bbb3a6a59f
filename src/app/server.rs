//! A running service: the server, beside it the scheduler (`worker.in_server`) and the delivery of
//! mails, and their graceful stop. Used by `tinbai serve`, the demonstration and tests.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;

use tokio::sync::{oneshot, watch};

use super::{scheduler, supervisor};
use crate::clock::SharedClock;
use crate::config::ServerSettings;
use crate::domain::error::Invalid;
use crate::service::App;
use crate::web::server::{self as web, Bound};
use crate::worker::delivery::{Delivery, DeliveryError};
use crate::worker::runner::Stopped;

/// Why a service did not start, or ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is taken or not ours.
    #[error(
        "không mở được địa chỉ {0} (server.listen); hãy chọn địa chỉ hoặc cổng khác (cannot listen)"
    )]
    Address(SocketAddr, #[source] io::Error),
    /// Browsers could not sign in.
    #[error("{0}")]
    Insecure(Invalid),
    /// The operating system.
    #[error("the server cannot run")]
    System(#[from] io::Error),
    /// The scheduler broke.
    #[error(transparent)]
    Scheduler(#[from] Stopped),
    /// The delivery broke.
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
    /// A thread of the service panicked.
    #[error("the service broke")]
    Broken,
}

/// A service that runs in threads of its own until it is stopped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    over: oneshot::Receiver<()>,
    thread: JoinHandle<Result<(), Error>>,
}

/// Takes the address of the settings: before anything else, so that a service that can't be reached
/// changes nothing.
///
/// # Errors
/// If the address is taken; if the settings would have browsers sign in over plain http.
pub fn listen(settings: &ServerSettings) -> Result<TcpListener, Error> {
    if let Some(fault) = settings.insecure() {
        return Err(Error::Insecure(fault));
    }
    web::listen(settings.listen).map_err(|cause| Error::Address(settings.listen, cause))
}

/// Starts serving; the address is taken when this returns. Mails are delivered if a delivery is
/// given.
///
/// # Errors
/// Those of [`listen`]; if the system refuses threads.
pub fn start(app: App, clock: SharedClock, delivery: Option<Delivery>) -> Result<Running, Error> {
    let listener = listen(&app.settings.server)?;
    start_on(listener, app, clock, delivery)
}

/// Starts serving at an address that was taken before.
///
/// # Errors
/// If the system refuses threads.
pub fn start_on(
    listener: TcpListener,
    app: App,
    clock: SharedClock,
    delivery: Option<Delivery>,
) -> Result<Running, Error> {
    let runtime = super::runtime()?;
    let bound = {
        let _inside = runtime.enter();
        web::serve(listener, app.clone(), clock.clone())?
    };
    let address = bound.address;
    let (stop, stopping) = watch::channel(false);
    let (ended, over) = oneshot::channel();
    let thread = std::thread::Builder::new()
        .name("tinbai".to_owned())
        .spawn(move || {
            let result = runtime.block_on(serve(bound, app, clock, delivery, stopping));
            // the receiver is gone if the service is being stopped
            let _unheard = ended.send(());
            result
        })?;
    tracing::info!(%address, "server started");
    Ok(Running {
        address,
        stop,
        over,
        thread,
    })
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops it: requests and mails in flight are finished within the times set for that.
    ///
    /// # Errors
    /// If a part of it had broken.
    pub fn stop(self) -> Result<(), Error> {
        self.stop.send_replace(true);
        self.thread.join().map_err(|_| Error::Broken)?
    }

    /// Waits for SIGTERM or SIGINT and then stops; or for its end, if it breaks before.
    ///
    /// # Errors
    /// If a part of it broke: the process should end, so that its supervisor restarts it.
    pub fn until_signal(mut self) -> Result<(), Error> {
        super::runtime()?.block_on(async {
            let signal = super::signal()?;
            tokio::select! {
                () = signal => {}
                _ = &mut self.over => {}
            }
            Ok::<_, Error>(())
        })?;
        self.stop()
    }
}

/// Runs all parts; when one ends, for any reason, the others are stopped too.
async fn serve(
    bound: Bound,
    app: App,
    clock: SharedClock,
    delivery: Option<Delivery>,
    asked: watch::Receiver<bool>,
) -> Result<(), Error> {
    let handle = bound.handle();
    let (stop, stopping) = watch::channel(false);
    let stopped = |mut stopping: watch::Receiver<bool>| async move {
        // an error means that the sender was dropped, which ends the service as well
        let _ended = stopping.wait_for(|stop| *stop).await;
    };
    let server = async {
        let result = bound.server.await.map_err(Error::from);
        stop.send_replace(true);
        result
    };
    let scheduler = async {
        if !app.settings.worker.in_server {
            return Ok(());
        }
        let result = scheduler::work(app.clone(), clock, stopped(stopping.clone())).await;
        stop.send_replace(true);
        result.map_err(Error::from)
    };
    let delivery = async {
        let Some(delivery) = delivery else {
            return Ok(());
        };
        let result = delivery.run(stopped(stopping.clone())).await;
        stop.send_replace(true);
        result.map(|_| ()).map_err(Error::from)
    };
    let living = async {
        supervisor::watch(stopped(stopping.clone())).await;
    };
    let end = async {
        tokio::select! {
            () = stopped(asked) => {}
            () = stopped(stopping.clone()) => {}
        }
        supervisor::tell("STOPPING=1");
        stop.send_replace(true);
        handle.stop(true).await;
        Ok(())
    };
    let (server, scheduler, delivery, end, ()) =
        tokio::join!(server, scheduler, delivery, end, living);
    app.store.merge_log();
    server.and(scheduler).and(delivery).and(end)
}
