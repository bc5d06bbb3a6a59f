//! Logs: one line an event on standard error, for people or as JSON. No addresses of people, tokens or bodies belong in them.

use std::io::{self, IsTerminal as _};

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterFn, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogFormat, TelemetrySettings};

/// Starts logging for the whole process. A second call changes nothing: the first one wins.
pub fn start(settings: &TelemetrySettings) {
    // The filter was checked when the settings were loaded; a mistake in one made by hand logs everything.
    let filter = settings.filter.parse::<Targets>().unwrap_or_default();
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    let registry = tracing_subscriber::registry().with(filter).with(FilterFn::new(speaks_of_no_body));
    let _already_started = match settings.format {
        LogFormat::Text => registry.with(lines).try_init(),
        LogFormat::Json => registry.with(lines.json().flatten_event(true)).try_init(),
    };
}

/// The finest level of the HTTP client writes out whole requests and replies: secrets of ours, mails of people.
fn speaks_of_no_body(event: &Metadata<'_>) -> bool {
    *event.level() != Level::TRACE || !event.target().starts_with("ureq")
}
