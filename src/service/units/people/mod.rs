//! People: creating and changing them, moving them to another unit, recording their last day.
//!
//! A person belongs to one unit. Somebody who moves leaves the old unit on the day before and is
//! created in the new one: two rows, so that the history of the old unit keeps its authors. What they
//! owe belongs to the human being behind both (`obligations::personal`).

mod leave;
mod relocate;
mod save;

pub use leave::{LeavePerson, leave};
pub use relocate::{MovePerson, move_to};

use chrono::NaiveDate;

use super::PersonChange;
use super::administrators::Administered;
use crate::domain::error::Invalid;
use crate::domain::ids::PersonId;
use crate::domain::person::{NewPerson, PersonPatch};
use crate::domain::text;
use crate::service::core::access::Action;
use crate::service::{Error, Tx};
use crate::store::people::{self, PersonRow};
use crate::store::{Conn, units};

loadable!(PersonRow: PersonId, "person", people::find, unit_id);

/// Creates a person.
///
/// # Errors
/// All faults of the input at once, a unit that has ended by then among them; [`Error::NotFound`],
/// [`Error::Forbidden`].
pub fn create(tx: &mut Tx<'_>, new: &NewPerson) -> Result<PersonChange, Error> {
    tx.require(Action::ManageUnits, new.unit_id)?;
    tx.require_may_grant(new.role, Some(new.unit_id))?;
    let ended = unit_ended(tx.conn, new, text::local_date(tx.now))?;
    let (person, mut faults) = match new.clone().checked() {
        Ok(person) => (Some(person), Vec::new()),
        Err(faults) => (None, faults),
    };
    faults.extend(ended);
    match person {
        Some(person) if faults.is_empty() => save::insert(tx, PersonRow::new(&person, tx.now)),
        _ => Err(Error::Invalid(faults)),
    }
}

/// Changes a person's name, title, mail address, role, position, fields or days in service.
///
/// # Errors
/// All faults of the input at once; [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn change(
    tx: &mut Tx<'_>,
    id: PersonId,
    patch: &PersonPatch,
    version: i32,
) -> Result<PersonChange, Error> {
    let before = load_with_authority(tx, id, version)?;
    let after = patch.clone().applied_to(before.facts()).checked()?;
    tx.require_may_grant(after.role, Some(after.unit_id))?;
    let administered = Administered::by(tx.conn, id, tx.now)?;
    let after = before.with(&after);
    let change = save::update(tx, before, after, "change")?;
    require_one_post_a_day(tx.conn, id)?;
    administered.require_still(tx.conn)?;
    Ok(change)
}

/// A person whom the actor may change, with authority over every role that they hold, if nobody has
/// saved them since `version`.
fn load_with_authority(tx: &mut Tx<'_>, id: PersonId, version: i32) -> Result<PersonRow, Error> {
    let row: PersonRow = tx.load(id, Action::ManageUnits, None)?;
    tx.require_authority_over(id)?;
    tx.require_current(row.version, version)?;
    Ok(row)
}

/// Checks that a person leaves or moves from their last post, not from one from which they have
/// moved already.
fn require_last_post(conn: &mut Conn, id: PersonId) -> Result<(), Error> {
    match people::posts_of(conn, id)?.last() {
        Some(last) if last.id != id => Err(moved_on(last)),
        _ => Ok(()),
    }
}

/// Checks that no day belongs to two posts of one human.
fn require_one_post_a_day(conn: &mut Conn, id: PersonId) -> Result<(), Error> {
    let posts = people::posts_of(conn, id)?;
    for (earlier, later) in posts.iter().zip(posts.iter().skip(1)) {
        let apart = match (earlier.active_to, later.active_from) {
            (Some(to), Some(from)) => to < from,
            _ => false,
        };
        if !apart {
            return Err(moved_on(if earlier.id == id { later } else { earlier }));
        }
    }
    Ok(())
}

fn moved_on(other: &PersonRow) -> Error {
    Error::Conflict(Invalid::new("", "person_moved_on").with("value", other.id))
}

/// The fault of a unit that has ended before the first day there (`day` where none is given).
fn unit_ended(
    conn: &mut Conn,
    person: &NewPerson,
    day: NaiveDate,
) -> Result<Option<Invalid>, Error> {
    let unit = units::find(conn, person.unit_id)?.ok_or_else(|| Error::not_found("unit"))?;
    let day = person.active_from.unwrap_or(day);
    let ended = unit.ended_on.is_some_and(|on| on < day);
    Ok(ended.then(|| Invalid::new("unit_id", "person_unit_ended").with("value", &unit.code)))
}
