//! The policy of a unit as people look at it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{EffectiveField, PolicyNames, effective};
use crate::domain::ids::UnitId;
use crate::domain::ladder::{LadderKind, StepSpec};
use crate::domain::text;
use crate::service::core::access::Action;
use crate::service::obligations::standings::Named;
use crate::service::{Error, Tx};
use crate::store::policies::{self, PolicyRow};
use crate::store::units;

/// What holds for a unit, who set it, and what the unit itself set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PolicySheet {
    /// The unit.
    pub unit: Named<UnitId>,
    /// The local date.
    pub date: NaiveDate,
    /// Every field, in the order in which people read them.
    pub fields: Vec<EffectiveField>,
    /// The steps of each ladder as they are on the date, its own or those of the defaults.
    pub ladders: Vec<LadderSteps>,
    /// What the unit itself set, newest first.
    pub own: Vec<PolicyRow>,
    /// Whether the actor may change it.
    pub may_change: bool,
    /// The units with policies of their own that the actor sees, by name.
    pub units: Vec<Named<UnitId>>,
    /// What people call the things that values name by their codes.
    #[serde(skip)]
    pub names: PolicyNames,
}

/// The steps of a ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LadderSteps {
    /// Which ladder.
    pub kind: LadderKind,
    /// Whether it is that of the defaults.
    pub is_default: bool,
    /// Its steps.
    pub steps: Vec<StepSpec>,
}

/// The policy of a unit on a date; without a unit of the one that the actor belongs to.
///
/// # Errors
/// [`Error::NotFound`] for a unit that the actor may not see.
pub fn sheet(
    tx: &mut Tx<'_>,
    unit_id: Option<UnitId>,
    date: NaiveDate,
) -> Result<PolicySheet, Error> {
    let unit_id = match unit_id {
        Some(unit_id) => unit_id,
        None => home(tx)?,
    };
    let effective = effective(tx, unit_id, date)?;
    let own = policies::of_units(tx.conn, &[unit_id])?;
    let names = effective.names.with(tx, &own)?;
    let policy = tx.lookups.policy(tx.conn, unit_id, date)?;
    let ladder = |kind: LadderKind| LadderSteps {
        kind,
        is_default: !policy.ladders.contains_key(&kind),
        steps: policy.ladder(kind),
    };
    let unit = tx.lookups.unit(tx.conn, unit_id)?;
    Ok(PolicySheet {
        unit: Named {
            id: unit_id,
            name: unit.name.clone(),
        },
        ladders: LadderKind::ALL.into_iter().map(ladder).collect(),
        own,
        may_change: tx.may(Action::ManageRules, unit_id)?,
        units: with_own(tx)?,
        fields: effective.fields,
        names,
        date,
    })
}

/// The unit that the actor belongs to; the first federation for who belongs to none.
fn home(tx: &mut Tx<'_>) -> Result<UnitId, Error> {
    if let Some(home) = tx.actor.homes().next() {
        return Ok(home);
    }
    let first = units::federations(tx.conn)?.into_iter().next();
    Ok(first.ok_or(Error::not_found("unit"))?.id)
}

/// The units with policies of their own that the actor sees.
fn with_own(tx: &mut Tx<'_>) -> Result<Vec<Named<UnitId>>, Error> {
    let readable = policies::list_readable(tx.conn)?;
    let ids: BTreeSet<UnitId> = readable.rows.iter().map(|row| row.unit_id).collect();
    let mut all: BTreeMap<(String, UnitId), Named<UnitId>> = BTreeMap::new();
    for id in ids {
        if tx.may(Action::Read, id)? {
            let unit = tx.lookups.unit(tx.conn, id)?;
            let name = unit.name.clone();
            all.insert((text::sort_key(&unit.name), id), Named { id, name });
        }
    }
    Ok(all.into_values().collect())
}
