//! What an item asks of its unit, its kind, its authors and its event; and for whom it counts.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::event::EventState;
use crate::domain::item::ItemState;
use crate::domain::text::local_date;
use crate::service::Error;
use crate::service::core::access::{Action, may};
use crate::service::core::lookups::Lookups;
use crate::store::items::ItemRow;
use crate::store::kinds::{self, KindRow};
use crate::store::types::Word;
use crate::store::units::UnitRow;
use crate::store::{Conn, events, people};

/// A kind of item by its code.
pub(crate) fn known_kind(conn: &mut Conn, code: &str) -> Result<Result<KindRow, Invalid>, Error> {
    let unknown = || Invalid::new("kind", "rule_kind_unknown").with("value", code);
    Ok(kinds::find(conn, code)?.ok_or_else(unknown))
}

/// The unit that an item of `unit` counts for if it arrives on a date: after a merger the successor
/// (DOMAIN, units).
pub(crate) fn credited_unit(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    unit: &UnitRow,
    on: NaiveDate,
) -> Result<Result<i64, Invalid>, Error> {
    let mut seen = vec![unit.id];
    let mut current = unit.clone();
    while let Some(ended) = current.ended_on.filter(|ended| *ended < on) {
        let next = current.successor_id.filter(|next| !seen.contains(next));
        let Some(next) = next else {
            let fault = Invalid::new("unit_id", "item_unit_ended");
            return Ok(Err(fault.with("on", ended.format("%d/%m/%Y"))));
        };
        seen.push(next);
        current = lookups.unit(conn, next)?.as_ref().clone();
    }
    Ok(Ok(current.id))
}

/// That neither the item nor what it reports is older than its unit.
pub(crate) fn too_old(
    unit: &UnitRow,
    field: &'static str,
    date: Option<NaiveDate>,
) -> Option<Invalid> {
    let founded = unit.founded_on?;
    let fault = || Invalid::new(field, "item_before_unit").with("on", founded.format("%d/%m/%Y"));
    (date? < founded).then(fault)
}

/// One fault for each author who does not exist for the actor, belongs to another federation or was
/// not in service on that date.
pub(crate) fn author_faults(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    actor: &Actor,
    unit: &UnitRow,
    authors: &[i64],
    on: NaiveDate,
) -> Result<Vec<Invalid>, Error> {
    let known = people::find_many(conn, authors)?;
    let mut faults = Vec::new();
    for id in authors {
        let fault = |code| Invalid::new("authors", code).with("value", id);
        let Some(person) = known.get(id) else {
            faults.push(fault("not_found"));
            continue;
        };
        if !may(conn, actor, Action::Read, person.unit_id)? {
            faults.push(fault("not_found"));
        } else if lookups.unit(conn, person.unit_id)?.federation_id != unit.federation_id {
            faults.push(fault("item_author_elsewhere"));
        } else if !person.active_on(on) {
            faults.push(fault("item_author_not_in_service").with("on", on.format("%d/%m/%Y")));
        }
    }
    Ok(faults)
}

/// Why an item of `unit` that counts for `credited` cannot report that event.
pub(crate) fn event_fault(
    conn: &mut Conn,
    actor: &Actor,
    event_id: i64,
    unit: i64,
    credited: i64,
) -> Result<Option<Invalid>, Error> {
    let fault = |code| Some(Invalid::new("event_id", code).with("value", event_id));
    let Some(event) = events::find(conn, event_id)? else {
        return Ok(fault("not_found"));
    };
    Ok(if event.unit_id == unit || event.unit_id == credited {
        (*event.state == EventState::Cancelled)
            .then(|| fault("event_cancelled"))
            .flatten()
    } else if may(conn, actor, Action::Read, event.unit_id)? {
        fault("item_event_of_other_unit")
    } else {
        fault("not_found")
    })
}

/// The item reaches the editorial board at that instant; what passes no review counts at once.
pub(crate) fn arrive(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    row: &mut ItemRow,
    kind: &KindRow,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let unit = lookups.unit(conn, row.unit_id)?;
    row.credited_unit_id = credited_unit(conn, lookups, &unit, local_date(at))??;
    row.arrived_at = Some(at.into());
    row.return_lapses_at = None;
    if !kind.reviewed {
        row.state = Word(ItemState::Published);
        row.published_at = row.arrived_at;
        row.decided_at = row.arrived_at;
    }
    Ok(())
}

/// The local date on which an item arrived, or was handed in if it has not.
pub(crate) fn date_of(row: &ItemRow) -> Result<NaiveDate, Error> {
    Ok(local_date(*row.arrived_at.unwrap_or(row.submitted_at)))
}
