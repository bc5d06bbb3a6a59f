//! What an item is handed in for: the unit, and what it is to settle. The form shows it before the
//! item exists.

use crate::domain::ids::{EventId, ObligationId, UnitId};
use crate::domain::obligation::{ObligationKind, State};
use crate::domain::text::local_date;
use crate::service::core::access::Action;
use crate::service::obligations::standings::{self, Named, ObligationDetail, ObligationView};
use crate::service::{Error, Rows, Tx};
use crate::store::kinds::{self, KindRow};
use crate::store::views::obligations::ObligationFilter;

/// What somebody wants to hand an item in for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    /// To settle this.
    pub obligation_id: Option<ObligationId>,
    /// About this event.
    pub event_id: Option<EventId>,
    /// For this unit.
    pub unit_id: Option<UnitId>,
}

/// What an item is handed in for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purpose {
    /// The unit that hands it in.
    pub unit: Named<UnitId>,
    /// The other units for which the actor hands in, by their own roles.
    pub units: Vec<Named<UnitId>>,
    /// What it is to settle, with its explanation.
    pub work: Option<ObligationDetail>,
    /// Which kinds may be chosen: those that settle the work, or all.
    pub kinds: Vec<KindRow>,
    /// Deadlines of the unit's events for which news is still owed.
    pub open: Rows<ObligationView>,
    /// Whether it goes to the unit's leader first.
    pub leader_first: bool,
}

/// Deadlines of events that a form offers.
const OFFERED: i64 = 50;

/// What an item of the actor would be handed in for. Without a unit, the first one for which the
/// actor hands in.
///
/// # Errors
/// [`Error::NotFound`] for what the actor can't see; [`Error::Forbidden`] where the actor hands
/// nothing in.
pub fn purpose(tx: &mut Tx<'_>, asked: &Asked, locale: &str) -> Result<Purpose, Error> {
    let work = match (asked.obligation_id, asked.event_id) {
        (Some(id), _) => Some(id),
        (None, Some(event)) => of_event(tx, event, locale)?,
        (None, None) => None,
    };
    let work = work.map(|id| standings::show(tx, id, locale)).transpose()?;
    let own = own_units(tx)?;
    let named = work.as_ref().map(|work| work.obligation.unit.id);
    let named = named.or(asked.unit_id);
    let unit_id = named.or(own.first().map(|unit| unit.id));
    let unit_id = unit_id.ok_or(Error::Forbidden)?;
    tx.require(Action::Submit, unit_id)?;
    let unit = tx.lookups.unit(tx.conn, unit_id)?;
    let policy = tx.lookups.policy(tx.conn, unit_id, local_date(tx.now))?;
    Ok(Purpose {
        unit: Named {
            id: unit_id,
            name: unit.name.clone(),
        },
        units: own.into_iter().filter(|own| own.id != unit_id).collect(),
        kinds: kinds_for(tx, work.as_ref())?,
        open: match &work {
            None => open(tx, unit_id, locale)?,
            Some(_) => Rows::default(),
        },
        leader_first: policy.leader_approval && !tx.may(Action::Approve, unit_id)?,
        work,
    })
}

/// The deadline of an event that news settles: the first one that is still owed.
fn of_event(tx: &mut Tx<'_>, event: EventId, locale: &str) -> Result<Option<ObligationId>, Error> {
    let filter = ObligationFilter {
        event_id: Some(event),
        kinds: vec![ObligationKind::Cutoff, ObligationKind::Event],
        ..ObligationFilter::default()
    };
    let all = standings::list(tx, &filter, OFFERED, locale)?;
    let owed = all.iter().find(|work| work.state == State::Open);
    let found = owed.or(all.first()).map(|work| work.id);
    found.map(Some).ok_or(Error::not_found("event"))
}

/// The units of the actor's roles for which the actor hands in.
fn own_units(tx: &mut Tx<'_>) -> Result<Vec<Named<UnitId>>, Error> {
    let mut units: Vec<Named<UnitId>> = Vec::new();
    for id in tx.actor.homes() {
        if units.iter().all(|unit| unit.id != id) && tx.may(Action::Submit, id)? {
            let name = tx.lookups.unit(tx.conn, id)?.name.clone();
            units.push(Named { id, name });
        }
    }
    Ok(units)
}

fn kinds_for(tx: &mut Tx<'_>, work: Option<&ObligationDetail>) -> Result<Vec<KindRow>, Error> {
    let mut all = kinds::list(tx.conn)?;
    if let Some(work) = work.filter(|work| !work.rule.kinds.is_empty()) {
        all.retain(|kind| work.rule.kinds.contains(&kind.code));
    }
    Ok(all)
}

fn open(tx: &mut Tx<'_>, unit: UnitId, locale: &str) -> Result<Rows<ObligationView>, Error> {
    let filter = ObligationFilter {
        unit_id: Some(unit),
        kinds: vec![ObligationKind::Cutoff, ObligationKind::Event],
        states: vec![State::Open],
        ..ObligationFilter::default()
    };
    standings::first(tx, &filter, OFFERED, locale)
}
