//! What the plans in force will open until a date, as it would be opened. Nothing is written.

use std::collections::HashSet;

use chrono::NaiveDate;

use super::{opened_to, rows, subjects, versions};
use crate::domain::ids::UnitId;
use crate::domain::opening::{self, Opening};
use crate::domain::text::local_midnight;
use crate::service::Error;
use crate::service::core::tx::Tx;
use crate::service::obligations::share::Owner;
use crate::store::obligations::{self as store, ObligationRow};
use crate::store::types::At;
use crate::store::{plans, rules};

/// The obligations of these units that the plans in force will open until a date. Each has the
/// policies and calendars as this transaction reads them, and looks as on the day on which it opens.
pub(crate) fn opening_until(
    tx: &mut Tx<'_>,
    last: NaiveDate,
    units: &HashSet<UnitId>,
) -> Result<Vec<ObligationRow>, Error> {
    let mut all = Vec::new();
    for plan in plans::in_force(tx.conn)? {
        let rows = rules::versions_of_plans(tx.conn, &[plan.id])?;
        for rows in rows.chunk_by(|a, b| a.rule_id == b.rule_id) {
            let versions = versions(rows);
            let Some(first) = versions.first() else {
                continue;
            };
            let opened_to = opened_to(tx.conn, first.rule_id)?;
            for opening in opening::due(&versions, plan.year, opened_to, last) {
                let (mut owners, _) = subjects::of_plan(tx, &plan, &opening)?;
                owners.retain(|owner| units.contains(&owner.unit.id));
                all.extend(opened(tx, &opening, &owners)?);
            }
        }
    }
    Ok(all)
}

fn opened(
    tx: &mut Tx<'_>,
    opening: &Opening<'_>,
    owners: &[Owner],
) -> Result<Vec<ObligationRow>, Error> {
    let excused = store::exemptions(tx.conn, &[opening.version.rule_id])?;
    let begins = opening.period.map(|period| local_midnight(period.first));
    let begins = begins.map_or(tx.now, |begins| begins.max(tx.now));
    let is_owed = |row: &ObligationRow| {
        !excused
            .iter()
            .any(|e| e.subject == row.subject && e.period_key == row.period_key)
    };
    let rows = rows::would_open(tx, opening, owners)?.into_iter();
    let owed = rows.map(|(_, row)| row).filter(is_owed);
    Ok(owed
        .map(|row| ObligationRow {
            swept_until: At(begins),
            ..row
        })
        .collect())
}
