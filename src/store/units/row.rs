//! A unit as stored.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde::Serialize;

use crate::domain::grant::Days;
use crate::domain::ids::UnitId;
use crate::domain::mail::EmailAddress;
use crate::domain::text::{fold, local_midnight};
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
    pub counts_from: Option<NaiveDate>,
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

    /// Since when it owes: it owes nothing for what had ended by then. That is when it was entered, or
    /// the earlier day that an import named.
    pub fn owes_since(&self) -> DateTime<Utc> {
        let entered_at = self.created_at.0;
        self.counts_from
            .map_or(entered_at, |day| local_midnight(day).min(entered_at))
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
            counts_from: facts.counts_from,
            successor_id: None,
            mail: facts.mail,
            version: 1,
            created_at: now.into(),
            updated_at: now.into(),
        }
    }
}
