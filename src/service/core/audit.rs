//! Writing the audit trail from use cases.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::domain::access::Actor;
use crate::service::{App, Error};
use crate::store::Conn;
use crate::store::audit::{NewAudit, insert, noted_since};
use crate::store::types::{micros, to_json};

/// What happened to what; `record` writes it.
#[derive(Debug, Clone)]
pub struct Entry {
    line: NewAudit,
}

impl Entry {
    /// `action` (a verb) was done to the `entity` with that id.
    pub fn new(
        actor: &Actor,
        now: DateTime<Utc>,
        action: &str,
        entity: &str,
        id: impl ToString,
    ) -> Self {
        Self {
            line: NewAudit {
                at: micros(now),
                actor: actor.name.clone(),
                person_id: actor.person_id,
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

/// A refusal of the same route to the same caller is noted no more often than this.
const REFUSALS_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Notes that a caller was refused something: `route` is the verb and the pattern of the address.
/// Two replicas that refuse the same at once note it once: the transaction that comes second is
/// tried again and finds the line of the first.
///
/// # Errors
/// Only the database's own.
pub fn refused(app: &App, actor: &Actor, route: &str, now: DateTime<Utc>) -> Result<(), Error> {
    let since = micros(now - REFUSALS_EVERY);
    let noted =
        |conn: &mut Conn| noted_since(conn, &actor.name, "refused", ("route", route), since);
    // whoever knocks without end finds a reader, not the one writer
    if app.store.read(noted)? {
        return Ok(());
    }
    app.store.write(|conn| {
        if noted(conn)? {
            return Ok(());
        }
        let line = Entry::new(actor, now, "refused", "route", route);
        match actor.homes().next() {
            Some(unit) => line.unit(unit).record(conn),
            None => line.record(conn),
        }
    })
}
