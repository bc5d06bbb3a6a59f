//! How requests are accepted: address, limits, paging, logs.

mod http;
mod networks;
mod telemetry;

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::Seconds;
use crate::domain::error::Invalid;

pub use http::HttpSettings;
pub use networks::Networks;
pub use telemetry::{LogFormat, TelemetrySettings};

/// `[server]`: the socket and what a client may do to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerSettings {
    /// Address and port to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How users reach the server; links in mails start with it. No slash at the end.
    pub public_url: String,
    /// Reverse proxies, by network: only these are trusted to name a caller's address
    /// (`Forwarded`, `X-Forwarded-For`).
    pub trusted_proxies: Networks,
    /// Threads that take requests; 0 = one for each core.
    pub threads: usize,
    /// Connections held open at once, all threads together; fewer where the limit of open files
    /// leaves no room for them.
    pub max_connections: usize,
    /// Connections held open at once from one address that is not a trusted proxy; at most half of
    /// all.
    pub connections_per_address: usize,
    /// Longest body of a request, in bytes; longer ones are answered 413.
    pub body_limit_bytes: usize,
    /// Largest file that is imported, in bytes; larger ones are answered 413.
    pub import_limit_bytes: usize,
    /// A request's headers must be complete after this long.
    pub header_timeout_seconds: Seconds,
    /// A request's body must be complete after this long.
    pub body_timeout_seconds: Seconds,
    /// A client that takes its replies too slowly is cut off when it is behind by this long: at once
    /// after it if it takes nothing, later if it takes less than 16 kB a second, never if it takes
    /// more.
    pub write_timeout_seconds: Seconds,
    /// An idle connection is kept open this long.
    pub keep_alive_seconds: Seconds,
    /// Requests in flight get this long when the server stops.
    pub shutdown_timeout_seconds: Seconds,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: "http://localhost:8080".to_owned(),
            trusted_proxies: Networks::default(),
            threads: 0,
            max_connections: 10_000,
            connections_per_address: 500,
            body_limit_bytes: 1_048_576,
            import_limit_bytes: 16_777_216,
            header_timeout_seconds: Seconds(5),
            body_timeout_seconds: Seconds(30),
            write_timeout_seconds: Seconds(60),
            keep_alive_seconds: Seconds(30),
            shutdown_timeout_seconds: Seconds(10),
        }
    }
}

impl ServerSettings {
    pub(super) fn check(&self, faults: &mut Vec<Invalid>) {
        if !is_web_address(&self.public_url) || self.public_url.ends_with('/') {
            faults.push(
                Invalid::new("server.public_url", "config_public_url")
                    .with("value", &self.public_url),
            );
        }
        within!(faults, "server", self, {
            threads: 0..=256,
            max_connections: 1..=1_000_000,
            connections_per_address: 1..=1_000_000,
            body_limit_bytes: 1_024..=1_073_741_824,
            import_limit_bytes: 1_024..=268_435_456,
            header_timeout_seconds: 1..=600,
            body_timeout_seconds: 1..=3_600,
            write_timeout_seconds: 1..=3_600,
            keep_alive_seconds: 1..=3_600,
            shutdown_timeout_seconds: 1..=600,
        });
    }
}

impl ServerSettings {
    /// Why browsers could not sign in to this server: they drop its cookies on plain http outside
    /// their own machine.
    pub fn insecure(&self) -> Option<Invalid> {
        let open = !self.listen.ip().is_loopback() && !self.public_url.starts_with("https://");
        let fault = Invalid::new("server.listen", "config_insecure").with("listen", self.listen);
        open.then(|| fault.with("url", &self.public_url))
    }
}

/// Whether an address begins like one of the web, and has no blanks.
fn is_web_address(address: &str) -> bool {
    let schemes = ["http://", "https://"];
    let host = schemes
        .iter()
        .find_map(|scheme| address.strip_prefix(scheme));
    host.is_some_and(|host| !host.is_empty() && !host.contains(char::is_whitespace))
}
