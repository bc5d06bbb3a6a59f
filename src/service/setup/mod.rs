//! The first days of a federation: what is set up already, what is missing, and the steps that no
//! other topic has: units from a list, quotas from a preset with their document, a test mail.
//!
//! | file | what it holds |
//! |---|---|
//! | `units` | shipped examples of units, and the federation that units of a list belong to |
//! | `quotas` | calendar, policy and plan of a preset, with the document that they follow |
//! | `test_mail` | a mail to oneself, which proves that mail arrives |

mod quotas;
mod test_mail;
mod units;

use std::collections::HashSet;

use chrono::Datelike as _;

pub use quotas::{ApplyQuotas, Quotas, apply_quotas, preview_quotas};
pub use test_mail::{ConfirmTestMail, TestMail, confirm_test_mail, send_test_mail};
pub use units::{Example, examples, federation_code};

use crate::domain::access::{Role, Scope};
use crate::domain::account::AccountState;
use crate::domain::ids::UnitId;
use crate::domain::plan::PlanState;
use crate::domain::text::local_date;
use crate::service::core::access::Action;
use crate::service::obligations::open::by_name;
use crate::service::obligations::standings::Named;
use crate::service::overview::{self, Leaving};
use crate::service::rules::calendars::Coverage;
use crate::service::rules::plans::{self, PlanQuery, PlanSummary};
use crate::service::{Error, Tx};
use crate::store::plans::PlanRow;
use crate::store::units::UnitRow;
use crate::store::{accounts, people, units as stored};

/// How far a federation is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The name of the federation.
    pub federation: String,
    /// How many units it has today, itself not counted.
    pub units: usize,
    /// Those that no mail reaches, by name: they have no address of their own and no leader with one.
    pub unreachable: Vec<Named<UnitId>>,
    /// The name of its calendar.
    pub calendar: String,
    /// The last year up to which the holidays of that calendar are entered; `None`: this year's are
    /// missing.
    pub covered_to: Option<i32>,
    /// Its plan of this year that has come furthest.
    pub plan: Option<PlanSummary>,
    /// How many people are in service today.
    pub people: usize,
    /// How many accounts there are of which nobody accepted the invitation.
    pub invited: usize,
    /// How many people can sign in.
    pub signing_in: usize,
    /// The latest test mail.
    pub test_mail: Option<TestMail>,
    /// What is sent next, in order of time.
    pub leaving: Vec<Leaving>,
}

impl Setup {
    /// Whether the units are entered.
    pub fn has_units(&self) -> bool {
        self.units > 0
    }

    /// Whether this year's holidays are known.
    pub fn has_calendar(&self) -> bool {
        self.covered_to.is_some()
    }

    /// Whether a plan of this year is in force.
    pub fn has_plan(&self) -> bool {
        let plan = self.plan.as_ref();
        plan.is_some_and(|plan| *plan.head.state == PlanState::InForce)
    }

    /// Whether mail reaches every unit.
    pub fn reaches_all(&self) -> bool {
        self.has_units() && self.unreachable.is_empty()
    }

    /// Whether a test mail arrived.
    pub fn has_mail(&self) -> bool {
        let mail = self.test_mail.as_ref();
        mail.is_some_and(|mail| mail.arrived_at.is_some())
    }

    /// Whether every step is done.
    pub fn is_complete(&self) -> bool {
        self.has_units()
            && self.has_calendar()
            && self.has_plan()
            && self.reaches_all()
            && self.has_mail()
    }
}

/// How far the federation of the actor is set up. Changes nothing.
///
/// # Errors
/// [`Error::Forbidden`] for somebody who manages no federation.
pub fn setup(tx: &mut Tx<'_>) -> Result<Setup, Error> {
    let federation = own_federation(tx)?;
    let today = local_date(tx.now);
    let below = stored::below(tx.conn, federation.id)?;
    let units = stored::find_many(tx.conn, &below)?;
    let is_unit = |unit: &&UnitRow| unit.id != federation.id && unit.exists_on(today);
    let units: Vec<&UnitRow> = units.values().filter(is_unit).collect();
    let mut serving = people::of_federation(tx.conn, federation.id, None)?;
    serving.retain(|person| person.active_on(today));
    let led: HashSet<UnitId> = serving
        .iter()
        .filter(|person| *person.role == Role::Leader && person.mail.is_some())
        .map(|person| person.unit_id)
        .collect();
    let is_silent = |unit: &&UnitRow| unit.mail.is_none() && !led.contains(&unit.id);
    let silent = units.iter().copied().filter(is_silent);
    let policy = tx.lookups.policy(tx.conn, federation.id, today)?;
    let (calendar, _) = tx.lookups.calendar(tx.conn, &policy.calendar)?;
    let scope = Scope::Below(vec![federation.id]);
    let accounts = accounts::list(tx.conn, &scope)?;
    let in_state = |state| accounts.iter().filter(|one| *one.state == state).count();
    Ok(Setup {
        units: units.len(),
        unreachable: by_name(silent.map(|unit| (unit.id, unit.name.clone()))),
        calendar: calendar.name().vi.clone(),
        covered_to: Coverage::of(&calendar, today.year()).covered_to,
        plan: furthest(tx, federation.id, today.year())?,
        people: serving.len(),
        invited: in_state(AccountState::Invited),
        signing_in: in_state(AccountState::Active),
        test_mail: test_mail::latest(tx)?,
        leaving: overview::leaving(tx)?,
        federation: federation.name,
    })
}

/// Whether the actor manages a federation of which no plan was ever in force: its first days, in
/// which the set-up is what there is to do.
///
/// # Errors
/// None of its own.
pub fn needs_setup(tx: &mut Tx<'_>) -> Result<bool, Error> {
    let federation = match own_federation(tx) {
        Ok(federation) => federation,
        Err(Error::Forbidden) => return Ok(false),
        Err(error) => return Err(error),
    };
    let query = PlanQuery {
        unit_id: Some(federation.id),
        year: None,
        state: None,
    };
    let begun = |plan: &PlanRow| matches!(*plan.state, PlanState::InForce | PlanState::Ended);
    Ok(!plans::list(tx, query)?.iter().any(begun))
}

/// The federation that the actor manages; the first one entered, where there are several.
fn own_federation(tx: &mut Tx<'_>) -> Result<UnitRow, Error> {
    tx.require_by_any_role(Action::ManageUnits)?;
    for federation in stored::federations(tx.conn)? {
        if tx.may(Action::ManageUnits, federation.id)? {
            return Ok(federation);
        }
    }
    Err(Error::Forbidden)
}

/// The plan of a year that has come furthest: in force before approved before drafted.
fn furthest(tx: &mut Tx<'_>, unit_id: UnitId, year: i32) -> Result<Option<PlanSummary>, Error> {
    let query = PlanQuery {
        unit_id: Some(unit_id),
        year: Some(year),
        state: None,
    };
    let rank = |plan: &PlanSummary| match *plan.head.state {
        PlanState::InForce => 0,
        PlanState::Approved => 1,
        PlanState::Draft => 2,
        PlanState::Ended => 3,
    };
    Ok(plans::summaries(tx, query)?.into_iter().min_by_key(rank))
}
