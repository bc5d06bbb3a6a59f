//! Opens what plans ask for: for every rule in force the obligations of each period, for every
//! subject. Obligations are unique by rule, subject and period, so opening twice is harmless.

mod rows;
mod subjects;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::domain::access::Actor;
use crate::domain::ids::{PersonId, RuleId, UnitId};
use crate::domain::opening::{self, Opening, Version};
use crate::domain::rule::Subject;
use crate::domain::set_aside::SetAsideEntity;
use crate::domain::text::local_date;
use crate::service::core::tx::Tx;
use crate::service::obligations::share::Owner;
use crate::service::schedule::clock_jump::is_believed;
use crate::service::schedule::set_aside;
use crate::service::{App, Error};
use crate::store::obligations as store;
use crate::store::people;
use crate::store::plans::{self, PlanRow};
use crate::store::rules::{self, RuleVersionRow};
use crate::store::types::{instant, micros};
use crate::store::units::{self, UnitRow};
use crate::store::{Conn, StoreError, meta};

/// What a run of the opening job did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Periods of rules that were opened to the end.
    pub periods: usize,
    /// Obligations that are new.
    pub opened: usize,
}

/// Opens every period of every rule in force that has begun by `now` and was not opened yet. Periods
/// that were missed while the service was down come first, in order.
///
/// # Errors
/// Those of the database; what was opened before stays.
pub fn run(app: &App, now: DateTime<Utc>) -> Result<Report, Error> {
    let plans = app.read(&Actor::system(), now, |tx| Ok(plans::in_force(tx.conn)?))?;
    let (system, mut report) = (Actor::system(), Report::default());
    for plan in plans {
        match run_plan(app, &plan, now, &mut report) {
            Err(why) if why.is_about_data() => app.write(&system, now, |tx| {
                set_aside::put(tx, SetAsideEntity::Plan, plan.id, &why)
            })?,
            ran => {
                ran?;
                app.write(&system, now, |tx| {
                    set_aside::judged(tx, SetAsideEntity::Plan, &[plan.id])
                })?;
            }
        }
    }
    for entity in [SetAsideEntity::Unit, SetAsideEntity::Person] {
        report.opened += retry(app, entity, now)?;
    }
    let opened_at = micros(now).to_string();
    app.write(&system, now, |tx| {
        Ok(meta::put(tx.conn, OPENED_AT, &opened_at)?)
    })?;
    Ok(report)
}

/// The key under which it is kept when periods were opened last.
const OPENED_AT: &str = "periods_opened_at";

/// When periods were opened last.
fn opened_before(tx: &mut Tx<'_>) -> Result<Option<DateTime<Utc>>, Error> {
    let kept = meta::get(tx.conn, OPENED_AT)?.and_then(|text| text.parse().ok());
    let before = kept.map(instant).transpose()?;
    Ok(before.filter(|before| is_believed(*before, tx.now)))
}

/// Opens the running periods for units and persons that were set aside; those that can still not be
/// judged stay so.
fn retry(app: &App, entity: SetAsideEntity, now: DateTime<Utc>) -> Result<usize, Error> {
    let system = Actor::system();
    let ids = app.read(&system, now, |tx| set_aside::to_retry(tx, entity))?;
    let mut opened = 0;
    for id in ids {
        let retried = app.write(&system, now, |tx| {
            let opened = if entity == SetAsideEntity::Unit {
                let unit = UnitRow::clone(&*tx.lookups.unit(tx.conn, UnitId(id))?);
                open_for_units(tx, vec![unit])?
            } else {
                let humans = people::find(tx.conn, PersonId(id))?.map(|post| post.human());
                open_for_humans(tx, humans.as_slice())?
            };
            set_aside::judged(tx, entity, &[id])?;
            Ok(opened)
        });
        match retried {
            Err(why) if why.is_about_data() => {
                app.write(&system, now, |tx| set_aside::put(tx, entity, id, &why))?;
            }
            retried => opened += retried?,
        }
    }
    Ok(opened)
}

fn run_plan(
    app: &App,
    plan: &PlanRow,
    now: DateTime<Utc>,
    report: &mut Report,
) -> Result<(), Error> {
    let system = Actor::system();
    let (rows, opened_before) = app.read(&system, now, |tx| {
        let rows = rules::versions_of_plans(tx.conn, &[plan.id])?;
        Ok((rows, opened_before(tx)?))
    })?;
    for rows in rows.chunk_by(|a, b| a.rule_id == b.rule_id) {
        let versions = versions(rows);
        let Some(rule_id) = versions.first().map(|version| version.rule_id) else {
            continue;
        };
        let opened_to = app.read(&system, now, |tx| Ok(opened_to(tx.conn, rule_id)?))?;
        for opening in opening::due(&versions, plan.year, opened_to, local_date(now)) {
            let opening = Opening {
                opened_before,
                ..opening
            };
            report.opened += open_period(app, plan, &opening, now)?;
            report.periods += 1;
        }
    }
    Ok(())
}

fn versions(rows: &[RuleVersionRow]) -> Vec<Version<'_>> {
    rows.iter()
        .map(|row| Version {
            rule_id: row.rule_id,
            id: row.id,
            effective_from: row.effective_from,
            content: &row.content.0,
            entered_at: row.created_at.0,
        })
        .collect()
}

/// The key that stores the local date up to which a rule is opened.
#[must_use]
pub fn watermark_key(rule_id: RuleId) -> String {
    format!("opened:{rule_id}")
}

fn opened_to(conn: &mut Conn, rule_id: RuleId) -> Result<Option<NaiveDate>, StoreError> {
    let stored = meta::get(conn, &watermark_key(rule_id))?;
    Ok(stored.and_then(|text| text.parse().ok()))
}

/// Opens one period of a rule in chunks of subjects, then stores up to where the rule is opened.
fn open_period(
    app: &App,
    plan: &PlanRow,
    opening: &Opening<'_>,
    now: DateTime<Utc>,
) -> Result<usize, Error> {
    let system = Actor::system();
    let (owners, unreadable) = app.read(&system, now, |tx| subjects::of_plan(tx, plan, opening))?;
    for (entity, id, why) in &unreadable {
        app.write(&system, now, |tx| set_aside::put(tx, *entity, *id, why))?;
    }
    let chunk = usize::try_from(app.settings.worker.chunk)
        .unwrap_or(1_000)
        .max(1);
    let mut opened = 0;
    for part in owners.chunks(chunk) {
        opened += app.write(&system, now, |tx| open_subjects(tx, opening, part))?;
    }
    let key = watermark_key(opening.version.rule_id);
    let date = opening.opened_to().format("%Y-%m-%d").to_string();
    app.write(&system, now, |tx| Ok(meta::put(tx.conn, &key, &date)?))?;
    Ok(opened)
}

fn open_subjects(tx: &mut Tx<'_>, opening: &Opening<'_>, owners: &[Owner]) -> Result<usize, Error> {
    let units = owners.iter().map(|owner| UnitRow::clone(&owner.unit));
    tx.lookups.add_units(units);
    let rule_id = opening.version.rule_id;
    let chained = store::chained_subjects(tx.conn, rule_id)?;
    let excused = store::exemptions(tx.conn, &[rule_id])?;
    let mut rows = Vec::with_capacity(owners.len());
    let mut shared = rows::Shared::of(tx, opening, owners)?;
    for owner in owners {
        let mut row = match rows::opened(tx, opening, owner, &mut shared) {
            Ok(Some(row)) => row,
            Ok(None) => continue,
            Err(why) if why.is_about_data() => {
                set_aside::put(tx, SetAsideEntity::Unit, owner.unit.id, &why)?;
                continue;
            }
            Err(error) => return Err(error),
        };
        row.chained |= chained.contains(&row.subject.0);
        let exemption = excused
            .iter()
            .find(|e| e.subject == row.subject && e.period_key == row.period_key);
        row.exempt_at = exemption.map(|exemption| exemption.created_at);
        row.exempt_cause = exemption.map(|exemption| exemption.cause);
        rows.push(row);
    }
    Ok(store::insert_new(tx.conn, &rows)?)
}

/// Opens what units that are new, or whose dates were corrected, owe by every rule in force: the periods
/// that had not ended when they were entered. Periods that the job has not reached yet are left to it.
pub(crate) fn open_for_units(tx: &mut Tx<'_>, units: Vec<UnitRow>) -> Result<usize, Error> {
    let mut with_ancestors = Vec::with_capacity(units.len());
    for unit in units {
        with_ancestors.push((units::ancestors(tx.conn, unit.id)?, unit));
    }
    let mut opened = 0;
    for plan in plans::in_force(tx.conn)? {
        let inside = with_ancestors
            .iter()
            .filter(|(ancestors, _)| ancestors.contains(&plan.unit_id));
        let units: Vec<UnitRow> = inside.map(|(_, unit)| unit.clone()).collect();
        if units.is_empty() {
            continue;
        }
        let entered = units.iter().map(|unit| local_date(unit.created_at.0)).min();
        opened += open_since(tx, &plan, entered, |tx, opening| {
            let subject = &opening.version.content.subject;
            if let Subject::Persons { .. } = subject {
                let ids: Vec<UnitId> = units.iter().map(|unit| unit.id).collect();
                let (humans, _) = subjects::humans_of_units(tx, subject, &ids)?;
                return subjects::of_humans(tx, plan.unit_id, opening, &humans);
            }
            Ok(subjects::of_units(tx, opening, units.clone()))
        })?;
    }
    Ok(opened)
}

/// The same for human beings, after a change of what they hold.
pub(crate) fn open_for_humans(tx: &mut Tx<'_>, humans: &[PersonId]) -> Result<usize, Error> {
    let mut opened = 0;
    let first_posts = people::find_many(tx.conn, humans)?;
    let entered = first_posts
        .values()
        .map(|post| local_date(post.created_at.0))
        .min();
    for plan in plans::in_force(tx.conn)? {
        opened += open_since(tx, &plan, entered, |tx, opening| {
            match opening.version.content.subject {
                Subject::Persons { .. } => subjects::of_humans(tx, plan.unit_id, opening, humans),
                Subject::Unit { .. } | Subject::Units { .. } => Ok(Vec::new()),
            }
        })?;
    }
    Ok(opened)
}

/// Opens the periods of a plan that had not ended on the day `entered`, for the owners whom `concerned`
/// names.
fn open_since(
    tx: &mut Tx<'_>,
    plan: &PlanRow,
    entered: Option<NaiveDate>,
    concerned: impl Fn(&mut Tx<'_>, &Opening<'_>) -> Result<Vec<Owner>, Error>,
) -> Result<usize, Error> {
    let mut opened = 0;
    let today = local_date(tx.now);
    let rows = rules::versions_of_plans(tx.conn, &[plan.id])?;
    for rows in rows.chunk_by(|a, b| a.rule_id == b.rule_id) {
        let versions = versions(rows);
        let (Some(first), Some(entered)) = (versions.first(), entered) else {
            continue;
        };
        let Some(opened_to) = opened_to(tx.conn, first.rule_id)? else {
            continue;
        };
        for opening in opening::since(&versions, plan.year, entered, today) {
            if opening.opened_to() > opened_to {
                continue;
            }
            let owners = concerned(tx, &opening)?;
            if !owners.is_empty() {
                opened += open_subjects(tx, &opening, &owners)?;
            }
        }
    }
    Ok(opened)
}
