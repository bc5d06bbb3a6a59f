//! Settings: one struct per topic, read once at the start and passed on; nothing is global.
//!
//! Layers, later wins: the defaults in the code, a file (`--config` or `TINBAI_CONFIG`),
//! environment variables `TINBAI_SECTION__KEY` (`TINBAI_MAIL__SMTP__HOST`). Unknown keys are
//! refused by name. `config/default.toml` shows every setting; a test keeps it equal to the
//! defaults of the code. How layers are merged lives in `load`, what a value may be in the topic's
//! own file, secrets in [`secret`].

/// Notes a fault of each of these settings of a section that lies outside its range.
macro_rules! within {
    ($faults:expr, $section:literal, $settings:expr, { $($field:ident: $range:expr,)+ }) => { $(
        $crate::config::within(
            $faults,
            concat!($section, ".", stringify!($field)),
            $crate::config::units::Number::number($settings.$field),
            $range,
        );
    )+ };
}

pub mod accounts;
pub mod audit;
pub mod backup;
pub mod database;
mod load;
pub mod mail;
pub mod openid;
pub mod secret;
pub mod server;
pub mod units;
pub mod worker;

use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::domain::error::Invalid;

pub use accounts::AccountSettings;
pub use audit::AuditSettings;
pub use backup::{BackupSettings, KeepSettings};
pub use database::DatabaseSettings;
pub use load::ConfigError;
pub use mail::{DeliverySettings, MailSettings, MailTransport, SmtpSettings, SmtpTls};
pub use openid::OpenIdSettings;
pub use secret::Secret;
pub use server::{HttpSettings, LogFormat, Networks, ServerSettings, TelemetrySettings};
pub use units::{Days, Seconds};
pub use worker::WorkerSettings;

/// The commented sample file, `config/default.toml`.
pub const SAMPLE: &str = include_str!("../../config/default.toml");

/// Everything that can be set, by topic.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Where and how requests are accepted.
    pub server: ServerSettings,
    /// Where the data lives.
    pub database: DatabaseSettings,
    /// How mails are sent.
    pub mail: MailSettings,
    /// The scheduler and its checks.
    pub worker: WorkerSettings,
    /// Signing in.
    pub accounts: AccountSettings,
    /// Single sign-on.
    pub openid: OpenIdSettings,
    /// Paging and idempotency of the API.
    pub http: HttpSettings,
    /// How long the audit trail is kept.
    pub audit: AuditSettings,
    /// Backups.
    pub backup: BackupSettings,
    /// Logs.
    pub telemetry: TelemetrySettings,
}

impl Settings {
    /// Defaults, overlaid by `file` and by the `TINBAI_SECTION__KEY` variables among `environment`.
    ///
    /// # Errors
    /// Every fault found, each naming its key and how to mend it.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        load::load(file, environment)
    }

    /// What serde cannot see: values that fit their type and still make no sense.
    fn faults(&self) -> Vec<Invalid> {
        let mut faults = Vec::new();
        self.server.check(&mut faults);
        self.database.check(&mut faults);
        self.mail.check(&mut faults);
        self.worker.check(&mut faults);
        self.accounts.check(&mut faults);
        self.openid.check(&self.server, &mut faults);
        self.http.check(&mut faults);
        self.audit.check(&mut faults);
        self.backup.check(&mut faults);
        self.telemetry.check(&mut faults);
        faults
    }
}

/// Notes a fault of `key` unless `value` lies in `range`.
fn within(faults: &mut Vec<Invalid>, key: &'static str, value: u64, range: RangeInclusive<u64>) {
    if !range.contains(&value) {
        faults.push(
            Invalid::new(key, "config_range")
                .with("value", value)
                .with("from", range.start())
                .with("to", range.end()),
        );
    }
}

#[cfg(test)]
mod tests;
