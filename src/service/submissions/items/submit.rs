//! Handing an item in. Its arrival is the leader's approval where the unit's policy asks for one,
//! else the submission (DOMAIN, quotas); of what came by mail, Zalo or the document system an
//! editor says when it really arrived.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::access::Actor;
use crate::domain::item::{ItemState, NewItem, whole_seconds};
use crate::domain::text::{self, local_date};
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::core::audit::Entry;
use crate::service::core::lookups::Lookups;
use crate::service::obligations::changes::item_changed_in;
use crate::service::submissions::events;
use crate::service::submissions::events::Origin;
use crate::service::submissions::items::checks::{
    arrive, author_faults, credited_unit, event_fault, known_kind, too_old,
};
use crate::service::submissions::items::facts;
use crate::service::submissions::items::facts::ItemDetail;
use crate::service::{App, Error};
use crate::store::Conn;
use crate::store::items::{self, ItemRow, ItemStepRow};
use crate::store::kinds::KindRow;
use crate::store::types::Word;

/// Hands an item in. A leader's own is approved as it is submitted; one with an arrival is recorded
/// by an editor.
///
/// # Errors
/// All faults of the input: an unknown kind, authors or an event that are not the unit's to name, a
/// date before the unit was founded, a unit that has ended without successor; [`Error::NotFound`],
/// [`Error::Forbidden`].
pub fn submit(
    app: &App,
    actor: &Actor,
    new: &NewItem,
    now: DateTime<Utc>,
) -> Result<ItemDetail, Error> {
    app.store
        .write(|conn| submit_in(conn, app, actor, new.clone(), now))
}

/// [`submit`] in the caller's transaction.
///
/// # Errors
/// Those of [`submit`].
pub fn submit_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    new: NewItem,
    now: DateTime<Utc>,
) -> Result<ItemDetail, Error> {
    let action = if new.arrival.is_some() {
        Action::Edit
    } else {
        Action::Submit
    };
    access::require_named(conn, actor, action, new.unit_id, "unit_id")?;
    if action == Action::Edit && !access::may_edit(conn, actor, new.unit_id, new.field)? {
        return Err(Error::Forbidden);
    }
    let mut new = new.checked(now)?;
    let mut lookups = Lookups::new(app);
    let at = new
        .arrival
        .as_ref()
        .map_or(whole_seconds(now), |arrival| arrival.at);
    let (kind, credited) = checked_against_house(conn, &mut lookups, actor, &new, local_date(at))?;
    if let Some(event) = new.event.take() {
        let row = events::insert_in(
            conn,
            &mut lookups,
            actor,
            credited,
            &event,
            Origin::Item,
            now,
        );
        new.event_id = Some(row.map_err(|error| within(error, "event"))?.id);
    }
    let reason = new.arrival.as_ref().map(|arrival| arrival.reason.clone());
    let authors = new.authors.clone();
    let (recorded, unit_id) = (new.arrival.is_some(), new.unit_id);
    let mut row = row_of(new, credited, at, now);
    let approval = lookups
        .policy(conn, unit_id, local_date(now))?
        .leader_approval;
    if approval && !recorded && access::may(conn, actor, Action::Approve, unit_id)? {
        row.state = Word(ItemState::Approved);
        row.approved_at = Some(at.into());
        row.approved_by = Some(actor.name.clone());
    }
    if recorded || !approval || row.approved_at.is_some() {
        arrive(conn, &mut lookups, &mut row, &kind, at)?;
    }
    let row = items::insert(conn, row, &authors)?;
    let action = if recorded { "record" } else { "submit" };
    let step = ItemStepRow {
        id: 0,
        item_id: row.id,
        at: now.into(),
        action: action.to_owned(),
        state: row.state,
        actor: actor.name.clone(),
        reason: reason.clone(),
    };
    items::insert_step(conn, &step)?;
    let mut entry = Entry::new(actor, now, action, "item", row.id)
        .unit(row.unit_id)
        .new_value(&row)?;
    if let Some(reason) = &reason {
        entry = entry.reason(reason);
    }
    entry.record(conn)?;
    item_changed_in(conn, &mut lookups, None, &row, &authors, now)?;
    facts::detail(conn, &access::scope(actor), &row)
}

/// The item's kind, and the unit that it counts for if it arrives on that date.
fn checked_against_house(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    actor: &Actor,
    new: &NewItem,
    on: NaiveDate,
) -> Result<(KindRow, i64), Error> {
    let unit = lookups.unit(conn, new.unit_id)?;
    let mut faults = Vec::new();
    faults.extend(too_old(&unit, "happened_on", new.happened_on));
    let field = if new.arrival.is_some() {
        "arrival.at"
    } else {
        "unit_id"
    };
    faults.extend(too_old(&unit, field, Some(on)));
    faults.extend(author_faults(
        conn,
        lookups,
        actor,
        &unit,
        &new.authors,
        on,
    )?);
    let kind = known_kind(conn, &new.kind)?.map_err(|fault| faults.push(fault));
    let credited = credited_unit(conn, lookups, &unit, on)?.map_err(|fault| faults.push(fault));
    if let Some(event) = new.event_id {
        faults.extend(event_fault(
            conn,
            actor,
            event,
            unit.id,
            credited.unwrap_or(unit.id),
        )?);
    }
    match (kind, credited) {
        (Ok(kind), Ok(credited)) if faults.is_empty() => Ok((kind, credited)),
        _ => Err(Error::Invalid(faults)),
    }
}

fn row_of(new: NewItem, credited: i64, at: DateTime<Utc>, now: DateTime<Utc>) -> ItemRow {
    ItemRow {
        id: 0,
        unit_id: new.unit_id,
        credited_unit_id: credited,
        kind: new.kind,
        title_folded: text::fold(&new.title),
        title: new.title,
        field: new.field.map(Word),
        url: new.url,
        body: new.body,
        channel: Word(new.channel),
        event_id: new.event_id,
        happened_on: new.happened_on,
        state: Word(ItemState::Submitted),
        submitted_at: at.into(),
        approved_at: None,
        approved_by: None,
        arrived_at: None,
        published_at: None,
        decided_at: None,
        return_lapses_at: None,
        grade: None,
        version: 1,
        created_at: now.into(),
        updated_at: now.into(),
    }
}

fn within(error: Error, outer: &str) -> Error {
    match error {
        Error::Invalid(faults) => Error::Invalid(
            faults
                .into_iter()
                .map(|fault| fault.within(outer))
                .collect(),
        ),
        error => error,
    }
}
