//! Policies: what a unit sets for itself and all below it from a date on, and what holds for a unit
//! in the end.
//!
//! A policy never reaches back (DOMAIN: what may reach back). The one exception is the very first
//! one of a unit, as long as nothing was opened for it: then nobody was told anything that it could
//! change.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::access::Actor;
use crate::domain::calendar::shipped;
use crate::domain::error::Invalid;
use crate::domain::plan::sane;
use crate::domain::policy::{Policy, PolicyPatch};
use crate::domain::text::{self, local_date};
use crate::domain::unit::note;
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::core::audit::Entry;
use crate::service::{App, Error};
use crate::store::rules::{self, PolicyRow};
use crate::store::types::{from_json, instant, micros, to_json};
use crate::store::{Conn, StoreError, obligations, units};

/// What a unit is to set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPolicy {
    /// First local date on which it holds.
    pub valid_from: NaiveDate,
    /// The fields that it sets; absent ones stay as they are.
    pub patch: PolicyPatch,
    /// The document that decided it.
    #[serde(default)]
    pub legal_basis: Option<String>,
}

/// What a unit set from one date on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PolicyEntry {
    /// Its id.
    pub id: i64,
    /// The unit.
    pub unit_id: i64,
    /// First local date on which it holds.
    pub valid_from: NaiveDate,
    /// The fields that it sets.
    pub patch: PolicyPatch,
    /// The document that decided it.
    pub legal_basis: Option<String>,
    /// Goes up with every change of this entry.
    pub version: i32,
    /// When it was saved last.
    #[serde(serialize_with = "crate::domain::text::serialize_instant")]
    pub updated_at: DateTime<Utc>,
}

/// Who set a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Source {
    /// The unit's id.
    pub unit_id: i64,
    /// The unit's code.
    pub unit_code: String,
    /// The unit's name.
    pub unit_name: String,
    /// It is the unit that was asked about: nothing is inherited.
    pub own: bool,
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
    pub unit_id: i64,
    /// The local date.
    pub date: NaiveDate,
    /// Every field, in the order in which people read them.
    pub fields: Vec<EffectiveField>,
}

/// What a unit set, newest first.
///
/// # Errors
/// [`Error::NotFound`] for a unit that the actor may not see.
pub fn list(app: &App, actor: &Actor, unit_id: i64) -> Result<Vec<PolicyEntry>, Error> {
    app.store.read(|conn| {
        access::require(conn, actor, Action::Read, unit_id)?;
        existing(conn, unit_id)?;
        rules::policies(conn, &[unit_id])?
            .into_iter()
            .map(entry)
            .collect()
    })
}

/// What holds for a unit on a local date: for each field its value and the nearest unit that set
/// it.
///
/// # Errors
/// [`Error::NotFound`] for a unit that the actor may not see.
pub fn effective(
    app: &App,
    actor: &Actor,
    unit_id: i64,
    date: NaiveDate,
) -> Result<EffectivePolicy, Error> {
    app.store.read(|conn| {
        access::require(conn, actor, Action::Read, unit_id)?;
        effective_in(conn, unit_id, date)
    })
}

fn effective_in(conn: &mut Conn, unit_id: i64, date: NaiveDate) -> Result<EffectivePolicy, Error> {
    existing(conn, unit_id)?;
    let defaults = map("policy", &Policy::default())?;
    let layers = layers(conn, unit_id, date)?;
    let field = |name: &'static str| {
        let set = layers
            .iter()
            .find_map(|(values, source)| Some((values.get(name)?.clone(), source.clone())));
        match set {
            Some((value, source)) => EffectiveField {
                name,
                value,
                source: Some(source),
            },
            None => EffectiveField {
                name,
                value: defaults.get(name).cloned().unwrap_or_default(),
                source: None,
            },
        }
    };
    Ok(EffectivePolicy {
        unit_id,
        date,
        fields: Policy::FIELDS.iter().copied().map(field).collect(),
    })
}

/// The fields that a unit set from one date on, and who that is.
type Layer = (Map<String, Value>, Source);

/// What the unit and the units above it set by `date`: nearest unit first, newest first within a
/// unit.
fn layers(conn: &mut Conn, unit_id: i64, date: NaiveDate) -> Result<Vec<Layer>, Error> {
    let above = units::ancestors(conn, unit_id)?;
    let names = units::find_many(conn, &above)?;
    let rows = rules::policies(conn, &above)?;
    let mut layers = Vec::new();
    for id in above {
        let Some(unit) = names.get(&id) else { continue };
        for row in rows
            .iter()
            .filter(|row| row.unit_id == id && row.valid_from <= date)
        {
            let source = Source {
                unit_id: id,
                unit_code: unit.code.clone(),
                unit_name: unit.name.clone(),
                own: id == unit_id,
                since: row.valid_from,
                legal_basis: row.legal_basis.clone(),
            };
            layers.push((from_json("policy", &row.patch)?, source));
        }
    }
    Ok(layers)
}

/// Sets what holds for a unit and all below it from a date on. What the unit set from that very
/// date is replaced, if nobody did since `expected_version` (0 = nothing is set from that date
/// yet). What is open already keeps the policy it was opened with.
///
/// # Errors
/// All faults of the input at once: values, an unknown calendar, a date that reaches back, nothing
/// set at all; [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn set(
    app: &App,
    actor: &Actor,
    unit_id: i64,
    input: &SetPolicy,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<PolicyEntry, Error> {
    app.store
        .write(|conn| set_in(conn, actor, unit_id, input, expected_version, now))
}

/// [`set`] in the caller's transaction.
///
/// # Errors
/// Those of [`set`].
pub fn set_in(
    conn: &mut Conn,
    actor: &Actor,
    unit_id: i64,
    input: &SetPolicy,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<PolicyEntry, Error> {
    access::require(conn, actor, Action::ManageRules, unit_id)?;
    existing(conn, unit_id)?;
    let legal_basis = checked(conn, unit_id, input, local_date(now))?;
    let before = rules::policies(conn, &[unit_id])?
        .into_iter()
        .find(|row| row.valid_from == input.valid_from);
    if before.as_ref().map_or(0, |row| row.version) != expected_version {
        return Err(Error::Stale);
    }
    let mut row = PolicyRow {
        id: 0,
        unit_id,
        valid_from: input.valid_from,
        patch: to_json(&input.patch)?,
        legal_basis,
        version: expected_version + 1,
        created_at: before.as_ref().map_or(micros(now), |row| row.created_at),
        updated_at: micros(now),
    };
    row.id = rules::put_policy(conn, &row)?;
    let after = entry(row)?;
    let mut line = Entry::new(actor, now, "set", "policy", after.id).unit(unit_id);
    if let Some(before) = before {
        line = line.old(&entry(before)?)?;
    }
    line.new_value(&after)?.record(conn)?;
    Ok(after)
}

/// All faults of the input; the legal basis, cleaned.
fn checked(
    conn: &mut Conn,
    unit_id: i64,
    input: &SetPolicy,
    today: NaiveDate,
) -> Result<Option<String>, Error> {
    let mut faults = Vec::new();
    if input.patch.fields().is_empty() {
        faults.push(Invalid::new("patch", "policy_empty"));
    }
    faults.extend(
        input
            .patch
            .check()
            .err()
            .into_iter()
            .flatten()
            .map(|fault| fault.within("patch")),
    );
    if let Some(code) = &input.patch.calendar
        && shipped::calendar(code).is_none()
        && rules::calendar(conn, code)?.is_none()
    {
        faults.push(Invalid::new("patch.calendar", "not_found").with("value", code.escape_debug()));
    }
    if let Err(fault) = sane("valid_from", input.valid_from) {
        faults.push(fault);
    } else if input.valid_from < today && !may_reach_back(conn, unit_id)? {
        let fault = Invalid::new("valid_from", "policy_reaches_back");
        let show = |date: NaiveDate| date.format("%d/%m/%Y").to_string();
        faults.push(
            fault
                .with("value", show(input.valid_from))
                .with("today", show(today)),
        );
    }
    let legal_basis = note(
        &mut faults,
        text::optional_name("legal_basis", input.legal_basis.as_deref()),
    );
    if faults.is_empty() {
        Ok(legal_basis.flatten())
    } else {
        Err(Error::Invalid(faults))
    }
}

/// Whether a unit's policy may begin before today: it is its first one, and nothing was opened that
/// it could have changed.
///
/// # Errors
/// Only the database's own.
pub(crate) fn may_reach_back(conn: &mut Conn, unit_id: i64) -> Result<bool, StoreError> {
    Ok(rules::policies(conn, &[unit_id])?.is_empty() && !obligations::any_below(conn, unit_id)?)
}

fn existing(conn: &mut Conn, unit_id: i64) -> Result<(), Error> {
    units::find(conn, unit_id)?
        .map(|_| ())
        .ok_or(Error::not_found("unit"))
}

fn entry(row: PolicyRow) -> Result<PolicyEntry, Error> {
    Ok(PolicyEntry {
        id: row.id,
        unit_id: row.unit_id,
        valid_from: row.valid_from,
        patch: from_json("policy", &row.patch)?,
        legal_basis: row.legal_basis,
        version: row.version,
        updated_at: instant(row.updated_at)?,
    })
}

fn map(what: &str, value: &impl Serialize) -> Result<Map<String, Value>, StoreError> {
    from_json(what, &to_json(value)?)
}
