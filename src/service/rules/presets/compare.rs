//! What a preset asks for, compared with what is there.

use chrono::NaiveDate;

use super::files::{self, Preset, PresetPlan, PresetRule};
use super::{ApplyPreset, Outcome, Part, Step};
use crate::domain::calendar::{CalendarSpec, shipped};
use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::domain::plan::PlanState;
use crate::domain::plan::timing::in_force_from;
use crate::domain::policy::PolicyPatch;
use crate::domain::text::local_date;
use crate::domain::unit::{Category, note};
use crate::service::core::access::Action;
use crate::service::rules::calendars::code_of_copy;
use crate::service::rules::plans::{self, PlanWithRules};
use crate::service::rules::policies::{self, SetPolicy};
use crate::service::{Error, Tx};
use crate::store::calendars::{self, CalendarRow};
use crate::store::units::{self, UnitRow};
use crate::store::{Conn, plans as plan_rows, policies as policy_rows};

/// A preset against what is there.
pub(super) struct Comparison {
    pub unit: UnitRow,
    pub year: i32,
    /// The date from which its plans count.
    pub from: NaiveDate,
    /// The code of a shipped calendar, and what becomes of the federation's copy.
    pub calendar: Option<(String, Step)>,
    pub policy: Option<(SetPolicy, Step)>,
    pub plans: Vec<(WantedPlan, Step)>,
}

/// A plan that a preset asks for.
pub(super) struct WantedPlan {
    pub code: String,
    pub title: String,
    pub rules: Vec<PresetRule>,
}

impl WantedPlan {
    /// A plan of a preset, for a year and a unit.
    pub fn of(plan: &PresetPlan, year: i32, unit_code: &str) -> Self {
        let (title, rules) = plan.for_unit(year, unit_code);
        Self {
            code: plan.code.clone(),
            title,
            rules,
        }
    }
}

impl Comparison {
    /// # Errors
    /// All faults of the input at once; [`Error::Forbidden`].
    pub fn new(tx: &mut Tx<'_>, input: &ApplyPreset) -> Result<Self, Error> {
        let unit = manageable(tx, &input.unit)?;
        let (mut preset, from) = checked(input, &unit, local_date(tx.now))?;
        let calendar = match preset.policy.calendar.take() {
            Some(code) => compare_calendar(tx.conn, &unit, &code)?.map(|step| (code, step)),
            None => None,
        };
        preset.policy.calendar = calendar.as_ref().map(|(_, step)| step.name.clone());
        let policy = compare_policy(tx, &preset, unit.id, from)?;
        let mut plans = Vec::with_capacity(preset.plans.len());
        for plan in &preset.plans {
            let wanted = WantedPlan::of(plan, input.year, &unit.code);
            let step = compare_plan(tx.conn, unit.id, input.year, &wanted)?;
            plans.push((wanted, step));
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

    /// Each part and what becomes of it.
    pub fn steps(&self) -> Vec<Step> {
        let calendar = self.calendar.iter().map(|(_, step)| step);
        let policy = self.policy.iter().map(|(_, step)| step);
        let plans = self.plans.iter().map(|(_, step)| step);
        calendar.chain(policy).chain(plans).cloned().collect()
    }
}

/// The unit with this code, if the actor may manage its rules.
fn manageable(tx: &mut Tx<'_>, code: &str) -> Result<UnitRow, Error> {
    let unknown = || Invalid::new("unit", "not_found").with("value", code);
    let unit = units::find_by_code(tx.conn, code)?.ok_or_else(unknown)?;
    match tx.require(Action::ManageRules, unit.id) {
        Err(Error::NotFound { .. }) => Err(unknown().into()),
        checked => checked.map(|()| unit),
    }
}

/// The preset with this code, for a unit.
///
/// # Errors
/// A code of none, a unit that is no federation.
pub(super) fn known(code: &str, unit: &UnitRow) -> Result<Preset, Vec<Invalid>> {
    let mut faults = Vec::new();
    let preset = files::get(code);
    if preset.is_none() {
        let fault = Invalid::new("preset", "preset_unknown").with("value", code.escape_debug());
        faults.push(fault.with("names", files::codes().collect::<Vec<_>>().join(", ")));
    }
    if unit.category != Category::Federation {
        faults.push(Invalid::new("unit", "preset_needs_federation").with("value", &unit.code));
    }
    preset.filter(|_| faults.is_empty()).ok_or(faults)
}

fn checked(
    input: &ApplyPreset,
    unit: &UnitRow,
    today: NaiveDate,
) -> Result<(Preset, NaiveDate), Error> {
    let (preset, mut faults) = match known(&input.preset, unit) {
        Ok(preset) => (Some(preset), Vec::new()),
        Err(faults) => (None, faults),
    };
    let from = note(&mut faults, in_force_from(input.year, input.from, today));
    match (preset, from) {
        (Some(preset), Some(from)) if faults.is_empty() => Ok((preset, from)),
        _ => Err(Error::Invalid(faults)),
    }
}

/// The federation's copy of a shipped calendar: the one that its policy names, or one that is to be
/// made. A federation that uses the shipped one itself goes on with it.
fn compare_calendar(
    conn: &mut Conn,
    unit: &UnitRow,
    original: &str,
) -> Result<Option<Step>, Error> {
    let Some(spec) = shipped::calendar(original) else {
        return Ok(None);
    };
    let named = own_policy(conn, unit.id)?.calendar;
    let stored = match &named {
        Some(code) => calendars::find(conn, code)?,
        None => None,
    };
    let is_copy = |row: &CalendarRow| row.copied_from.as_deref() == Some(original);
    let (name, stored) = match (named, stored) {
        (Some(code), None) if code == original => (code, None),
        (Some(code), Some(row)) if is_copy(&row) => (code, Some(row)),
        _ => {
            let code = code_of_copy(original, unit);
            let stored = calendars::find(conn, &code)?;
            (code, stored)
        }
    };
    let wanted = CalendarSpec {
        code: name.clone(),
        ..spec
    };
    let outcome = match stored {
        None if name == original => Outcome::Unchanged,
        None => Outcome::Created,
        Some(row) if *row.spec == wanted => Outcome::Unchanged,
        Some(_) => Outcome::Differs,
    };
    Ok(Some(Step {
        part: Part::Calendar,
        name,
        outcome,
        differences: Vec::new(),
    }))
}

/// The fields of the preset against what the unit itself set last, whenever that begins to hold.
fn compare_policy(
    tx: &mut Tx<'_>,
    preset: &Preset,
    unit_id: UnitId,
    from: NaiveDate,
) -> Result<Option<(SetPolicy, Step)>, Error> {
    let fields = preset.policy.fields();
    if fields.is_empty() {
        return Ok(None);
    }
    // a plan may count from an earlier day of its year; a policy, only if it changes nothing that
    // somebody has received
    let earliest = policies::earliest_begin(tx, unit_id)?;
    let valid_from = earliest.map_or(from, |earliest| from.max(earliest));
    let own = own_policy(tx.conn, unit_id)?;
    let known = own.fields();
    let mut step = Step {
        part: Part::Policy,
        name: String::new(),
        outcome: Outcome::Unchanged,
        differences: Vec::new(),
    };
    if fields.iter().any(|field| known.contains(field)) {
        step.differences = preset.policy.differences(&own);
        if !step.differences.is_empty() {
            step.outcome = Outcome::Differs;
        }
    } else {
        step.outcome = Outcome::Created;
        step.name = valid_from.to_string();
    }
    let set = SetPolicy {
        valid_from,
        patch: preset.policy.clone(),
        legal_basis: preset.legal_basis.clone(),
    };
    Ok(Some((set, step)))
}

/// What a unit set itself, later entries over earlier ones.
fn own_policy(conn: &mut Conn, unit_id: UnitId) -> Result<PolicyPatch, Error> {
    let newest_first = policy_rows::of_units(conn, &[unit_id])?;
    let oldest_first = newest_first.iter().rev();
    Ok(oldest_first.fold(PolicyPatch::default(), |own, row| own.overlaid(&row.patch)))
}

fn compare_plan(
    conn: &mut Conn,
    unit_id: UnitId,
    year: i32,
    wanted: &WantedPlan,
) -> Result<Step, Error> {
    let mut step = Step {
        part: Part::Plan,
        name: wanted.code.clone(),
        outcome: Outcome::Created,
        differences: Vec::new(),
    };
    if let Some(row) = plan_rows::find_by_code(conn, unit_id, year, &wanted.code)? {
        step.differences = differences(&plans::with_rules(conn, row)?, wanted);
        step.outcome = if step.differences.is_empty() {
            Outcome::Unchanged
        } else {
            Outcome::Differs
        };
    }
    Ok(step)
}

/// The field of a plan that holds its title.
const TITLE: &str = "title";

/// Where a plan differs: `state`, `title`, codes of rules.
fn differences(found: &PlanWithRules, wanted: &WantedPlan) -> Vec<String> {
    let mut differences = Vec::new();
    if *found.head.state != PlanState::InForce {
        differences.push("state".to_owned());
    }
    if found.head.title != wanted.title {
        differences.push(TITLE.to_owned());
    }
    for rule in &wanted.rules {
        let there = found.rules.iter().find(|known| known.code == rule.code);
        let newest = there.and_then(|known| known.versions.last());
        if newest.is_none_or(|newest| *newest.content != rule.content) {
            differences.push(rule.code.clone());
        }
    }
    let is_wanted = |code: &String| wanted.rules.iter().any(|rule| rule.code == *code);
    let codes = found.rules.iter().map(|known| &known.code);
    differences.extend(codes.filter(|code| !is_wanted(code)).cloned());
    differences
}
