//! Between stored primitives and domain values. [`At`], [`Word`], [`AsText`] and [`Json`] are the types of
//! columns: a row that carries them needs no conversion behind the store.

use std::cmp::Ordering;
use std::fmt::{Debug, Display};
use std::marker::PhantomData;
use std::ops::Deref;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::sqlite::Sqlite;
use serde::de::{DeserializeOwned, IntoDeserializer as _};
use serde::{Serialize, Serializer};

use super::StoreError;
use super::multi::MultiBackend;
use crate::domain::mail::EmailAddress;
use crate::domain::text::serialize_instant;

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

/// A domain enum stored as its word (see `text_enum!`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Word<T: StoredWord>(pub T);

/// An enum that has a word for each value: every `text_enum!` is one.
pub trait StoredWord: Copy + Debug + FromStr + Send + Sync + 'static {
    /// Its word.
    fn word(self) -> &'static str;
}

impl<T> StoredWord for T
where
    T: Copy + Debug + FromStr + Send + Sync + 'static,
    &'static str: From<T>,
{
    fn word(self) -> &'static str {
        self.into()
    }
}

impl<T: StoredWord + PartialEq> PartialEq<T> for Word<T> {
    fn eq(&self, other: &T) -> bool {
        self.0 == *other
    }
}

impl<T: StoredWord> From<T> for Word<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: StoredWord> Debug for Word<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: StoredWord> Deref for Word<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: StoredWord> Display for Word<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.word())
    }
}

impl<T: StoredWord> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.word())
    }
}

impl<T: StoredWord, DB: Backend> FromSql<Text, DB> for Word<T>
where
    String: FromSql<Text, DB>,
{
    fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let text = String::from_sql(raw)?;
        let known = T::from_str(&text).map(Self);
        known.map_err(|_| format!("{text:?} is no {}", std::any::type_name::<T>()).into())
    }
}

/// A value stored as JSON text.
#[derive(Clone, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Json<T: Debug>(pub T);

impl<T: Debug> Debug for Json<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: Debug> Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Debug + Serialize> Serialize for Json<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<T: DeserializeOwned + Debug, DB: Backend> FromSql<Text, DB> for Json<T>
where
    String: FromSql<Text, DB>,
{
    fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let text = String::from_sql(raw)?;
        let read = serde_json::from_str(&text).map(Self);
        read.map_err(|e| format!("{}: {e}", std::any::type_name::<T>()).into())
    }
}

/// Derives the columns of [`EmailAddress`], which knows nothing of the database.
#[derive(AsExpression, FromSqlRow)]
#[diesel(foreign_derive, sql_type = Text)]
#[expect(dead_code, reason = "it only stands for the foreign type")]
struct EmailAddressColumn(EmailAddress);

impl<DB: Backend> FromSql<Text, DB> for EmailAddress
where
    String: FromSql<Text, DB>,
{
    fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let text = String::from_sql(raw)?;
        text.parse()
            .map_err(|_| format!("{text:?} is no mail address").into())
    }
}

/// The mail address of a person or a unit as stored. A text that is no address, which no input lets
/// in, counts as none: it must not keep the other rows from being read.
#[derive(Debug, Clone, FromSqlRow)]
pub struct StoredAddress(Option<EmailAddress>);

impl<DB: Backend> FromSql<Nullable<Text>, DB> for StoredAddress
where
    String: FromSql<Text, DB>,
{
    fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let text = String::from_sql(raw)?;
        let address = text.parse();
        if address.is_err() {
            tracing::warn!("a stored mail address is none");
        }
        Ok(Self(address.ok()))
    }

    fn from_nullable_sql(raw: Option<DB::RawValue<'_>>) -> deserialize::Result<Self> {
        raw.map_or(Ok(Self(None)), Self::from_sql)
    }
}

impl From<StoredAddress> for Option<EmailAddress> {
    fn from(stored: StoredAddress) -> Self {
        stored.0
    }
}

/// A value stored as the text that its `Display` writes and its `FromStr` reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct AsText<T: Debug>(pub T);

impl<T: Debug> Deref for AsText<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Debug + Display> Display for AsText<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Display::fmt(&self.0, f)
    }
}

impl<T: Debug + Display> Serialize for AsText<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<T, DB: Backend> FromSql<Text, DB> for AsText<T>
where
    T: Debug + FromStr<Err: std::error::Error + Send + Sync + 'static>,
    String: FromSql<Text, DB>,
{
    fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(String::from_sql(raw)?.parse()?))
    }
}

/// A value stored as JSON text that is parsed when it is asked for: reading many rows of which few
/// are looked into must not parse them all.
#[derive(Clone, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct JsonText<T> {
    text: String,
    value: PhantomData<fn() -> T>,
}

impl<T: Serialize> JsonText<T> {
    /// The text of a value.
    ///
    /// # Errors
    /// If the value can't be written as JSON (a map with keys that are no strings).
    pub fn of(value: &T) -> Result<Self, StoreError> {
        Ok(Self {
            text: to_json(value)?,
            value: PhantomData,
        })
    }
}

impl<T: DeserializeOwned> JsonText<T> {
    /// The value.
    ///
    /// # Errors
    /// If the text is not what this version writes.
    pub fn read(&self) -> Result<T, StoreError> {
        from_json(std::any::type_name::<T>(), &self.text)
    }
}

impl<T> JsonText<T> {
    /// The text as stored.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<T> Debug for JsonText<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl<T, DB: Backend> FromSql<Text, DB> for JsonText<T>
where
    String: FromSql<Text, DB>,
{
    fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self {
            text: String::from_sql(raw)?,
            value: PhantomData,
        })
    }
}

/// How a column type is written on both backends.
macro_rules! written_as {
    ($sql:ty, [$($generics:tt)*], $name:ty, $value:ident => $primitive:expr) => {
        impl<$($generics)*> ToSql<$sql, Sqlite> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                let $value = self;
                out.set_value($primitive);
                Ok(IsNull::No)
            }
        }

        impl<$($generics)*> ToSql<$sql, Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                let $value = self;
                let primitive = $primitive;
                ToSql::<$sql, Pg>::to_sql(&primitive, &mut out.reborrow())
            }
        }

        impl<$($generics)*> ToSql<$sql, MultiBackend> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                out.set_value((<$sql>::default(), self));
                Ok(IsNull::No)
            }
        }
    };
}

written_as!(BigInt, [], At, at => at.0.timestamp_micros());
written_as!(Text, [T: StoredWord], Word<T>, word => word.0.word());
written_as!(Text, [], EmailAddress, mail => mail.as_str());
written_as!(
    Text,
    [T: Serialize + Debug + Send + Sync + 'static],
    Json<T>,
    json => serde_json::to_string(&json.0)?
);

written_as!(
    Text,
    [T: Display + Debug + Send + Sync + 'static],
    AsText<T>,
    value => value.0.to_string()
);
written_as!(Text, [T: 'static], JsonText<T>, json => json.text.as_str());

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
