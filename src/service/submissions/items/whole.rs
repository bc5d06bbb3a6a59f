//! One item as its page shows it: the item, its way, what it counts for, and what the reader may do
//! with it.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::read::{ItemDetail, detail};
use super::step::allowed;
use crate::domain::access::shown_actor;
use crate::domain::ids::{EventId, ItemId, ObligationId};
use crate::domain::item::{Changed, ItemAction, ItemField, ItemState, Review, Stand};
use crate::domain::words::say;
use crate::service::obligations::standings::{Named, ObligationView, of_ids};
use crate::service::{Error, Tx};
use crate::store::views::items as view;
use crate::store::{events, kinds};

/// An item as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// The item with its text.
    pub detail: ItemDetail,
    /// The name of its kind.
    pub kind_name: String,
    /// The event that it reports.
    pub event: Option<Named<EventId>>,
    /// Where it stands, and whether the editorial board has it.
    pub stand: Stand,
    /// What it counts for, as far as the reader may see that.
    pub worth: Vec<Worth>,
    /// The steps that it went through, oldest first.
    pub way: Vec<WayStep>,
    /// Who reviews it, as the reader sees it.
    pub review: Review,
    /// What the reader may do with it now.
    pub allowed: Vec<ItemAction>,
}

/// Something that an item counts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worth {
    /// What is owed.
    pub work: ObligationView,
    /// What the item is worth there: counted, pending, surplus, carried, late or void.
    pub status: String,
}

/// A step that an item went through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayStep {
    /// When.
    pub at: DateTime<Utc>,
    /// What was done.
    pub action: ItemAction,
    /// The state that followed.
    pub state: ItemState,
    /// Who did it.
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
    /// What it changed, in words.
    pub changes: Vec<WayChange>,
}

/// A change of an item, in words; nothing for what was or is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayChange {
    /// What was changed.
    pub field: ItemField,
    /// What it was.
    pub old: Option<String>,
    /// What it became.
    pub new: Option<String>,
}

impl Whole {
    /// Whether the reader may do this with the item now.
    pub fn allows(&self, action: ItemAction) -> bool {
        self.allowed.contains(&action)
    }
}

/// An item that the actor may see, as its page shows it.
///
/// # Errors
/// [`Error::NotFound`].
pub fn whole(tx: &mut Tx<'_>, id: ItemId, locale: &str) -> Result<Whole, Error> {
    let scope = tx.scope();
    let row = view::find(tx.conn, &scope, id)?.ok_or(Error::not_found("item"))?;
    let (allowed, stand) = (allowed(tx, &row)?, row.stand());
    let review = row.review(tx.actor.id);
    let kind = kinds::find(tx.conn, &row.kind)?;
    let event = match row.event_id {
        Some(id) => events::find(tx.conn, id)?,
        None => None,
    };
    let detail = detail(tx, row)?;
    Ok(Whole {
        kind_name: kind.map_or_else(|| detail.item.kind.clone(), |kind| kind.name),
        event: event.map(|row| Named {
            id: row.id,
            name: row.title,
        }),
        worth: worth(tx, &detail, locale)?,
        way: way(tx, &detail, locale)?,
        stand,
        review,
        allowed,
        detail,
    })
}

fn worth(tx: &mut Tx<'_>, detail: &ItemDetail, locale: &str) -> Result<Vec<Worth>, Error> {
    let mut status: HashMap<ObligationId, String> = detail
        .credits
        .iter()
        .map(|credit| (credit.obligation_id, credit.status.clone()))
        .collect();
    let ids: Vec<ObligationId> = status.keys().copied().collect();
    let works = of_ids(tx, &ids, locale)?.into_iter();
    let worth = |work: ObligationView| {
        let status = status.remove(&work.id)?;
        Some(Worth { work, status })
    };
    Ok(works.filter_map(worth).collect())
}

/// The way of an item, with its changes in words.
fn way(tx: &mut Tx<'_>, detail: &ItemDetail, locale: &str) -> Result<Vec<WayStep>, Error> {
    let mut way = Vec::with_capacity(detail.steps.len());
    for step in &detail.steps {
        let mut changes = Vec::new();
        for changed in step.changes.iter().flat_map(|changes| &changes.0) {
            changes.push(WayChange {
                field: changed.field,
                old: in_words(tx, changed, &changed.old, locale)?,
                new: in_words(tx, changed, &changed.new, locale)?,
            });
        }
        way.push(WayStep {
            at: *step.at,
            action: *step.action,
            state: *step.state,
            actor: shown_actor(&step.actor).to_owned(),
            reason: step.reason.clone(),
            changes,
        });
    }
    Ok(way)
}

/// A value of a change as people read it: names in place of codes and numbers.
fn in_words(
    tx: &mut Tx<'_>,
    changed: &Changed,
    value: &Option<String>,
    locale: &str,
) -> Result<Option<String>, Error> {
    let Some(value) = value else { return Ok(None) };
    let named = match changed.field {
        ItemField::Kind => kinds::find(tx.conn, value)?.map(|kind| kind.name),
        ItemField::Field => Some(say(locale, &format!("field.{value}"), &[])),
        ItemField::Event => match value.parse() {
            Ok(id) => events::find(tx.conn, id)?.map(|event| event.title),
            Err(_) => None,
        },
        ItemField::HappenedOn => {
            let date = value.parse::<NaiveDate>().ok();
            date.map(|on| on.format("%d/%m/%Y").to_string())
        }
        _ => None,
    };
    Ok(Some(named.unwrap_or_else(|| value.clone())))
}
