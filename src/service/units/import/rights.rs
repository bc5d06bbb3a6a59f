//! Whether the actor may import a file.

use std::collections::HashSet;

use super::known::Known;
use super::{ByCode, Line};
use crate::domain::ids::UnitId;
use crate::domain::unit::Category;
use crate::service::core::access::Action;
use crate::service::{Error, Tx};

/// Checks that the actor may manage every stored unit that the file changes, and the nearest stored
/// unit above each new one. A line whose unit above does not exist, or that leads back to itself, passes
/// here: the check of the file refuses it.
pub(super) fn require(
    tx: &mut Tx<'_>,
    lines: &[Line],
    by_code: &ByCode<'_>,
    known: &Known,
) -> Result<(), Error> {
    if tx.require_on_all_units(Action::ManageUnits).is_ok() {
        return Ok(());
    }
    let mut touched = HashSet::new();
    for line in lines {
        let own = known.by_code(line.code());
        touched.extend(own.map(|row| row.id));
        match (nearest_stored(line, by_code, known), own) {
            (Some(id), _) => {
                touched.insert(id);
            }
            // a root stays one; new roots are for those who manage all units
            (None, Some(row)) if row.parent_id.is_none() => {}
            // ends at a new root, whose own line is checked, or at a faulty line, which is refused
            (None, _) if line.parent.is_some() => {}
            // only a federation may be a root: the line is at fault
            (None, _) if line.facts.category != Category::Federation => {}
            (None, _) => return Err(Error::Forbidden),
        }
    }
    for id in touched {
        tx.require(Action::ManageUnits, id)
            .map_err(|_| Error::Forbidden)?;
    }
    Ok(())
}

/// The nearest stored unit above that of a line.
fn nearest_stored(line: &Line, by_code: &ByCode<'_>, known: &Known) -> Option<UnitId> {
    let mut above = line.parent.as_deref();
    // a longer way up would go round in a circle
    for _ in 0..=by_code.len() {
        let code = above?;
        if let Some(row) = known.by_code(code) {
            return Some(row.id);
        }
        above = by_code.get(code).and_then(|line| line.parent.as_deref());
    }
    None
}
