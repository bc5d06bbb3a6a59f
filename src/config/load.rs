//! Reading and merging the layers of the settings; what the values mean lives in the topics' own
//! files.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use super::secret::DatabaseUrl;
use super::{Secret, Settings};
use crate::domain::text::without_mark;

/// Every fault of the settings, one a line, each with its key or place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n        "))]
pub struct ConfigError(pub Vec<String>);

impl ConfigError {
    fn one(fault: String) -> Self {
        Self(vec![fault])
    }
}

pub(super) fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Settings, ConfigError> {
    let mut layers = match file {
        Some(path) => read_file(path)?,
        None => Table::new(),
    };
    let mut faults = Vec::new();
    for (name, value) in environment {
        let Some(name) = name.to_str().filter(|name| is_setting(name)) else {
            continue;
        };
        match variable(name, value) {
            Ok(layer) => merge(&mut layers, layer),
            Err(fault) => faults.push(fault),
        }
    }
    if !faults.is_empty() {
        return Err(ConfigError(faults));
    }
    let mut settings = Settings::deserialize(Value::Table(layers))
        .map_err(|error| ConfigError::one(error.to_string()))?;
    read_secrets(&mut settings)?;
    match settings.faults() {
        faults if faults.is_empty() => Ok(settings),
        faults => Err(ConfigError(
            faults.iter().map(ToString::to_string).collect(),
        )),
    }
}

/// Variables with a section are settings; `TINBAI_CONFIG` and the like are not.
fn is_setting(name: &str) -> bool {
    name.strip_prefix("TINBAI_")
        .is_some_and(|key| key.contains("__"))
}

fn read_file(path: &Path) -> Result<Table, ConfigError> {
    let place = path.display();
    let text = fs::read_to_string(path)
        .map(without_mark)
        .map_err(|error| {
            ConfigError::one(format!(
                "không đọc được tệp cấu hình {place} (cannot read it): {error}"
            ))
        })?;
    // Deserialised here already, so that a fault is told with its line.
    match toml::from_str::<Settings>(&text) {
        Ok(_) => toml::from_str::<Table>(&text)
            .map_err(|error| ConfigError::one(format!("{place}: {error}"))),
        Err(error) => {
            let start = error.span().map_or(0, |span| span.start);
            let before = text.get(..start).unwrap_or_default();
            let line = before.matches('\n').count();
            let content = text.lines().nth(line).unwrap_or_default().trim();
            Err(ConfigError::one(format!(
                "{place}:{}: `{content}`: {}",
                line + 1,
                error.message()
            )))
        }
    }
}

/// `TINBAI_MAIL__SMTP__PORT=25` as the table `mail.smtp.port = 25`, or what is wrong with it.
fn variable(name: &str, value: OsString) -> Result<Table, String> {
    let value = value
        .into_string()
        .map_err(|_| format!("{name}: không phải UTF-8 (is not UTF-8)"))?;
    let path: Vec<String> = name
        .trim_start_matches("TINBAI_")
        .split("__")
        .map(str::to_lowercase)
        .collect();
    let layer = nest(&path, typed(&path, &value));
    // The value itself stays out of the message: it may be a secret.
    match Settings::deserialize(Value::Table(layer.clone())) {
        Ok(_) => Ok(layer),
        Err(error) => Err(format!("{name}: {}", error.message().replace(&value, "…"))),
    }
}

/// Variables carry text only: the default at `path` says what the text stands for. Optional
/// settings are texts.
fn typed(path: &[String], value: &str) -> Value {
    let text = || Value::String(value.to_owned());
    let Ok(defaults) = Value::try_from(Settings::default()) else {
        return text();
    };
    match path.iter().try_fold(&defaults, |at, key| at.get(key)) {
        Some(Value::Integer(_)) => value.trim().parse().map_or_else(|_| text(), Value::Integer),
        Some(Value::Boolean(_)) => value.trim().parse().map_or_else(|_| text(), Value::Boolean),
        _ => text(),
    }
}

fn nest(path: &[String], value: Value) -> Table {
    let innermost = path.iter().rev().fold(value, |inner, key| {
        let mut table = Table::new();
        table.insert(key.clone(), inner);
        Value::Table(table)
    });
    match innermost {
        Value::Table(table) => table,
        _ => Table::new(),
    }
}

fn merge(under: &mut Table, over: Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(Value::Table(under)), Value::Table(over)) => merge(under, over),
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

/// Puts the content of every `*_file` setting in its place.
fn read_secrets(settings: &mut Settings) -> Result<(), ConfigError> {
    if let Some(secret) = secret_file("database.url_file", settings.database.url_file.as_ref())? {
        settings.database.url = DatabaseUrl::new(secret);
    }
    if let Some(secret) = secret_file(
        "mail.smtp.password_file",
        settings.mail.smtp.password_file.as_ref(),
    )? {
        settings.mail.smtp.password = Some(Secret::new(secret));
    }
    if let Some(secret) = secret_file(
        "openid.client_secret_file",
        settings.openid.client_secret_file.as_ref(),
    )? {
        settings.openid.client_secret = Some(Secret::new(secret));
    }
    Ok(())
}

fn secret_file(key: &str, path: Option<&PathBuf>) -> Result<Option<String>, ConfigError> {
    let Some(path) = path else { return Ok(None) };
    let fault = |cause: String| ConfigError::one(format!("{key}: {}: {cause}", path.display()));
    let text = fs::read_to_string(path)
        .map(without_mark)
        .map_err(|error| fault(error.to_string()))?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(fault("tệp trống (the file is empty)".to_owned())),
        secret => Ok(Some(secret.to_owned())),
    }
}
