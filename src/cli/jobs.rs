//! `tinbai jobs`: which jobs there are, how they went, when they run next; their lines and
//! switches.

use std::io::Write;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Subcommand;

use super::{CliError, table};
use crate::app;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Settings;
use crate::domain::access::Actor;
use crate::service::schedule::{self, Change, JobLine};
use crate::service::{Error, Tx};

/// Arguments of `tinbai jobs`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub struct Args {
    /// In JSON (answer in JSON)
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    what: Option<What>,
}

/// What to do to a job.
#[derive(Debug, Subcommand)]
enum What {
    /// Đổi lịch chạy, bật hoặc tắt một việc (change a job's line, enable or disable it)
    Set(SetArgs),
    /// Cho một việc chạy ngay ở lần xem lịch tới (let a job run at the scheduler's next look)
    Run {
        /// Tên việc, như trong danh sách (the job's name)
        name: String,
    },
}

/// Arguments of `tinbai jobs set`.
#[derive(Debug, clap::Args)]
struct SetArgs {
    /// Tên việc, như trong danh sách (the job's name)
    name: String,
    /// Lịch chạy, giây đứng đầu: "0 0 16 * * *" là 16:00 mỗi ngày, giờ Việt Nam (cron line, seconds
    /// first)
    #[arg(long, value_name = "LINE")]
    cron: Option<String>,
    /// Bật (enable)
    #[arg(long, conflicts_with = "disable")]
    enable: bool,
    /// Tắt (disable)
    #[arg(long)]
    disable: bool,
}

/// Lists the jobs, or changes one and lists it.
pub fn run(args: &Args, settings: Settings, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    let app = app::open(settings).map_err(|error| CliError::failed(&error))?;
    let (actor, now) = (Actor::cli(), SystemClock::new().now());
    app.write(&actor, now, |tx| {
        schedule::ensure(tx.conn, &tx.app.settings.worker, now)
    })?;
    let lines = match &args.what {
        None => app.read(&actor, now, schedule::list)?,
        Some(What::Set(set)) => vec![app.write(&actor, now, |tx| change(tx, set))?],
        Some(What::Run { name }) => {
            vec![app.write(&actor, now, |tx| schedule::run_now(tx, name))?]
        }
    };
    if args.json {
        let text =
            serde_json::to_string_pretty(&lines).map_err(|error| CliError::failed(&error))?;
        writeln!(out, "{text}")?;
    } else {
        let rows: Vec<[String; 7]> = lines.into_iter().map(|line| row(line, now)).collect();
        table::write(
            out,
            [
                "Việc",
                "Lịch",
                "Lần cuối",
                "Kết quả",
                "Mất",
                "Lần tới",
                "Ghi chú",
            ],
            &rows,
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

fn change(tx: &mut Tx<'_>, set: &SetArgs) -> Result<JobLine, Error> {
    let enabled = (set.enable || set.disable).then_some(set.enable);
    let change = Change {
        cron: set.cron.clone(),
        enabled,
        version: None,
    };
    schedule::change(tx, &set.name, &change)
}

fn row(line: JobLine, now: DateTime<Utc>) -> [String; 7] {
    let next = match line.next_at {
        _ if !line.enabled => "đang tắt".to_owned(),
        None => "hết lịch".to_owned(),
        Some(_) if line.running => "đang chạy".to_owned(),
        Some(at) if *at <= now => format!(
            "{} (trễ {})",
            table::local(*at),
            table::span((now - *at).num_milliseconds())
        ),
        Some(at) => table::local(*at),
    };
    let Some(last) = line.last else {
        return [
            line.name,
            line.cron,
            "-".to_owned(),
            "-".to_owned(),
            "-".to_owned(),
            next,
            String::new(),
        ];
    };
    let said = last
        .result
        .map(|result| result.sentence)
        .or(last.error)
        .unwrap_or_default();
    let took = last.duration_ms.map_or_else(|| "-".to_owned(), table::span);
    let state = super::state_in_words(last.state).to_owned();
    [
        line.name,
        line.cron,
        table::local(*last.due_at),
        state,
        took,
        next,
        said,
    ]
}
