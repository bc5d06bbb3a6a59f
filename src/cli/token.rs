//! `tinbai token`: access tokens for the API.

use std::io::Write;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use clap::builder::PossibleValuesParser;

use super::{CliError, table};
use crate::app;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Settings;
use crate::domain::access::{Actor, Role};
use crate::domain::ids::TokenId;
use crate::service::accounts::tokens::{self, NewToken};
use crate::service::{App, units};
use crate::store::tokens::TokenRow;

/// Most tokens that one list shows.
const SHOWN: i64 = 1_000;

/// Arguments of `tinbai token`.
#[derive(Debug, clap::Args)]
#[command(disable_help_subcommand = true)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Tạo mã truy cập; mã chỉ hiện một lần (make a token; it is shown once)
    Create(Create),
    /// Liệt kê các mã đã tạo (list the tokens)
    List,
    /// Thu hồi một mã, có hiệu lực ngay (revoke a token at once)
    Revoke {
        /// Số của mã trong danh sách (its number in the list)
        id: TokenId,
    },
}

#[derive(Debug, clap::Args)]
struct Create {
    /// Vai trò (role)
    #[arg(long, value_parser = PossibleValuesParser::new(Role::ALL.iter().map(|role| role.as_str())))]
    role: String,
    /// Mã đơn vị; thiếu thì cả hệ thống (code of the unit; without it, the whole installation)
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
    /// Dùng để làm gì, để sau này nhận ra (what it is for)
    #[arg(long, value_name = "NAME", default_value = "dòng lệnh")]
    name: String,
    /// Hết hạn sau số ngày này; thiếu thì không hết hạn (ends after so many days; without it,
    /// never)
    #[arg(long, value_name = "N")]
    days: Option<u32>,
}

/// Creates, lists or revokes tokens.
pub fn run(args: &Args, settings: Settings, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    let app = app::open(settings).map_err(|error| CliError::failed(&error))?;
    let (actor, now) = (Actor::cli(), SystemClock::new().now());
    match &args.what {
        What::Create(args) => {
            let new = args.to_token(&app, now)?;
            let issued = app.write(&actor, now, |tx| tokens::create(tx, &new))?;
            // the token alone on its line, for scripts
            writeln!(out, "{}", issued.secret)?;
        }
        What::List => {
            let rows = app.read(&actor, now, |tx| tokens::list(tx, None, SHOWN))?;
            list(rows, now, out)?;
        }
        What::Revoke { id } => {
            let token = app.write(&actor, now, |tx| tokens::revoke(tx, *id))?;
            writeln!(out, "Đã thu hồi mã {} ({}).", token.id, token.name)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl Create {
    fn to_token(&self, app: &App, now: DateTime<Utc>) -> Result<NewToken, CliError> {
        let unit = self.unit.as_deref();
        Ok(NewToken {
            name: self.name.clone(),
            role: Role::parse(&self.role).ok_or_else(|| CliError::Usage(self.role.clone()))?,
            unit_id: unit
                .map(|code| app.read(&Actor::cli(), now, |tx| units::id_of(tx, code)))
                .transpose()?,
            person_id: None,
            days: self.days,
        })
    }
}

fn list(rows: Vec<TokenRow>, now: DateTime<Utc>, out: &mut dyn Write) -> Result<(), CliError> {
    let titles = [
        "Số",
        "Tên",
        "Vai trò",
        "Đơn vị",
        "Dùng lần cuối",
        "Tình trạng",
    ];
    let rows: Vec<[String; 6]> = rows.into_iter().map(|token| row(token, now)).collect();
    table::write(out, titles, &rows)?;
    Ok(())
}

fn row(token: TokenRow, now: DateTime<Utc>) -> [String; 6] {
    let state = match (token.revoked_at.as_deref(), token.expires_at.as_deref()) {
        (Some(at), _) => format!("thu hồi {}", table::local(*at)),
        (None, Some(at)) if *at <= now => format!("hết hạn {}", table::local(*at)),
        (None, Some(at)) => format!("đến {}", table::local(*at)),
        (None, None) => "không thời hạn".to_owned(),
    };
    let unit = token
        .unit_id
        .map_or_else(|| "cả hệ thống".to_owned(), |id| id.to_string());
    let used = token
        .last_used_at
        .map_or_else(|| "-".to_owned(), |at| table::local(*at));
    [
        token.id.to_string(),
        token.name,
        token.role.as_str().to_owned(),
        unit,
        used,
        state,
    ]
}
