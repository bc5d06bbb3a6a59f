//! Writing the audit trail from use cases.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::access::Actor;
use crate::service::Error;
use crate::store::Conn;
use crate::store::audit::{NewAudit, insert};
use crate::store::types::{micros, to_json};

/// What happened to what; `record` writes it.
#[derive(Debug, Clone)]
pub struct Entry {
    line: NewAudit,
}

impl Entry {
    /// `action` (a verb) was done to the `entity` with that id.
    pub fn new(actor: &Actor, now: DateTime<Utc>, action: &str, entity: &str, id: impl ToString) -> Self {
        Self {
            line: NewAudit {
                at: micros(now),
                actor: actor.name.clone(),
                action: action.to_owned(),
                entity: entity.to_owned(),
                entity_id: id.to_string(),
                unit_id: None,
                old: None,
                new: None,
                reason: None,
                request_id: actor.request_id.clone(),
            },
        }
    }

    /// The unit that it concerns.
    #[must_use]
    pub fn unit(mut self, id: i64) -> Self {
        self.line.unit_id = Some(id);
        self
    }

    /// Why, where a reason is asked for.
    #[must_use]
    pub fn reason(mut self, reason: &str) -> Self {
        self.line.reason = Some(reason.to_owned());
        self
    }

    /// The value before.
    ///
    /// # Errors
    /// If the value can't be written as JSON.
    pub fn old(mut self, value: &impl Serialize) -> Result<Self, Error> {
        self.line.old = Some(to_json(value)?);
        Ok(self)
    }

    /// The value after.
    ///
    /// # Errors
    /// If the value can't be written as JSON.
    pub fn new_value(mut self, value: &impl Serialize) -> Result<Self, Error> {
        self.line.new = Some(to_json(value)?);
        Ok(self)
    }

    /// Writes it in the caller's transaction.
    ///
    /// # Errors
    /// Only the database's own.
    pub fn record(self, conn: &mut Conn) -> Result<(), Error> {
        Ok(insert(conn, &self.line)?)
    }
}
