//! The day of the department: who owes what before the cut-off, and what needs somebody.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike as _, Months, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::leaving::{Leaving, ServiceLine, leaving, service_line};
use crate::domain::calendar::CutoffEdge;
use crate::domain::ids::{ObligationId, UnitId};
use crate::domain::obligation::{ObligationKind, Standing, State};
use crate::domain::text::{local_date, local_midnight, serialize_instant};
use crate::service::core::access::Action;
use crate::service::obligations::standings::{
    AskedExtension, ObligationView, asked_extensions, standing, views,
};
use crate::service::submissions::items::{self, Item};
use crate::service::{Error, Rows, Tx};
use crate::store::obligations::ObligationRow;
use crate::store::units;
use crate::store::views::items::{self as view_items, ItemFilter, ItemOrder, Slice};
use crate::store::views::obligations::{self as view, ObligationFilter};

/// Rows of what is owed by the cut-off that are named; more are counted.
const NAMED: usize = 100;

/// Rows of every other kind that are named.
const FEW: usize = 20;

/// Most that one press reminds of.
const REMINDED: usize = 500;

/// Obligations that are read at once.
const BATCH: i64 = 2_000;

/// Most that is counted.
const MOST: usize = 20_000;

/// How long what fell due and is owed still stays on the page.
const OVERDUE: TimeDelta = TimeDelta::weeks(1);

/// The day as the department sees it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Today {
    /// As of this instant.
    #[serde(serialize_with = "serialize_instant")]
    #[schema(value_type = String, format = DateTime)]
    pub at: DateTime<Utc>,
    /// The next cut-off, by the calendar and the policy of the federation.
    #[serde(serialize_with = "serialize_instant")]
    #[schema(value_type = String, format = DateTime)]
    pub cutoff_at: DateTime<Utc>,
    /// What is due by the cut-off and not here, by due instant.
    pub owed: Rows<Owed>,
    /// What fell due within a week and is not here.
    pub overdue: Rows<Owed>,
    /// What events ask for after the cut-off, by due instant.
    pub events: Rows<Owed>,
    /// Quotas and reports that are at risk and due by the end of this month.
    pub at_risk: Rows<Owed>,
    /// What arrived today, the last first.
    pub arrived: Rows<Item>,
    /// Requests for more time that wait for a decision, oldest first.
    pub asked: Rows<AskedExtension>,
    /// What is sent next.
    pub leaving: Vec<Leaving>,
    /// How the service is.
    pub service: ServiceLine,
    /// What one press reminds of: all that is due by the cut-off; empty for who may not remind.
    pub remind: Vec<ObligationId>,
    /// How many units owe that.
    pub remind_units: usize,
}

/// What is owed, with its cluster and why it is due then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Owed {
    /// What.
    #[serde(flatten)]
    pub obligation: ObligationView,
    /// Emulation cluster of the unit.
    pub cluster: Option<String>,
    /// When it is due.
    #[serde(skip)]
    pub due: DateTime<Utc>,
    /// Why it is due then, as text of several lines.
    #[serde(skip)]
    pub why: String,
}

/// The day of the federation of the actor, as far as the actor sees it.
///
/// # Errors
/// [`Error::NotFound`] without a federation.
pub fn today(tx: &mut Tx<'_>, locale: &str) -> Result<Today, Error> {
    let now = tx.now;
    let cutoff_at = cutoff(tx)?;
    let owed = read(tx, &Owing::Owed.filter((now, cutoff_at)))?;
    let overdue = read(tx, &Owing::Overdue.filter((now, cutoff_at)))?;
    let events = read(tx, &Owing::Events.filter((now, cutoff_at)))?;
    let at_risk = at_risk(tx)?;
    let arrived = arrived(tx)?;
    let asked = asked(tx, locale)?;
    let (remind, remind_units) = remind(tx, &owed);
    Ok(Today {
        at: now,
        cutoff_at,
        remind,
        remind_units,
        owed: named(tx, Rows::first(owed, NAMED), locale)?,
        overdue: named(tx, Rows::first(overdue, FEW), locale)?,
        events: named(tx, Rows::first(events, FEW), locale)?,
        at_risk: named(tx, Rows::first(at_risk, FEW), locale)?,
        arrived,
        asked,
        leaving: leaving(tx)?,
        service: service_line(tx)?,
    })
}

crate::text_enum! {
    /// A list of the day, which can be read whole.
    pub enum Owing {
        /// What is due by the cut-off and not here.
        Owed,
        /// What fell due within a week and is not here.
        Overdue,
        /// What events ask for after the cut-off.
        Events,
    }
}

impl Owing {
    /// Its rows, as of an instant and the next cut-off.
    fn filter(self, (now, cutoff_at): (DateTime<Utc>, DateTime<Utc>)) -> ObligationFilter {
        let soon = cutoff_at + TimeDelta::microseconds(1);
        match self {
            Self::Owed => due(&[State::Open], now, Some(soon)),
            Self::Overdue => due(&[State::Open, State::Missed], now - OVERDUE, Some(now)),
            Self::Events => ObligationFilter {
                kinds: kinds(ObligationKind::is_of_event),
                ..due(&[State::Open], soon, None)
            },
        }
    }
}

/// The rows of a list of the day, as a filter of all obligations.
///
/// # Errors
/// As [`today`].
pub fn owing(tx: &mut Tx<'_>, list: Owing) -> Result<ObligationFilter, Error> {
    let cutoff_at = cutoff(tx)?;
    Ok(list.filter((tx.now, cutoff_at)))
}

/// What one press reminds of, and how many units that is.
fn remind(tx: &Tx<'_>, owed: &[ObligationRow]) -> (Vec<ObligationId>, usize) {
    if tx.require_by_any_role(Action::Decide).is_err() {
        return (Vec::new(), 0);
    }
    let reminded = owed.iter().take(REMINDED);
    let units: BTreeSet<UnitId> = reminded.clone().map(|row| row.unit_id).collect();
    (reminded.map(|row| row.id).collect(), units.len())
}

/// The next cut-off of the federation of the actor.
fn cutoff(tx: &mut Tx<'_>) -> Result<DateTime<Utc>, Error> {
    let home = match tx.actor.homes().next() {
        Some(home) => Some(home),
        None => units::federations(tx.conn)?.first().map(|unit| unit.id),
    };
    let home = home.ok_or(Error::not_found("unit"))?;
    let federation = tx.lookups.unit(tx.conn, home)?.federation_id;
    let now = tx.now;
    let policy = tx.lookups.policy(tx.conn, federation, local_date(now))?;
    let (calendar, _) = tx.lookups.calendar(tx.conn, &policy.calendar)?;
    let next = calendar.cutoff(
        now,
        policy.cutoff_time,
        policy.cutoff_days,
        CutoffEdge::Exclusive,
    );
    // a calendar that never opens again
    Ok(next.unwrap_or_else(|_| calendar.end_of(calendar.date_of(now))))
}

fn kinds(wanted: impl Fn(ObligationKind) -> bool) -> Vec<ObligationKind> {
    let all = ObligationKind::ALL.iter().copied();
    all.filter(|kind| wanted(*kind)).collect()
}

fn due(states: &[State], from: DateTime<Utc>, before: Option<DateTime<Utc>>) -> ObligationFilter {
    ObligationFilter {
        states: states.to_vec(),
        due_from: Some(from),
        due_before: before,
        lacking: true,
        ..ObligationFilter::default()
    }
}

/// The rows of a filter, in order of due instant.
fn read(tx: &mut Tx<'_>, filter: &ObligationFilter) -> Result<Vec<ObligationRow>, Error> {
    let (mut filter, mut all) = (filter.clone(), Vec::new());
    loop {
        let batch = view::page(tx.conn, &tx.scope(), &filter, BATCH)?;
        let Some(last) = batch.last() else {
            return Ok(all);
        };
        filter.after = Some((last.due_at.0, last.id));
        all.extend(batch);
        if all.len() >= MOST {
            return Ok(all);
        }
    }
}

/// Quotas and reports that are at risk and due by the end of this month.
fn at_risk(tx: &mut Tx<'_>) -> Result<Vec<ObligationRow>, Error> {
    let now = tx.now;
    let today = local_date(now);
    let first = today.with_day(1).unwrap_or(today);
    let next = first.checked_add_months(Months::new(1)).unwrap_or(first);
    let end = local_midnight(next) + TimeDelta::microseconds(1);
    let filter = ObligationFilter {
        kinds: kinds(|kind| !kind.is_of_event()),
        ..due(&[State::Open], now, Some(end))
    };
    let mut risky = Vec::new();
    for row in read(tx, &filter)? {
        if standing(tx, &row)? == Standing::AtRisk {
            risky.push(row);
        }
    }
    Ok(risky)
}

/// The requests for more time that have waited longest.
fn asked(tx: &mut Tx<'_>, locale: &str) -> Result<Rows<AskedExtension>, Error> {
    let rows = asked_extensions(tx, None, FEW as i64, locale)?;
    let scope = tx.scope();
    Rows::of(rows, FEW as i64, || {
        Ok(view::count_extensions(tx.conn, &scope)?.0)
    })
}

/// What arrived today.
fn arrived(tx: &mut Tx<'_>) -> Result<Rows<Item>, Error> {
    let filter = ItemFilter {
        arrived_from: Some(local_midnight(local_date(tx.now))),
        ..ItemFilter::default()
    };
    let scope = tx.scope();
    let last = Slice {
        order: ItemOrder::Arrived,
        ..Slice::newest(None, FEW as i64)
    };
    let total = view_items::count(tx.conn, &scope, &filter)?;
    Ok(Rows {
        total: usize::try_from(total).unwrap_or(usize::MAX),
        rows: items::list(tx.conn, &scope, &filter, &last)?,
    })
}

/// The first of the rows, as readers see them.
fn named(
    tx: &mut Tx<'_>,
    Rows { total, rows }: Rows<ObligationRow>,
    locale: &str,
) -> Result<Rows<Owed>, Error> {
    let mut all = Vec::with_capacity(rows.len());
    for (row, obligation) in rows.iter().zip(views(tx, &rows, locale)?) {
        all.push(Owed {
            cluster: tx.lookups.unit(tx.conn, row.unit_id)?.cluster.clone(),
            due: row.due_at.0,
            why: row.explanation.read()?.to_text(locale),
            obligation,
        });
    }
    Ok(Rows { total, rows: all })
}
