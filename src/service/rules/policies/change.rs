//! One field of a policy is changed from a date on: what would be sent then, and saving it.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::example::{ExampleDeadline, examples};
use super::{EffectiveField, PolicyNames, SetPolicy, effective, prepared, set, set_on};
use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::domain::ladder::{LadderKind, StepSpec};
use crate::domain::policy::Policy;
use crate::service::core::access::Action;
use crate::service::notices::forecast::{self, ReminderForecast};
use crate::service::{Error, Tx};
use crate::store::policies::PolicyRow;
use crate::store::types::to_json;

/// The field of all ladders.
const LADDERS: &str = "ladders";

/// One field that a unit sets, or inherits again, from a date on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeField {
    /// First local date on which it holds.
    #[serde(deserialize_with = "crate::domain::years::read")]
    pub valid_from: NaiveDate,
    /// The name of the field.
    #[serde(deserialize_with = "crate::domain::text::read")]
    pub field: String,
    /// Its value; `null`: it is inherited again.
    pub value: Option<Value>,
    /// The document that decided it; that of the date so far if absent.
    pub legal_basis: Option<String>,
}

/// The ladder of one kind of work that a unit sets from a date on; its other ladders stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeLadder {
    /// First local date on which it holds.
    #[serde(deserialize_with = "crate::domain::years::read")]
    pub valid_from: NaiveDate,
    /// Which ladder.
    pub kind: LadderKind,
    /// Its steps, none to send nothing; `null`: those of the defaults.
    pub steps: Option<Vec<StepSpec>>,
    /// The document that decided it; that of the date so far if absent.
    pub legal_basis: Option<String>,
}

/// What a change of a policy would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PolicyPreview {
    /// The field as it is on the day from which the change would hold.
    pub before: EffectiveField,
    /// As it would be.
    pub after: EffectiveField,
    /// Events of the first working day, where they would be due at other instants.
    pub examples: Vec<ExampleDeadline>,
    /// What is sent in the fourteen days from that day on, without the change and with it.
    pub forecast: ReminderForecast,
    /// The version of what the unit has set from that very date; 0 = nothing.
    pub version: i32,
    /// What people call the things that the field names by their codes.
    #[serde(skip)]
    pub names: PolicyNames,
}

impl ChangeField {
    /// What the unit is to set, given what it has set from that very date.
    fn on(&self, known: Option<&PolicyRow>) -> Result<SetPolicy, Error> {
        let before = known.map(|row| row.patch.0.clone()).unwrap_or_default();
        let patch = before.with(&self.field, self.value.as_ref());
        let basis = known.and_then(|row| row.legal_basis.clone());
        Ok(SetPolicy {
            valid_from: self.valid_from,
            patch: patch.map_err(|fault| fault.within("patch"))?,
            legal_basis: self.legal_basis.clone().or(basis),
        })
    }
}

impl ChangeLadder {
    /// The change of the field of all ladders that this is.
    fn of_field(&self, tx: &mut Tx<'_>, unit_id: UnitId) -> Result<ChangeField, Error> {
        tx.require(Action::ManageRules, unit_id)?;
        let policy = tx.lookups.policy(tx.conn, unit_id, self.valid_from)?;
        let mut ladders = policy.ladders.clone();
        match &self.steps {
            Some(steps) => ladders.insert(self.kind, steps.clone()),
            None => ladders.remove(&self.kind),
        };
        let value = serde_json::from_str(&to_json(&ladders)?);
        Ok(ChangeField {
            valid_from: self.valid_from,
            field: LADDERS.to_owned(),
            value: Some(value.map_err(|_| Invalid::new(LADDERS, "policy_value"))?),
            legal_basis: self.legal_basis.clone(),
        })
    }
}

/// The version of what a unit set from that very date; 0 = nothing.
pub fn version_on(tx: &mut Tx<'_>, unit_id: UnitId, date: NaiveDate) -> Result<i32, Error> {
    Ok(set_on(tx, unit_id, date)?.map_or(0, |row| row.version))
}

/// Sets one field from a date on, or lets it be inherited again; the others stay as they are.
///
/// # Errors
/// As [`set`].
pub fn change_field(
    tx: &mut Tx<'_>,
    unit_id: UnitId,
    change: &ChangeField,
    version: i32,
) -> Result<PolicyRow, Error> {
    tx.require(Action::ManageRules, unit_id)?;
    let known = set_on(tx, unit_id, change.valid_from)?;
    set(tx, unit_id, &change.on(known.as_ref())?, version)
}

/// What a change of one field would do. Nothing is saved.
///
/// # Errors
/// Those of [`change_field`], but for the version.
pub fn preview_field(
    tx: &mut Tx<'_>,
    unit_id: UnitId,
    change: &ChangeField,
) -> Result<PolicyPreview, Error> {
    tx.require(Action::ManageRules, unit_id)?;
    let known = set_on(tx, unit_id, change.valid_from)?;
    let input = change.on(known.as_ref())?;
    let (_, row) = prepared(tx, unit_id, &input)?;
    let field = |tx: &mut Tx<'_>| {
        let all = effective(tx, unit_id, change.valid_from)?.fields;
        let unknown = || Invalid::new("field", "not_found").with("value", &change.field);
        let named = all.into_iter().find(|field| field.name == change.field);
        named.ok_or_else(|| Error::from(unknown()))
    };
    let (before, was) = (field(tx)?, policy_on(tx, unit_id, change)?);
    // from here on policies are read as if it were saved
    let forecast = forecast::compared(tx, row)?;
    let is = policy_on(tx, unit_id, change)?;
    let after = field(tx)?;
    Ok(PolicyPreview {
        names: PolicyNames::of(tx, [&before, &after])?,
        before,
        after,
        examples: examples(tx, change.valid_from, (&was, &is))?,
        forecast,
        version: known.map_or(0, |row| row.version),
    })
}

fn policy_on(tx: &mut Tx<'_>, unit_id: UnitId, change: &ChangeField) -> Result<Arc<Policy>, Error> {
    tx.lookups.policy(tx.conn, unit_id, change.valid_from)
}

/// Sets the ladder of one kind of work from a date on.
///
/// # Errors
/// As [`set`].
pub fn change_ladder(
    tx: &mut Tx<'_>,
    unit_id: UnitId,
    change: &ChangeLadder,
    version: i32,
) -> Result<PolicyRow, Error> {
    let change = change.of_field(tx, unit_id)?;
    change_field(tx, unit_id, &change, version)
}

/// What a change of a ladder would do. Nothing is saved.
///
/// # Errors
/// Those of [`change_ladder`], but for the version.
pub fn preview_ladder(
    tx: &mut Tx<'_>,
    unit_id: UnitId,
    change: &ChangeLadder,
) -> Result<PolicyPreview, Error> {
    let change = change.of_field(tx, unit_id)?;
    preview_field(tx, unit_id, &change)
}
