//! Values stored as text: words of enums, mail addresses, and what has a `Display`.

use std::fmt::{Debug, Display};
use std::ops::Deref;
use std::str::FromStr;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Nullable, Text};
use diesel::sqlite::Sqlite;
use serde::{Serialize, Serializer};

use crate::domain::mail::EmailAddress;
use crate::store::multi::MultiBackend;

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

written_as!(Text, [T: StoredWord], Word<T>, word => word.0.word());
written_as!(Text, [], EmailAddress, mail => mail.as_str());
written_as!(
    Text,
    [T: Display + Debug + Send + Sync + 'static],
    AsText<T>,
    value => value.0.to_string()
);
