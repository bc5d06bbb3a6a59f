//! Which units are late with what fell due.

use std::ops::Range;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::list::Named;
use crate::domain::access::Units;
use crate::domain::ids::UnitId;
use crate::domain::obligation::State;
use crate::service::{Error, Tx};
use crate::store::units;
use crate::store::views::obligations::{self as view, DueRow};

/// Who has not delivered what fell due between two instants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    /// Obligations that fell due.
    pub fell_due: usize,
    /// Units that still owe some of them, each with how many; most first, then by id.
    pub units: Vec<(UnitId, u32)>,
}

/// A unit that is late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LateUnit {
    /// The unit.
    pub unit: Named<UnitId>,
    /// With how many obligations.
    pub late: u32,
}

/// Which units are late with what fell due in `due`: by the stored state, and where the check has
/// not run yet, by what has arrived.
pub fn overdue(
    tx: &mut Tx<'_>,
    of: Option<Units>,
    due: &Range<DateTime<Utc>>,
) -> Result<Overdue, Error> {
    let rows = view::fell_due(tx.conn, &tx.scope(), of, due)?;
    let fell_due = rows.len();
    let late = |row: &DueRow| match row.state.0 {
        State::Missed => true,
        State::Open => row.arrived < row.required,
        _ => false,
    };
    let mut ids: Vec<UnitId> = rows
        .into_iter()
        .filter(late)
        .map(|row| row.unit_id)
        .collect();
    ids.sort_unstable();
    let mut units: Vec<(UnitId, u32)> = ids
        .chunk_by(|a, b| a == b)
        .filter_map(|same| {
            Some((
                *same.first()?,
                u32::try_from(same.len()).unwrap_or(u32::MAX),
            ))
        })
        .collect();
    units.sort_by_key(|(id, late)| (std::cmp::Reverse(*late), *id));
    Ok(Overdue { fell_due, units })
}

/// The next late units after `after` (how many they owe, id), named.
pub fn late_units(
    tx: &mut Tx<'_>,
    overdue: &Overdue,
    after: Option<(u32, UnitId)>,
    limit: i64,
) -> Result<Vec<LateUnit>, Error> {
    let place = |(id, late): (UnitId, u32)| (std::cmp::Reverse(late), id);
    let rest = overdue
        .units
        .iter()
        .filter(|line| after.is_none_or(|(late, id)| place(**line) > place((id, late))));
    let shown: Vec<(UnitId, u32)> = rest
        .take(usize::try_from(limit).unwrap_or(usize::MAX))
        .copied()
        .collect();
    let mut names = units::find_many(
        tx.conn,
        &shown.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
    )?;
    let line = |(id, late)| {
        names.remove(&id).map(|unit| LateUnit {
            unit: Named {
                id,
                name: unit.name,
            },
            late,
        })
    };
    Ok(shown.into_iter().filter_map(line).collect())
}
