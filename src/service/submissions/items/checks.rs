//! What an item asks of its unit, its kind, its authors and its event; and for whom it counts.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::error::Invalid;
use crate::domain::event::EventState;
use crate::domain::ids::{EventId, PersonId, UnitId};
use crate::domain::item::ItemState;
use crate::domain::text::local_date;
use crate::service::core::access::Action;
use crate::service::{Error, Tx};
use crate::store::items::ItemRow;
use crate::store::kinds::{self, KindRow};
use crate::store::types::Word;
use crate::store::units::UnitRow;
use crate::store::{Conn, events, people};

/// A kind of item by its code.
pub(super) fn known_kind(conn: &mut Conn, code: &str) -> Result<Result<KindRow, Invalid>, Error> {
    let unknown = || Invalid::new("kind", "rule_kind_unknown").with("value", code);
    Ok(kinds::find(conn, code)?.ok_or_else(unknown))
}

/// The unit that an item of `unit` counts for if it arrives on a date: after a merger the
/// successor.
pub(super) fn credited_unit(
    tx: &mut Tx<'_>,
    unit: &UnitRow,
    on: NaiveDate,
) -> Result<Result<UnitId, Invalid>, Error> {
    let mut seen = vec![unit.id];
    let mut current = unit.clone();
    while let Some(ended) = current.ended_on.filter(|ended| *ended < on) {
        let next = current.successor_id.filter(|next| !seen.contains(next));
        let Some(next) = next else {
            let fault = Invalid::new("unit_id", "item_unit_ended");
            return Ok(Err(fault.with("on", ended.format("%d/%m/%Y"))));
        };
        seen.push(next);
        current = tx.lookups.unit(tx.conn, next)?.as_ref().clone();
    }
    Ok(Ok(current.id))
}

/// That neither the item nor what it reports is older than its unit.
pub(super) fn too_old(
    unit: &UnitRow,
    field: &'static str,
    date: Option<NaiveDate>,
) -> Option<Invalid> {
    let founded = unit.founded_on?;
    let fault = || Invalid::new(field, "item_before_unit").with("on", founded.format("%d/%m/%Y"));
    (date? < founded).then(fault)
}

/// One fault for each author who does not exist for the actor, belongs to another federation or was
/// not in service on that date, under whichever post.
pub(super) fn author_faults(
    tx: &mut Tx<'_>,
    unit: &UnitRow,
    authors: &[PersonId],
    on: NaiveDate,
) -> Result<Vec<Invalid>, Error> {
    let lives = people::posts_of_many(tx.conn, authors)?;
    let mut faults = Vec::new();
    for id in authors {
        let fault = |code| Invalid::new("authors", code).with("value", id);
        let posts = lives.get(id).map_or(&[][..], Vec::as_slice);
        let Some(person) = posts.iter().find(|post| post.id == *id) else {
            faults.push(fault("not_found"));
            continue;
        };
        let serving = posts.iter().rev().find(|post| post.active_on(on));
        let post = serving.unwrap_or(person);
        let federation = tx.lookups.unit(tx.conn, post.unit_id)?.federation_id;
        if !tx.may(Action::Read, person.unit_id)? {
            faults.push(fault("not_found"));
        } else if federation != unit.federation_id {
            faults.push(fault("item_author_elsewhere"));
        } else if serving.is_none() {
            faults.push(fault("item_author_not_in_service").with("on", on.format("%d/%m/%Y")));
        }
    }
    Ok(faults)
}

/// Why an item of these units, the one that hands it in and the one that it counts for, can't
/// report that event.
pub(super) fn event_fault(
    tx: &mut Tx<'_>,
    event_id: EventId,
    units: [UnitId; 2],
) -> Result<Option<Invalid>, Error> {
    let fault = |code| Some(Invalid::new("event_id", code).with("value", event_id));
    let Some(event) = events::find(tx.conn, event_id)? else {
        return Ok(fault("not_found"));
    };
    Ok(if units.contains(&event.unit_id) {
        match *event.state {
            EventState::Cancelled => fault("event_cancelled"),
            EventState::Registered => None,
        }
    } else if tx.may(Action::Read, event.unit_id)? {
        fault("item_event_of_other_unit")
    } else {
        fault("not_found")
    })
}

/// The item reaches the editorial board at that instant; what passes no review counts at once.
pub(super) fn arrive(
    tx: &mut Tx<'_>,
    row: &mut ItemRow,
    kind: &KindRow,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let unit = tx.lookups.unit(tx.conn, row.unit_id)?;
    row.credited_unit_id = credited_unit(tx, &unit, local_date(at))??;
    row.arrived_at = Some(at.into());
    row.return_lapses_at = None;
    if !kind.reviewed {
        row.state = Word(ItemState::Published);
        row.published_at = row.arrived_at;
        row.decided_at = row.arrived_at;
    }
    Ok(())
}
