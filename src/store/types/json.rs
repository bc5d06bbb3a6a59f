//! Values stored as JSON text.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::Deref;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};

use crate::store::StoreError;
use crate::store::multi::MultiBackend;

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

written_as!(
    Text,
    [T: Serialize + Debug + Send + Sync + 'static],
    Json<T>,
    json => serde_json::to_string(&json.0)?
);
written_as!(Text, [T: 'static], JsonText<T>, json => json.text.as_str());

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
