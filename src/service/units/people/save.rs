//! Writing people, each change with its line in the audit trail. The use cases have checked
//! everything before; what the person owes is brought in line with the change.

use crate::service::obligations::lives::person_changed;
use crate::service::units::PersonChange;
use crate::service::{Error, Tx};
use crate::store::people::{self, PersonRow};

/// Writes a new person.
pub(super) fn insert(tx: &mut Tx<'_>, row: PersonRow) -> Result<PersonChange, Error> {
    let person = people::insert(tx.conn, row)?;
    tx.audit("enter", "person", person.id)
        .unit(person.unit_id)
        .new_value(&person)
        .record()?;
    finish(tx, None, person)
}

/// Writes a changed person; `action` is what the audit trail calls it.
pub(super) fn update(
    tx: &mut Tx<'_>,
    before: PersonRow,
    after: PersonRow,
    action: &str,
) -> Result<PersonChange, Error> {
    let row = PersonRow {
        updated_at: tx.now.into(),
        ..after
    };
    let person = people::update(tx.conn, row)?.ok_or(Error::Stale)?;
    tx.audit(action, "person", person.id)
        .unit(person.unit_id)
        .old(&before)
        .new_value(&person)
        .record()?;
    finish(tx, Some(before), person)
}

fn finish(
    tx: &mut Tx<'_>,
    before: Option<PersonRow>,
    person: PersonRow,
) -> Result<PersonChange, Error> {
    let change = PersonChange {
        before,
        person,
        transferred: Vec::new(),
    };
    person_changed(tx, &change)?;
    Ok(change)
}
