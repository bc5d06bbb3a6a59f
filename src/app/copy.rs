//! Moving everything to another database.

use std::collections::BTreeMap;

use super::{existing_store, store};
use crate::config::Settings;
use crate::config::secret::DatabaseUrl;
use crate::domain::error::Invalid;
use crate::service::Error;
use crate::store::StoreError;
use crate::store::whole::{Place, Sum};

/// Copies the database of the settings into the empty one at `to`, or into one whose copy was
/// interrupted; the rows and the digest of each table.
///
/// # Errors
/// `copy_not_empty` if something else is there; [`StoreError::Unavailable`] if one of the two can't
/// be reached or the schema of the source is not this program's; [`StoreError::Corrupt`] if what
/// arrived differs. The target can't be used then, until it is copied again.
pub fn copy(settings: &Settings, to: DatabaseUrl) -> Result<BTreeMap<String, Sum>, Error> {
    let source = existing_store(settings)?;
    source.check_ready()?;
    let is_empty = Place::at(to.expose())?.is_empty()?;
    let mut there = settings.clone();
    there.database.url = to;
    let target = store(&there)?;
    let may_be_written = is_empty || target.has_unfinished_copy().unwrap_or(false);
    if !may_be_written {
        let fault = Invalid::new("--to", "copy_not_empty");
        let fault = fault.with("place", there.database.url.redacted());
        return Err(Error::Conflict(fault));
    }
    target.migrate()?;
    let copied = source.copy_to(&target).map_err(|cause| failed(&cause))?;
    target.merge_log();
    Ok(copied)
}

fn failed(cause: &StoreError) -> Error {
    Error::Conflict(Invalid::new("", "copy_failed").with("cause", cause))
}
