//! Checks frozen sheets: their hash, and their points computed again from what they store.

use crate::domain::ids::SheetId;
use crate::domain::score::{Inputs, Points, RoundState, Score, SealFault, Sealed, unseal};
use crate::domain::unit::Category;
use crate::service::core::access::{self, Action};
use crate::service::{Error, Tx};
use crate::store::scores::rounds;
use crate::store::scores::sheets::{self, FrozenSheet};

/// What was found in a frozen sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealCheck {
    /// Its id.
    pub sheet_id: SheetId,
    /// The unit's name as shown.
    pub unit_name: String,
    /// The category.
    pub category: Category,
    /// The edition.
    pub edition: i32,
    /// What is wrong; `None`: nothing.
    pub fault: Option<SealFault>,
}

/// Checks every frozen sheet of a year.
pub fn verify(tx: &mut Tx<'_>, year: i32) -> Result<Vec<SealCheck>, Error> {
    access::require_by_any_role(tx.actor, Action::ReadScores)?;
    let mut checks = Vec::new();
    let mut rounds = rounds::of_year(tx.conn, None, year)?;
    rounds.retain(|round| *round.state == RoundState::Frozen);
    for round in rounds {
        let rows = sheets::frozen(tx.conn, round.id)?;
        checks.extend(rows.into_iter().map(|row| SealCheck {
            fault: check(&row).err(),
            sheet_id: row.id,
            unit_name: row.unit_name,
            category: *round.category,
            edition: round.edition,
        }));
    }
    Ok(checks)
}

fn check(row: &FrozenSheet) -> Result<(), SealFault> {
    let (Some(text), Some(hash)) = (&row.sealed, &row.hash) else {
        return Err(SealFault::Hash);
    };
    if shows(row, &unseal(text, hash)?) {
        Ok(())
    } else {
        Err(SealFault::Columns)
    }
}

/// Whether the columns that readers are shown are equal to what is sealed.
fn shows(row: &FrozenSheet, sealed: &Sealed) -> bool {
    row.total == sealed.score.total.map(Points::as_hundredths)
        && (row.rank, row.unit_id) == (sealed.rank, sealed.unit_id)
        && (&row.unit_name, &row.cluster) == (&sealed.unit_name, &sealed.cluster)
        && serde_json::from_str(&row.score).is_ok_and(|score: Score| score == sealed.score)
        && serde_json::from_str(&row.inputs).is_ok_and(|inputs: Inputs| inputs == sealed.inputs)
}
