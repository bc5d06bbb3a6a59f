//! Writing the audit trail from use cases: [`Tx::audit`] begins a line, [`AuditLine::record`] writes
//! it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::domain::access::Actor;
use crate::domain::ids::UnitId;
use crate::service::core::tx::Tx;
use crate::service::{App, Error};
use crate::store::audit::{AuditRow, insert, noted_since};
use crate::store::types::{AsText, to_json};
use crate::store::{Conn, StoreError};

/// A line of the audit trail that is being put together.
#[must_use = "a line is written by `record`"]
pub struct AuditLine<'t> {
    conn: &'t mut Conn,
    line: Result<AuditRow, StoreError>,
}

impl Tx<'_> {
    /// Begins a line of the audit trail: the actor did `action` (a verb) to the `entity` with that
    /// id.
    pub fn audit(&mut self, action: &str, entity: &str, id: impl ToString) -> AuditLine<'_> {
        AuditLine {
            line: Ok(row(self.actor, self.now, action, entity, id)),
            conn: self.conn,
        }
    }
}

impl AuditLine<'_> {
    /// The unit that it concerns.
    pub fn unit(self, id: impl Into<Option<UnitId>>) -> Self {
        let id = id.into();
        self.with(|line| {
            line.unit_id = id;
            Ok(())
        })
    }

    /// Why, where a reason was given.
    pub fn reason<'r>(self, reason: impl Into<Option<&'r str>>) -> Self {
        let reason = reason.into().map(str::to_owned);
        self.with(|line| {
            line.reason = reason;
            Ok(())
        })
    }

    /// The value before.
    pub fn old(self, value: &impl Serialize) -> Self {
        self.with(|line| {
            line.old = Some(to_json(value)?);
            Ok(())
        })
    }

    /// The value after.
    pub fn new_value(self, value: &impl Serialize) -> Self {
        self.with(|line| {
            line.new = Some(to_json(value)?);
            Ok(())
        })
    }

    /// Writes it.
    ///
    /// # Errors
    /// If a value can't be written as JSON; those of the database.
    pub fn record(self) -> Result<(), Error> {
        Ok(insert(self.conn, &self.line?)?)
    }

    fn with(mut self, change: impl FnOnce(&mut AuditRow) -> Result<(), StoreError>) -> Self {
        self.line = self.line.and_then(|mut line| {
            change(&mut line)?;
            Ok(line)
        });
        self
    }
}

fn row(
    actor: &Actor,
    now: DateTime<Utc>,
    action: &str,
    entity: &str,
    id: impl ToString,
) -> AuditRow {
    AuditRow {
        id: 0,
        at: now.into(),
        actor_id: AsText(actor.id),
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
    }
}

/// A refusal of the same route to the same caller is noted no more often than this.
const REFUSALS_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Notes that a caller was refused something: `route` is the verb and the pattern of the address.
/// Two replicas that refuse the same at once note it once: the transaction that comes second is
/// tried again and finds the line of the first.
pub fn refused(app: &App, actor: &Actor, route: &str, now: DateTime<Utc>) -> Result<(), Error> {
    let noted = |tx: &mut Tx<'_>| {
        let line = row(tx.actor, tx.now, "refused", "route", route);
        noted_since(tx.conn, &line, tx.now - REFUSALS_EVERY).map_err(Error::from)
    };
    // asked by a reader first: a caller that is refused often must not block the one writer
    if app.read(actor, now, noted)? {
        return Ok(());
    }
    app.write(actor, now, |tx| {
        if noted(tx)? {
            return Ok(());
        }
        let unit = tx.actor.homes().next();
        tx.audit("refused", "route", route).unit(unit).record()
    })
}

/// What happened to what, for code that has no [`Tx`] yet.
#[derive(Debug, Clone)]
pub struct Entry {
    line: AuditRow,
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
            line: row(actor, now, action, entity, id),
        }
    }

    /// The unit that it concerns.
    #[must_use]
    pub fn unit(mut self, id: UnitId) -> Self {
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
    pub fn record(self, conn: &mut Conn) -> Result<(), Error> {
        Ok(insert(conn, &self.line)?)
    }
}
