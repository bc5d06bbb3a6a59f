//! Exemptions for whole periods, also for those that have not begun.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::domain::error::Invalid;
use crate::domain::ids::{ObligationId, PersonId, RuleId, UnitId};
use crate::domain::obligation::ExemptionCause;
use crate::domain::party::Party;
use crate::domain::period::Period;
use crate::domain::score::UnitYear;
use crate::domain::text;
use crate::service::core::access::Action;
use crate::service::obligations::exemptions::exempt;
use crate::service::{Error, Tx};
use crate::store::obligations::{self as store, ExemptionRow};
use crate::store::types::{AsText, At, Word};
use crate::store::{StoreError, people, plans, rules, units};

/// Who is excused from a rule, for which periods, and why.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewExemptions {
    /// The rule.
    pub rule_id: RuleId,
    /// The unit that is excused.
    #[serde(default)]
    pub unit_id: Option<UnitId>,
    /// The person who is excused, instead of a unit.
    #[serde(default)]
    pub person_id: Option<PersonId>,
    /// The periods: `2026-M12`, `2027-Q1`…; they may lie ahead.
    pub periods: Vec<String>,
    /// Why; kept in the audit trail.
    pub reason: String,
}

/// A period for which somebody is excused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Exempted {
    /// The period.
    pub period: String,
    /// The obligation, if the period has begun.
    pub obligation_id: Option<ObligationId>,
}

/// Excuses a unit or a person from a rule for periods. What is owed already is excused now; what is
/// opened later is excused as it is opened.
///
/// # Errors
/// Faults of the input: a missing reason, neither or both of unit and person, a rule that does not
/// bind the unit, periods that the rule does not have; [`Error::Conflict`] where they are excused
/// already, or the year is frozen; [`Error::Forbidden`].
pub fn exempt_periods(tx: &mut Tx<'_>, new: &NewExemptions) -> Result<Vec<Exempted>, Error> {
    let (unit_id, subject) = subject(tx, new)?;
    let reason = text::paragraph("reason", &new.reason)?;
    let periods = periods(tx, new, unit_id)?;
    let years: BTreeSet<UnitYear> = periods
        .iter()
        .map(|period| UnitYear {
            unit_id,
            year: period.year(),
        })
        .collect();
    tx.require_unfrozen(&years)?;
    let owed = store::chain(tx.conn, new.rule_id, subject)?;
    let mut all = Vec::with_capacity(periods.len());
    for period in periods {
        let key = period.key();
        let open = owed.iter().find(|row| row.period_key == key);
        match open {
            Some(row) => exempt(tx, row.id, &reason)?,
            None => exempt_ahead(tx, (new.rule_id, unit_id, subject), (&key, &reason))?,
        }
        all.push(Exempted {
            period: key,
            obligation_id: open.map(|row| row.id),
        });
    }
    Ok(all)
}

/// Who is excused, and the unit that they belong to.
fn subject(tx: &mut Tx<'_>, new: &NewExemptions) -> Result<(UnitId, Party), Error> {
    match (new.unit_id, new.person_id) {
        (Some(unit_id), None) => {
            tx.require_named(Action::Decide, unit_id, "unit_id")?;
            Ok((unit_id, Party::Unit(unit_id)))
        }
        (None, Some(person_id)) => {
            let unknown = || Invalid::new("person_id", "not_found").with("value", person_id);
            let person = people::find(tx.conn, person_id)?.ok_or_else(unknown)?;
            tx.require_named(Action::Decide, person.unit_id, "person_id")?;
            Ok((person.unit_id, Party::Person(person.human())))
        }
        _ => Err(Invalid::new("unit_id", "required").into()),
    }
}

/// The periods, all of them of the rule.
fn periods(tx: &mut Tx<'_>, new: &NewExemptions, unit_id: UnitId) -> Result<Vec<Period>, Error> {
    let unknown = || Invalid::new("rule_id", "not_found").with("value", new.rule_id);
    let rule = rules::find(tx.conn, new.rule_id)?.ok_or_else(unknown)?;
    let plan = match rule.plan_id {
        Some(id) => plans::find(tx.conn, id)?,
        None => None,
    };
    let plan = plan.ok_or_else(unknown)?;
    if !units::is_below(tx.conn, unit_id, plan.unit_id)? {
        return Err(unknown().into());
    }
    let versions = rules::versions_of_plans(tx.conn, &[plan.id])?;
    let newest = versions.iter().rfind(|version| version.rule_id == rule.id);
    let kind = newest
        .and_then(|version| version.content.period)
        .ok_or_else(unknown)?;
    if new.periods.is_empty() {
        return Err(Invalid::new("periods", "required").into());
    }
    let example = Period::first_of_year(kind, plan.year).key();
    let mut periods = Vec::with_capacity(new.periods.len());
    let mut faults = Vec::new();
    for (index, key) in new.periods.iter().enumerate() {
        let period = Period::of_key(key).filter(|p| p.kind == kind && p.year() == plan.year);
        match period {
            Some(period) => periods.push(period),
            None => faults.push(
                Invalid::new(format!("periods[{index}]"), "exemption_period")
                    .with("value", key.escape_debug())
                    .with("example", &example),
            ),
        }
    }
    if faults.is_empty() {
        Ok(periods)
    } else {
        Err(Error::Invalid(faults))
    }
}

/// Writes an exemption that the opening of the period finds.
fn exempt_ahead(
    tx: &mut Tx<'_>,
    (rule_id, unit_id, subject): (RuleId, UnitId, Party),
    (period_key, reason): (&str, &str),
) -> Result<(), Error> {
    let exemption = ExemptionRow {
        id: 0,
        rule_id,
        subject: AsText(subject),
        period_key: period_key.to_owned(),
        cause: Word(ExemptionCause::Decided),
        reason: reason.to_owned(),
        decided_by: tx.actor.name.clone(),
        created_at: At(tx.now),
    };
    store::insert_exemption(tx.conn, exemption).map_err(|error| match error {
        StoreError::Unique(_) => Error::Conflict(Invalid::new("periods", "already_exempt")),
        error => error.into(),
    })?;
    tx.audit("exempt", "rule", rule_id)
        .unit(unit_id)
        .reason(reason)
        .new_value(&json!({ "subject": subject.to_string(), "period": period_key }))
        .record()
}
