//! The command line: one command a file, dispatched here.
//!
//! A command is a `clap::Args` struct and a function `run(args, …, out)` that writes its answer to
//! `out` and returns an exit code: 0 for done, 1 for "did not work" or "found faults", 2 for "asked
//! for wrongly" (as clap does for unknown options). Messages for people go to `out`, logs to
//! standard error; nothing here decides anything about the domain.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::app;
use crate::config::{ConfigError, Settings};
use crate::domain::error::Invalid;
use crate::domain::schedule::RunState;
use crate::domain::text::without_mark;
use crate::domain::words::say;
use crate::service;
use crate::store::StoreError;

pub mod admin;
pub mod backup;
pub mod calendar;
pub mod copy;
pub mod deadline;
pub mod deliver;
pub mod demo;
pub mod doctor;
pub mod health;
pub mod import;
pub mod jobs;
pub mod man;
pub mod preset;
pub mod restore;
pub mod run_due;
pub mod score;
pub mod serve;
pub mod settings;
pub mod table;
pub mod token;
pub mod worker;

/// Nhắc hạn, đếm chỉ tiêu tin bài và gửi thư nhắc cho các đơn vị công đoàn.
///
/// Deadlines, quotas and reminders for the news items of union units.
#[derive(Debug, Parser)]
#[command(
    name = "tinbai",
    version,
    propagate_version = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// Tệp cấu hình; thiếu thì dùng giá trị mặc định (settings file)
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "TINBAI_CONFIG",
        hide_env_values = true
    )]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

/// Every command, in the order in which the help shows them.
#[derive(Debug, Subcommand)]
enum Command {
    /// Chạy bản trình diễn: một liên đoàn với một năm dữ liệu (a federation with a year behind it,
    /// to try)
    Demo(demo::Args),
    /// Tính hạn nộp và giải thích vì sao (when something is due, and why)
    Deadline(deadline::Args),
    /// Kiểm tra cách tính giờ làm việc (working-time calendars)
    Calendar(calendar::Args),
    /// Nhập dữ liệu từ tệp (take in whole files)
    Import(import::Args),
    /// Chỉ tiêu mẫu của các tỉnh (quotas of real provinces, ready to apply)
    Preset(preset::Args),
    /// Chạy máy chủ: API, bộ lịch, gửi thư (the server)
    Serve(serve::Args),
    /// Quản trị viên đầu tiên (the first administrator)
    Admin(admin::Args),
    /// Mã truy cập API (access tokens)
    Token(token::Args),
    /// Chạy bộ lịch, không mở máy chủ web (the scheduler without the server)
    Worker(worker::Args),
    /// Chạy những việc đến hạn, một lần (run what is due, once)
    RunDue(run_due::Args),
    /// Danh sách việc theo lịch, đổi lịch chạy (scheduled jobs)
    Jobs(jobs::Args),
    /// Điểm thi đua: kiểm tra bảng điểm đã khóa (emulation scores)
    Score(score::Args),
    /// In cấu hình đang dùng, mật khẩu được che (show the settings in force)
    Settings(settings::Args),
    /// Gửi hết thư đang chờ rồi dừng (deliver the mails that wait)
    Deliver(deliver::Args),
    /// Sao lưu cơ sở dữ liệu, cả khi đang chạy (back up the database, also while it is used)
    Backup(backup::Args),
    /// Khôi phục một bản sao lưu vào chỗ trống (put a backup into an empty database)
    Restore(restore::Args),
    /// Chép sang cơ sở dữ liệu khác (move everything to another database)
    Copy(copy::Args),
    /// Kiểm tra mọi thứ cần cho phần mềm (what is wrong with this installation, and what to do)
    Doctor(doctor::Args),
    /// Hỏi máy chủ đang chạy có sẵn sàng không (whether the running server is ready)
    Health,
    /// Ghi trang hướng dẫn và gợi ý lệnh cho gói cài đặt (manual pages and completions)
    #[command(hide = true)]
    Man(man::Args),
}

/// The languages of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// Tiếng Việt
    Vi,
    /// English
    En,
}

impl Lang {
    /// Its name in the locale files.
    pub const fn locale(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }
}

/// The text of an input file without its byte order mark; a fault names the file.
fn read_text(path: &Path) -> Result<String, CliError> {
    std::fs::read_to_string(path)
        .map(without_mark)
        .map_err(|cause| CliError::Usage(format!("{}: {cause}", path.display())))
}

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The request itself is wrong (an argument, a setting, an input file): exit code 2.
    #[error("{0}")]
    Usage(String),
    /// The request was fine, doing it failed: exit code 1.
    #[error("{0}")]
    Failed(String),
    /// The reader of our output went away (`tinbai … | head`): nothing to say, exit code 0.
    #[error("output closed")]
    OutputClosed,
}

impl CliError {
    /// A failure told by its error and everything that caused it, outermost first.
    ///
    /// A damaged database is told with what to do about it.
    pub fn failed(error: &(dyn std::error::Error + 'static)) -> Self {
        let causes = std::iter::successors(Some(error), |cause| cause.source());
        let damage = causes.clone().find_map(|cause| match cause.downcast_ref() {
            Some(StoreError::Damaged(cause)) => Some(cause),
            _ => None,
        });
        if let Some(cause) = damage {
            let values = [("cause", cause.as_str())];
            return Self::Failed(say("vi", "doctor.database_damaged", &values));
        }
        Self::Failed(
            causes
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(": "),
        )
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::failed(&error),
        }
    }
}

impl From<Invalid> for CliError {
    fn from(fault: Invalid) -> Self {
        Self::Usage(fault.to_string())
    }
}

impl From<Vec<Invalid>> for CliError {
    fn from(faults: Vec<Invalid>) -> Self {
        Self::Usage(
            faults
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n       "),
        )
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        Self::failed(&error)
    }
}

/// Faults of the input, and what does not exist or may not be done, were asked for wrongly; the
/// rest failed.
impl From<service::Error> for CliError {
    fn from(error: service::Error) -> Self {
        match error {
            service::Error::Invalid(faults) => faults.into(),
            service::Error::Conflict(fault) => Self::Failed(fault.to_string()),
            service::Error::NotFound { .. } => Self::Usage(format!("không tìm thấy ({error})")),
            service::Error::Forbidden => Self::Usage(format!("không được phép ({error})")),
            service::Error::TooOften(seconds) => Self::Failed(format!(
                "quá nhiều lần, hãy thử lại sau {seconds} giây ({error})"
            )),
            service::Error::Stale => {
                Self::Failed(format!("vừa có người khác thay đổi, hãy làm lại ({error})"))
            }
            service::Error::Store(error) => Self::failed(&error),
        }
    }
}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> Self {
        Self::Usage(error.to_string())
    }
}

/// Runs the command that this process was started with.
pub fn run() -> ExitCode {
    if let Err(cause) = app::report_long_files() {
        tracing::warn!(%cause, "a file that grows too long will end the process");
    }
    run_with(
        std::env::args_os(),
        &mut io::stdout().lock(),
        &mut io::stderr(),
    )
}

/// Runs the command `args` (the program's name first); answers go to `out`, errors to `err`.
pub fn run_with(
    args: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(stop) => return explain(&stop, out, err),
    };
    match dispatch(cli, out) {
        Ok(code) => code,
        Err(CliError::OutputClosed) => ExitCode::SUCCESS,
        Err(error) => {
            // If even standard error is closed, the exit code still tells.
            let _closed = writeln!(err, "tinbai: {error}");
            ExitCode::from(if matches!(error, CliError::Usage(_)) {
                2
            } else {
                1
            })
        }
    }
}

fn dispatch(cli: Cli, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    let settings = || Settings::load(cli.config.as_deref(), std::env::vars_os());
    match cli.command {
        Command::Demo(args) => demo::run(&args, settings()?, out),
        Command::Deadline(args) => deadline::run(&args, out),
        Command::Calendar(args) => calendar::run(&args, out),
        Command::Import(args) => import::run(&args, settings()?, out),
        Command::Preset(args) => preset::run(&args, settings, out),
        Command::Serve(args) => serve::run(&args, settings()?, out),
        Command::Admin(args) => admin::run(&args, settings()?, out),
        Command::Token(args) => token::run(&args, settings()?, out),
        Command::Worker(args) => worker::run(&args, settings()?, out),
        Command::RunDue(args) => run_due::run(&args, settings()?, out),
        Command::Jobs(args) => jobs::run(&args, settings()?, out),
        Command::Score(args) => score::run(&args, settings()?, out),
        Command::Settings(args) => settings::run(&args, settings, out),
        Command::Deliver(args) => deliver::run(&args, settings, out),
        Command::Backup(args) => backup::run(&args, settings()?, out),
        Command::Restore(args) => restore::run(&args, &settings()?, out),
        Command::Copy(args) => copy::run(&args, &settings()?, out),
        Command::Doctor(args) => doctor::run(&args, settings, out),
        Command::Health => health::run(&settings()?, out),
        Command::Man(args) => man::run(&args),
    }
}

/// Help and version go to `out` (they were asked for), mistakes to `err`.
fn explain<'w>(stop: &clap::Error, out: &'w mut dyn Write, err: &'w mut dyn Write) -> ExitCode {
    let to = if stop.use_stderr() { err } else { out };
    let _closed = write!(to, "{}", stop.render());
    ExitCode::from(if stop.use_stderr() { 2 } else { 0 })
}

/// How a run ended, for people.
fn state_in_words(state: RunState) -> &'static str {
    match state {
        RunState::Running => "đang chạy",
        RunState::Done => "xong",
        RunState::Failed => "lỗi",
        RunState::Skipped => "bỏ qua",
    }
}
