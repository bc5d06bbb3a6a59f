//! Asks a server of ours whether it can take requests.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// How long it gets to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What answers at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// tinbai, ready.
    Ready,
    /// tinbai, not ready: why.
    NotReady(String),
    /// Something else.
    Foreign,
}

/// Asks `/readyz` at the address that a server listens on.
///
/// # Errors
/// If nobody answers in time.
pub fn ask(listening: SocketAddr) -> io::Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&reached(listening), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET /readyz HTTP/1.1\r\nHost: {listening}\r\nConnection: close\r\n\r\n"
    )?;
    let mut reply = String::new();
    stream.take(65_536).read_to_string(&mut reply)?;
    let body = reply.split_once("\r\n\r\n").map(|(_, body)| body.trim());
    Ok(match body {
        Some(body) if body.starts_with("{\"status\":\"ok\"") => Answer::Ready,
        Some(body) if body.starts_with("{\"status\":") => Answer::NotReady(body.to_owned()),
        _ => Answer::Foreign,
    })
}

/// A server that listens on every address of the machine is reached on its own.
fn reached(listening: SocketAddr) -> SocketAddr {
    let ip = match listening.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(ip, listening.port())
}
