//! The reminders of a unit: what was sent to whom, and what waits.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::ids::{ObligationId, UnitId};
use crate::domain::party::Party;
use crate::domain::text::serialize_instant;
use crate::service::core::access::Action;
use crate::service::obligations::naming::Names;
use crate::service::obligations::standings::{Named, ReminderOutcome};
use crate::service::{Error, Rows, Tx};
use crate::store::obligations::find_many;
use crate::store::views::ahead;
use crate::store::{people, units};

/// Lines that are shown.
const LISTED: i64 = 100;

/// A line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reminded {
    /// When its mail left or may leave.
    #[serde(serialize_with = "serialize_instant")]
    #[schema(value_type = String, format = DateTime)]
    pub at: DateTime<Utc>,
    /// The work that it reminds of.
    pub obligation: Named<ObligationId>,
    /// The name of the person or unit that it goes to.
    pub recipient: String,
    /// What became of it.
    pub outcome: ReminderOutcome,
}

/// The reminders of what a unit owes or owed, the last first.
///
/// # Errors
/// [`Error::NotFound`] for a unit whose people the actor may not see.
pub fn reminded(tx: &mut Tx<'_>, unit_id: UnitId, locale: &str) -> Result<Rows<Reminded>, Error> {
    tx.require(Action::ReadPeople, unit_id)?;
    let lines = ahead::reminders_of_unit(tx.conn, &tx.scope(), unit_id, LISTED)?;
    let ids: Vec<ObligationId> = lines.iter().map(|line| line.obligation_id).collect();
    let rows = find_many(tx.conn, &ids)?;
    let names = Names::of(tx, rows.values())?;
    let parties: Vec<Party> = lines.iter().map(|line| line.recipient.0).collect();
    let recipients = recipients(tx, &parties)?;
    let mut all = Vec::with_capacity(lines.len());
    for line in lines {
        let Some(row) = rows.get(&line.obligation_id) else {
            continue;
        };
        let party = line.recipient.0;
        all.push(Reminded {
            at: line.leave_at.0,
            obligation: Named {
                id: row.id,
                name: names.title(tx, row, locale)?,
            },
            recipient: recipients.get(&party).cloned().unwrap_or_default(),
            outcome: match (line.mail_key, line.settled_at) {
                (Some(_), _) => ReminderOutcome::Queued,
                (None, Some(_)) => ReminderOutcome::Dropped,
                (None, None) => ReminderOutcome::Waiting,
            },
        });
    }
    let scope = tx.scope();
    Rows::of(all, LISTED, || {
        Ok(ahead::count_reminders_of_unit(tx.conn, &scope, unit_id)?)
    })
}

/// The names of persons and units.
fn recipients(tx: &mut Tx<'_>, parties: &[Party]) -> Result<HashMap<Party, String>, Error> {
    let (persons, unit_ids) = Party::split(parties);
    let persons = people::find_many(tx.conn, &persons)?.into_iter();
    let persons = persons.map(|(id, person)| (Party::Person(id), person.name));
    let units = units::find_many(tx.conn, &unit_ids)?.into_iter();
    let units = units.map(|(id, unit)| (Party::Unit(id), unit.name));
    Ok(persons.chain(units).collect())
}
