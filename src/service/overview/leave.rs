//! What becomes of a person's work when they leave, before it is recorded.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::person::{RoleLine, with_units};
use crate::domain::ids::{GrantId, PersonId};
use crate::domain::person::InService;
use crate::domain::text::local_date;
use crate::service::accounts::{self, AccountView};
use crate::service::obligations::standings::Named;
use crate::service::units::people::{self, LeavePerson};
use crate::service::{Error, Tx};
use crate::store::reminders;
use crate::store::views;
use crate::store::views::people::{PeopleQuery, PersonView};

/// Most colleagues that are offered.
const COLLEAGUES: i64 = 100;

/// What would happen if somebody left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LeavePreview {
    /// Who leaves.
    pub person: Named<PersonId>,
    /// Their last day.
    pub last_day: NaiveDate,
    /// Who takes over.
    pub successor: Option<Named<PersonId>>,
    /// The roles that the successor gets; none that they hold already.
    pub passes: Vec<RoleLine>,
    /// How many reminders that are written for the one go to the other.
    pub reminders: usize,
    /// The account that ends with the last day.
    pub account: Option<AccountView>,
    /// The account of the successor; `null`: they can't sign in until they are invited.
    pub successor_account: Option<AccountView>,
}

/// What would happen if somebody left; nothing is written.
///
/// # Errors
/// Those of [`people::leave`].
pub fn preview_leave(
    tx: &mut Tx<'_>,
    id: PersonId,
    leaves: LeavePerson,
    version: i32,
) -> Result<LeavePreview, Error> {
    let (person, passes) = tx.rehearse(|tx| {
        let left = people::leave(tx, id, leaves, version)?;
        let ids: Vec<GrantId> = left.transferred.iter().map(|row| row.id).collect();
        let passes = views::roles::find_many(tx.conn, &ids)?;
        let name = left.person.name;
        Ok((Named { id, name }, with_units(tx, passes)?))
    })?;
    let successor = match leaves.successor_id {
        Some(id) => views::people::find(tx.conn, &tx.scope(), id)?,
        None => None,
    };
    let ids: Vec<PersonId> = std::iter::once(id).chain(leaves.successor_id).collect();
    let mut accounts = accounts::of_people(tx, &ids)?;
    Ok(LeavePreview {
        last_day: leaves.last_day,
        reminders: match successor {
            Some(_) => reminders::waiting_for(tx.conn, id)?,
            None => 0,
        },
        account: accounts.remove(&id),
        successor_account: leaves.successor_id.and_then(|id| accounts.remove(&id)),
        successor: successor.map(|row| Named {
            id: row.id,
            name: row.name,
        }),
        person,
        passes,
    })
}

/// Who else is in service in the unit of a person, by name: those who are offered as successors.
pub fn colleagues(tx: &mut Tx<'_>, person: &PersonView) -> Result<Vec<PersonView>, Error> {
    let query = PeopleQuery {
        units: crate::domain::access::Units::of(Some(person.unit_id), false)?,
        service: Some((InService::Serving, local_date(tx.now))),
        limit: COLLEAGUES,
        ..PeopleQuery::default()
    };
    let mut found = views::people::list(tx.conn, &tx.scope(), &query)?;
    found.retain(|other| other.id != person.id);
    Ok(found)
}
