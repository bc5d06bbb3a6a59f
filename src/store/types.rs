//! Between stored primitives and domain values: instants, JSON.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::{DeserializeOwned, IntoDeserializer as _};

use super::StoreError;

/// An instant as stored: microseconds since 1970-01-01 UTC.
#[must_use]
pub fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

/// A stored instant.
///
/// # Errors
/// If the number lies outside chrono's years.
pub fn instant(micros: i64) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| StoreError::Corrupt(format!("instant {micros}")))
}

/// A stored instant that may be absent.
///
/// # Errors
/// As [`instant`].
pub fn instant_opt(micros: Option<i64>) -> Result<Option<DateTime<Utc>>, StoreError> {
    micros.map(instant).transpose()
}

/// A value as stored JSON text.
///
/// # Errors
/// If the value can't be written as JSON (a map with keys that are no strings).
pub fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|e| StoreError::Corrupt(format!("can't be written as JSON: {e}")))
}

/// A value from stored JSON text.
///
/// # Errors
/// If the text is not what this version writes.
pub fn from_json<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|e| StoreError::Corrupt(format!("{what}: {e}")))
}

/// A unit-only enum from its stored text, by its serde names.
///
/// # Errors
/// If no variant has that name.
pub fn from_text<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, StoreError> {
    let read: Result<T, serde::de::value::Error> = T::deserialize(text.into_deserializer());
    read.map_err(|e| StoreError::Corrupt(format!("{what}: {e}")))
}

/// The stored text of a unit-only enum: its serde name.
///
/// # Errors
/// If the value is not written as a JSON string.
pub fn to_text<T: Serialize>(value: &T) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => Ok(text),
        other => Err(StoreError::Corrupt(format!("not a plain name: {other:?}"))),
    }
}
