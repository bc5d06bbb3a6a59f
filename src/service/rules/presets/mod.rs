//! Presets: a real province's calendar, policy and quotas, applied to a federation for a year in
//! one go.
//!
//! Applying converges: what is there already as the preset says is left alone, and what is there
//! otherwise is told and left alone too, as somebody may have decided it. A plan comes into force
//! without its document, which the sources do not name; the department fills it in
//! (`service::plans::change`).

mod files;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

pub use files::{Preset, PresetPlan, PresetRule};

use crate::domain::access::Actor;
use crate::domain::calendar::{CalendarSpec, shipped};
use crate::domain::error::Invalid;
use crate::domain::plan::{NewPlan, PlanState};
use crate::domain::policy::PolicyPatch;
use crate::domain::text::local_date;
use crate::domain::unit::Category;
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::rules::calendars;
use crate::service::rules::plans;
use crate::service::rules::plans::InForce;
use crate::service::rules::policies;
use crate::service::rules::policies::SetPolicy;
use crate::service::{App, Error};
use crate::store::Conn;
use crate::store::rules as rows;
use crate::store::types::from_json;
use crate::store::units::{self, UnitRow};

/// What is to be applied to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyPreset {
    /// Code of the preset.
    pub preset: String,
    /// Code of the unit, a federation.
    pub unit: String,
    /// The year of its plans.
    pub year: i32,
    /// The date from which they count; left out = today, or 1 January of a year to come.
    pub from: Option<NaiveDate>,
}

/// Whether to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Write.
    Apply,
    /// Only say what would be written.
    DryRun,
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
    /// A calendar.
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
    /// It is there otherwise; it was left alone.
    Differs,
}

/// All presets.
#[must_use]
pub fn list() -> Vec<Preset> {
    files::all().collect()
}

/// Applies a preset to a federation, or says what that would do.
///
/// # Errors
/// All faults of the input at once: an unknown preset, a unit that is no federation, a date outside
/// the year; [`Error::Forbidden`].
pub fn apply(
    app: &App,
    actor: &Actor,
    input: &ApplyPreset,
    mode: Mode,
    now: DateTime<Utc>,
) -> Result<Vec<Step>, Error> {
    match mode {
        Mode::DryRun => app
            .store
            .read(|conn| Ok(Job::judge(conn, actor, input, now)?.steps())),
        Mode::Apply => app.store.write(|conn| apply_in(conn, actor, input, now)),
    }
}

/// [`apply`] in the caller's transaction.
///
/// # Errors
/// Those of [`apply`].
pub fn apply_in(
    conn: &mut Conn,
    actor: &Actor,
    input: &ApplyPreset,
    now: DateTime<Utc>,
) -> Result<Vec<Step>, Error> {
    let job = Job::judge(conn, actor, input, now)?;
    job.carry_out(conn, actor, now)?;
    Ok(job.steps())
}

/// A preset against what is there.
struct Job {
    unit: UnitRow,
    year: i32,
    from: InForce,
    calendar: Option<(CalendarSpec, Step)>,
    policy: Option<(SetPolicy, Step)>,
    plans: Vec<(Wanted, Step)>,
}

/// A plan that a preset asks for.
struct Wanted {
    code: String,
    title: String,
    rules: Vec<PresetRule>,
}

impl Job {
    fn judge(
        conn: &mut Conn,
        actor: &Actor,
        input: &ApplyPreset,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let unknown = || Invalid::new("unit", "not_found").with("value", &input.unit);
        let unit = units::find_by_code(conn, &input.unit)?.ok_or_else(unknown)?;
        match access::require(conn, actor, Action::ManageRules, unit.id) {
            Err(Error::NotFound { .. }) => return Err(unknown().into()),
            checked => checked?,
        }
        let today = local_date(now);
        let (preset, from) = checked(input, &unit, today)?;
        let calendar = match preset
            .policy
            .calendar
            .as_deref()
            .and_then(shipped::calendar)
        {
            Some(spec) => Some(judge_calendar(conn, spec)?),
            None => None,
        };
        let policy = judge_policy(conn, &preset, unit.id, from.0, today)?;
        let mut plans = Vec::with_capacity(preset.plans.len());
        for plan in &preset.plans {
            let (title, rules) = plan.for_unit(input.year, &unit.code);
            plans.push(judge_plan(
                conn,
                &unit,
                input.year,
                Wanted {
                    code: plan.code.clone(),
                    title,
                    rules,
                },
            )?);
        }
        Ok(Self {
            unit,
            year: input.year,
            from,
            calendar,
            policy,
            plans,
        })
    }

    fn steps(&self) -> Vec<Step> {
        let calendar = self.calendar.iter().map(|(_, step)| step);
        let policy = self.policy.iter().map(|(_, step)| step);
        calendar
            .chain(policy)
            .chain(self.plans.iter().map(|(_, step)| step))
            .cloned()
            .collect()
    }

    fn carry_out(&self, conn: &mut Conn, actor: &Actor, now: DateTime<Utc>) -> Result<(), Error> {
        if let Some((spec, step)) = &self.calendar
            && step.outcome == Outcome::Created
        {
            calendars::replace_in(conn, actor, &spec.code, spec, 0, now)?;
        }
        if let Some((policy, step)) = &self.policy
            && step.outcome == Outcome::Created
        {
            policies::set_in(conn, actor, self.unit.id, policy, 0, now)?;
        }
        for (plan, step) in &self.plans {
            if step.outcome == Outcome::Created {
                self.create_plan(conn, actor, plan, now)?;
            }
        }
        Ok(())
    }

    fn create_plan(
        &self,
        conn: &mut Conn,
        actor: &Actor,
        plan: &Wanted,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let new = NewPlan {
            unit_id: self.unit.id,
            code: plan.code.clone(),
            year: self.year,
            title: plan.title.clone(),
            document_number: None,
            document_date: None,
            issuer: None,
        };
        let mut head = plans::draft_in(conn, actor, new, now)?.head;
        for PresetRule { code, content } in plan.rules.iter().cloned() {
            let rule = plans::NewRule {
                code,
                content,
                effective_from: None,
            };
            head = plans::add_rule_in(conn, actor, head.id, rule, head.version, now)?.head;
        }
        let row = rows::plan(conn, head.id)?.ok_or(Error::not_found("plan"))?;
        plans::begin_in(conn, actor, row, self.from, now)?;
        Ok(())
    }
}

fn checked(
    input: &ApplyPreset,
    unit: &UnitRow,
    today: NaiveDate,
) -> Result<(Preset, InForce), Error> {
    let mut faults = Vec::new();
    let preset = files::get(&input.preset);
    if preset.is_none() {
        let fault =
            Invalid::new("preset", "preset_unknown").with("value", input.preset.escape_debug());
        faults.push(fault.with("names", files::codes().collect::<Vec<_>>().join(", ")));
    }
    if unit.category != Category::Federation {
        faults.push(Invalid::new("unit", "preset_needs_federation").with("value", &unit.code));
    }
    let from = match InForce::checked(input.year, input.from, today) {
        Ok(from) => Some(from),
        Err(Error::Invalid(more)) => {
            faults.extend(more);
            None
        }
        Err(other) => return Err(other),
    };
    match (preset, from) {
        (Some(preset), Some(from)) if faults.is_empty() => Ok((preset, from)),
        _ => Err(Error::Invalid(faults)),
    }
}

fn judge_calendar(conn: &mut Conn, spec: CalendarSpec) -> Result<(CalendarSpec, Step), Error> {
    let outcome = match rows::calendar(conn, &spec.code)? {
        None => Outcome::Created,
        Some(row) if from_json::<CalendarSpec>("calendar", &row.spec)? == spec => {
            Outcome::Unchanged
        }
        Some(_) => Outcome::Differs,
    };
    let step = Step {
        part: Part::Calendar,
        name: spec.code.clone(),
        outcome,
        differences: Vec::new(),
    };
    Ok((spec, step))
}

/// The fields of the preset against what the unit itself set last, whenever that begins to hold.
fn judge_policy(
    conn: &mut Conn,
    preset: &Preset,
    unit_id: i64,
    from: NaiveDate,
    today: NaiveDate,
) -> Result<Option<(SetPolicy, Step)>, Error> {
    let fields = preset.policy.fields();
    if fields.is_empty() {
        return Ok(None);
    }
    let own = own_policy(conn, unit_id)?;
    let differences: Vec<String> = fields
        .iter()
        .copied()
        .filter(|field| only(&preset.policy, field) != only(&own, field))
        .map(str::to_owned)
        .collect();
    let known = fields.iter().any(|field| own.fields().contains(field));
    let outcome = match (known, differences.is_empty()) {
        (false, _) => Outcome::Created,
        (true, true) => Outcome::Unchanged,
        (true, false) => Outcome::Differs,
    };
    // plans may count from an earlier day of their year, policies only where nothing could have
    // been told otherwise
    let valid_from = if policies::may_reach_back(conn, unit_id)? {
        from
    } else {
        from.max(today)
    };
    let set = SetPolicy {
        valid_from,
        patch: preset.policy.clone(),
        legal_basis: preset.legal_basis.clone(),
    };
    let differences = if outcome == Outcome::Differs {
        differences
    } else {
        Vec::new()
    };
    let name = match outcome {
        Outcome::Created => valid_from.to_string(),
        _ => String::new(),
    };
    Ok(Some((
        set,
        Step {
            part: Part::Policy,
            name,
            outcome,
            differences,
        },
    )))
}

fn own_policy(conn: &mut Conn, unit_id: i64) -> Result<PolicyPatch, Error> {
    let mut own = PolicyPatch::default();
    // newest first
    for row in rows::policies(conn, &[unit_id])?.iter().rev() {
        own = own.overlaid(&from_json("policy", &row.patch)?);
    }
    Ok(own)
}

/// One field of a patch.
fn only(patch: &PolicyPatch, field: &str) -> Option<serde_json::Value> {
    serde_json::to_value(patch).ok()?.get(field).cloned()
}

fn judge_plan(
    conn: &mut Conn,
    unit: &UnitRow,
    year: i32,
    wanted: Wanted,
) -> Result<(Wanted, Step), Error> {
    let step = |outcome, differences| Step {
        part: Part::Plan,
        name: wanted.code.clone(),
        outcome,
        differences,
    };
    let Some(row) = rows::plan_by_code(conn, unit.id, year, &wanted.code)? else {
        let step = step(Outcome::Created, Vec::new());
        return Ok((wanted, step));
    };
    let found = plans::facts_of(conn, &row)?;
    let mut differences = Vec::new();
    if found.head.state != PlanState::InForce {
        differences.push("state".to_owned());
    }
    if found.head.title != wanted.title {
        differences.push("title".to_owned());
    }
    for rule in &wanted.rules {
        let there = found.rules.iter().find(|known| known.code == rule.code);
        if there
            .and_then(plans::RuleFacts::newest)
            .is_none_or(|newest| newest.content != rule.content)
        {
            differences.push(rule.code.clone());
        }
    }
    let unknown = found
        .rules
        .iter()
        .filter(|known| !wanted.rules.iter().any(|rule| rule.code == known.code));
    differences.extend(unknown.map(|rule| rule.code.clone()));
    let outcome = if differences.is_empty() {
        Outcome::Unchanged
    } else {
        Outcome::Differs
    };
    let step = step(outcome, differences);
    Ok((wanted, step))
}
