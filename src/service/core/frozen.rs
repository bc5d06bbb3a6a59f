//! Facts of a frozen year are refused. Every use case that records a fact asks here.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::ids::UnitId;
use crate::domain::score::{FrozenRound, UnitYear};
use crate::service::Error;
use crate::service::core::tx::Tx;
use crate::store::scores::sheets;

impl Tx<'_> {
    /// Checks that none of these years is frozen for its unit.
    ///
    /// # Errors
    /// [`Error::Conflict`] with the frozen round.
    pub(crate) fn require_unfrozen(&mut self, years: &BTreeSet<UnitYear>) -> Result<(), Error> {
        match self.frozen_among(years)?.into_values().next() {
            Some(round) => Err(Error::Conflict(round.refusal())),
            None => Ok(()),
        }
    }

    /// Those of these years that are frozen: the unit has a sheet that is, or would have one if it had
    /// been there. A year whose scores were begun anew, to correct the frozen ones, takes facts
    /// again.
    pub(crate) fn frozen_among(
        &mut self,
        years: &BTreeSet<UnitYear>,
    ) -> Result<BTreeMap<UnitYear, FrozenRound>, Error> {
        let mut units: Vec<UnitId> = years.iter().map(|of| of.unit_id).collect();
        // the years are in order of their units
        units.dedup();
        let frozen = sheets::frozen_rounds(self.conn, &units)?.into_iter();
        let with_year = frozen.map(|(unit_id, round)| {
            let year = round.year;
            (UnitYear { unit_id, year }, round)
        });
        Ok(with_year.filter(|(of, _)| years.contains(of)).collect())
    }
}
