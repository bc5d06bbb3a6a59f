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

use crate::domain::plan::NewPlan;
use crate::service::rules::calendars::{self, CopyCalendar};
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

/// Says what [`apply`] would do.
///
/// # Errors
/// Those of [`apply`].
pub fn preview(tx: &mut Tx<'_>, input: &ApplyPreset) -> Result<Vec<Step>, Error> {
    Ok(Comparison::new(tx, input)?.steps())
}

fn create_plan(tx: &mut Tx<'_>, compared: &Comparison, plan: &WantedPlan) -> Result<(), Error> {
    let new = NewPlan {
        unit_id: compared.unit.id,
        code: plan.code.clone(),
        year: compared.year,
        title: plan.title.clone(),
        document_number: None,
        document_date: None,
        issuer: None,
    };
    let mut head = plans::draft(tx, &new)?.head;
    for PresetRule { code, content } in plan.rules.iter().cloned() {
        let rule = plans::NewRule {
            code,
            content,
            effective_from: None,
        };
        head = plans::add_rule(tx, head.id, &rule, head.version)?.head;
    }
    plans::begin(tx, head, compared.from)?;
    Ok(())
}
