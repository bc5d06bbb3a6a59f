//! Policies: what a unit sets for itself and all below it from a date on, and what holds for a unit
//! in the end.
//!
//! A policy never reaches back. The one exception is the first one of a unit, as long as nothing
//! was opened for it: then nobody has received anything that it could change.

mod change;
mod example;
mod names;
mod view;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::domain::policy::{Policy, PolicyPatch, check_valid_from};
use crate::domain::text::{self, local_date};
use crate::domain::unit::note;
use crate::service::core::access::Action;
use crate::service::rules::calendars;
use crate::service::{Error, Tx};
use crate::store::policies::{self, PolicyRow};
use crate::store::types::{At, Json, from_json, to_json};
use crate::store::{kinds, obligations};

pub use change::{
    ChangeField, ChangeLadder, PolicyPreview, change_field, change_ladder, preview_field,
    preview_ladder, version_on,
};
pub use example::ExampleDeadline;
pub use names::PolicyNames;
pub use view::{LadderSteps, PolicySheet, sheet};

/// What a unit is to set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPolicy {
    /// First local date on which it holds.
    #[serde(deserialize_with = "crate::domain::years::read")]
    pub valid_from: NaiveDate,
    /// The fields that it sets; absent ones stay as they are.
    pub patch: PolicyPatch,
    /// The document that decided it.
    pub legal_basis: Option<String>,
}

/// Who set a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Source {
    /// The unit's id.
    pub unit_id: UnitId,
    /// The unit's code.
    pub unit_code: String,
    /// The unit's name.
    pub unit_name: String,
    /// It is the unit that was asked about: nothing is inherited.
    pub own: bool,
    /// The actor may read that unit as well.
    pub readable: bool,
    /// Since which local date.
    pub since: NaiveDate,
    /// The document that decided it.
    pub legal_basis: Option<String>,
}

/// One field of the policy that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct EffectiveField {
    /// Its name.
    pub name: &'static str,
    /// Its value: text, a number, yes or no, or a list, as the field has it.
    pub value: Value,
    /// Who set it; `None` = nobody, the default holds.
    pub source: Option<Source>,
}

/// The policy that holds for a unit on a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct EffectivePolicy {
    /// The unit.
    pub unit_id: UnitId,
    /// The local date.
    pub date: NaiveDate,
    /// Every field, in the order in which people read them.
    pub fields: Vec<EffectiveField>,
    /// What people call the things that values name by their codes.
    #[serde(skip)]
    pub names: PolicyNames,
}

/// What a unit set, newest first.
///
/// # Errors
/// [`Error::NotFound`] for a unit that the actor may not see.
pub fn list(tx: &mut Tx<'_>, unit_id: UnitId) -> Result<Vec<PolicyRow>, Error> {
    tx.require(Action::Read, unit_id)?;
    tx.lookups.unit(tx.conn, unit_id)?;
    Ok(policies::of_units(tx.conn, &[unit_id])?)
}

/// What holds for a unit on a local date: for each field its value and the nearest unit that set
/// it.
///
/// # Errors
/// [`Error::NotFound`] for a unit that the actor may not see.
pub fn effective(
    tx: &mut Tx<'_>,
    unit_id: UnitId,
    date: NaiveDate,
) -> Result<EffectivePolicy, Error> {
    tx.require(Action::Read, unit_id)?;
    let layered = tx.lookups.layered_policy(tx.conn, unit_id, date)?;
    let mut values: Map<String, Value> = from_json("policy", &to_json(&layered.policy)?)?;
    let mut fields = Vec::with_capacity(Policy::FIELDS.len());
    for &name in Policy::FIELDS {
        let source = match layered.set_by.get(name) {
            Some(row) => Some(source(tx, row, unit_id)?),
            None => None,
        };
        fields.push(EffectiveField {
            name,
            value: values.remove(name).unwrap_or_default(),
            source,
        });
    }
    Ok(EffectivePolicy {
        names: PolicyNames::of(tx, &fields)?,
        unit_id,
        date,
        fields,
    })
}

/// Who set a field that holds for the unit `asked`.
fn source(tx: &mut Tx<'_>, row: &PolicyRow, asked: UnitId) -> Result<Source, Error> {
    let readable = tx.may(Action::Read, row.unit_id)?;
    let unit = tx.lookups.unit(tx.conn, row.unit_id)?;
    Ok(Source {
        readable,
        unit_id: unit.id,
        unit_code: unit.code.clone(),
        unit_name: unit.name.clone(),
        own: unit.id == asked,
        since: row.valid_from,
        legal_basis: row.legal_basis.clone(),
    })
}

/// Sets what holds for a unit and all below it from a date on. What the unit set from that very
/// date is replaced, if nobody did since `version` (0 = nothing is set from that date yet). What is
/// open already keeps the policy that it was opened with.
///
/// # Errors
/// All faults of the input at once: values, a calendar that is unknown or of another federation, a
/// date that reaches back, nothing set at all; [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn set(
    tx: &mut Tx<'_>,
    unit_id: UnitId,
    input: &SetPolicy,
    version: i32,
) -> Result<PolicyRow, Error> {
    let (before, mut after) = prepared(tx, unit_id, input)?;
    let current = before.as_ref().map_or(0, |row| row.version);
    tx.require_current(current, version)?;
    match &before {
        Some(_) => policies::update(tx.conn, &after)?,
        None => after.id = policies::insert(tx.conn, &after)?,
    }
    let mut line = tx.audit("set", "policy", after.id).unit(unit_id);
    if let Some(before) = &before {
        line = line.old(before);
    }
    line.new_value(&after).record()?;
    Ok(after)
}

/// What a unit has set from the date of the input, and what it would have.
fn prepared(
    tx: &mut Tx<'_>,
    unit_id: UnitId,
    input: &SetPolicy,
) -> Result<(Option<PolicyRow>, PolicyRow), Error> {
    tx.require(Action::ManageRules, unit_id)?;
    tx.lookups.unit(tx.conn, unit_id)?;
    let legal_basis = checked(tx, unit_id, input)?;
    let before = set_on(tx, unit_id, input.valid_from)?;
    let after = PolicyRow {
        id: before.as_ref().map_or(0, |row| row.id),
        unit_id,
        valid_from: input.valid_from,
        patch: Json(input.patch.clone()),
        legal_basis,
        version: before.as_ref().map_or(1, |row| row.version + 1),
        created_at: before.as_ref().map_or(At(tx.now), |row| row.created_at),
        updated_at: At(tx.now),
    };
    Ok((before, after))
}

/// What a unit set from that very date.
fn set_on(tx: &mut Tx<'_>, unit_id: UnitId, date: NaiveDate) -> Result<Option<PolicyRow>, Error> {
    let own = policies::of_units(tx.conn, &[unit_id])?;
    Ok(own.into_iter().find(|row| row.valid_from == date))
}

/// All faults of the input; the legal basis, cleaned.
fn checked(tx: &mut Tx<'_>, unit_id: UnitId, input: &SetPolicy) -> Result<Option<String>, Error> {
    let mut faults = Vec::new();
    if input.patch.is_empty() {
        faults.push(Invalid::new("patch", "policy_empty"));
    }
    let own = input.patch.check().err().into_iter().flatten();
    faults.extend(own.map(|fault| fault.within("patch")));
    if let Some(code) = &input.patch.calendar
        && !calendars::is_usable(tx.conn, code, unit_id)?
    {
        faults.push(Invalid::new("patch.calendar", "not_found").with("value", code.escape_debug()));
    }
    for (index, code) in input.patch.settled_by.iter().flatten().enumerate() {
        let field = format!("patch.settled_by.{index}");
        let code_shown = code.escape_debug();
        match kinds::find(tx.conn, code)? {
            None => faults.push(Invalid::new(field, "not_found").with("value", code_shown)),
            Some(kind) if !kind.reviewed => {
                faults
                    .push(Invalid::new(field, "policy_kind_unreviewed").with("value", code_shown));
            }
            Some(_) => {}
        }
    }
    let earliest = earliest_begin(tx, unit_id)?;
    faults.extend(check_valid_from(input.valid_from, earliest).err());
    let legal_basis = text::optional_name("legal_basis", input.legal_basis.as_deref());
    let legal_basis = note(&mut faults, legal_basis);
    if faults.is_empty() {
        Ok(legal_basis.flatten())
    } else {
        Err(Error::Invalid(faults))
    }
}

/// The first date from which a unit may set a policy: today. There is no such limit for its first
/// one, if nothing was opened that it could have changed.
pub(crate) fn earliest_begin(tx: &mut Tx<'_>, unit_id: UnitId) -> Result<Option<NaiveDate>, Error> {
    let is_first = policies::of_units(tx.conn, &[unit_id])?.is_empty();
    let may_reach_back = is_first && !obligations::any_below(tx.conn, unit_id)?;
    Ok((!may_reach_back).then(|| local_date(tx.now)))
}
