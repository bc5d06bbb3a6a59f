//! Events as their pages show them: what is coming, one with what the reader may do, and what an event
//! that is not registered yet would ask for.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::read::{Event, get, of_rows};
use super::register::filled;
use crate::domain::event::{EventState, NewEvent};
use crate::domain::ids::{EventId, ObligationId, UnitId};
use crate::domain::obligation::{ObligationKind, State, Why};
use crate::domain::text::{local_date, local_due};
use crate::domain::trail::Entity;
use crate::domain::unit::Category;
use crate::service::accounts::trail::saved_last;
use crate::service::core::access::Action;
use crate::service::obligations::event_policy;
use crate::service::obligations::standings::{Named, ObligationView, of_ids};
use crate::service::obligations::wanted;
use crate::service::submissions::items::{self, Item};
use crate::service::{Error, Rows, Tx};
use crate::store::events::EventRow;
use crate::store::obligations;
use crate::store::types::At;
use crate::store::views::events as view;
use crate::store::views::items::{self as view_items, ItemFilter, Slice};
use crate::store::views::units::{self as unit_view, UnitQuery};

/// A deadline that an event would ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PreviewedDeadline {
    /// What would be owed: `event`, `cutoff` or `answer`.
    pub kind: ObligationKind,
    /// The due instant.
    #[schema(value_type = DateTime<Utc>)]
    pub due_at: At,
    /// The due instant as people read it.
    pub due_text: String,
    /// Why it is due then, as text of several lines.
    pub explanation: String,
}

/// One event as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// The event.
    pub event: Event,
    /// Its deadlines.
    pub deadlines: Vec<EventDeadline>,
    /// The items that report it.
    pub items: Rows<Item>,
    /// Whether the reader may correct, cancel and answer it.
    pub may_act: bool,
    /// Whether the reader may hand in for its unit.
    pub may_submit: bool,
    /// Who changed it last, and when.
    pub changed: Option<(String, DateTime<Utc>)>,
}

/// A deadline of an event with its explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDeadline {
    /// What is owed.
    pub work: ObligationView,
    /// Why it is due then.
    pub explanation: String,
}

/// The most rows of a page.
const ROWS: i64 = 300;

/// Items of an event that its page names.
const ITEMS: i64 = 50;

/// Events that take place now or later, or for which something is still owed: what is due first comes
/// first, then what starts first.
pub fn coming(tx: &mut Tx<'_>, search: Option<&str>) -> Result<Rows<Event>, Error> {
    let all = first_coming(tx, search, ROWS)?;
    let (scope, now) = (tx.scope(), tx.now);
    Rows::of(all, ROWS, || {
        Ok(view::count_coming(tx.conn, &scope, (now, search))?)
    })
}

/// The same events, all of them.
pub fn all_coming(tx: &mut Tx<'_>, search: Option<&str>) -> Result<Vec<Event>, Error> {
    first_coming(tx, search, i64::MAX)
}

fn first_coming(tx: &mut Tx<'_>, search: Option<&str>, most: i64) -> Result<Vec<Event>, Error> {
    let (scope, now) = (tx.scope(), tx.now);
    let rows = view::coming(tx.conn, &scope, (now, search), most)?;
    let mut all = of_rows(tx.conn, rows)?;
    all.sort_by_key(|event| {
        let open = event
            .deadlines
            .iter()
            .filter(|due| due.state == State::Open);
        let first = open.map(|due| due.due_at).min();
        (first.is_none(), first, event.starts_at, event.id)
    });
    Ok(all)
}

/// One event as its page shows it.
///
/// # Errors
/// [`Error::NotFound`].
pub fn page(tx: &mut Tx<'_>, id: EventId, locale: &str) -> Result<EventPage, Error> {
    let event = get(tx, id)?;
    let mut explanations: HashMap<ObligationId, Why> = HashMap::new();
    for row in obligations::of_event(tx.conn, id)? {
        explanations.insert(row.id, row.explanation.read()?);
    }
    let ids: Vec<ObligationId> = explanations.keys().copied().collect();
    let works = of_ids(tx, &ids, locale)?.into_iter();
    let explain = |id: &ObligationId| explanations.get(id).map(|why| why.to_text(locale));
    let scope = tx.scope();
    let about = ItemFilter {
        event_id: Some(id),
        ..ItemFilter::default()
    };
    let items = items::list(tx.conn, &scope, &about, &Slice::newest(None, ITEMS))?;
    let items = Rows::of(items, ITEMS, || view_items::count(tx.conn, &scope, &about))?;
    let is_on = event.state == EventState::Registered;
    Ok(EventPage {
        deadlines: works
            .map(|work| EventDeadline {
                explanation: explain(&work.id).unwrap_or_default(),
                work,
            })
            .collect(),
        items,
        may_act: is_on && tx.may(Action::ActForUnit, event.unit.id)?,
        changed: saved_last(tx, Entity::Event, id)?,
        may_submit: is_on && tx.may(Action::Submit, event.unit.id)?,
        event,
    })
}

/// What an event would ask for, if it were registered now. Nothing is written.
///
/// # Errors
/// Those of [`super::register`].
pub fn preview(
    tx: &mut Tx<'_>,
    new: &NewEvent,
    locale: &str,
) -> Result<Vec<PreviewedDeadline>, Error> {
    let (unit_id, text) = new.clone().split();
    tx.require_named(Action::ActForUnit, unit_id, "unit_id")?;
    let event = text.checked(tx.now)?;
    let unit = tx.lookups.unit(tx.conn, unit_id)?;
    event.when.check_life(unit.founded_on, unit.ended_on)?;
    let row = filled(tx, EventRow::blank(unit_id, tx.now), event, &[])?;
    let policy = event_policy(tx, &[], unit_id, row.when())?;
    let (calendar, _) = tx.lookups.calendar(tx.conn, &policy.calendar)?;
    let all = wanted(&row, &policy, &calendar)?.into_iter();
    let previewed = all.map(|deadline| PreviewedDeadline {
        kind: deadline.kind,
        due_at: deadline.due.due.into(),
        due_text: local_due(deadline.due.due),
        explanation: Why {
            due: deadline.due,
            notes: deadline.note.into_iter().collect(),
        }
        .to_text(locale),
    });
    Ok(previewed.collect())
}

/// The units for which the actor registers events, those of their own roles first; at most as many
/// as a form offers.
pub fn units_to_act_for(tx: &mut Tx<'_>) -> Result<Vec<Named<UnitId>>, Error> {
    let mut all: Vec<Named<UnitId>> = Vec::new();
    for id in tx.actor.homes() {
        if all.iter().all(|unit| unit.id != id) && tx.may(Action::ActForUnit, id)? {
            let name = tx.lookups.unit(tx.conn, id)?.name.clone();
            all.push(Named { id, name });
        }
    }
    let below = tx.scope_for(Action::ActForUnit);
    let alive = UnitQuery {
        alive: Some((local_date(tx.now), true)),
        limit: ROWS,
        ..UnitQuery::default()
    };
    for unit in unit_view::list(tx.conn, &below, &alive)? {
        if all.iter().all(|own| own.id != unit.id) && *unit.category != Category::Collaborator {
            all.push(Named {
                id: unit.id,
                name: unit.name,
            });
        }
    }
    Ok(all)
}
