//! Instants in replies: RFC 3339 in the zone in which users read, `2026-11-20T16:00:00+07:00`. In
//! requests any offset is taken, but there has to be one.

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

use crate::domain::text::serialize_instant;
use crate::store::StoreError;

/// An instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, utoipa::ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-20T16:00:00+07:00")]
pub struct Instant(pub DateTime<Utc>);

impl Instant {
    /// A stored instant, in microseconds.
    ///
    /// # Errors
    /// If the number lies outside the calendar's years.
    pub fn stored(micros: i64) -> Result<Self, StoreError> {
        let at = DateTime::from_timestamp_micros(micros);
        at.map(Self)
            .ok_or_else(|| StoreError::Corrupt(format!("instant {micros}")))
    }
}

impl From<DateTime<Utc>> for Instant {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        serialize_instant(&self.0, to)
    }
}
