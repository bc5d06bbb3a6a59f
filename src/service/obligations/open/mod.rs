//! Opens what plans ask for: for every rule in force the obligations of each period, for every
//! subject. Obligations are unique by rule, subject and period, so opening twice is harmless.

mod ahead;
mod foresight;
mod newcomers;
mod rows;
mod subjects;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::domain::access::Actor;
use crate::domain::ids::{PersonId, RuleId, UnitId};
use crate::domain::opening::{self, Opening, Version};
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
use crate::store::units::UnitRow;
use crate::store::{Conn, StoreError, meta};

pub(crate) use ahead::opening_until;
pub use foresight::{CategoryForesight, DueForesight, RuleForesight};
pub(crate) use foresight::{ToOpen, by_name, foresee};
pub(crate) use newcomers::{open_for_humans, open_for_units};

/// What a run of the opening job did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Periods of rules that were opened to the end.
    pub periods: usize,
    /// Obligations that are new.
    pub opened: usize,
    /// Obligations that were left out: the scores of their year are frozen.
    pub frozen: usize,
}

impl Report {
    fn add(&mut self, opened: Opened) {
        self.opened += opened.new;
        self.frozen += opened.frozen;
    }
}

/// How many obligations were opened, and how many left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Opened {
    new: usize,
    frozen: usize,
}

impl std::ops::AddAssign for Opened {
    fn add_assign(&mut self, more: Self) {
        self.new += more.new;
        self.frozen += more.frozen;
    }
}

/// What becomes of obligations that would be opened in a year whose scores are frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InFrozenYear {
    /// Somebody asks for them, and is refused.
    Refuse,
    /// A job opens them: it leaves them out, and says how many.
    LeaveOut,
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
        retry(app, entity, now, &mut report)?;
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
fn retry(
    app: &App,
    entity: SetAsideEntity,
    now: DateTime<Utc>,
    report: &mut Report,
) -> Result<(), Error> {
    let system = Actor::system();
    let ids = app.read(&system, now, |tx| set_aside::to_retry(tx, entity))?;
    for id in ids {
        let retried = app.write(&system, now, |tx| {
            let opened = if entity == SetAsideEntity::Unit {
                let unit = UnitRow::clone(&*tx.lookups.unit(tx.conn, UnitId(id))?);
                open_for_units(tx, vec![unit], InFrozenYear::LeaveOut)?
            } else {
                let humans = people::find(tx.conn, PersonId(id))?.map(|post| post.human());
                open_for_humans(tx, humans.as_slice(), InFrozenYear::LeaveOut)?
            };
            set_aside::judged(tx, entity, &[id])?;
            Ok(opened)
        });
        match retried {
            Err(why) if why.is_about_data() => {
                app.write(&system, now, |tx| set_aside::put(tx, entity, id, &why))?;
            }
            retried => report.add(retried?),
        }
    }
    Ok(())
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
            report.add(open_period(app, plan, &opening, now)?);
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
) -> Result<Opened, Error> {
    let system = Actor::system();
    let (owners, unreadable) = app.read(&system, now, |tx| subjects::of_plan(tx, plan, opening))?;
    for (entity, id, why) in &unreadable {
        app.write(&system, now, |tx| set_aside::put(tx, *entity, *id, why))?;
    }
    let chunk = usize::try_from(app.settings.worker.chunk)
        .unwrap_or(1_000)
        .max(1);
    let mut opened = Opened::default();
    for part in owners.chunks(chunk) {
        opened += app.write(&system, now, |tx| {
            open_subjects(tx, opening, part, InFrozenYear::LeaveOut)
        })?;
    }
    let key = watermark_key(opening.version.rule_id);
    let date = opening.opened_to().format("%Y-%m-%d").to_string();
    app.write(&system, now, |tx| Ok(meta::put(tx.conn, &key, &date)?))?;
    Ok(opened)
}

fn open_subjects(
    tx: &mut Tx<'_>,
    opening: &Opening<'_>,
    owners: &[Owner],
    in_frozen_year: InFrozenYear,
) -> Result<Opened, Error> {
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
    let known = rows.len();
    rows::remove_frozen(tx, &mut rows, in_frozen_year)?;
    Ok(Opened {
        frozen: known - rows.len(),
        new: store::insert_new(tx.conn, &rows)?,
    })
}
