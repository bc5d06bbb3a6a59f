//! Logs: one line an event on standard error, for people or as JSON. No addresses of people, tokens or bodies belong in them; and
//! whatever an error quotes from outside, it neither begins a line of its own nor speaks to a terminal.

use std::io::{self, Write};

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterFn, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogFormat, TelemetrySettings};

/// Starts logging for the whole process. A second call changes nothing: the first one wins.
pub fn start(settings: &TelemetrySettings) {
    // The filter was checked when the settings were loaded; a mistake in one made by hand logs everything.
    let filter = settings.filter.parse::<Targets>().unwrap_or_default();
    // no colours: they are control characters, which do not get through
    let lines = tracing_subscriber::fmt::layer().with_writer(|| Plain(io::stderr())).with_ansi(false);
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

/// Writes each event, which comes in one piece, as one line: control characters within it as their escapes.
struct Plain<W>(W);

impl<W: Write> Write for Plain<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let mut line = String::with_capacity(event.len() + 1);
        for c in text.trim_end_matches('\n').chars() {
            // line and paragraph separators begin a line for some readers too
            if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
                line.extend(c.escape_default());
            } else {
                line.push(c);
            }
        }
        line.push('\n');
        self.0.write_all(line.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_error_quotes_stays_on_its_line() {
        let mut out = Vec::new();
        Plain(&mut out).write_all("WARN cause=a\nINFO b\r\u{1b}[2J\u{2028}\u{9b}31m đỏ\n".as_bytes()).unwrap();
        let line = String::from_utf8(out).unwrap();
        assert_eq!(line, "WARN cause=a\\nINFO b\\r\\u{1b}[2J\\u{2028}\\u{9b}31m đỏ\n");
    }
}
