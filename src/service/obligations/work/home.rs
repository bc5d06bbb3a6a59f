//! The work of a reader: what the units owe for which they act, and what they owe themselves.

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};

use crate::domain::access::Role;
use crate::domain::ids::{ItemId, ObligationId, UnitId};
use crate::domain::obligation::{Standing, State};
use crate::domain::text::{local_date, local_midnight};
use crate::service::core::access::Action;
use crate::service::obligations::standings::{self, ObligationView};
use crate::service::{Error, Rows, Tx};
use crate::store::views::items;
use crate::store::views::obligations::{self as view, ObligationFilter};

/// The most that is shown of what one reader owes.
const MOST: i64 = 300;

/// What is due within this time is urgent.
const URGENT: TimeDelta = TimeDelta::days(14);

/// What a reader has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// At most three, the most urgent first.
    pub cards: Vec<Card>,
    /// Everything else that is not settled, by the instant by which something has to be done.
    pub rest: Vec<ObligationView>,
    /// How much was read, and how much there is.
    pub read: (usize, usize),
    /// How much was settled in this month.
    pub done: usize,
    /// The most urgent work, if the reader may ask for more time for it.
    pub ask: Option<ObligationId>,
}

/// Something to do first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Card {
    /// The most urgent work, or the quota of the month.
    Work(Box<ObligationView>),
    /// Items that wait for the leader.
    Approve(Waiting),
}

/// Items that wait for the approval of a unit's leader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The one that waits longest.
    pub item_id: ItemId,
    /// Its title.
    pub title: String,
    /// When it was handed in.
    pub since: DateTime<Utc>,
    /// How many there are, this one among them.
    pub number: usize,
}

/// What the reader has to do now.
pub fn home(tx: &mut Tx<'_>, locale: &str) -> Result<Home, Error> {
    let filter = own_open(tx);
    let Rows { total, rows } = standings::first(tx, &filter, MOST, locale)?;
    let (read, mut rest) = ((rows.len(), total), rows);
    let now = tx.now;
    rest.retain(|work| work.state != State::Missed || work.takes_more(now));
    rest.sort_by_key(|work| (work.act_by(), work.id));
    let mut cards = Vec::new();
    let urgent = |work: &ObligationView| {
        let soon = work.act_by() <= now + URGENT || work.standing == Standing::AtRisk;
        work.takes_more(now) && soon
    };
    cards.extend(take(&mut rest, urgent));
    cards.extend(waiting(tx)?.map(Card::Approve));
    let of_month = |work: &ObligationView| {
        let month = work.period.as_deref().is_some_and(|key| key.contains("-M"));
        month && work.takes_more(now)
    };
    cards.extend(take(&mut rest, of_month));
    let done = count(tx, &own_done(tx))?;
    Ok(Home {
        ask: may_ask(tx, &cards)?,
        cards,
        rest,
        read,
        done,
    })
}

/// The first work among the cards, if the reader may ask for more time for it.
fn may_ask(tx: &mut Tx<'_>, cards: &[Card]) -> Result<Option<ObligationId>, Error> {
    let work = cards.iter().find_map(|card| match card {
        Card::Work(work) => Some(work),
        Card::Approve(_) => None,
    });
    let Some(work) = work else { return Ok(None) };
    let unit = work.unit.id;
    let asks = tx.may(Action::ActForUnit, unit)? && !tx.may(Action::Decide, unit)?;
    Ok(asks.then_some(work.id))
}

/// Takes the first that `wanted` names out of the list.
fn take(rest: &mut Vec<ObligationView>, wanted: impl Fn(&ObligationView) -> bool) -> Option<Card> {
    let at = rest.iter().position(wanted)?;
    Some(Card::Work(Box::new(rest.remove(at))))
}

fn count(tx: &mut Tx<'_>, filter: &ObligationFilter) -> Result<usize, Error> {
    let n = view::count(tx.conn, &tx.scope(), filter)?;
    Ok(usize::try_from(n).unwrap_or_default())
}

/// What the reader has to do, and what was missed.
pub fn own_open(tx: &Tx<'_>) -> ObligationFilter {
    ObligationFilter {
        states: vec![State::Open, State::AwaitingReview, State::Missed],
        ..own(tx)
    }
}

/// What the reader settled in this month.
pub fn own_done(tx: &Tx<'_>) -> ObligationFilter {
    let today = local_date(tx.now);
    ObligationFilter {
        states: vec![State::MetOnTime, State::MetLate],
        decided_from: Some(local_midnight(today.with_day(1).unwrap_or(today))),
        ..own(tx)
    }
}

/// What the reader settled in this month, what was decided last first.
pub fn done_this_month(tx: &mut Tx<'_>, locale: &str) -> Result<Rows<ObligationView>, Error> {
    let filter = own_done(tx);
    let mut done = standings::first(tx, &filter, MOST, locale)?;
    done.rows
        .sort_by_key(|work| std::cmp::Reverse((work.decided_at, work.id)));
    Ok(done)
}

/// What the reader's own units and they themselves owe.
fn own(tx: &Tx<'_>) -> ObligationFilter {
    let acts = [
        Role::Leader,
        Role::Contributor,
        Role::Department,
        Role::Admin,
    ];
    ObligationFilter {
        of: Some((units_as(tx, &acts), tx.actor.person_id)),
        ..ObligationFilter::default()
    }
}

/// The units on which the reader holds one of these roles.
fn units_as(tx: &Tx<'_>, roles: &[Role]) -> Vec<UnitId> {
    let grants = tx.actor.grants.iter();
    let mut units: Vec<UnitId> = grants
        .filter(|grant| roles.contains(&grant.role))
        .filter_map(|grant| grant.unit_id)
        .collect();
    units.sort_unstable();
    units.dedup();
    units
}

/// The items that wait for the reader's approval, as the leader of their unit.
fn waiting(tx: &mut Tx<'_>) -> Result<Option<Waiting>, Error> {
    let mut units = Vec::new();
    for unit in units_as(tx, &[Role::Leader]) {
        if tx.may(Action::Approve, unit)? {
            units.push(unit);
        }
    }
    let (number, first) = items::waiting_for_leader(tx.conn, &units)?;
    Ok(first.map(|row| Waiting {
        item_id: row.id,
        title: row.title,
        since: row.submitted_at.0,
        number: usize::try_from(number).unwrap_or_default(),
    }))
}
