//! Changing the name, the mail address or the cluster of a unit, and correcting its dates.

use super::changes::{ChangeKind, UnitChange};
use super::{dates, save, update_obligations};
use crate::domain::ids::UnitId;
use crate::domain::mail::EmailAddress;
use crate::domain::unit::UnitPatch;
use crate::service::core::access::Action;
use crate::service::{Error, Tx};
use crate::store::units::UnitRow;

/// Changes the name, the mail address or the cluster of a unit, and corrects its first and last day.
///
/// # Errors
/// All faults of the input at once; those of `dates::corrected`; [`Error::NotFound`],
/// [`Error::Forbidden`], [`Error::Stale`].
pub fn change(
    tx: &mut Tx<'_>,
    id: UnitId,
    patch: &UnitPatch,
    version: i32,
) -> Result<UnitChange, Error> {
    let before: UnitRow = tx.load(id, Action::ManageUnits, Some(version))?;
    let patch = patch.clone().checked()?;
    let mut after = dates::corrected(tx, &before, &patch)?;
    if let Some(name) = patch.name {
        after.rename(name);
    }
    after.cluster = patch.cluster.unwrap_or(after.cluster);
    if let Some(mail) = patch.mail {
        after.mail = mail
            .map(|mail| EmailAddress::parse("mail", &mail))
            .transpose()?;
    }
    let changed = UnitChange::new(ChangeKind::Changed, before, after);
    let change = save::update(tx, changed, patch.reason.as_deref())?;
    let mut changes = vec![change.clone()];
    changes.extend(dates::move_again(tx, &change, patch.reason.as_deref())?);
    update_obligations(tx, &changes)?;
    Ok(change)
}
