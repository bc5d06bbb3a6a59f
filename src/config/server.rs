//! How requests are accepted: address, limits, paging, logs.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{Seconds, within};
use crate::domain::error::Invalid;

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
    /// A request's headers must be complete after this long.
    pub header_timeout_seconds: Seconds,
    /// A request's body must be complete after this long.
    pub body_timeout_seconds: Seconds,
    /// A client must have taken a reply after this long; one that takes nothing at all is cut off
    /// after as long.
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
        let web = self.public_url.starts_with("http://") || self.public_url.starts_with("https://");
        if !web || self.public_url.ends_with('/') || self.public_url.contains(char::is_whitespace) {
            faults.push(
                Invalid::new("server.public_url", "config_public_url")
                    .with("value", &self.public_url),
            );
        }
        within(faults, "server.threads", count(self.threads), 0, 256);
        within(
            faults,
            "server.max_connections",
            count(self.max_connections),
            1,
            1_000_000,
        );
        within(
            faults,
            "server.connections_per_address",
            count(self.connections_per_address),
            1,
            1_000_000,
        );
        within(
            faults,
            "server.body_limit_bytes",
            count(self.body_limit_bytes),
            1_024,
            1_073_741_824,
        );
        within(
            faults,
            "server.header_timeout_seconds",
            self.header_timeout_seconds.0.into(),
            1,
            600,
        );
        within(
            faults,
            "server.body_timeout_seconds",
            self.body_timeout_seconds.0.into(),
            1,
            3_600,
        );
        within(
            faults,
            "server.write_timeout_seconds",
            self.write_timeout_seconds.0.into(),
            1,
            3_600,
        );
        within(
            faults,
            "server.keep_alive_seconds",
            self.keep_alive_seconds.0.into(),
            1,
            3_600,
        );
        within(
            faults,
            "server.shutdown_timeout_seconds",
            self.shutdown_timeout_seconds.0.into(),
            1,
            600,
        );
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

/// A list of networks; in an environment variable separated by commas.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Vec<IpNet>")]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Whether an address lies in one of them.
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a list of networks like 10.0.0.0/8")]
enum Written {
    List(Vec<IpNet>),
    #[serde(deserialize_with = "by_commas")]
    Text(Vec<IpNet>),
}

fn by_commas<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<IpNet>, D::Error> {
    let text = String::deserialize(from)?;
    let parts = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    parts
        .map(|part| part.parse().map_err(serde::de::Error::custom))
        .collect()
}

impl From<Written> for Networks {
    fn from(written: Written) -> Self {
        match written {
            Written::List(networks) | Written::Text(networks) => Self(networks),
        }
    }
}

impl From<Networks> for Vec<IpNet> {
    fn from(networks: Networks) -> Self {
        networks.0
    }
}

/// `[http]`: paging and idempotency of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpSettings {
    /// Rows of a page when the request names no `limit`.
    pub page_size: usize,
    /// Largest `limit` that a request may name.
    pub page_size_max: usize,
    /// Replies to requests with an `Idempotency-Key` are kept this long (RELIABILITY rule: at least
    /// 24 h).
    pub idempotency_keep_seconds: Seconds,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            page_size: 50,
            page_size_max: 500,
            idempotency_keep_seconds: Seconds(172_800),
        }
    }
}

impl HttpSettings {
    pub(super) fn check(&self, faults: &mut Vec<Invalid>) {
        within(
            faults,
            "http.page_size_max",
            count(self.page_size_max),
            1,
            10_000,
        );
        within(
            faults,
            "http.page_size",
            count(self.page_size),
            1,
            count(self.page_size_max),
        );
        within(
            faults,
            "http.idempotency_keep_seconds",
            self.idempotency_keep_seconds.0.into(),
            86_400,
            31_536_000,
        );
    }
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for log collectors.
    Json,
}

/// `[telemetry]`: logs, on standard error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TelemetrySettings {
    /// How a line looks.
    pub format: LogFormat,
    /// What is logged, in the form of `tracing` filters: `info`, `info,tinbai=debug`.
    pub filter: String,
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            filter: "info".to_owned(),
        }
    }
}

impl TelemetrySettings {
    pub(super) fn check(&self, faults: &mut Vec<Invalid>) {
        if let Err(error) = self.filter.parse::<tracing_subscriber::filter::Targets>() {
            faults.push(Invalid::new("telemetry.filter", "config_filter").with("cause", error));
        }
    }
}

fn count(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}
