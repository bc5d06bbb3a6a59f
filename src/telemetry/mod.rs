//! Logs and traces.
//!
//! | file | what lives there |
//! |---|---|
//! | `spans` | what is traced |
//! | `export` | spans for an OpenTelemetry collector, with the feature `opentelemetry` |
//!
//! Logs: one line per event on standard error, for people or as JSON. Code must not log addresses
//! of people, tokens or bodies. Text that an error quotes from outside, such as a mail server's
//! reply, is cleaned: names in addresses are hidden, line breaks and control characters are
//! escaped.

#[cfg(feature = "opentelemetry")]
mod export;
pub mod spans;

use std::io::{self, Write};

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterFn, Targets};
use tracing_subscriber::layer::{Layer as _, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogFormat, TelemetrySettings};

/// What is to be kept while the program runs: dropped, it exports the last spans.
#[derive(Debug, Default)]
#[must_use = "spans are exported while this is kept"]
pub struct Telemetry {
    #[cfg(feature = "opentelemetry")]
    _export: Option<export::Export>,
}

/// Starts logging for the whole process, and the export of spans if an address is set. A second call
/// changes nothing.
pub fn start(settings: &TelemetrySettings) -> Telemetry {
    // The filter was checked when the settings were loaded; a mistake in one made by hand logs
    // everything.
    let filter = settings.filter.parse::<Targets>().unwrap_or_default();
    // no colours: they are control characters, which would be escaped
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(|| Plain(io::stderr()))
        .with_ansi(false);
    let lines = match settings.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let logged = FilterFn::new(|event| event.target() != spans::TARGET && has_no_body(event));
    let registry = tracing_subscriber::registry();
    let registry = registry.with(lines.with_filter(filter).with_filter(logged));
    #[cfg(feature = "opentelemetry")]
    {
        let export = settings.endpoint.as_deref().map(export::Export::to);
        let export = export.transpose();
        let traced = FilterFn::new(|span| span.is_span() && span.target() == spans::TARGET);
        let layer = export.as_ref().ok().and_then(Option::as_ref);
        let layer = layer.map(|export| export.layer().with_filter(traced));
        let _already_started = registry.with(layer).try_init();
        if let Err(cause) = &export {
            tracing::error!(%cause, "spans are not exported");
        }
        Telemetry {
            _export: export.unwrap_or_default(),
        }
    }
    #[cfg(not(feature = "opentelemetry"))]
    {
        let _already_started = registry.try_init();
        Telemetry::default()
    }
}

/// Limits the HTTP client: its finest level logs whole requests and replies, with our secrets and
/// mails of people.
fn has_no_body(event: &Metadata<'_>) -> bool {
    *event.level() != Level::TRACE || !event.target().starts_with("ureq")
}

/// Writes each event, which comes in one piece, as one line: control characters within it as their
/// escapes, mail addresses without the name before their `@`.
struct Plain<W>(W);

impl<W: Write> Write for Plain<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let mut line = String::with_capacity(event.len() + 1);
        for c in nameless(text.trim_end_matches('\n')).chars() {
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

/// Mail addresses as `***@donvi.example`: the domain names the mail server, the name would
/// identify a person.
fn nameless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        let kept = before
            .trim_end_matches(|c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c));
        if kept.len() < before.len() && after.starts_with(|c: char| c.is_alphanumeric() || c == '[')
        {
            // the name may begin with the letter of an escape (`\n`), whose backslash must not be
            // left behind
            let slashes = kept.len() - kept.trim_end_matches('\\').len();
            out.push_str(kept.get(..kept.len() - slashes % 2).unwrap_or_default());
            out.push_str("***");
        } else {
            out.push_str(before);
        }
        out.push('@');
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_error_quotes_stays_on_its_line() {
        let mut out = Vec::new();
        Plain(&mut out)
            .write_all("WARN cause=a\nINFO b\r\u{1b}[2J\u{2028}\u{9b}31m đỏ\n".as_bytes())
            .unwrap();
        let line = String::from_utf8(out).unwrap();
        assert_eq!(
            line,
            "WARN cause=a\\nINFO b\\r\\u{1b}[2J\\u{2028}\\u{9b}31m đỏ\n"
        );
    }

    #[test]
    fn addresses_keep_their_domain_only() {
        for (said, line) in [
            (
                "550 5.1.1 <bt.tho+x@donvi.example> unknown",
                "550 5.1.1 <***@donvi.example> unknown",
            ),
            (
                "bt@a.example, thơ@b.example",
                "***@a.example, ***@b.example",
            ),
            ("to bt@[192.0.2.1]", "to ***@[192.0.2.1]"),
            ("a@b@c.example", "***@***@c.example"),
            ("5 @ 3, @x, x@", "5 @ 3, @x, x@"),
        ] {
            assert_eq!(nameless(said), line);
        }
        // what was JSON stays JSON
        let event = serde_json::json!({ "why": "gone:\nbt@a.example \\bt@a.example \u{1}bt@a.example \"@a.example" });
        let line: serde_json::Value = serde_json::from_str(&nameless(&event.to_string())).unwrap();
        assert_eq!(
            line["why"],
            "gone:***@a.example \\***@a.example ***@a.example \"@a.example"
        );
    }
}
