//! Instants: stored as integers.

use std::cmp::Ordering;
use std::fmt::Debug;
use std::ops::Deref;

use chrono::{DateTime, Utc};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::BigInt;
use diesel::sqlite::Sqlite;
use serde::{Serialize, Serializer};

use crate::domain::text::serialize_instant;
use crate::store::StoreError;
use crate::store::multi::MultiBackend;

/// An instant: stored as microseconds since 1970-01-01 UTC, shown as RFC 3339 in the zone in which
/// users read.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    AsExpression,
    FromSqlRow,
    utoipa::ToSchema,
)]
#[diesel(sql_type = BigInt)]
#[schema(
    as = Instant,
    description = "An instant.",
    value_type = String,
    format = DateTime,
    example = "2026-11-20T16:00:00+07:00"
)]
pub struct At(pub DateTime<Utc>);

impl At {
    /// A stored instant, in microseconds.
    ///
    /// # Errors
    /// If the number lies outside the calendar's years.
    pub fn stored(micros: i64) -> Result<Self, StoreError> {
        instant(micros).map(Self)
    }
}

impl Serialize for At {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        serialize_instant(&self.0, to)
    }
}

impl From<DateTime<Utc>> for At {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at)
    }
}

impl PartialEq<DateTime<Utc>> for At {
    fn eq(&self, other: &DateTime<Utc>) -> bool {
        self.0 == *other
    }
}

impl PartialOrd<DateTime<Utc>> for At {
    fn partial_cmp(&self, other: &DateTime<Utc>) -> Option<Ordering> {
        self.0.partial_cmp(other)
    }
}

impl Deref for At {
    type Target = DateTime<Utc>;

    fn deref(&self) -> &DateTime<Utc> {
        &self.0
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for At
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let micros = i64::from_sql(raw)?;
        let at = DateTime::from_timestamp_micros(micros);
        at.map(Self)
            .ok_or_else(|| format!("instant {micros} is out of range").into())
    }
}

written_as!(BigInt, [], At, at => at.0.timestamp_micros());

/// An instant as stored: microseconds since 1970-01-01 UTC.
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
