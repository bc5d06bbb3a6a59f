//! Presets: a real province's calendar, policy and quotas, applied to a federation for a year in
//! one go. The federation gets a copy of the calendar, which is its own to change.
//!
//! Applying converges: what is there already is left alone. Where it differs from the preset, that
//! is reported, as somebody may have decided it. A plan comes into force without its document,
//! which the sources do not name; the department fills it in ([`plans::change`]).

mod compare;
mod files;

use chrono::NaiveDate;
use serde::Serialize;

pub use files::{Preset, PresetPlan, PresetRule};

use crate::domain::ids::UnitId;
use crate::domain::plan::NewPlan;
use crate::service::core::access::Action;
use crate::service::rules::calendars::{self, CopyCalendar};
use crate::service::rules::plans::PlanWithRules;
use crate::service::rules::{plans, policies};
use crate::service::{Error, Tx};
use compare::{Comparison, WantedPlan};

/// What is to be applied to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyPreset {
    /// Code of the preset.
    pub preset: String,
    /// Code of the unit, a federation.
    pub unit: String,
    /// The year of its plans.
    pub year: i32,
    /// They count from the first period that begins on or after this date and has not ended; left
    /// out = today, or 1 January of a year to come.
    pub from: Option<NaiveDate>,
}

/// A preset whose plans are to be drafted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftPreset {
    /// Code of the preset.
    pub preset: String,
    /// The unit, a federation.
    pub unit_id: UnitId,
    /// The year of its plans.
    pub year: i32,
}

/// One thing that a preset asks for, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Step {
    /// What it is.
    pub part: Part,
    /// Its code; of a new policy the date from which it holds, of one that is there nothing.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Where it differs: names of policy fields, codes of rules, `title` or `state`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<String>,
}

/// The parts of a preset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The federation's copy of a calendar.
    Calendar,
    /// The unit's policy.
    Policy,
    /// A plan with its rules.
    Plan,
}

/// What became of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was not there.
    Created,
    /// It is there as the preset says.
    Unchanged,
    /// It is there and differs; it was left alone.
    Differs,
}

/// All presets.
pub fn list() -> Vec<Preset> {
    files::all().collect()
}

/// Applies a preset to a federation.
///
/// # Errors
/// All faults of the input at once: an unknown preset, a unit that is no federation, a date outside
/// the year; [`Error::Forbidden`].
pub fn apply(tx: &mut Tx<'_>, input: &ApplyPreset) -> Result<Vec<Step>, Error> {
    let compared = Comparison::new(tx, input)?;
    if let Some((original, step)) = &compared.calendar
        && step.outcome == Outcome::Created
    {
        let copy = CopyCalendar {
            code: step.name.clone(),
            name: None,
            unit_id: Some(compared.unit.id),
        };
        calendars::copy(tx, original, &copy)?;
    }
    if let Some((policy, step)) = &compared.policy
        && step.outcome == Outcome::Created
    {
        policies::set(tx, compared.unit.id, policy, 0)?;
    }
    for (plan, step) in &compared.plans {
        if step.outcome == Outcome::Created {
            create_plan(tx, &compared, plan)?;
        }
    }
    Ok(compared.steps())
}

/// Drafts the plans of a preset, without its calendar and its policy: the department reads and
/// corrects them, fills in the document and puts them in force.
///
/// # Errors
/// All faults of the input at once: an unknown preset, a unit that is no federation, a plan that is
/// there already; [`Error::NotFound`], [`Error::Forbidden`].
pub fn draft(tx: &mut Tx<'_>, input: &DraftPreset) -> Result<Vec<PlanWithRules>, Error> {
    tx.require(Action::ManageRules, input.unit_id)?;
    let unit = tx.lookups.unit(tx.conn, input.unit_id)?;
    let preset = compare::known(&input.preset, &unit)?;
    let mut drafted = Vec::with_capacity(preset.plans.len());
    for plan in &preset.plans {
        let wanted = WantedPlan::of(plan, input.year, &unit.code);
        drafted.push(draft_plan(tx, (input.unit_id, input.year), &wanted)?);
    }
    Ok(drafted)
}

/// Says what [`apply`] would do.
///
/// # Errors
/// Those of [`apply`].
pub fn preview(tx: &mut Tx<'_>, input: &ApplyPreset) -> Result<Vec<Step>, Error> {
    Ok(Comparison::new(tx, input)?.steps())
}

fn create_plan(tx: &mut Tx<'_>, compared: &Comparison, plan: &WantedPlan) -> Result<(), Error> {
    let drafted = draft_plan(tx, (compared.unit.id, compared.year), plan)?;
    plans::begin(tx, drafted.head, compared.from)?;
    Ok(())
}

fn draft_plan(
    tx: &mut Tx<'_>,
    (unit_id, year): (UnitId, i32),
    plan: &WantedPlan,
) -> Result<PlanWithRules, Error> {
    let new = NewPlan {
        unit_id,
        code: plan.code.clone(),
        year,
        title: plan.title.clone(),
        document_number: None,
        document_date: None,
        issuer: None,
    };
    let mut drafted = plans::draft(tx, &new)?;
    for PresetRule { code, content } in plan.rules.iter().cloned() {
        let rule = plans::NewRule {
            code,
            content,
            effective_from: None,
        };
        drafted = plans::add_rule(tx, drafted.head.id, &rule, drafted.head.version)?;
    }
    Ok(drafted)
}
