//! More time for one obligation: its unit asks, the department gives.

use chrono::{DateTime, Utc};

use crate::domain::ids::ObligationId;
use crate::domain::more_time::offers;
use crate::service::core::access::Action;
use crate::service::obligations::decide;
use crate::service::obligations::terms::policy_of;
use crate::service::obligations::work::one::{self, Work};
use crate::service::{Error, Tx};
use crate::store::views::obligations as view;

/// What a form for more time shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoreTime {
    /// The obligation.
    pub work: Work,
    /// Instants to choose from, the nearest first.
    pub offers: Vec<DateTime<Utc>>,
}

/// More time, as somebody asks for it or gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTime {
    /// Until when.
    pub until: DateTime<Utc>,
    /// Why.
    pub reason: String,
    /// The due revision that it was filled in for.
    pub revision: i32,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// It waits for the department.
    Asked,
    /// There is more time.
    Given,
}

/// What a form for more time shows.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`] for somebody who may neither ask nor give.
pub fn more_time(tx: &mut Tx<'_>, id: ObligationId, locale: &str) -> Result<MoreTime, Error> {
    let row = view::find(tx.conn, &tx.scope(), id)?.ok_or(Error::not_found("obligation"))?;
    let asks = tx.may(Action::ActForUnit, row.unit_id)?;
    if !asks && !tx.may(Action::Decide, row.unit_id)? {
        return Err(Error::Forbidden);
    }
    let (calendar, _) = tx.lookups.calendar(tx.conn, &row.calendar)?;
    let policy = policy_of(&mut tx.lookups, &row)?;
    Ok(MoreTime {
        offers: offers(row.due_at.0, tx.now, &calendar, &policy),
        work: one::show(tx, id, locale)?,
    })
}

/// Gives more time where the actor decides, else asks for it.
///
/// # Errors
/// Those of [`decide::grant_extension`] and [`decide::ask_extension`]; [`Error::Stale`] if it is due
/// at another instant meanwhile.
pub fn ask_or_give(tx: &mut Tx<'_>, id: ObligationId, new: &NewTime) -> Result<Became, Error> {
    let row = view::find(tx.conn, &tx.scope(), id)?.ok_or(Error::not_found("obligation"))?;
    if row.due_revision != new.revision {
        return Err(Error::Stale);
    }
    if tx.may(Action::Decide, row.unit_id)? {
        decide::grant_extension(tx, id, new.until, &new.reason)?;
        Ok(Became::Given)
    } else {
        decide::ask_extension(tx, id, new.until, &new.reason)?;
        Ok(Became::Asked)
    }
}
