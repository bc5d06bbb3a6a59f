//! Logs.

use serde::{Deserialize, Serialize};

use crate::domain::error::Invalid;

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for log collectors.
    Json,
}

/// `[telemetry]`: logs, on standard error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TelemetrySettings {
    /// How a line looks.
    pub format: LogFormat,
    /// What is logged, in the form of `tracing` filters: `info`, `info,tinbai=debug`.
    pub filter: String,
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            filter: "info".to_owned(),
        }
    }
}

impl TelemetrySettings {
    pub(in crate::config) fn check(&self, faults: &mut Vec<Invalid>) {
        if let Err(error) = self.filter.parse::<tracing_subscriber::filter::Targets>() {
            faults.push(Invalid::new("telemetry.filter", "config_filter").with("cause", error));
        }
    }
}
