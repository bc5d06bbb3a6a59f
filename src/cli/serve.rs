//! `tinbai serve`: the server with its API, the scheduler and the delivery of mails, until SIGTERM
//! or SIGINT.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset};

use super::CliError;
use crate::app::{self, delivery, server, supervisor};
use crate::clock::{Clock as _, SharedClock, SystemClock};
use crate::config::Settings;
use crate::demo;
use crate::domain::years;
use crate::telemetry;

/// Arguments of `tinbai serve`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Cho đồng hồ chạy từ thời điểm này, ví dụ 2026-11-20T15:20:00+07:00; chỉ dữ liệu trình diễn
    /// mới được chạy trước giờ thật (start the clock at this instant; ahead of the real time only
    /// on a demonstration database)
    #[arg(long, value_name = "INSTANT", value_parser = years::instant)]
    at: Option<DateTime<FixedOffset>>,
}

/// Whether the address that people are told lies on this machine at a port that nobody listens on.
fn astray(url: &str, listening: SocketAddr) -> bool {
    let Some(rest) = url.strip_prefix("http://") else {
        return false;
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "80"));
    let here = ["localhost", "127.0.0.1", "[::1]"].contains(&host) && listening.ip().is_loopback();
    here && port.parse() != Ok(listening.port())
}

/// Serves until the process is asked to end.
pub fn run(args: &Args, settings: Settings, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    let _telemetry = telemetry::start(&settings.telemetry);
    let listener = server::listen(&settings.server).map_err(|error| CliError::failed(&error))?;
    let app = app::open(settings).map_err(|error| CliError::failed(&error))?;
    if let Some(at) = args.at {
        demo::allow_clock(&app, at.to_utc(), SystemClock::new().now())?;
    }
    let clock = args
        .at
        .map_or_else(SystemClock::new, |at| SystemClock::starting_at(at.to_utc()));
    let clock: SharedClock = Arc::new(clock);
    let delivery = delivery::delivery(app.store.clone(), &app.settings, clock.clone());
    let delivery = delivery.map_err(|error| CliError::failed(&error))?;
    let url = app.settings.server.public_url.clone();
    let running = server::start_on(listener, app, clock, Some(delivery))
        .map_err(|error| CliError::failed(&error))?;
    supervisor::tell("READY=1");
    let address = running.address();
    // standard output may be closed already: the server keeps running
    if let Err(error) = announce(out, &url, address) {
        tracing::warn!(%error, "standard output is closed: the address of the server is not shown");
    }
    running
        .until_signal()
        .map_err(|error| CliError::failed(&error))?;
    Ok(ExitCode::SUCCESS)
}

/// Says where the server is, and what keeps people from signing in there.
fn announce(out: &mut dyn Write, url: &str, address: SocketAddr) -> io::Result<()> {
    writeln!(
        out,
        "Máy chủ chạy tại {url}, tài liệu API tại {url}/api/docs/ (nghe ở {address}); dừng bằng Ctrl-C."
    )?;
    if astray(url, address) {
        let port = address.port();
        writeln!(
            out,
            "Chú ý: server.public_url là {url} nhưng máy chủ nghe ở cổng {port}; không sửa cho khớp thì không đăng nhập được."
        )?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_on_this_machine_has_the_port_that_is_listened_on() {
        let astray = |url: &str, listening: &str| astray(url, listening.parse().unwrap());
        assert!(astray("http://localhost:8080", "127.0.0.1:8081"));
        assert!(astray("http://127.0.0.1", "127.0.0.1:8081"));
        assert!(astray("http://[::1]:8080/tin", "[::1]:8081"));
        assert!(!astray("http://localhost:8080", "127.0.0.1:8080"));
        assert!(!astray("http://localhost", "127.0.0.1:80"));
        assert!(
            !astray("https://tinbai.example", "127.0.0.1:8080"),
            "a proxy stands before it"
        );
        assert!(
            !astray("http://localhost:8080", "0.0.0.0:8081"),
            "a port of a container"
        );
    }
}
