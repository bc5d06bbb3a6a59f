//! Logs and traces.

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

/// `[telemetry]`: logs, on standard error, and traces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TelemetrySettings {
    /// How a line looks.
    pub format: LogFormat,
    /// What is logged, in the form of `tracing` filters: `info`, `info,tinbai=debug`.
    pub filter: String,
    /// Where an OpenTelemetry collector takes spans by OTLP over HTTP: `http://127.0.0.1:4318`.
    /// `None`: they are not exported. Only in a program that was built with the feature
    /// `opentelemetry`.
    pub endpoint: Option<String>,
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            filter: "info".to_owned(),
            endpoint: None,
        }
    }
}

impl TelemetrySettings {
    pub(in crate::config) fn check(&self, faults: &mut Vec<Invalid>) {
        if let Err(error) = self.filter.parse::<tracing_subscriber::filter::Targets>() {
            faults.push(Invalid::new("telemetry.filter", "config_filter").with("cause", error));
        }
        let Some(endpoint) = &self.endpoint else {
            return;
        };
        let code = match super::is_web_address(endpoint) {
            _ if cfg!(not(feature = "opentelemetry")) => "config_no_opentelemetry",
            true => return,
            false => "config_telemetry_endpoint",
        };
        faults
            .push(Invalid::new("telemetry.endpoint", code).with("value", endpoint.escape_debug()));
    }
}
