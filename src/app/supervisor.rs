//! What systemd is told of the service (`sd_notify(3)`): that it is ready, that it stops, and, from
//! time to time, that it lives. Without systemd nothing is told.

use std::ffi::OsStr;
use std::future::Future;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

/// Says `READY=1` or the like; a supervisor that can't be told is a line of the log.
pub fn tell(state: &str) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET") else {
        return;
    };
    if let Err(cause) = send(&socket, state) {
        tracing::warn!(%cause, state, "the supervisor can't be told");
    }
}

fn send(socket: &OsStr, state: &str) -> io::Result<()> {
    let ours = UnixDatagram::unbound()?;
    match socket.as_bytes().strip_prefix(b"@") {
        Some(name) => ours.send_to_addr(state.as_bytes(), &nameless(name)?)?,
        None => ours.send_to(state.as_bytes(), socket)?,
    };
    Ok(())
}

/// A socket without a file, which only Linux has.
#[cfg(target_os = "linux")]
fn nameless(name: &[u8]) -> io::Result<std::os::unix::net::SocketAddr> {
    use std::os::linux::net::SocketAddrExt as _;
    std::os::unix::net::SocketAddr::from_abstract_name(name)
}

#[cfg(not(target_os = "linux"))]
fn nameless(_: &[u8]) -> io::Result<std::os::unix::net::SocketAddr> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Says that the service lives, twice in the time after which systemd would restart it. It says so
/// from the threads that answer requests: if they stand still, nobody says it.
pub async fn watch(until: impl Future<Output = ()>) {
    let micros = std::env::var("WATCHDOG_USEC").ok();
    let Some(micros) = micros.and_then(|text| text.parse().ok()).filter(|n| *n > 0) else {
        return;
    };
    let mut beat = tokio::time::interval(Duration::from_micros(micros) / 2);
    tokio::pin!(until);
    loop {
        tokio::select! {
            () = &mut until => return,
            _ = beat.tick() => tell("WATCHDOG=1"),
        }
    }
}
