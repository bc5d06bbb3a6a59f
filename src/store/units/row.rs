//! A unit as stored.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde::Serialize;

use crate::domain::grant::Days;
use crate::domain::ids::UnitId;
use crate::domain::mail::EmailAddress;
use crate::domain::text::fold;
use crate::domain::unit::{Category, UnitFacts};
use crate::store::schema::unit;
use crate::store::types::{At, StoredAddress, Word};

/// A unit as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = unit, treat_none_as_null = true)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct UnitRow {
    #[diesel(skip_insertion)]
    pub id: UnitId,
    pub code: String,
    pub name: String,
    pub name_folded: String,
    pub category: Word<Category>,
    pub parent_id: Option<UnitId>,
    pub federation_id: UnitId,
    pub cluster: Option<String>,
    pub founded_on: Option<NaiveDate>,
    pub ended_on: Option<NaiveDate>,
    pub successor_id: Option<UnitId>,
    #[diesel(deserialize_as = StoredAddress)]
    pub mail: Option<EmailAddress>,
    pub version: i32,
    pub created_at: At,
    pub updated_at: At,
}

impl UnitRow {
    /// Whether the unit exists on a local date.
    pub fn exists_on(&self, date: NaiveDate) -> bool {
        Days::new(self.founded_on, self.ended_on).contains(date)
    }

    /// Gives it another name.
    pub fn rename(&mut self, name: String) {
        self.name_folded = fold(&name);
        self.name = name;
    }

    /// A row for a new unit below `parent`.
    pub fn new(facts: UnitFacts, parent: Option<&Self>, now: DateTime<Utc>) -> Self {
        Self {
            id: UnitId::NONE,
            name_folded: fold(&facts.name),
            code: facts.code,
            name: facts.name,
            category: facts.category.into(),
            parent_id: parent.map(|parent| parent.id),
            federation_id: parent.map_or(UnitId::NONE, |parent| parent.federation_id),
            cluster: facts.cluster,
            founded_on: facts.founded_on,
            ended_on: facts.ended_on,
            successor_id: None,
            mail: facts.mail,
            version: 1,
            created_at: now.into(),
            updated_at: now.into(),
        }
    }
}
