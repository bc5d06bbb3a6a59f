//! Changing the name, the mail address or the cluster of a unit.

use super::changes::{ChangeKind, UnitChange};
use super::{save, update_obligations};
use crate::domain::ids::UnitId;
use crate::domain::mail::EmailAddress;
use crate::domain::unit::UnitPatch;
use crate::service::core::access::Action;
use crate::service::{Error, Tx};
use crate::store::units::UnitRow;

/// Changes the name, the mail address or the cluster of a unit.
///
/// # Errors
/// All faults of the input at once; [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn change(
    tx: &mut Tx<'_>,
    id: UnitId,
    patch: &UnitPatch,
    version: i32,
) -> Result<UnitChange, Error> {
    let before: UnitRow = tx.load(id, Action::ManageUnits, Some(version))?;
    let patch = patch.clone().checked()?;
    let mut after = before.clone();
    if let Some(name) = patch.name {
        after.rename(name);
    }
    after.cluster = patch.cluster.unwrap_or(after.cluster);
    if let Some(mail) = patch.mail {
        after.mail = mail
            .map(|mail| EmailAddress::parse("mail", &mail))
            .transpose()?;
    }
    let change = save::update(
        tx,
        UnitChange::new(ChangeKind::Changed, before, after),
        None,
    )?;
    update_obligations(tx, std::slice::from_ref(&change))?;
    Ok(change)
}
