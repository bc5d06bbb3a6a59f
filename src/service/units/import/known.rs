//! The stored units that a file touches.

use std::collections::{HashMap, HashSet};

use super::{Line, UnitLine};
use crate::domain::ids::UnitId;
use crate::store::units::{self, UnitRow};
use crate::store::{Conn, StoreError};

/// Stored units that the file names, and all units above them.
#[derive(Default)]
pub(super) struct Known {
    by_code: HashMap<String, UnitRow>,
    codes: HashMap<UnitId, String>,
}

impl Known {
    /// Reads them.
    pub(super) fn load(conn: &mut Conn, lines: &[UnitLine]) -> Result<Self, StoreError> {
        let named: HashSet<&str> = lines
            .iter()
            .flat_map(|line| [line.text.code.as_str(), line.parent_code.as_str()])
            .filter(|code| !code.is_empty())
            .collect();
        let named: Vec<&str> = named.into_iter().collect();
        let mut known = Self::default();
        let mut fresh = units::find_by_codes(conn, &named)?;
        while !fresh.is_empty() {
            let parents: Vec<UnitId> = fresh.iter().filter_map(|row| row.parent_id).collect();
            for row in fresh {
                known.insert(row);
            }
            let missing: HashSet<UnitId> = parents
                .into_iter()
                .filter(|id| !known.codes.contains_key(id))
                .collect();
            let missing: Vec<UnitId> = missing.into_iter().collect();
            fresh = units::find_many(conn, &missing)?.into_values().collect();
        }
        Ok(known)
    }

    pub(super) fn insert(&mut self, row: UnitRow) {
        self.codes.insert(row.id, row.code.clone());
        self.by_code.insert(row.code.clone(), row);
    }

    /// The stored unit with this code.
    pub(super) fn by_code(&self, code: &str) -> Option<&UnitRow> {
        self.by_code.get(code)
    }

    /// The code of a stored unit.
    pub(super) fn code_of(&self, id: UnitId) -> Option<&str> {
        self.codes.get(&id).map(String::as_str)
    }

    /// The code of the unit above a stored one.
    pub(super) fn parent_code(&self, row: &UnitRow) -> Option<&str> {
        self.code_of(row.parent_id?)
    }

    /// The stored unit that a line names as its parent.
    pub(super) fn parent_of(&self, line: &Line) -> Option<&UnitRow> {
        self.by_code(line.parent.as_deref()?)
    }
}
