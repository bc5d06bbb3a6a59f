//! Facts of a frozen year are refused. Every use case that records a fact asks here.

use std::collections::BTreeSet;

use crate::domain::ids::UnitId;
use crate::domain::score::UnitYear;
use crate::service::Error;
use crate::service::core::tx::Tx;
use crate::store::scores::sheets;

impl Tx<'_> {
    /// Checks that no sheet of these units is frozen for these years. A year whose scores were
    /// begun anew, to correct the frozen ones, takes facts again.
    ///
    /// # Errors
    /// [`Error::Conflict`] with the frozen round.
    pub(crate) fn require_unfrozen(&mut self, years: &BTreeSet<UnitYear>) -> Result<(), Error> {
        if years.is_empty() {
            return Ok(());
        }
        let units: BTreeSet<UnitId> = years.iter().map(|of| of.unit_id).collect();
        let units: Vec<UnitId> = units.into_iter().collect();
        for (unit_id, round) in sheets::frozen_rounds(self.conn, &units)? {
            let of = UnitYear {
                unit_id,
                year: round.year,
            };
            if years.contains(&of) {
                return Err(Error::Conflict(round.refusal()));
            }
        }
        Ok(())
    }
}
