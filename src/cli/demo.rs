//! `tinbai demo`: a federation with a year behind it, to try the service on; no mail leaves the
//! machine.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset};
use clap::ValueEnum;

use super::CliError;
use crate::app::demo::{Demo, DemoOptions, MAILBOX, SIGN_IN, own_folder, prepare};
use crate::app::{delivery, server};
use crate::clock::{Clock as _, SharedClock, SystemClock};
use crate::config::{MailTransport, Settings, TelemetrySettings};
use crate::demo::scenario::Tree;
use crate::domain::text::local_time;
use crate::domain::years;
use crate::telemetry;

/// Arguments of `tinbai demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Cho đồng hồ chạy từ thời điểm này, ví dụ 2026-11-20T15:20:00+07:00 (start the clock at this
    /// instant)
    #[arg(long, value_name = "INSTANT", value_parser = years::instant)]
    at: Option<DateTime<FixedOffset>>,
    /// Mẫu dữ liệu (which demonstration)
    #[arg(long, value_name = "NAME", default_value = "ben-tre")]
    preset: Preset,
    /// Chỉ có liên đoàn, không đơn vị, không lịch sử (without units or history)
    #[arg(long)]
    empty: bool,
    /// Số gieo: cùng số thì cùng một năm (the same seed plays the same year)
    #[arg(long, value_name = "NUMBER", default_value_t = 2026)]
    seed: u64,
    /// Thư mục chứa dữ liệu và thư; đã có thì chạy tiếp (folder of data and mails; what is there is
    /// continued)
    #[arg(long, value_name = "FOLDER", default_value = "tinbai-demo")]
    folder: PathBuf,
}

/// The demonstrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Preset {
    /// Bến Tre
    BenTre,
    /// Thanh Hóa
    ThanhHoa,
}

/// Makes the demonstration or opens the one that is there, then serves until the process is asked
/// to end.
///
/// # Errors
/// If the folder can't be used or holds something else, or the address is taken.
pub fn run(args: &Args, settings: Settings, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    let mut settings = settings;
    if settings.telemetry == TelemetrySettings::default() {
        // a year of job runs passes by while it is made
        settings.telemetry.filter = "warn".to_owned();
    }
    let _telemetry = telemetry::start(&settings.telemetry);
    let settings = settings_for(args, settings)?;
    let clock = args
        .at
        .map_or_else(SystemClock::new, |at| SystemClock::starting_at(at.to_utc()));
    let tree = match args.preset {
        Preset::BenTre => Tree::BenTre,
        Preset::ThanhHoa => Tree::ThanhHoa,
    };
    // its making takes a while: what keeps it from being served is said first
    drop(server::listen(&settings.server).map_err(|error| CliError::failed(&error))?);
    let options = DemoOptions {
        tree,
        empty: args.empty,
        seed: args.seed,
        now: clock.now(),
    };
    writeln!(
        out,
        "Đang chuẩn bị bản trình diễn trong thư mục {} …",
        args.folder.display()
    )?;
    out.flush()?;
    let demo =
        prepare(&args.folder, &settings, options).map_err(|error| CliError::failed(&error))?;
    // the making took a while: the clock starts at the instant that was asked for, not later
    let shifted = args.at.is_some() || demo.now > options.now;
    let clock: SharedClock = Arc::new(if shifted {
        SystemClock::starting_at(demo.now)
    } else {
        SystemClock::new()
    });
    serve(demo, clock, args, out)
}

/// Serves the demonstration until the process is asked to end.
fn serve(
    demo: Demo,
    clock: SharedClock,
    args: &Args,
    out: &mut dyn Write,
) -> Result<ExitCode, CliError> {
    let settings = &demo.app.settings;
    let delivery = delivery::delivery(demo.app.store.clone(), settings, clock.clone())
        .map_err(|error| CliError::failed(&error))?;
    let running = server::start(demo.app.clone(), clock, Some(delivery))
        .map_err(|error| CliError::failed(&error))?;
    print_welcome(&demo, args, running.address(), out)?;
    running
        .until_signal()
        .map_err(|error| CliError::failed(&error))?;
    Ok(ExitCode::SUCCESS)
}

/// The settings of a demonstration: everything lies in its folder, mails become files.
fn settings_for(args: &Args, mut settings: Settings) -> Result<Settings, CliError> {
    let folder = &args.folder;
    own_folder(folder)
        .map_err(|cause| CliError::Usage(format!("{}: {cause}", folder.display())))?;
    settings.mail.transport = MailTransport::File;
    settings.mail.directory = folder.join("mail");
    settings.worker.in_server = true;
    if settings.server.listen.ip().is_loopback() && settings.server.listen.port() != 0 {
        settings.server.public_url = format!("http://localhost:{}", settings.server.listen.port());
    }
    Ok(settings)
}

/// Prints what there is to see, and how to get in.
fn print_welcome(
    demo: &Demo,
    args: &Args,
    address: std::net::SocketAddr,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let settings = &demo.app.settings.server;
    let root = if settings.listen.port() == 0 {
        format!("http://{address}")
    } else {
        settings.public_url.clone()
    };
    writeln!(out)?;
    if demo.continued {
        print_continued(demo, args, out)?;
    }
    print_sign_in(demo, &root, out)?;
    writeln!(
        out,
        "{} đơn vị, {} tin bài; đồng hồ bắt đầu lúc {}",
        demo.units,
        demo.items,
        local_time(demo.now)
    )?;
    writeln!(out)?;
    writeln!(out, "  Thư đã gửi:     {root}{}{}", MAILBOX, demo.mailbox)?;
    let mails = args.folder.join("mail");
    writeln!(out, "  Thư dạng tệp:   {}", mails.display())?;
    writeln!(out, "  Tài liệu API:   {root}/api/docs/")?;
    writeln!(out)?;
    print_tokens(demo, &root, out)?;
    writeln!(out, "Dừng bằng Ctrl-C.")?;
    out.flush()?;
    Ok(())
}

fn print_continued(demo: &Demo, args: &Args, out: &mut dyn Write) -> Result<(), CliError> {
    writeln!(
        out,
        "Chạy tiếp bản trình diễn đã có; xóa thư mục {} để làm lại từ đầu.",
        args.folder.display()
    )?;
    if args.at.is_some_and(|at| at.to_utc() < demo.now) {
        writeln!(
            out,
            "Bản này đã chạy qua thời điểm --at; đồng hồ không lùi lại (the clock is not set back)."
        )?;
    }
    Ok(())
}

/// The page to begin with, and how each role gets in.
fn print_sign_in(demo: &Demo, root: &str, out: &mut dyn Write) -> Result<(), CliError> {
    writeln!(out, "Đăng nhập (sign in):  {root}{SIGN_IN}")?;
    writeln!(out)?;
    writeln!(
        out,
        "Mỗi vai trò một dòng, mật khẩu chỉ hiện một lần (a line a role, passwords shown once):"
    )?;
    for one in &demo.credentials {
        if let Some((mail, password)) = &one.sign_in {
            let role = one.role.as_str();
            writeln!(out, "  {role:<12} {mail:<40} {password:<32} {}", one.holder)?;
        }
    }
    writeln!(out)?;
    Ok(())
}

fn print_tokens(demo: &Demo, root: &str, out: &mut dyn Write) -> Result<(), CliError> {
    writeln!(
        out,
        "Mã truy cập cho API, chỉ hiện một lần (access tokens, shown once):"
    )?;
    for one in &demo.credentials {
        let role = one.role.as_str();
        writeln!(out, "  {role:<12} {}   {}", one.secret, one.holder)?;
    }
    writeln!(out)?;
    if let Some(first) = demo.credentials.first() {
        writeln!(out, "Thử xem ai còn nợ gì (who owes what):")?;
        writeln!(
            out,
            "  curl -H 'Authorization: Bearer {}' {root}/api/v1/standings",
            first.secret
        )?;
    }
    Ok(())
}
