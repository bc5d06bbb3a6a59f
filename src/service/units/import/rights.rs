//! Whether the actor may import a file.

use std::collections::HashMap;

use super::known::Known;
use super::{ByCode, Line};
use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::domain::unit::Category;
use crate::service::core::access::Action;
use crate::service::{Error, Tx};

/// The lines that the actor may not import: they manage every stored unit that the file changes, and the
/// nearest stored unit above each new one. A line whose unit above does not exist, or that leads back to
/// itself, passes here: the check of the file refuses it.
pub(super) fn faults(
    tx: &mut Tx<'_>,
    lines: &[Line],
    by_code: &ByCode<'_>,
    known: &Known,
) -> Result<Vec<(u64, Invalid)>, Error> {
    if tx.require_on_all_units(Action::ManageUnits).is_ok() {
        return Ok(Vec::new());
    }
    let mut managed: HashMap<UnitId, bool> = HashMap::new();
    let mut faults = Vec::new();
    for line in lines {
        let own = known.by_code(line.code());
        let above = nearest_stored(line, by_code, known);
        let mut touched = own
            .map(|row| (row.id, "code"))
            .into_iter()
            .collect::<Vec<_>>();
        touched.extend(above.map(|id| (id, "parent_code")));
        let mut refused = None;
        for (id, field) in touched {
            let may = match managed.get(&id) {
                Some(may) => *may,
                None => tx.may(Action::ManageUnits, id)?,
            };
            managed.insert(id, may);
            if !may {
                refused = refused.or(Some(Invalid::new(field, "import_unit_forbidden")));
            }
        }
        let root = above.is_none()
            // a root stays one; new roots are for those who manage all units
            && own.is_none_or(|row| row.parent_id.is_some())
            // ends at a new root, whose own line is checked, or at a faulty line, which is refused
            && line.parent.is_none()
            // only a federation may be a root: the line is at fault
            && line.facts.category == Category::Federation;
        if root {
            refused = refused.or(Some(Invalid::new("parent_code", "import_root_forbidden")));
        }
        faults.extend(refused.map(|fault| (line.number, fault)));
    }
    Ok(faults)
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
