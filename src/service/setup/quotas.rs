//! Calendar, policy and plan of a preset, in one step with the document that they follow.

use chrono::NaiveDate;

use super::own_federation;
use crate::domain::plan::PlanPatch;
use crate::service::rules::plans::{self, PlanQuery};
use crate::service::rules::presets::{self, ApplyPreset, Outcome, Part, Step};
use crate::service::{Error, Tx};

/// Which preset is applied, for which year, by which document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyQuotas {
    /// Code of the preset.
    pub preset: String,
    /// The year of the plan.
    pub year: i32,
    /// It counts from the first period that begins on or after this date; absent: today, or
    /// 1 January of a year to come.
    pub from: Option<NaiveDate>,
    /// Number of the document that sets the quotas.
    pub document_number: Option<String>,
    /// Its date.
    pub document_date: Option<NaiveDate>,
    /// Who signed it.
    pub issuer: Option<String>,
}

/// What a preset does to a federation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quotas {
    /// What the preset is called.
    pub name: String,
    /// What has to be known about it.
    pub note: String,
    /// The same in English.
    pub note_en: String,
    /// Each part and what becomes of it.
    pub steps: Vec<Step>,
    /// What its rules ask for, as people read it.
    pub rules: Vec<String>,
}

/// Says what [`apply_quotas`] would do, and writes nothing.
///
/// # Errors
/// Those of [`apply_quotas`].
pub fn preview_quotas(tx: &mut Tx<'_>, input: &ApplyQuotas) -> Result<Quotas, Error> {
    let preset = for_own(tx, input)?;
    checked(input)?;
    let steps = presets::preview(tx, &preset)?;
    let found = presets::list()
        .into_iter()
        .find(|one| one.code == input.preset)
        .ok_or(Error::not_found("preset"))?;
    let rules = found.plans.into_iter().flat_map(|plan| plan.rules);
    Ok(Quotas {
        name: found.name,
        note: found.note,
        note_en: found.note_en,
        rules: rules.map(|rule| rule.content.title).collect(),
        steps,
    })
}

/// Applies a preset to the federation of the actor and writes the document into the plans that it
/// makes.
///
/// # Errors
/// All faults of the input at once; [`Error::Forbidden`].
pub fn apply_quotas(tx: &mut Tx<'_>, input: &ApplyQuotas) -> Result<Vec<Step>, Error> {
    let preset = for_own(tx, input)?;
    let patch = checked(input)?;
    let steps = presets::apply(tx, &preset)?;
    let is_new = |code: &str| {
        steps.iter().any(|step| {
            step.part == Part::Plan && step.outcome == Outcome::Created && step.name == code
        })
    };
    let query = PlanQuery {
        unit_id: Some(own_federation(tx)?.id),
        year: Some(input.year),
        state: None,
    };
    for plan in plans::list(tx, query)? {
        if is_new(&plan.code) {
            plans::change(tx, plan.id, &patch, plan.version)?;
        }
    }
    Ok(steps)
}

fn for_own(tx: &mut Tx<'_>, input: &ApplyQuotas) -> Result<ApplyPreset, Error> {
    Ok(ApplyPreset {
        preset: input.preset.clone(),
        unit: own_federation(tx)?.code,
        year: input.year,
        from: input.from,
    })
}

/// What is written into a plan.
fn checked(input: &ApplyQuotas) -> Result<PlanPatch, Error> {
    let patch = PlanPatch {
        document_number: Some(input.document_number.clone()),
        document_date: Some(input.document_date),
        issuer: Some(input.issuer.clone()),
        ..PlanPatch::default()
    };
    Ok(patch.checked()?)
}
