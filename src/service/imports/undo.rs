//! Taking an import back: what it made is withdrawn, cancelled or ended through the use cases that
//! people use. Where something depends on it, nothing is taken back, and the answer says what.

use chrono::NaiveDate;

use super::record::{ImportEntry, find};
use super::{Entity, Made};
use crate::domain::account::AccountState;
use crate::domain::calendar::{CalendarEdit, OneDate};
use crate::domain::error::Invalid;
use crate::domain::ids::{ImportId, PlanId, RuleId, UnitId};
use crate::domain::text::local_date;
use crate::domain::words::say;
use crate::service::rules::calendars;
use crate::service::rules::plans::{self, RuleRef};
use crate::service::submissions::events::{self, CancelEvent};
use crate::service::submissions::items::{self, WithReason};
use crate::service::units::people::{self, LeavePerson};
use crate::service::units::{self, EndUnit};
use crate::service::{Error, Tx};
use crate::store::types::At;
use crate::store::{
    accounts, imports, items as stored_items, people as stored_people, units as stored,
};

/// So many things that cannot be taken back are named.
const NAMED: usize = 5;

/// Takes back what an import made. What it changed stays as it is.
///
/// # Errors
/// [`Error::Conflict`] for one that was undone, or of which something cannot be taken back;
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn undo(tx: &mut Tx<'_>, id: ImportId) -> Result<ImportEntry, Error> {
    let row = find(tx, id)?;
    if row.undone_at.is_some() {
        return Err(Error::Conflict(Invalid::new("", "import_undone")));
    }
    let mut made: Vec<&Made> = row.made.0.iter().rev().collect();
    made.sort_by_key(|made| rank(made.entity));
    let mut left = Vec::new();
    let mut open = made;
    // units below others come first, in whatever order the file has them
    loop {
        let before = open.len();
        left.clear();
        let mut again = Vec::new();
        for made in open {
            let done = tx.attempt(|tx| take_back(tx, made, *row.at));
            if let Some(fault) = refused(done)? {
                left.push(format!("{}: {}", made.name, fault.message("vi")));
                again.push(made);
            }
        }
        open = again;
        if open.is_empty() || open.len() == before {
            break;
        }
    }
    if !left.is_empty() {
        let fault = Invalid::new("", "import_undo").with("n", left.len());
        let named = left.iter().take(NAMED).map(String::as_str);
        let named: Vec<&str> = named.collect();
        return Err(Error::Conflict(fault.with("what", named.join(" "))));
    }
    imports::undone(tx.conn, id, At(tx.now), &tx.actor.name)?;
    let entry = ImportEntry::from(find(tx, id)?);
    tx.audit("undo", "import", id)
        .unit(row.unit_id)
        .new_value(&entry)
        .record()?;
    Ok(entry)
}

/// What depends on others is taken back first.
fn rank(entity: Entity) -> u8 {
    match entity {
        Entity::Item => 0,
        Entity::Event => 1,
        Entity::Person => 2,
        Entity::Rule => 3,
        Entity::Holiday => 4,
        Entity::Unit => 5,
        Entity::Plan => 6,
    }
}

/// Why something was not taken back; what is gone already needs nothing.
fn refused(done: Result<(), Error>) -> Result<Option<Invalid>, Error> {
    match done {
        Ok(()) | Err(Error::NotFound { .. }) => Ok(None),
        Err(Error::Conflict(fault)) => Ok(Some(fault)),
        Err(Error::Invalid(faults)) => Ok(faults.into_iter().next()),
        Err(error) => Err(error),
    }
}

fn take_back(tx: &mut Tx<'_>, made: &Made, at: chrono::DateTime<chrono::Utc>) -> Result<(), Error> {
    let reason = || say("vi", "import.undo_reason", &[]);
    match made.entity {
        Entity::Item => {
            let id = id(made)?;
            let why = WithReason { reason: reason() };
            items::withdraw(tx, id, &why, made.version)
                .map_err(changed)
                .map(drop)
        }
        Entity::Event => {
            let id = id(made)?;
            let reporting = stored_items::of_event(tx.conn, id)?;
            if reporting > 0 {
                let fault = Invalid::new("", "import_undo_items").with("n", reporting);
                return Err(Error::Conflict(fault));
            }
            let why = CancelEvent { reason: reason() };
            events::cancel(tx, id, &why, made.version)
                .map_err(changed)
                .map(drop)
        }
        Entity::Person => {
            let id = id(made)?;
            let person = stored_people::find(tx.conn, id)?.ok_or(Error::not_found("person"))?;
            let account = accounts::of_person(tx.conn, person.id)?;
            if account.is_some_and(|account| *account.state != AccountState::Invited) {
                let fault = Invalid::new("", "import_undo_account");
                return Err(Error::Conflict(fault));
            }
            let last = last_day(at, person.active_from);
            let leaves = LeavePerson::on(last);
            people::leave(tx, id, leaves, made.version)
                .map_err(changed)
                .map(drop)
        }
        Entity::Rule => take_rule_back(tx, made),
        Entity::Holiday => {
            let (code, date) = pair::<String, NaiveDate>(made)?;
            let calendar = calendars::get(tx, &code)?;
            let edit = CalendarEdit::Clear(OneDate { date });
            calendars::edit(tx, &code, &edit, calendar.version).map(drop)
        }
        Entity::Unit => take_unit_back(tx, made, at),
        // a draft without rules opens nothing
        Entity::Plan => Ok(()),
    }
}

fn take_rule_back(tx: &mut Tx<'_>, made: &Made) -> Result<(), Error> {
    let (plan_id, rule_id) = pair::<PlanId, RuleId>(made)?;
    let plan = plans::get(tx, plan_id)?;
    if plan.rule(rule_id).is_none() {
        return Ok(());
    }
    let rule = RuleRef { plan_id, rule_id };
    plans::remove_rule(tx, rule, plan.head.version).map(drop)
}

/// A unit ends before it was entered, if nobody has used it.
fn take_unit_back(
    tx: &mut Tx<'_>,
    made: &Made,
    at: chrono::DateTime<chrono::Utc>,
) -> Result<(), Error> {
    let unit = stored::find_by_code(tx.conn, &made.id)?.ok_or(Error::not_found("unit"))?;
    if unit.ended_on.is_some() {
        return Ok(());
    }
    used(tx, unit.id)?;
    let end = EndUnit {
        ended_on: last_day(at, unit.founded_on),
        reason: say("vi", "import.undo_reason", &[]),
    };
    units::end(tx, unit.id, &end, unit.version).map(drop)
}

/// Refuses to take back a unit that has items or people.
fn used(tx: &mut Tx<'_>, unit: UnitId) -> Result<(), Error> {
    let today = local_date(tx.now);
    let people = stored_people::of_units(tx.conn, &[unit])?;
    let people = people
        .iter()
        .filter(|person| person.active_on(today))
        .count();
    let items = stored_items::of_unit(tx.conn, unit)?;
    if people == 0 && items == 0 {
        return Ok(());
    }
    let fault = Invalid::new("", "import_undo_unit").with("items", items);
    Err(Error::Conflict(fault.with("people", people)))
}

/// The day before an import, or the first day of what began later.
fn last_day(at: chrono::DateTime<chrono::Utc>, first: Option<NaiveDate>) -> NaiveDate {
    let day = local_date(at);
    let before = day.pred_opt().unwrap_or(day);
    first.map_or(before, |first| first.max(before))
}

/// Somebody has changed it since.
fn changed(error: Error) -> Error {
    match error {
        Error::Stale => Error::Conflict(Invalid::new("", "import_undo_changed")),
        error => error,
    }
}

fn id<T: std::str::FromStr>(made: &Made) -> Result<T, Error> {
    made.id
        .parse()
        .map_err(|_| Error::not_found(made.entity.as_str()))
}

fn pair<A: std::str::FromStr, B: std::str::FromStr>(made: &Made) -> Result<(A, B), Error> {
    let missing = || Error::not_found(made.entity.as_str());
    let (one, other) = made.id.split_once(' ').ok_or_else(missing)?;
    let one = one.parse().map_err(|_| missing())?;
    Ok((one, other.parse().map_err(|_| missing())?))
}
