//! Presets: calendars, policies and quotas of real provinces, applied to a federation.

use actix_web::{get, post, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Body, Call, JsonReply, Page, Path};
use crate::domain::ids::UnitId;
use crate::domain::policy::PolicyPatch;
use crate::domain::rule::RuleContent;
use crate::service::rules::plans::PlanWithRules;
use crate::service::rules::presets::{self, ApplyPreset, DraftPreset, Preset, Step};

/// A preset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PresetBody {
    /// Its code.
    pub code: &'static str,
    /// Its name.
    pub name: String,
    /// What has to be known about it.
    pub note: String,
    /// The same in English.
    pub note_en: String,
    /// What its policy rests on.
    pub legal_basis: Option<String>,
    /// The policy fields that it sets.
    pub policy: PolicyPatch,
    /// The rules of its plans.
    pub rules: Vec<RuleContent>,
}

/// To whom and for when a preset is to be applied.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Apply {
    /// Code of the unit, a federation.
    #[serde(deserialize_with = "crate::domain::text::read")]
    unit: String,
    /// The year of its plans.
    #[serde(deserialize_with = "crate::domain::years::read")]
    year: i32,
    /// The date from which they count; left out = today, or 1 January of a year to come.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    from: Option<NaiveDate>,
    /// Only say what would be done.
    #[serde(default)]
    dry_run: bool,
}

/// For whom and for when the plans of a preset are to be drafted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DraftOfPreset)]
struct Draft {
    /// The unit, a federation.
    unit_id: UnitId,
    /// The year of its plans.
    #[serde(deserialize_with = "crate::domain::years::read")]
    year: i32,
}

/// What applying did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AppliedBody {
    /// Nothing was written.
    pub dry_run: bool,
    /// Each part and what became of it.
    pub steps: Vec<Step>,
}

/// All presets.
#[utoipa::path(responses((status = 200, body = Page<PresetBody>)))]
#[get("/api/v1/presets")]
async fn list(_call: Call) -> web::Json<Page<PresetBody>> {
    web::Json(Page::whole(
        presets::list().into_iter().map(PresetBody::from).collect(),
    ))
}

/// Apply a preset to a federation, or say what that would do. What is there already is left alone,
/// so that applying again changes nothing.
#[utoipa::path(request_body = Apply, responses((status = 200, body = AppliedBody)))]
#[post("/api/v1/presets/{code}/apply")]
async fn apply(call: Call, code: Path<String>, body: Body<Apply>) -> JsonReply<AppliedBody> {
    let Apply {
        unit,
        year,
        from,
        dry_run,
    } = body.value;
    let input = ApplyPreset {
        preset: code.into_inner(),
        unit,
        year,
        from,
    };
    let steps = if dry_run {
        call.read(move |tx| presets::preview(tx, &input)).await?
    } else {
        call.write(move |tx| presets::apply(tx, &input)).await?
    };
    Ok(web::Json(AppliedBody { dry_run, steps }))
}

/// Draft the plans of a preset, without its calendar and its policy.
#[utoipa::path(request_body = Draft, responses((status = 200, body = Page<PlanWithRules>)))]
#[post("/api/v1/presets/{code}/draft")]
async fn draft(
    call: Call,
    code: Path<String>,
    body: Body<Draft>,
) -> JsonReply<Page<PlanWithRules>> {
    let input = DraftPreset {
        preset: code.into_inner(),
        unit_id: body.value.unit_id,
        year: body.value.year,
    };
    let drafted = call.write(move |tx| presets::draft(tx, &input)).await?;
    Ok(web::Json(Page::whole(drafted)))
}

impl From<Preset> for PresetBody {
    fn from(preset: Preset) -> Self {
        let rules = preset
            .plans
            .into_iter()
            .flat_map(|plan| plan.rules)
            .map(|rule| rule.content)
            .collect();
        Self {
            code: preset.code,
            name: preset.name,
            note: preset.note,
            note_en: preset.note_en,
            legal_basis: preset.legal_basis,
            policy: preset.policy,
            rules,
        }
    }
}

resource!["presets": list, apply, draft];
