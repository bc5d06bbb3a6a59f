//! `tinbai doctor`: what an installation rests on, one line each.

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;

use serde_json::json;

use super::{CliError, Lang};
use crate::app::doctor::{self, Finding, Grade};
use crate::clock::{Clock as _, SystemClock};
use crate::config::{ConfigError, Settings};

/// Arguments of `tinbai doctor`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// In JSON (answer in JSON)
    #[arg(long)]
    json: bool,
    /// Ngôn ngữ (language)
    #[arg(long, value_enum, default_value = "vi")]
    lang: Lang,
    /// Máy chủ tên miền để hỏi, ví dụ 127.0.0.1:53; mặc định theo hệ thống (name server to ask)
    #[arg(long, value_name = "ADDRESS")]
    resolver: Option<SocketAddr>,
}

/// Looks at everything; exit code 1 if something is wrong.
pub fn run(
    args: &Args,
    settings: impl FnOnce() -> Result<Settings, ConfigError>,
    out: &mut dyn Write,
) -> Result<ExitCode, CliError> {
    let found = doctor::examine(settings(), args.resolver, SystemClock::new().now());
    if args.json {
        let all: Vec<_> = found.iter().map(|one| as_json(one, args.lang)).collect();
        let text = serde_json::to_string_pretty(&all).map_err(|error| CliError::failed(&error))?;
        writeln!(out, "{text}")?;
    } else {
        for one in &found {
            let (grade, check) = (word(one.grade, args.lang), one.check);
            let sentence = one.sentence(args.lang.locale());
            // a fault of the settings may have several lines
            let sentence = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
            writeln!(out, "{grade:<8}  {check:<11}  {sentence}")?;
        }
    }
    let is_wrong = found.iter().any(|one| one.grade == Grade::Wrong);
    Ok(match is_wrong {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

fn word(grade: Grade, lang: Lang) -> &'static str {
    match (grade, lang) {
        (Grade::Ok, Lang::Vi) => "tốt",
        (Grade::Warning, Lang::Vi) => "chú ý",
        (Grade::Wrong, Lang::Vi) => "hỏng",
        (grade, Lang::En) => grade.as_str(),
    }
}

fn as_json(one: &Finding, lang: Lang) -> serde_json::Value {
    json!({
        "grade": one.grade, "check": one.check, "code": one.code,
        "message": one.sentence(lang.locale()),
    })
}
