//! `tinbai doctor`: looks at everything that an installation rests on, and says of each in one
//! sentence how it is and what to do. It changes nothing and sends nothing.
//!
//! | file | what |
//! |---|---|
//! | `places` | folders, the port, the room on the disks |
//! | `data` | the database, the clock, time zones, backups |
//! | `post` | the mail server: what it offers, its certificate |
//! | `records` | SPF, DKIM and DMARC of the sender's domain |
//! | `resolver` | asks a name server for texts |

mod data;
mod places;
mod post;
mod records;
mod resolver;

use std::net::SocketAddr;

use chrono::{DateTime, Utc};

use crate::config::{ConfigError, Settings};
use crate::domain::words;
use crate::text_enum;

text_enum! {
    /// How something is.
    pub enum Grade {
        /// Fine.
        Ok,
        /// It works, and should be looked at.
        Warning,
        /// It does not work.
        Wrong,
    }
}

/// What was found about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How it is.
    pub grade: Grade,
    /// What was looked at: `database`, `smtp`…
    pub check: &'static str,
    /// The key of its sentence below `doctor.` in the locale files.
    pub code: &'static str,
    values: Vec<(&'static str, String)>,
}

impl Finding {
    fn new(grade: Grade, check: &'static str, code: &'static str) -> Self {
        Self {
            grade,
            check,
            code,
            values: Vec::new(),
        }
    }

    fn ok(check: &'static str, code: &'static str) -> Self {
        Self::new(Grade::Ok, check, code)
    }

    fn warning(check: &'static str, code: &'static str) -> Self {
        Self::new(Grade::Warning, check, code)
    }

    fn wrong(check: &'static str, code: &'static str) -> Self {
        Self::new(Grade::Wrong, check, code)
    }

    fn with(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.values.push((name, value.to_string()));
        self
    }

    /// How it is and what to do, in the given locale.
    pub fn sentence(&self, locale: &str) -> String {
        let values: Vec<(&str, &str)> = self
            .values
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        words::say(locale, &format!("doctor.{}", self.code), &values)
    }
}

/// Looks at everything; without valid settings, at these alone. Blocks, mostly on the mail server
/// and the name server.
pub fn examine(
    settings: Result<Settings, ConfigError>,
    resolver: Option<SocketAddr>,
    now: DateTime<Utc>,
) -> Vec<Finding> {
    let settings = match settings {
        Ok(settings) => settings,
        Err(ConfigError(faults)) => {
            let fault =
                |cause: String| Finding::wrong("settings", "settings_wrong").with("cause", cause);
            return faults.into_iter().map(fault).collect();
        }
    };
    let mut found = vec![Finding::ok("settings", "settings_ok")];
    found.extend(places::examine(&settings));
    found.extend(data::examine(&settings, now));
    found.extend(post::examine(&settings.mail, now));
    found.extend(records::examine(&settings.mail, resolver));
    found
}
